from . import crm_reseller_partnership
