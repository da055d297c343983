from . import base_partner_merge
from . import crm_reseller_message
from . import crm_reseller_outcome_reject
from . import crm_reseller_portal_access
from . import portal_wizard
from . import crm_reseller_portal_create
from . import crm_reseller_proposal_refuse
