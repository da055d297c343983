from . import crm_reseller_demo_wish
