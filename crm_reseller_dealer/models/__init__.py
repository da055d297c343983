from . import crm_lead
from . import crm_reseller_figures
from . import res_partner
