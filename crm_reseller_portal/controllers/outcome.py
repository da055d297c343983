from odoo import _, fields
from odoo.http import request

from ..forms import OutcomeForm
from .records import ResellerRecords
from .routes import reseller_record_route

# a reason called so says nothing without a note
VAGUE_REASON = "crm_lead_pipeline_rules.lost_reason_other"


class ResellerOutcome(ResellerRecords):
    """The report that a deal is won or lost."""

    @reseller_record_route(
        "/my/opportunities/<int:lead_id>/outcome",
        methods=["POST"],
        form="_render_outcome",
        operation="report",
    )
    def reseller_outcome(self, lead_sudo, **post):
        """Report how a deal ended, or withdraw the report.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        lead_sudo._check_reseller_access("report")
        if post.get("outcome") == "withdraw":
            lead_sudo._reseller_withdraw_report()
            return self._redirect_to_record(lead_sudo, "withdrawn")
        currency = lead_sudo.company_currency
        reasons_sudo = self._get_lost_reasons_sudo()
        form = OutcomeForm(
            post,
            self._get_formats(),
            required=self._get_required_fields(
                "outcome", lead_sudo._get_reseller_company()
            ),
            reasons={r.id: self._is_note_required(r) for r in reasons_sudo},
            symbols=(currency.symbol or "", currency.name or ""),
            uploads=self._get_uploads(),
        )
        if form.errors:
            return self._render_outcome(lead_sudo, errors=form.errors, typed=form.typed)
        values = form.values
        lead_sudo._reseller_report_outcome(
            values["outcome"],
            reasons_sudo.browse(values.get("lost_reason_id") or []),
            values.get("order_reference", ""),
            values["comment"],
            values["documents"],
            amount_won=values.get("amount_won"),
            won_on=values.get("won_on"),
        )
        return self._redirect_to_record(lead_sudo, "reported")

    def _get_lost_reasons_sudo(self):
        """The reasons to choose from for a lost deal.

        :return: crm.lost.reason, elevated
        """
        return request.env["crm.lost.reason"].sudo().search_fetch([], ["name"])

    def _is_note_required(self, reason_sudo):
        """Whether a lost reason says nothing without a note. Hook.

        :param reason_sudo: crm.lost.reason
        :return: bool
        """
        other = request.env["ir.model.data"].sudo()._xmlid_to_res_id(VAGUE_REASON)
        # a name as it was typed, whatever language the page is in
        name = reason_sudo.with_context(lang="en_US").name
        return reason_sudo.id == other or name == "Other"

    def _render_outcome(self, lead_sudo, errors=None, typed=None, outcome="", **post):
        """Show the form to report a deal as won or lost.

        :param lead_sudo: crm.lead, elevated
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param str outcome: ``won`` or ``lost``; ``withdraw`` shows that nothing was
            sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        lead_sudo._check_reseller_access("report")
        if outcome == "withdraw":
            return self._render_nothing_sent(lead_sudo)
        formats = self._get_formats()
        typed = {
            "outcome": outcome if outcome in ("won", "lost") else "won",
            "amount_won": formats.number(lead_sudo.expected_revenue),
            "won_on": fields.Date.to_string(formats.today),
            **(typed or {}),
        }
        reasons_sudo = self._get_lost_reasons_sudo()
        lost = typed["outcome"] == "lost"
        title = _("Report this deal as lost") if lost else _("Report this deal as won")
        fields_at = {
            "lost_reason_id": f"reseller_lost_{reasons_sudo[:1].id}",
            "order_reference": "reseller_order",
            "amount_won": "reseller_amount_won",
            "won_on": "reseller_won_on",
            "comment": "reseller_outcome_comment",
            "documents": "reseller_outcome_documents",
        }
        return self._render_record(
            lead_sudo,
            "crm_reseller_portal.portal_opportunity_outcome",
            title=f"{title} | {request.env.company.name}",
            typed=typed,
            errors=errors or {},
            lost_reasons=reasons_sudo,
            notes_required={r.id for r in reasons_sudo if self._is_note_required(r)},
            get_field_id=fields_at.get,
        )
