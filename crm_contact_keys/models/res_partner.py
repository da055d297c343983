from odoo import api, fields, models

from ..lib.texts import normalise_vat


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.contact.key.mixin"]
    _contact_company_field = "commercial_company_name"

    contact_vat_key = fields.Char(
        compute="_compute_contact_vat_key", store=True, index="btree_not_null"
    )

    @api.depends("vat")
    def _compute_contact_vat_key(self):
        for partner in self:
            partner.contact_vat_key = normalise_vat(partner.vat) or False
