from odoo import _
from odoo.http import request

from ..forms import DeclineForm
from ..models.crm_reseller_answer import PURPOSE, THANKS_PURPOSE
from .answers import LARGEST_ID
from .routes import reseller_record_route
from .signed import ResellerSignedPages
from .usage import count_usage


class ResellerAnswersByMail(ResellerSignedPages):
    """The page on which an offer is answered from its mail, without signing in."""

    @reseller_record_route(
        "/my/answer/<int:offer_id>/<token>",
        find="_find_mailed_offer",
        gone="_render_link_gone",
        methods=["POST"],
        form="_render_answer",
        refused="_render_answer_refused",
        signed=True,
    )
    def reseller_answer(self, offer_sudo, token, **post):
        """Answer as the person the link was made for, whoever is signed in.

        :param offer_sudo: crm.reseller.offer, elevated
        :param str token: as it came with the address
        :param post: what the form sent
        :return: response
        """
        person_sudo = offer_sudo._check_answer_token(PURPOSE, token)
        if not person_sudo:
            # thanked already
            return self._render_answer(offer_sudo, token)
        lead_sudo = offer_sudo._get_lead_to_answer(person_sudo)
        answer = post.get("answer")
        if answer == "accept":
            lead_sudo.reseller_accept()
            lead_sudo._mail_reseller_contact_card(person_sudo)
        elif answer == "decline":
            lead_sudo._check_reseller_role("decline")
            reasons_sudo = self._get_mail_reasons_sudo()
            form = DeclineForm(
                post,
                self._get_person_formats(person_sudo),
                reasons={each.id: each.comment_required for each in reasons_sudo},
            )
            if form.errors:
                return self._render_answer(
                    offer_sudo, token, errors=form.errors, typed=form.typed
                )
            lead_sudo.reseller_decline(
                form.values["reason_id"],
                form.values["comment"] or None,
                form.values["contacted"],
            )
        else:
            return self._render_answer(offer_sudo, token)
        offer_sudo.invalidate_recordset()
        response = request.redirect(
            offer_sudo._get_answer_path(THANKS_PURPOSE, person_sudo)
        )
        return count_usage(self._protect(response), "mail_answers", person_sudo)

    # ------------------------------------------------------------
    # WHO AND WHAT
    # ------------------------------------------------------------

    def _find_mailed_offer(self, offer_id):
        """The offer whose link somebody holds.

        :param int offer_id: as the address has it
        :return: crm.reseller.offer, elevated; an empty recordset where the link is
            wrong, old or used up
        """
        Offer = request.env["crm.reseller.offer"].sudo()
        if offer_id > LARGEST_ID:
            return Offer
        # a deal that was lost since is archived
        offer_sudo = Offer.with_context(active_test=False).search(
            [("id", "=", offer_id)]
        )
        token = request.params.get("token")
        if offer_sudo and any(
            offer_sudo._check_answer_token(purpose, token)
            for purpose in (PURPOSE, THANKS_PURPOSE)
        ):
            return offer_sudo
        return Offer

    def _get_mail_reasons_sudo(self):
        """The reasons to choose from.

        :return: crm.reseller.decline.reason, elevated
        """
        Reason = request.env["crm.reseller.decline.reason"].sudo()
        return Reason.search_fetch([], ["name", "comment_required"])

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    def _render_answer(self, offer_sudo, token, errors=None, typed=None, **post):
        """Show the offer with both answers, or thank for the one given.

        :param offer_sudo: crm.reseller.offer, elevated
        :param str token: as it came with the address
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: the response
        """
        person_sudo = offer_sudo._check_answer_token(PURPOSE, token)
        if not person_sudo:
            return self._render_thanks(
                offer_sudo, offer_sudo._check_answer_token(THANKS_PURPOSE, token)
            )
        self._speak_language_of(person_sudo)
        offer_sudo = offer_sudo.with_env(request.env(su=True))
        lead_sudo = offer_sudo.lead_id
        view = lead_sudo._get_reseller_view()
        values = {
            "heading": view["title"],
            "view": view,
            "lead": lead_sudo,
            "allowed": offer_sudo._get_lead_to_answer(
                person_sudo
            )._get_reseller_allowed(),
            "reseller": offer_sudo.reseller_id,
            "formats": self._get_person_formats(person_sudo),
            "decline_reasons": self._get_mail_reasons_sudo(),
            "giving_back": False,
            "errors": errors or {},
            "typed": typed or {},
        }
        return self._render_alone(
            "crm_reseller_portal.portal_answer", values, 422 if errors else 200
        )

    def _render_thanks(self, offer_sudo, person_sudo):
        """Say what was answered and lead to the portal; nothing of the lead is shown.

        :param offer_sudo: crm.reseller.offer, elevated
        :param person_sudo: res.partner, elevated
        :return: the response
        """
        self._speak_language_of(person_sudo)
        accepted = offer_sudo.state == "accepted"
        declined = offer_sudo.state == "declined"
        values = {
            "heading": (
                _("Thank you, the lead is yours.")
                if accepted
                else _("You declined the lead.")
                if declined
                else _("Your answer was recorded.")
            ),
            "accepted": accepted,
            "declined": declined,
            "email": person_sudo.email,
            "has_account": bool(offer_sudo._get_answering_user(person_sudo)),
            "lead_url": f"/my/leads/{offer_sudo.lead_id.id}",
        }
        return self._render_alone("crm_reseller_portal.portal_answer_thanks", values)

    def _render_link_gone(self, offer_id):
        """The same answer for a wrong, an old and a used link.

        :param int offer_id: as the address has it, not looked at
        :return: the response
        """
        values = {"heading": _("This link can no longer be used")}
        return self._render_alone("crm_reseller_portal.portal_answer_gone", values, 404)

    def _render_answer_refused(self, sentence, offer_sudo):
        """Say why an answer could not be taken.

        :param str sentence: why not
        :param offer_sudo: crm.reseller.offer, elevated
        :return: the response
        """
        values = {"heading": _("This could not be done"), "explanation": sentence}
        return self._render_alone("crm_reseller_portal.portal_answer_gone", values, 409)
