from odoo import fields
from odoo.http import request

from ..forms import DealForm
from .records import ResellerRecords
from .routes import reseller_record_route

# where the buttons of the deal's page lead after it was saved
NEXT_PAGES = {
    "won": "/outcome?outcome=won",
    "lost": "/outcome?outcome=lost",
    "contact": "/contact",
    "return": "/return",
}


class ResellerOpportunities(ResellerRecords):
    """The page of a deal: figures, next step, note and documents."""

    @reseller_record_route("/my/opportunities/<int:lead_id>")
    def reseller_opportunity(self, lead_sudo, done=None, **post):
        """Show a deal; a lead is shown on its own page.

        :param lead_sudo: crm.lead, elevated
        :param str done: key of the message about what was just done
        :param post: further arguments of the address, ignored
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        return self._render_record(lead_sudo, done=done)

    def _prepare_opportunity_values(self, lead_sudo, values):
        """The values of a deal's page. Hook.

        :param lead_sudo: elevated record
        :param dict values: what lead and deal share
        :return: dict of ``is_open``, ``is_won``, ``may_edit``, ``reportable``,
            ``report`` (not decided, rejected, or the one that closed the deal),
            ``step_types`` (pairs of key and label), ``figures`` (text by field) and
            ``closing_passed``
        """
        allowed = values["allowed"]
        is_open = lead_sudo._is_reseller_open()
        report_sudo = lead_sudo.reseller_outcome_ids[:1]
        may_edit = is_open and "edit" in allowed
        today = values["formats"].today
        return {
            "is_open": is_open,
            "is_won": lead_sudo.active
            and lead_sudo.stage_id.id in lead_sudo.stage_id._get_won_ids(),
            # not "editable": Website keeps its own under that name
            "may_edit": may_edit,
            "may_return": is_open and "return" in allowed,
            "reportable": is_open
            and "report" in allowed
            and report_sudo.state != "reported",
            "report": report_sudo.filtered(lambda r: r.state != "withdrawn"),
            "step_types": self._get_step_types() if may_edit else (),
            "figures": self._show_figures(lead_sudo),
            "closing_passed": is_open
            and lead_sudo.date_deadline
            and lead_sudo.date_deadline < today,
        }

    def _show_figures(self, lead_sudo):
        """Figures and next step as the form of the page shows them.

        :param lead_sudo: crm.lead, elevated
        :return: dict of texts: ``expected_revenue``, ``probability`` (percent),
            ``date_deadline``, ``step_type``, ``step_summary`` and ``step_date``
        """
        formats = self._get_formats()
        return {
            "expected_revenue": formats.number(lead_sudo.expected_revenue),
            "probability": str(lead_sudo._get_reseller_probability()),
            "date_deadline": fields.Date.to_string(lead_sudo.date_deadline) or "",
            "step_type": lead_sudo.reseller_step_type or "",
            "step_summary": lead_sudo.reseller_step_note or "",
            "step_date": fields.Date.to_string(lead_sudo.reseller_step_date) or "",
        }

    def _get_step_types(self):
        """The kinds of next steps to choose from.

        :return: list of pairs of key and label
        """
        field = request.env["crm.lead"]._fields["reseller_step_type"]
        return field._description_selection(request.env)

    @reseller_record_route("/my/opportunities/<int:lead_id>/update", methods=["POST"])
    def reseller_update(self, lead_sudo, then="", **post):
        """Save figures, next step, note and documents together.

        :param lead_sudo: crm.lead, elevated
        :param str then: key of the page to show next, see ``NEXT_PAGES``
        :param post: what the form sent
        :return: response
        """
        currency = lead_sudo.company_currency
        form = DealForm(
            post,
            self._get_formats(),
            shown=self._show_figures(lead_sudo),
            required=self._get_required_fields(
                "deal", lead_sudo._get_reseller_company()
            ),
            kinds=[key for key, _label in self._get_step_types()],
            symbols=(currency.symbol or "", currency.name or ""),
            uploads=self._get_uploads(),
        )
        if form.errors:
            return self._render_record(lead_sudo, errors=form.errors, typed=form.typed)
        self._save_deal(lead_sudo, form.values)
        if then in NEXT_PAGES:
            return request.redirect(lead_sudo._get_reseller_path() + NEXT_PAGES[then])
        removed = form.values["step"] == "remove"
        return self._redirect_to_record(lead_sudo, "unplanned" if removed else "saved")

    def _save_deal(self, lead_sudo, values):
        """Write what was entered on a deal's page.

        :param lead_sudo: crm.lead, elevated
        :param dict values: see ``DealForm``; read are ``figures``, ``step``, ``note``
            and ``documents``
        """
        if values["figures"] or not values["step"]:
            lead_sudo._reseller_update(values["figures"])
        step = values["step"]
        if step == "finish":
            lead_sudo._reseller_finish_step()
        elif step == "remove":
            lead_sudo._reseller_remove_step()
        elif step:
            lead_sudo._reseller_plan_step(
                step["type"], step["summary"], step["deadline"]
            )
        if values["note"] or values["documents"]:
            lead_sudo._reseller_post(values["note"], values["documents"])
