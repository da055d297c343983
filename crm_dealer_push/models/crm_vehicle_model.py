from odoo import api, fields, models


class CrmVehicleModel(models.Model):
    _name = "crm.vehicle.model"
    _description = "Vehicle Model"
    _inherit = "crm.dealer.guard"
    _order = "brand, name, id"
    _rec_names_search = ["name", "brand", "default_code"]

    name = fields.Char(required=True)
    brand = fields.Char()
    default_code = fields.Char(
        "Code",
        required=True,
        help="The internal reference of the product in the dealers' Odoo.",
    )
    list_price = fields.Monetary(currency_field="currency_id")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    active = fields.Boolean(default=True)

    _sql_constraints = [
        (
            "default_code_unique",
            "UNIQUE(default_code)",
            "There is a vehicle model with this code already.",
        )
    ]

    @api.depends("name", "brand")
    def _compute_display_name(self):
        for model in self:
            model.display_name = " ".join(filter(None, (model.brand, model.name)))
