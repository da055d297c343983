from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_welcome_mail = fields.Boolean(
        string="Welcome Mail to Resellers' People", default=True
    )
    reseller_sign_in_reminder_days = fields.Integer(
        string="Remind of the First Sign-in after (days)", default=7
    )
    reseller_sign_in_alert_days = fields.Integer(
        string="Ask the Channel Manager after (days)", default=7
    )

    @api.constrains("reseller_sign_in_reminder_days", "reseller_sign_in_alert_days")
    def _check_reseller_sign_in_days(self):
        """Refuse numbers below zero.

        :raises ValidationError: for such a number
        """
        for company in self:
            if (
                company.reseller_sign_in_reminder_days < 0
                or company.reseller_sign_in_alert_days < 0
            ):
                raise ValidationError(
                    _("The days until a reminder cannot be below zero.")
                )
