from . import dashboard
from . import performance_offers
from . import performance_levels
from . import performance_figures
from . import performance
