from . import crm_lead
from . import crm_lead_history
from . import crm_lead_contact
from . import res_company
from . import res_config_settings
