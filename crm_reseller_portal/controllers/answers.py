from odoo import _
from odoo.http import request

LARGEST_ID = 2**31 - 1


class ResellerAnswers:
    """What the portal answers when something is gone, refused or was not sent."""

    def _render_gone(self, lead_id):
        """Answer for a lead that is not, or no longer, this user's.

        People whose company never held it read that nothing is there, whether it is
        another company's or missing; those whose company did read what became of it,
        and nothing else. Our own people are sent to the lead in the backend.

        :param int lead_id: what was asked for
        :return: the response
        """
        if not request.env.user.share and request.httprequest.method != "POST":
            # reveals nothing: whether there is such a lead is decided there
            return request.redirect(f"/mail/view?model=crm.lead&res_id={lead_id}")
        reseller_sudo = self._get_reseller_or_404()
        offer_sudo = request.env["crm.reseller.offer"].sudo()
        if lead_id <= LARGEST_ID:
            offer_sudo = offer_sudo.search(
                [("lead_id", "=", lead_id), ("reseller_id", "=", reseller_sudo.id)],
                order="id desc",
                limit=1,
            )
        if offer_sudo:
            return self._render_nothing_here(
                self._explain_gone(offer_sudo), title=_("Nothing left to do here")
            )
        return self._render_nothing_here(
            _(
                "This lead is not among yours. It may have been merged with "
                "another one or removed, or the address is not complete."
            )
        )

    def _explain_gone(self, offer_sudo):
        """A sentence about what became of an offer.

        :param offer_sudo: crm.reseller.offer that is no longer pending
        :return: text in the language of the reader
        """
        moment = self._get_formats().moment(
            offer_sudo.returned_on or offer_sudo.answered_on
        )
        if offer_sudo.state == "declined":
            return _("Your company declined this lead on %(moment)s.", moment=moment)
        if offer_sudo.state == "returned":
            return _("Your company gave this lead back on %(moment)s.", moment=moment)
        if offer_sudo.state == "expired":
            return _(
                "The time to answer ended on %(moment)s, so the lead was passed on.",
                moment=moment,
            )
        lead_sudo = offer_sudo.lead_id
        if (
            lead_sudo.reseller_id == offer_sudo.reseller_id
            and lead_sudo.reseller_contact_id
        ):
            return _(
                "Your colleague %(name)s takes care of this lead.",
                name=lead_sudo.reseller_contact_id.name,
            )
        return _("Our team has taken this lead back.")

    def _render_refused(self, sentence, record_sudo=None):
        """Answer when what was asked for cannot be done: say why. Hook.

        :param str sentence: why not
        :param record_sudo: the record it was about
        :return: the response
        """
        lead_sudo = request.env["crm.lead"].sudo()
        if record_sudo and record_sudo._name == "crm.lead":
            record_sudo.invalidate_recordset()
            lead_sudo = self._find_lead(record_sudo.id)
        return self._render_nothing_here(
            sentence, title=_("This could not be done"), status=409, lead=lead_sudo
        )

    def _render_nothing_sent(self, record_sudo=None, **post):
        """Answer to a form's address that is merely opened: nothing was sent. Hook.

        So it comes after a new sign-in, when the session had ended.

        :param record_sudo: the record the form is about
        :param post: further arguments of the address, ignored
        :return: the response
        """
        path = "/my"
        if not record_sudo:
            self._get_reseller_or_404()
        elif record_sudo._name == "crm.lead":
            path = record_sudo._get_reseller_path() + "?done=again"
        return request.redirect(path)
