from odoo import fields, models


class CrmResellerReplayLevel(models.TransientModel):
    """Another weight of a level, to try out."""

    _name = "crm.reseller.replay.level"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Changed Level of a Replay"

    replay_id = fields.Many2one(
        "crm.reseller.replay", required=True, ondelete="cascade"
    )
    level_id = fields.Many2one("crm.reseller.level", required=True, readonly=True)
    weight = fields.Integer(string="Weight Today", related="level_id.weight")
    new_weight = fields.Integer()

    _sql_constraints = [
        (
            "new_weight_positive",
            "CHECK (new_weight >= 0)",
            "The weight cannot be negative.",
        ),
    ]

    def _get_change(self):
        """What differs from today.

        :return: pair of the level and values
        """
        self.ensure_one()
        if self.new_weight == self.level_id.weight:
            return self.level_id, {}
        return self.level_id, {"weight": self.new_weight}
