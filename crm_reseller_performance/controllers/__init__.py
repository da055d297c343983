from . import dashboard
from . import performance
