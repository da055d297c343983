from . import test_conflicts
from . import test_life_cycle
from . import test_protection
