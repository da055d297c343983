from odoo import fields, models

SECTION = "reseller_registrations"


class CrmResellerPortalSection(models.Model):
    _inherit = "crm.reseller.portal.section"

    key = fields.Selection(
        selection_add=[(SECTION, "Registrations")], ondelete={SECTION: "cascade"}
    )
