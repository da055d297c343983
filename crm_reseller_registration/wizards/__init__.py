from . import crm_deal_registration_decide
