from odoo import models

ODOO_RESELLERS = "website_crm_partner_assign"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _generate_routing_rules(self, modules, converters):
        """Leave the addresses to Odoo's own Resellers module while it is installed.

        :param modules: names of the installed modules
        :param converters: see Odoo, passed on
        """
        theirs = ODOO_RESELLERS in modules
        for url, endpoint in super()._generate_routing_rules(modules, converters):
            if not (theirs and endpoint.routing.get("reseller_pages")):
                yield url, endpoint
