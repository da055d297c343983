from . import crm_contact_guard
from . import crm_contact_generic
from . import crm_contact_key
from . import crm_contact_key_mixin
from . import crm_lead
from . import res_partner
