from . import registration_lists
from . import registrations
from . import registration_links
