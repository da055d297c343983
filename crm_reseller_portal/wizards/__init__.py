from . import crm_reseller_portal_access
from . import portal_wizard
