from odoo import fields, models


class CrmDealerPushEvent(models.Model):
    """What happened to an order on its way, one line each; written, never changed."""

    _name = "crm.dealer.push.event"
    _description = "Dealer Order Event"
    _inherit = "crm.dealer.guard"
    _order = "id desc"
    _rec_name = "kind"

    push_id = fields.Many2one(
        "crm.dealer.push", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(
        [
            ("queued", "Queued"),
            ("started", "Started"),
            ("made", "Created"),
            ("failed", "Failed"),
            ("lost", "Answer Lost"),
            ("confirmed", "Confirmed"),
            ("adopted", "Found Later"),
            ("cancelled", "Cancelled Automatically"),
            ("withdrawn", "Withdrawn"),
            ("noticed", "Note"),
            ("gave_up", "Given Up"),
        ],
        required=True,
        readonly=True,
    )
    message = fields.Char(readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 3))
    calls = fields.Integer("Calls in the Batch", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
