from odoo import fields, models


class CrmResellerReplayResult(models.TransientModel):
    """What a reseller got, and what it would have got."""

    _name = "crm.reseller.replay.result"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Result of a Replay"
    _order = "before_count desc, after_count desc, id"

    replay_id = fields.Many2one(
        "crm.reseller.replay", required=True, ondelete="cascade", readonly=True
    )
    reseller_id = fields.Many2one("res.partner", required=True, readonly=True)
    before_count = fields.Integer(string="Leads Before", readonly=True)
    after_count = fields.Float(
        string="Leads After",
        readonly=True,
        help="Mean of all draws.",
    )
    low = fields.Float(
        string="At Least",
        readonly=True,
        group_operator=False,
        help="95 of 100 draws give between this number and the next one.",
    )
    high = fields.Float(string="At Most", readonly=True, group_operator=False)
    before_share = fields.Float(string="Share Before (%)", readonly=True)
    after_share = fields.Float(string="Share After (%)", readonly=True)
    difference = fields.Float(readonly=True)
    is_chance = fields.Boolean(
        string="Within Chance",
        readonly=True,
        help="What it really got is within what the draws give.",
    )
    full = fields.Float(
        string="Limit Reached (%)",
        readonly=True,
        group_operator=False,
        help="In how many of 100 draws it held as many leads as it can.",
    )
