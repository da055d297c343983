from . import test_transitions
from . import test_transition_table
from . import test_stage_rule
from . import test_lost
from . import test_claim
from . import test_calls_and_visits
from . import test_check_and_reports
from . import test_pipeline_tours
