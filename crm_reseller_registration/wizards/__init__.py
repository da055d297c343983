from . import crm_deal_registration_decide
from . import crm_reseller_assign_wizard
