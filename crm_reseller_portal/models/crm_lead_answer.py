import base64

from odoo import models
from odoo.tools import plaintext2html

from ..lib.contact_cards import make_contact_card
from .crm_reseller_answer import MailAnswer


class CrmLead(models.Model):
    """Leads that are answered from the mail, without signing in."""

    _inherit = "crm.lead"

    def _from_outside(self):
        """Keep whose link is used, which no client can send.

        :return: crm.lead in another environment
        """
        leads = super()._from_outside()
        answer = self.env.context.get("reseller_answer")
        if isinstance(answer, MailAnswer):
            leads = leads.with_context(reseller_answer=answer)
        return leads

    def _get_reseller_author(self):
        """The person whose link is used, with or without an account. Hook.

        :return: res.partner
        """
        person = self.env["crm.reseller.offer"]._get_mail_answer_sudo()
        return person or super()._get_reseller_author()

    def _post_reseller_notes(self, texts):
        """Post what is answered by mail as the person, and notify the team.

        :param dict texts: plain text by id of lead
        :return: what ``super`` returns, None for an answer by mail
        """
        if not self.env["crm.reseller.offer"]._get_mail_answer_sudo():
            return super()._post_reseller_notes(texts)
        for lead_id, text in texts.items():
            self.browse(lead_id)._post_as_reseller(plaintext2html(text))
        return None

    def _mail_reseller_contact_card(self, person):
        """Send the customer's contact details to the person who accepted by mail.

        :param person: res.partner, elevated
        :return: whether a mail is on its way
        """
        self.ensure_one()
        lead = self.sudo()
        template = self.env.ref(
            "crm_reseller_portal.mail_template_answer_accepted",
            raise_if_not_found=False,
        )
        if not template or not person.email or lead.reseller_state != "accepted":
            return False
        card = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": "contact.vcf",
                    "mimetype": "text/vcard",
                    "datas": base64.b64encode(
                        make_contact_card(lead._get_reseller_view())
                    ),
                    "res_model": "mail.message",
                }
            )
        )
        template.sudo().send_mail(
            lead.id,
            email_values={
                "is_internal": True,
                "email_to": False,
                "email_cc": False,
                "recipient_ids": [(6, 0, person.ids)],
                "attachment_ids": [(4, card.id)],
            },
            email_layout_xmlid="crm_reseller_base.mail_layout",
        )
        queue = self.env.ref(
            "mail.ir_cron_mail_scheduler_action", raise_if_not_found=False
        )
        if queue:
            # who just accepted wants to call now
            queue.sudo()._trigger()
        return True
