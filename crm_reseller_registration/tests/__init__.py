from . import test_conflicts
from . import test_forms
from . import test_life_cycle
from . import test_pages
from . import test_protection
from . import test_race
