from . import crm_reseller_import
from . import crm_reseller_import_line
