from odoo import models
from odoo.tools import plaintext2html


class CrmLead(models.Model):
    """All leads of a person handed over at once."""

    _inherit = "crm.lead"

    def _reseller_hand_over_many(self, colleague):
        """Put a colleague in charge of all these leads, who gets one mail.

        :param colleague: res.partner of the leads' reseller
        """
        self._check_reseller_access("delegate")
        self.write({"reseller_contact_id": colleague.id})
        author = self.env.user.partner_id
        for lang, leads in self.grouped(
            lambda lead: lead._get_reseller_team_lang()
        ).items():
            text = leads.with_context(lang=lang)._get_handed_over_text(colleague)
            leads._message_log_batch(
                bodies=dict.fromkeys(leads.ids, plaintext2html(text)),
                author_id=author.id,
            )
        if colleague == author:
            return
        told = colleague.sudo().with_context(lang=colleague.lang or self.env.lang)
        told.message_notify(
            partner_ids=colleague.ids,
            author_id=author.id,
            subject=told._get_handed_over_subject(len(self)),
            body=told._get_handed_over_body(author, len(self)),
        )
