from . import crm_dealer_push
