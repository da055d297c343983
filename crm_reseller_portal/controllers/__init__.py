from . import common
from . import home
from . import leads
from . import opportunities
from . import preview
