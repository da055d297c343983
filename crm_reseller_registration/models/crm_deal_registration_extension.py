from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import UserError


class CrmDealRegistrationExtension(models.Model):
    """A reseller asks for more time; the team decides.

    :meth:`crm.deal.registration._ask_for_extension` makes the rows.
    """

    _name = "crm.deal.registration.extension"
    _description = "Extension of a Protection"
    _order = "id desc"

    registration_id = fields.Many2one(
        "crm.deal.registration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    days = fields.Integer(required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    requested_by_id = fields.Many2one("res.partner", readonly=True)
    state = fields.Selection(
        [("pending", "To Decide"), ("granted", "Granted"), ("refused", "Refused")],
        default="pending",
        required=True,
        readonly=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)

    _sql_constraints = [
        (
            "days_range",
            "CHECK (days > 0 AND days <= 365)",
            "Ask for 1 to 365 days.",
        ),
    ]

    def init(self):
        # of two requests at the same moment, the second one fails
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_deal_extension_one_pending "
            "ON crm_deal_registration_extension (registration_id) "
            "WHERE state = 'pending'"
        )

    def action_grant(self):
        """Grant the extension."""
        self._decide("granted")

    def action_refuse(self):
        """Refuse the extension."""
        self._decide("refused")

    def _decide(self, state):
        """Decide on extensions, once.

        :param str state: granted or refused
        :raises UserError: when the protection ended meanwhile
        """
        self.registration_id._check_team()
        for extension in self.sudo().filtered(lambda each: each.state == "pending"):
            registration = extension.registration_id
            registration._lock_rows()
            extension.write(
                {
                    "state": state,
                    "decided_by_id": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                }
            )
            if state == "refused":
                registration._tell_reseller(
                    "extension",
                    lambda self: _("Your request for more time was not granted."),
                )
                continue
            if registration.protection != "granted":
                raise UserError(_("The protection has ended meanwhile."))
            registration.write(
                {
                    "protected_until": registration.protected_until
                    + timedelta(days=extension.days),
                    "worked_on": fields.Datetime.now(),
                    "warned_on": False,
                }
            )
            registration._tell_reseller(
                "extension",
                lambda self: _(
                    "The protection was extended until %(day)s.",
                    day=self._format_day(self.protected_until),
                ),
            )
        self.sudo().registration_id._close_activities()
