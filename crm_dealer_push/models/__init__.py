from . import crm_dealership_credential
from . import crm_dealership
from . import crm_vehicle_model
from . import crm_dealer_product
from . import crm_dealer_push
from . import crm_dealer_push_event
from . import crm_lead
from . import res_config_settings
