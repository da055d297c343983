from odoo import _, fields, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _is_kept_from_reseller(self):
        return not self.env.su and self.env.user.has_group(
            "crm_reseller_portal.group_reseller_user"
        )

    def _get_kept_from_reseller(self):
        """Return the messages of leads that a reseller reads on the pages only.

        Who may read a lead may read its messages, logged notes and earlier resellers'
        answers too; the pages show what was shared. Left are a person's own messages
        and those sent to that person.
        """
        if not self._is_kept_from_reseller():
            return self.browse()
        me = self.env.user.partner_id
        kept = self.sudo().filtered(
            lambda message: message.model == "crm.lead"
            and me not in message.author_id | message.notified_partner_ids
        )
        return kept.with_env(self.env)

    def _get_search_domain_share(self):
        domain = super()._get_search_domain_share()
        if not self._is_kept_from_reseller():
            return domain
        me = self.env.user.partner_id.id
        mine = ["|", ("author_id", "=", me), ("notified_partner_ids", "=", me)]
        limits = ["|", ("model", "!=", "crm.lead"), *mine]
        if isinstance(domain, list):
            return ["&", *limits, *domain]
        # from Odoo 19 on
        return fields.Domain(limits) & domain

    def check_access_rule(self, operation):
        """Up to Odoo 17: see `_check_access`."""
        if self._get_kept_from_reseller():
            raise self._make_reseller_refusal()
        return super().check_access_rule(operation)

    def _check_access(self, operation):
        """From Odoo 18 on: forbid a lead's messages to resellers."""
        result = super()._check_access(operation)
        kept = self._get_kept_from_reseller()
        if not kept:
            return result
        return (kept | result[0] if result else kept), self._make_reseller_refusal

    def _notify_message_notification_update(self):
        """Keep failed mails about leads off a reseller's screen.

        What would be sent there names the lead, and a mail that cannot be sent must
        not undo the reseller's answer.
        """
        if not self.env.user.has_group("crm_reseller_portal.group_reseller_user"):
            return super()._notify_message_notification_update()
        others = self.filtered(lambda message: message.sudo().model != "crm.lead")
        return super(MailMessage, others)._notify_message_notification_update()

    def _make_reseller_refusal(self):
        return AccessError(_("Read the notes of a lead on the lead's page."))
