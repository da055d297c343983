from . import crm_reseller_report
