from functools import partial

from odoo import _
from odoo.http import request

from ..forms import AcceptForm, AskForm, DeclineForm, ReturnForm
from .records import ResellerRecords
from .routes import reseller_record_route


class ResellerLeads(ResellerRecords):
    """The page of a lead and the decisions on it."""

    @reseller_record_route("/my/leads/<int:lead_id>")
    def reseller_lead(self, lead_sudo, done=None, **post):
        """Show a lead; a deal is shown on its own page.

        :param lead_sudo: crm.lead, elevated
        :param str done: key of the message about what was just done
        :param post: further arguments of the address, ignored
        :return: response
        """
        if self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        return self._render_record(lead_sudo, done=done)

    def _prepare_lead_values(self, lead_sudo, values):
        """The values of a lead's page. Hook.

        :param lead_sudo: elevated record
        :param dict values: what lead and deal share
        :return: dict of ``decline_reasons``, ``may_convert`` and ``may_return``
        """
        accepted = lead_sudo.reseller_state == "accepted" and lead_sudo.active
        return {
            "decline_reasons": self._get_decline_reasons_sudo(lead_sudo),
            "may_convert": accepted and "convert" in values["allowed"],
            "may_return": accepted and "return" in values["allowed"],
        }

    def _get_decline_reasons_sudo(self, lead_sudo):
        """The reasons to choose from while a lead can be declined or given back.

        :param lead_sudo: crm.lead, elevated
        :return: crm.reseller.decline.reason, elevated
        """
        Reason = request.env["crm.reseller.decline.reason"].sudo()
        if lead_sudo.reseller_state not in ("pending", "accepted"):
            return Reason
        return Reason.search_fetch([], ["name", "comment_required"])

    def _get_reason_choices(self, reasons_sudo):
        """The reasons as a form needs them.

        :param reasons_sudo: crm.reseller.decline.reason
        :return: dict of id to whether a comment is required
        """
        return {reason.id: reason.comment_required for reason in reasons_sudo}

    # ------------------------------------------------------------
    # THE DECISIONS
    # ------------------------------------------------------------

    @reseller_record_route("/my/leads/<int:lead_id>/accept", methods=["POST"])
    def reseller_lead_accept(self, lead_sudo, **post):
        """Accept an offer.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        form = AcceptForm(post, self._get_formats())
        if form.errors:
            return self._render_record(
                lead_sudo,
                errors=form.errors,
                typed=form.typed,
                get_field_id="reseller_accept_{}".format,
            )
        lead_sudo.reseller_accept(form.values["comment"] or None)
        return self._redirect_to_record(lead_sudo, "accepted")

    @reseller_record_route(
        "/my/leads/<int:lead_id>/decline",
        methods=["POST"],
        form="_render_decline",
        operation="decline",
    )
    def reseller_lead_decline(self, lead_sudo, **post):
        """Decline an offer with a reason.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        reasons_sudo = self._get_decline_reasons_sudo(lead_sudo)
        form = DeclineForm(
            post, self._get_formats(), reasons=self._get_reason_choices(reasons_sudo)
        )
        return self._handle_form(
            form,
            partial(self._render_decline, lead_sudo),
            lambda values: lead_sudo.reseller_decline(
                reasons_sudo.browse(values["reason_id"]),
                values["comment"] or None,
                values["contacted"],
            ),
            request.redirect(f"/my/leads?declined={lead_sudo.id}"),
        )

    def _render_decline(self, lead_sudo, errors=None, typed=None, **post):
        """Show the form of the popup on a page of its own.

        :param lead_sudo: crm.lead, elevated
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        if lead_sudo.reseller_state != "pending":
            return self._render_refused(_("This lead was accepted already."), lead_sudo)
        return self._render_decision(lead_sudo, "portal_lead_decline", errors, typed)

    @reseller_record_route(
        "/my/leads/<int:lead_id>/return",
        "/my/opportunities/<int:lead_id>/return",
        methods=["POST"],
        form="_render_return",
        operation="return",
    )
    def reseller_lead_return(self, lead_sudo, **post):
        """Give an accepted lead back with a reason.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        reasons_sudo = self._get_decline_reasons_sudo(lead_sudo)
        form = ReturnForm(
            post, self._get_formats(), reasons=self._get_reason_choices(reasons_sudo)
        )
        return self._handle_form(
            form,
            partial(self._render_return, lead_sudo),
            lambda values: lead_sudo.reseller_return(
                reasons_sudo.browse(values["reason_id"]), values["comment"] or None
            ),
            request.redirect(f"/my/leads?returned={lead_sudo.id}"),
        )

    def _render_return(self, lead_sudo, errors=None, typed=None, **post):
        """Show the form to give a lead back.

        :param lead_sudo: crm.lead, elevated
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        if lead_sudo.reseller_state != "accepted":
            return self._render_refused(
                _("Only an accepted lead can be given back."), lead_sudo
            )
        return self._render_decision(lead_sudo, "portal_lead_return", errors, typed)

    def _render_decision(self, lead_sudo, template, errors, typed):
        """Show a lead's page with the form of a decision.

        :param lead_sudo: crm.lead, elevated
        :param str template: name of the template, without the addon
        :param dict errors: sentence by name of field, or None
        :param dict typed: text by name of field, as it was sent, or None
        :return: response
        """
        reasons_sudo = self._get_decline_reasons_sudo(lead_sudo)
        fields_at = {
            "reason_id": f"reseller_reason_{reasons_sudo[:1].id}",
            "comment": "reseller_decline_comment",
        }
        return self._render_record(
            lead_sudo,
            f"crm_reseller_portal.{template}",
            decline_reasons=reasons_sudo,
            errors=errors or {},
            typed=typed or {},
            get_field_id=fields_at.get,
        )

    @reseller_record_route("/my/leads/<int:lead_id>/convert", methods=["POST"])
    def reseller_lead_convert(self, lead_sudo, **post):
        """Make an accepted lead an opportunity.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent, ignored
        :return: response
        """
        lead_sudo.reseller_convert()
        return self._redirect_to_record(lead_sudo, "converted")

    @reseller_record_route("/my/leads/<int:lead_id>/ask", methods=["POST"])
    def reseller_lead_ask(self, lead_sudo, **post):
        """Ask the team a question before answering.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        form = AskForm(post, self._get_formats())
        if form.errors:
            return self._render_record(lead_sudo, errors=form.errors, typed=form.typed)
        lead_sudo._reseller_ask(form.values["question"])
        return self._redirect_to_record(lead_sudo, "asked")
