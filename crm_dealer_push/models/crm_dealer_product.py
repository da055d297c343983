from odoo import fields, models


class CrmDealerProduct(models.Model):
    """Which of our vehicle models a dealer has, as its Odoo last said."""

    _name = "crm.dealer.product"
    _description = "Vehicle Model at a Dealer"
    _inherit = "crm.dealer.guard"
    _order = "missing desc, dealership_id, vehicle_model_id"
    _rec_name = "vehicle_model_id"

    dealership_id = fields.Many2one(
        "crm.dealership", required=True, index=True, ondelete="cascade"
    )
    vehicle_model_id = fields.Many2one(
        "crm.vehicle.model", required=True, ondelete="cascade"
    )
    default_code = fields.Char("Code", related="vehicle_model_id.default_code")
    dealer_product_id = fields.Integer("Product at the Dealer", readonly=True)
    missing = fields.Boolean(readonly=True)
    ambiguous = fields.Boolean(
        "Several Products",
        readonly=True,
        help="Several products at the dealer have this code; none of them is ordered.",
    )
    checked_on = fields.Datetime(readonly=True)

    _sql_constraints = [
        (
            "vehicle_unique",
            "UNIQUE(dealership_id, vehicle_model_id)",
            "A vehicle model is listed once for each dealership.",
        )
    ]
