from odoo import _, fields, models
from odoo.exceptions import AccessError

from .res_partner_notifications import NOW

# the fields of a person that are set on the page, by the name there
SETTINGS = {"digest": "reseller_digest", "lang": "lang", "tz": "tz"}


class ResPartner(models.Model):
    """What each person of a reseller sets: notifications, language, time zone."""

    _inherit = "res.partner"

    reseller_notification_ids = fields.One2many(
        "crm.reseller.notification.choice",
        "partner_id",
        string="Notification Choices",
        copy=False,
        groups="base.group_user",
    )

    def _get_reseller_notifications(self):
        """How this person wants to be notified of each kind of event.

        :return: dict from the key of an event to ``now``, ``digest`` or ``none``
        """
        self.ensure_one()
        return {
            event: self._get_reseller_notification(event)
            for event in self._get_reseller_notification_events()
        }

    def _reseller_save_settings(self, choices, vals):
        """Keep what the user chose; nobody chooses for others.

        :param dict choices: ``now``, ``digest`` or ``none`` by the key of an event
        :param dict vals: ``digest``, ``lang`` and ``tz``, what of them was chosen
        :raises AccessError: for another person's settings
        """
        self.ensure_one()
        if self != self.env.user.partner_id:
            raise AccessError(_("You can only change your own settings."))
        person = self.sudo()
        kept = {choice.event: choice for choice in person.reseller_notification_ids}
        Choice = self.env["crm.reseller.notification.choice"].sudo()
        new = []
        for event, chosen in choices.items():
            if event in kept:
                if kept[event].choice != chosen:
                    kept[event].choice = chosen
            elif chosen != NOW:
                new.append({"partner_id": person.id, "event": event, "choice": chosen})
        if new:
            person._lock_reseller_people()
            Choice.create(new)
        changed = {
            field: vals[name]
            for name, field in SETTINGS.items()
            if vals.get(name) and vals[name] != person[field]
        }
        if changed:
            person.write(changed)
