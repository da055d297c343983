from . import test_measures
from . import test_performance
from . import test_report
from . import test_stalled
