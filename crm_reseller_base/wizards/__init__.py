from . import base_partner_merge
from . import crm_reseller_assign_wizard
from . import crm_reseller_assign_wizard_line
