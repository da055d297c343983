from odoo import fields, models

CHOICES = [("now", "At once"), ("digest", "In the next digest"), ("none", "Not at all")]


class CrmResellerNotificationChoice(models.Model):
    """How a person of a reseller wants to be notified of one kind of event.

    Only what differs from the default is kept. See
    ``res.partner._get_reseller_notification_events``.
    """

    _name = "crm.reseller.notification.choice"
    _description = "Notification Choice of a Reseller's Person"
    _order = "partner_id, event"
    _rec_name = "event"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, readonly=True, ondelete="cascade"
    )
    event = fields.Char(
        required=True, readonly=True, help="Technical name of the kind of event."
    )
    choice = fields.Selection(CHOICES, required=True, readonly=True)

    _sql_constraints = [
        (
            "event_unique",
            "UNIQUE (partner_id, event)",
            "A person chooses once for each kind of event.",
        ),
    ]
