from . import test_performance
from . import test_report
from . import test_stalled
