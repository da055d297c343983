from . import onboarding
from . import agreements
from . import guides
from . import announcements
