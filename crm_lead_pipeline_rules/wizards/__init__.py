from . import crm_lead_lost
from . import crm_call_log_wizard
from . import crm_lead_visit_wizard
from . import crm_pipeline_check
