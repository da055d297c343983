from odoo import fields, models

from odoo.addons.crm_reseller_base.models.crm_reseller_assignment_rule import METHODS


class CrmResellerReplayRule(models.TransientModel):
    """Another way for a rule to choose, to try out."""

    _name = "crm.reseller.replay.rule"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Changed Rule of a Replay"

    replay_id = fields.Many2one(
        "crm.reseller.replay", required=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "crm.reseller.assignment.rule", required=True, readonly=True
    )
    method = fields.Selection(string="Method Today", related="rule_id.method")
    new_method = fields.Selection(METHODS, required=True)
    new_max_distance_km = fields.Float(
        string="New Maximum Distance (km)", help="0: no limit."
    )

    _sql_constraints = [
        (
            "new_max_distance_positive",
            "CHECK (new_max_distance_km >= 0)",
            "The maximum distance cannot be negative.",
        ),
    ]

    def _get_change(self):
        """What differs from today.

        :return: pair of the rule and values
        """
        self.ensure_one()
        vals = {}
        if self.new_method != self.rule_id.method:
            vals["method"] = self.new_method
        if self.new_max_distance_km != self.rule_id.max_distance_km:
            vals["max_distance_km"] = self.new_max_distance_km
        return self.rule_id, vals
