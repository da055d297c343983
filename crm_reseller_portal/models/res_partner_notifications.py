from odoo import _, api, models

NOW = "now"
DIGEST = "digest"
NONE = "none"


class ResPartner(models.Model):
    """What the people of resellers are told of, and how."""

    _inherit = "res.partner"

    @api.model
    def _get_reseller_notification_events(self):
        """The events a reseller's person is told of. Hook.

        Another addon adds the events it tells of.

        :return: dict from the key of an event to a dict with ``label`` (text in the
            language of the context), in the order they are shown
        """
        return {
            "message": {"label": _("Our team writes to you")},
            "task": {"label": _("Our team gives you a task")},
            "amount": {"label": _("Our team changes the amount of a deal")},
            "closing": {"label": _("Our team changes the closing date of a deal")},
            "salesperson": {"label": _("Your contact at our company changes")},
            "idle": {"label": _("A deal stays longer at a step than expected")},
        }

    def _get_reseller_notification(self, event):
        """How this person wants to be told of an event. Hook.

        :param str event: a key of ``_get_reseller_notification_events``
        :return: ``now`` (a mail at once), ``digest`` (in the next digest) or ``none``
        """
        self.ensure_one()
        for choice in self.sudo().reseller_notification_ids:
            if choice.event == event:
                return choice.choice
        return NOW

    def _get_reseller_notice_lines(self):
        """What a mail shows this person, see ``crm.reseller.notice``.

        :return: list of dict with ``title``, ``url`` and ``texts`` (list)
        """
        self.ensure_one()
        return (
            self.env["crm.reseller.notice"]
            .sudo()
            .search([("partner_id", "=", self.id)])
            ._get_lines()
        )
