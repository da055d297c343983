from . import crm_reseller_periodic_report_send
from . import crm_reseller_replay
from . import crm_reseller_replay_level
from . import crm_reseller_replay_reseller
from . import crm_reseller_replay_result
from . import crm_reseller_replay_rule
