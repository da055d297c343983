from odoo import fields, models


class CrmResellerPortalSection(models.Model):
    _inherit = "crm.reseller.portal.section"

    key = fields.Selection(
        selection_add=[("reseller_resources", "Resources")],
        ondelete={"reseller_resources": "cascade"},
    )
