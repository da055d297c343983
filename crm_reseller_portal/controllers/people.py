from odoo import _
from odoo.exceptions import UserError
from odoo.http import request

from ..forms import HandOverForm
from .records import ResellerRecords
from .routes import reseller_form_route, reseller_record_route

MOST_AT_ONCE = 100


class ResellerPeople(ResellerRecords):
    """The person in charge of leads and deals."""

    def _read_colleague(self, post):
        """Read who was chosen among those who can sign in.

        :param dict post: what the form sent
        :return: pair of the form and a res.partner, elevated, one or none
        :raises NotFound: for users who are not supervisors
        """
        if not request.env.user._is_reseller_supervisor():
            raise request.not_found()
        colleagues_sudo = request.env.user._get_reseller_colleagues_sudo()
        form = HandOverForm(
            post, self._get_formats(), colleagues=set(colleagues_sudo.ids)
        )
        return form, colleagues_sudo.browse(form.values["colleague_id"] or [])

    @reseller_record_route(
        "/my/leads/<int:lead_id>/delegate",
        "/my/opportunities/<int:lead_id>/delegate",
        methods=["POST"],
    )
    def reseller_delegate(self, lead_sudo, **post):
        """Hand a lead over to a colleague. For supervisors.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        form, colleague_sudo = self._read_colleague(post)
        if form.errors:
            return self._render_record(lead_sudo, errors=form.errors, typed=form.typed)
        lead_sudo._reseller_hand_over(colleague_sudo)
        return self._redirect_to_record(lead_sudo, "delegated")

    @reseller_form_route("/my/leads/delegate", methods=["POST"])
    def reseller_delegate_many(self, back="", **post):
        """Hand the selected leads of a list over to a colleague. For supervisors.

        :param str back: ``opportunities`` to return to these; else the leads
        :param post: what the form sent
        :return: response
        :raises UserError: where no colleague was chosen, or no lead selected
        """
        form, colleague_sudo = self._read_colleague(post)
        if form.errors:
            raise UserError(form.errors["colleague_id"])
        ids = request.httprequest.form.getlist("record_ids")[:MOST_AT_ONCE]
        leads_sudo = request.env["crm.lead"].sudo()
        for text in ids:
            if text.isascii() and text.isdecimal():
                leads_sudo |= self._find_lead(int(text))
        if not leads_sudo:
            raise UserError(_("Tick the leads to hand over."))
        for lead_sudo in leads_sudo:
            lead_sudo._reseller_hand_over(colleague_sudo)
        path = "/my/opportunities" if back == "opportunities" else "/my/leads"
        return request.redirect(f"{path}?handed_over={len(leads_sudo)}")
