from odoo import fields, models


class ResCompany(models.Model):
    """Whether sales directions limit what resellers see."""

    _inherit = "res.company"

    reseller_enforce_directions = fields.Boolean(
        string="Enforce Sales Directions", default=True
    )
