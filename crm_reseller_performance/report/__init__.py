from . import crm_reseller_partnership
from . import crm_reseller_report
