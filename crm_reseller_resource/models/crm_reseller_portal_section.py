from odoo import fields, models

from .res_users import SECTION


class CrmResellerPortalSection(models.Model):
    _inherit = "crm.reseller.portal.section"

    key = fields.Selection(
        selection_add=[(SECTION, "Resources")], ondelete={SECTION: "cascade"}
    )
