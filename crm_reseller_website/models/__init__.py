from . import crm_reseller_level, ir_http, res_partner, website
