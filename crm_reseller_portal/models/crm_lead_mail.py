import logging
import re

from odoo import api, models
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

# how the identifiers of Odoo's messages name the record they are about
ANSWERED_LEAD = re.compile(r"openerp-(\d{1,9})-crm\.lead@")


class CrmLead(models.Model):
    """Mails of resellers' people: they answer a lead, and never make one."""

    _inherit = "crm.lead"

    @api.model
    def _route_reseller_mail(self, message, message_dict, routes):
        """Take mails of resellers' people and automatic replies where they belong.

        An answer to a mail about a lead goes to that lead, as an internal note; any
        other mail of a reseller's person goes to the reseller's own record. An
        automatic reply makes no lead.

        :param message: the mail, ``email.message.EmailMessage``
        :param dict message_dict: what Odoo read from it; extended
        :param list routes: tuples of model, record id, values, user id and alias
        :return: list of the routes to take
        """
        sender = self._find_reseller_sender(message_dict)
        if sender:
            message_dict["is_internal"] = True
        fresh = [route for route in routes if route[0] == "crm.lead" and not route[1]]
        if not fresh:
            return routes
        others = [route for route in routes if route not in fresh]
        if self._is_automatic_reply(message):
            _logger.info("No lead is made of an automatic reply")
            return others
        if not sender:
            return routes
        lead = self._find_answered_lead(message, sender)
        target = lead or sender.commercial_partner_id
        user_id = fresh[0][3]
        return [*others, (target._name, target.id, None, user_id, None)]

    @api.model
    def _is_automatic_reply(self, message):
        """Whether an incoming mail is an automatic reply, by its headers.

        :param message: email.message.EmailMessage
        :return: bool
        """
        submitted = (message.get("Auto-Submitted") or "").strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            submitted.startswith("auto-replied")
            or precedence == "auto_reply"
            or bool(message.get("X-Autoreply") or message.get("X-Autorespond"))
        )

    @api.model
    def _find_reseller_sender(self, message_dict):
        """The person of a reseller that sent a mail, or nothing.

        :param dict message_dict: what Odoo read from the mail
        :return: res.partner, elevated
        """
        partner_sudo = self.env["res.partner"].sudo()
        email = email_normalize(message_dict.get("email_from"))
        if not email:
            return partner_sudo
        return partner_sudo.search(
            [
                ("email_normalized", "=", email),
                ("commercial_partner_id.reseller_level_id", "!=", False),
            ],
            order="id",
            limit=1,
        )

    @api.model
    def _find_answered_lead(self, message, sender):
        """The lead a mail answers, if the sender's company ever was offered it.

        :param message: the mail
        :param sender: res.partner
        :return: crm.lead, elevated
        """
        references = " ".join(
            message.get(name) or "" for name in ("In-Reply-To", "References")
        )
        lead_ids = [int(found) for found in ANSWERED_LEAD.findall(references)]
        offers = (
            self.env["crm.reseller.offer"]
            .sudo()
            .search(
                [
                    ("lead_id", "in", lead_ids),
                    ("reseller_id", "=", sender.commercial_partner_id.id),
                ],
                order="id desc",
                limit=1,
            )
        )
        return offers.lead_id

    def _message_post_after_hook(self, message, msg_vals):
        """Notify the team of what a reseller writes by mail: it is an internal note.

        :param message: the posted mail.message
        :param dict msg_vals: values of the message; ``partner_ids`` is extended
        :return: what ``super`` returns
        """
        if (
            message.message_type == "email"
            and message.sudo().author_id.commercial_partner_id.reseller_level_id
        ):
            team = self.env["res.partner"]
            for lead in self.sudo():
                team |= lead._get_reseller_team_users().partner_id
            team -= message.partner_ids
            if team:
                message.sudo().partner_ids |= team
                msg_vals["partner_ids"] = [
                    *(msg_vals.get("partner_ids") or []),
                    *team.ids,
                ]
        return super()._message_post_after_hook(message, msg_vals)
