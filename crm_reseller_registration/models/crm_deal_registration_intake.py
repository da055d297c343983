import logging
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize, html2plaintext

from odoo.addons.crm_contact_keys.lib.texts import domain_of

from ..lib.forwarded import read_forwarded
from .crm_deal_registration import TEXT_LENGTH

_logger = logging.getLogger(__name__)

DRAFTS_PER_DAY = 5
DAY = timedelta(days=1)
BULK = ("bulk", "list", "junk", "auto_reply")


class CrmDealRegistration(models.Model):
    """Drafts from mails that a reseller's person forwards.

    Nothing is submitted or protected by mail: the person completes the draft on the
    portal. A mail says nothing about who sent it, so the only answer goes to the
    address we know.
    """

    _inherit = "crm.deal.registration"

    from_mail = fields.Boolean(
        string="From a Mail", readonly=True, copy=False, help="Began as a mail."
    )

    @api.model
    def _route_registration_mail(self, message, message_dict, routes):
        """Leave out mails that cannot begin a registration.

        :param message: the mail, ``email.message.EmailMessage``
        :param dict message_dict: what Odoo read from it; its author is corrected
        :param list routes: tuples of model, record id, values, user id and alias
        :return: list of the routes to take
        """
        fresh = [route for route in routes if route[0] == self._name and not route[1]]
        if not fresh:
            return routes
        others = [route for route in routes if route not in fresh]
        person = self._find_mail_person(message_dict)
        if self._is_automatic_mail(message) or not person:
            _logger.info("No registration is made of a mail")
            return others
        message_dict["author_id"] = person.id
        message_dict["is_internal"] = True
        return [*others, fresh[0]]

    @api.model
    def _is_automatic_mail(self, message):
        """Tell whether a program sent a mail: a reply, a list, a report.

        :param message: email.message.EmailMessage
        :rtype: bool
        """
        submitted = (message.get("Auto-Submitted") or "no").strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            not submitted.startswith("no")
            or precedence in BULK
            or bool(message.get("List-Id"))
            or self.env["crm.lead"]._is_automatic_reply(message)
        )

    @api.model
    def _find_mail_person(self, message_dict):
        """Return who may begin a registration with this mail: somebody we know.

        :param dict message_dict: what Odoo read from the mail
        :return: res.partner, elevated, or nothing
        """
        people = self.env["res.partner"].sudo()
        email = email_normalize(message_dict.get("email_from"))
        if not email:
            return people
        people = people.search([("email_normalized", "=", email)], order="id")
        for person in people:
            users = person.user_ids.filtered("active")
            reseller = users[:1]._get_reseller_sudo() if users else users.partner_id
            if not (reseller and reseller.reseller_level_id.can_register_deal):
                continue
            # of two mails at the same moment the second one waits
            self.env["crm.contact.key"]._reserve([f"registration mail:{person.id}"])
            drafts = self.sudo().search_count(
                [
                    ("author_id", "=", person.id),
                    ("from_mail", "=", True),
                    ("create_date", ">", fields.Datetime.now() - DAY),
                ]
            )
            return person if drafts < DRAFTS_PER_DAY else people.browse()
        return people.browse()

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a draft of a mail that somebody forwarded, and say so by mail.

        :param dict msg_dict: what Odoo read from the mail
        :param dict custom_values: ignored
        :return: the draft, elevated
        :raises AccessError: when anything but the mail gateway calls it
        """
        if not self.env.su:
            raise AccessError(_("Only incoming mails begin a registration this way."))
        person = self.env["res.partner"].sudo().browse(msg_dict.get("author_id"))
        reseller = person.commercial_partner_id
        text = html2plaintext(msg_dict.get("body") or "").strip()
        mail = read_forwarded(msg_dict.get("subject"), text)
        own = {domain_of(each or "") for each in (reseller.email, reseller.website)}
        own |= {domain_of(person.email or "")}
        vals = {
            "name": mail.subject or _("Draft"),
            "new_company": True,
            "new_contact": True,
            "representative_id": person.id,
            "requirements": text[:TEXT_LENGTH],
        }
        domain = domain_of(mail.email)
        if mail.email and domain not in own:
            vals.update(
                email=mail.email, first_name=mail.first_name, last_name=mail.last_name
            )
            generic = self.env["crm.contact.generic"]._get_generic()
            if generic.is_company_domain(domain):
                vals["website"] = domain
        draft = self._create_draft(reseller, person, vals)
        draft.from_mail = True
        draft._send_mails(self._get_mail_template("draft"), person)
        return draft
