from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    reseller_digest = fields.Selection(
        [("day", "Every Day"), ("week", "Every Week"), ("none", "Never")],
        string="Digest",
        default="day",
        groups="base.group_user",
        help="How often this person gets one mail with all that waits, from seven in "
        "the morning on, weekly on Mondays. Nothing is sent while nothing waits.",
    )
    reseller_digest_on = fields.Date(
        string="Last Digest", readonly=True, copy=False, groups="base.group_user"
    )

    def _keep_for_reseller_digest(self, event, text, path, detail=""):
        """Keep something for the next digest of these people.

        For events that a person wants told there instead of at once, see
        ``_get_reseller_notification``.

        :param str event: a key of ``_get_reseller_notification_events``
        :param str text: what happened, in the person's language
        :param str path: where to read more, below the portal's address
        :param str detail: more words
        """
        self.env["crm.reseller.digest"].sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "event": event,
                    "text": text,
                    "path": path,
                    "detail": detail,
                }
                for partner in self
            ]
        )
