from . import test_alerts
from . import test_dashboard
from . import test_measures
from . import test_performance
from . import test_replay
from . import test_report
from . import test_stalled
