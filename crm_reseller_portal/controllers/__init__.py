from . import common
from . import home
from . import leads
from . import mail
from . import opportunities
from . import preview
