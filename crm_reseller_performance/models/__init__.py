from . import crm_lead
from . import crm_reseller_level
from . import crm_reseller_measure
from . import crm_reseller_offer
from . import res_company
from . import res_config_settings
from . import res_partner
