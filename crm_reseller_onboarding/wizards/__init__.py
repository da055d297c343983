from . import crm_reseller_onboarding_skip
from . import crm_reseller_invite
from . import crm_reseller_invite_line
