import re
from datetime import timedelta
from decimal import Decimal

from odoo import _, fields
from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools import single_email_re
from odoo.tools.misc import formatLang

from ..lib.amounts import AmountError, AmountProblem, parse_amount
from ..lib.dates import DateError
from .leads import COMMENT_LENGTH, ResellerLeads

SUMMARY_LENGTH = 200
TEXT_LENGTH = 120
MOST_PROBABLE = 99
PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]{2,38}[0-9]( ?(ext|x)\.? ?[0-9]{1,6})?", re.I)
FIGURES = ("expected_revenue", "probability", "date_deadline")
STEP = ("step_type", "step_summary", "step_date")
TEXT_FIELDS = (
    "contact_name",
    "partner_name",
    "function",
    "email_from",
    "phone",
    "street",
    "street2",
    "zip",
    "city",
)


class ResellerOpportunities(ResellerLeads):
    # ------------------------------------------------------------
    # The list
    # ------------------------------------------------------------

    @route(
        ["/my/opportunities", "/my/opportunities/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def reseller_opportunities(self, page=1, **form):
        values = self._prepare_reseller_page(
            "reseller_opportunities", _("Opportunities")
        )
        options = {
            "url": "/my/opportunities",
            "domain": self._get_opportunities_domain(),
            "sortings": self._get_opportunity_sortings(),
            "filters": self._get_opportunity_filters(values["reseller"]),
            "groupings": self._get_opportunity_groupings(),
        }
        self._prepare_list_values(values, options, {**form, "page": page})
        steps = values["leads"]._get_reseller_activities(values["reseller"])
        # the soonest of each deal
        values["steps"] = {step.res_id: step for step in reversed(steps)}
        values["today"] = self._get_today()
        return request.render("crm_reseller_portal.portal_my_opportunities", values)

    def _get_opportunity_sortings(self):
        """Ways to sort the deals; the first is the default. Hook."""
        return {
            "closing": {"label": _("Closing soonest"), "order": "date_deadline, id"},
            "date": {
                "label": _("Newest"),
                "order": "reseller_offered_on desc, id desc",
            },
            "revenue": {
                "label": _("Expected revenue"),
                "order": "expected_revenue desc, id",
            },
            "probability": {
                "label": _("Probability"),
                "order": "probability desc, id",
            },
            "name": {"label": _("Name"), "order": "name, id"},
            "company": {"label": _("Company"), "order": "partner_name, id"},
        }

    def _get_opportunity_filters(self, reseller_sudo):
        """Filters of the deals; the first is the default. Hook."""
        today = self._get_today()
        overdue_steps = (
            request.env["mail.activity"]
            .sudo()
            ._search(
                [
                    ("res_model", "=", "crm.lead"),
                    (
                        "user_id.partner_id.commercial_partner_id",
                        "=",
                        reseller_sudo.id,
                    ),
                    ("date_deadline", "<", today),
                ]
            )
        )
        return {
            "all": {"label": _("Active"), "domain": self._get_open_domain()},
            "month": {
                "label": _("Closing this month"),
                "domain": [
                    *self._get_open_domain(),
                    ("date_deadline", ">=", fields.Date.start_of(today, "month")),
                    ("date_deadline", "<=", fields.Date.end_of(today, "month")),
                ],
            },
            "overdue": {
                "label": _("Next step overdue"),
                "domain": [
                    *self._get_open_domain(),
                    ("activity_ids", "in", overdue_steps),
                ],
            },
            "won": {
                "label": _("Won"),
                "domain": [
                    ("active", "=", True),
                    ("stage_id", "in", self._search_won_stages()),
                ],
            },
            "lost": {"label": _("Lost"), "domain": [("active", "=", False)]},
        }

    def _get_opportunity_groupings(self):
        """Ways to group the deals; the first is the default. Hook."""
        return {
            "none": {"label": _("None")},
            "closing": {
                "label": _("Closing date"),
                "order": "date_deadline",
                "key": lambda lead: (
                    self._describe_month(lead.date_deadline)
                    if lead.date_deadline
                    else _("No closing date")
                ),
            },
            "country": {
                "label": _("Country"),
                "order": "country_id",
                "key": lambda lead: lead.country_id.name or _("No country"),
            },
            "person": {
                "label": _("Person in charge"),
                "order": "reseller_contact_id",
                "key": lambda lead: lead.reseller_contact_id.name or _("Nobody yet"),
            },
        }

    def _describe_month(self, day):
        return fields.Date.to_string(day)[:7]

    # ------------------------------------------------------------
    # A deal
    # ------------------------------------------------------------

    @route(
        "/my/opportunities/<int:lead_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def reseller_opportunity(self, lead_id, done=None, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if lead_sudo._get_reseller_path() != f"/my/opportunities/{lead_id}":
            return request.redirect(lead_sudo._get_reseller_path())
        return self._render_opportunity(lead_sudo, done=done)

    def _render_record(self, lead_sudo, **extra):
        if lead_sudo._get_reseller_path().startswith("/my/opportunities/"):
            return self._render_opportunity(lead_sudo, **extra)
        return super()._render_record(lead_sudo, **extra)

    def _render_opportunity(
        self, lead_sudo, template="portal_my_opportunity", status=200, **extra
    ):
        view = lead_sudo._get_reseller_view()
        values = self._prepare_reseller_values(
            self._get_page_reseller_sudo(lead_sudo),
            "reseller_opportunity",
            view["title"],
        )
        values.update(
            self._prepare_opportunity_values(lead_sudo, values["reseller"]),
            view=view,
            reseller_crumbs=[{"label": _("Opportunities"), "url": "/my/opportunities"}],
        )
        values.update(extra)
        self._mark_errors(values)
        return request.render(f"crm_reseller_portal.{template}", values, status=status)

    def _get_field_ids(self):
        names = ("probability", "step_type", "step_date", "step_summary")
        return {
            **super()._get_field_ids(),
            **{name: f"reseller_{name}" for name in names + TEXT_FIELDS},
            "expected_revenue": "reseller_revenue",
            "date_deadline": "reseller_closing",
            "country_id": "reseller_country",
            "state_id": "reseller_state",
        }

    def _prepare_opportunity_values(self, lead_sudo, reseller_sudo):
        """Values of a deal's page. Hook."""
        level = reseller_sudo.reseller_level_id
        is_open = lead_sudo._is_open_for_reseller()
        report_sudo = (
            request.env["crm.reseller.outcome"]
            .sudo()
            .search_fetch(
                [("lead_id", "=", lead_sudo.id)],
                ["state", "outcome", "order_reference", "lost_reason_id"],
                limit=1,
            )
        )
        step_sudo = lead_sudo._get_reseller_activities(reseller_sudo)[:1]
        may_edit = is_open and level.can_edit_opportunity
        return {
            **self._prepare_record_values(lead_sudo, reseller_sudo),
            "is_open": is_open,
            "is_won": lead_sudo.active and lead_sudo.stage_id.is_won,
            # not "editable": Website keeps its own under that name
            "may_edit": may_edit,
            "reportable": is_open
            and level.can_report_outcome
            and report_sudo.state != "reported",
            "report": report_sudo.filtered(
                lambda r: r.state in ("reported", "rejected")
            ),
            "step": step_sudo,
            "step_types": self._get_step_types() if may_edit else (),
            "figures": self._show_figures(lead_sudo, step_sudo),
        }

    def _show_figures(self, lead_sudo, step_sudo):
        """Return the figures of a deal the way they stand in its form."""
        return {
            "expected_revenue": self._format_number(lead_sudo.expected_revenue),
            "probability": f"{lead_sudo.probability:.0f}",
            "date_deadline": fields.Date.to_string(lead_sudo.date_deadline) or "",
            "step_type": str(step_sudo.activity_type_id.id or ""),
            "step_summary": step_sudo.summary or "",
            "step_date": fields.Date.to_string(step_sudo.date_deadline) or "",
        }

    def _get_step_types(self):
        """Return the kinds of next steps to choose from. Hook.

        What the team alone is asked to do is none of them.
        """
        Data = request.env["ir.model.data"].sudo()
        # from the cache, where a reference would look whether the record exists
        internal = [
            kind_id
            for xmlid in request.env["crm.lead"]._get_team_activity_types()
            if (kind_id := Data._xmlid_to_res_id(xmlid))
        ]
        return (
            request.env["mail.activity.type"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "in", (False, "crm.lead")),
                    ("category", "!=", "upload_file"),
                    ("id", "not in", internal),
                ],
                ["name"],
            )
        )

    def _format_number(self, value):
        """Return an amount as the user's language writes it, without needless zeros."""
        whole = value == int(value)
        return formatLang(request.env, value, digits=0 if whole else 2)

    # ------------------------------------------------------------
    # Figures and next step
    # ------------------------------------------------------------

    @route(
        "/my/opportunities/<int:lead_id>/update",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_update(self, lead_id, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if request.httprequest.method == "GET":
            return self._ask_again(lead_sudo)
        names = (*FIGURES, *STEP, *(f"was_{name}" for name in FIGURES + STEP))
        typed = {
            name: self._clean_text(form[name])
            for name in (*names, "step_done")
            if isinstance(form.get(name), str)
        }
        figures, errors = self._read_figures(lead_sudo, typed)
        step, step_errors = self._read_step(typed)
        errors.update(step_errors)
        if errors:
            return self._render_record(
                lead_sudo, status=422, errors=errors, typed=typed
            )
        refusal = self._run(self._update_deal, lead_sudo, figures, step, typed)
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=saved")

    def _update_deal(self, lead_sudo, figures, step, typed):
        lead_sudo._reseller_update(figures)
        if typed.get("step_done"):
            lead_sudo._reseller_finish_step()
        elif step:
            lead_sudo._reseller_plan_step(*step)

    def _read_figures(self, lead_sudo, typed):
        """Return the figures typed, and a sentence for each that is wrong."""
        figures, errors = {}, {}
        currency = lead_sudo.company_currency
        readers = {
            "expected_revenue": lambda text: self._read_amount(text, currency),
            "probability": self._read_probability,
            "date_deadline": self._read_closing,
        }
        shown = self._show_figures(lead_sudo, request.env["mail.activity"])
        for name, read in readers.items():
            # what nobody touched stays as precise as it is, and as others may have
            # made it since the page was opened
            if typed.get(name) in (None, typed.get(f"was_{name}", shown[name])):
                continue
            try:
                figures[name] = read(typed[name])
            except AmountError as error:
                errors[name] = self._explain_amount_error(error, currency)
            except DateError as error:
                errors[name] = self._explain_date_error(error)
            except UserError as error:
                errors[name] = str(error.args[0])
        return figures, errors

    def _read_amount(self, text, currency):
        symbols = (currency.symbol or "", currency.name or "")
        return float(parse_amount(text, self._get_number_format(), symbols))

    def _read_probability(self, text):
        try:
            chance = parse_amount(
                text, self._get_number_format(), ("%",), maximum=Decimal(100)
            )
        except AmountError as error:
            raise UserError(
                _("Write the probability as a number from 0 to 99.")
            ) from error
        if chance > MOST_PROBABLE:
            raise UserError(
                _("A deal that is certain is won: report it as won further down.")
            )
        return float(chance)

    def _read_closing(self, text):
        if not text:
            return False
        today = self._get_today()
        return self._read_date(
            text,
            earliest=today - timedelta(days=3650),
            latest=today + timedelta(days=3650),
        )

    def _explain_amount_error(self, error, currency):
        return {
            AmountProblem.EMPTY: _("Enter an amount, or 0 if you do not know it."),
            AmountProblem.NOT_A_NUMBER: _(
                "This is not an amount. Write it like %(example)s.",
                example=self._format_number(12500),
            ),
            AmountProblem.AMBIGUOUS: _(
                "Is this %(first)s or %(second)s? Please write it without a separator "
                "for thousands.",
                first=self._format_number(float((error.readings or (0, 0))[0])),
                second=self._format_number(float((error.readings or (0, 0))[1])),
            ),
            AmountProblem.NEGATIVE: _("The amount cannot be below zero."),
            AmountProblem.TOO_LARGE: _("This amount is too large to be true."),
            AmountProblem.TOO_PRECISE: _("Write two digits at most for the cents."),
        }[error.problem]

    def _read_step(self, typed):
        """Return type, summary and day of the next step, and what is wrong."""
        summary, day = typed.get("step_summary", ""), typed.get("step_date", "")
        if typed.get("step_done") or not (summary or day):
            return None, {}
        if typed.get("was_step_date") and all(
            typed.get(name) == typed.get(f"was_{name}") for name in STEP
        ):
            # nobody touched it: a colleague may have finished it meanwhile
            return None, {}
        errors = {}
        types = self._get_step_types()
        chosen = types.filtered(lambda t: str(t.id) == typed.get("step_type"))
        if typed.get("step_type") and not chosen:
            errors["step_type"] = _("Choose one of the kinds.")
        if len(summary) > SUMMARY_LENGTH:
            errors["step_summary"] = _(
                "This is too long: %(limit)s characters at most.", limit=SUMMARY_LENGTH
            )
        deadline = None
        if not day:
            errors["step_date"] = _("Choose the day of the next step.")
        else:
            try:
                today = self._get_today()
                deadline = self._read_date(
                    day,
                    earliest=today - timedelta(days=366),
                    latest=today + timedelta(days=3650),
                )
            except DateError as error:
                errors["step_date"] = self._explain_date_error(error)
        return (chosen or types[:1], summary, deadline), errors

    # ------------------------------------------------------------
    # The customer's data
    # ------------------------------------------------------------

    @route(
        "/my/opportunities/<int:lead_id>/contact",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_contact(self, lead_id, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if lead_sudo._get_reseller_path() != f"/my/opportunities/{lead_id}":
            return request.redirect(lead_sudo._get_reseller_path())
        if not lead_sudo.reseller_id.reseller_level_id.can_edit_opportunity:
            return self._render_refused(
                _("Your level does not permit to correct contacts."), lead_id
            )
        if request.httprequest.method == "GET":
            return self._render_contact(
                lead_sudo, {name: str(lead_sudo[name] or "") for name in TEXT_FIELDS}
            )
        names = (*TEXT_FIELDS, "country_id", "state_id")
        typed = {name: self._clean_text(form.get(name, "")) for name in names}
        typed.update(
            {
                f"was_{name}": self._clean_text(form[f"was_{name}"])
                for name in names
                if f"was_{name}" in form
            }
        )
        if form.get("show_states"):
            return self._render_contact(lead_sudo, typed)
        vals, errors = self._read_contact(typed)
        if errors:
            return self._render_contact(lead_sudo, typed, status=422, errors=errors)
        vals = {
            name: value
            for name, value in vals.items()
            if typed[name] != typed.get(f"was_{name}")
        }
        refusal = self._run(lead_sudo._reseller_correct_contact, vals)
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=saved")

    def _render_contact(self, lead_sudo, typed, status=200, errors=None):
        typed.setdefault("country_id", str(lead_sudo.country_id.id or ""))
        typed.setdefault("state_id", str(lead_sudo.state_id.id or ""))
        countries = request.env["res.country"].sudo().search([])
        country = countries.filtered(lambda c: str(c.id) == typed["country_id"])
        view = lead_sudo._get_reseller_view()
        values = self._prepare_reseller_values(
            self._get_reseller_or_404(),
            "reseller_opportunity",
            _("Correct the contact"),
        )
        shown = {name: str(lead_sudo[name] or "") for name in TEXT_FIELDS}
        shown["country_id"] = str(lead_sudo.country_id.id or "")
        shown["state_id"] = str(lead_sudo.state_id.id or "")
        values.update(
            lead=lead_sudo,
            view=view,
            typed=typed,
            before={name: typed.get(f"was_{name}", shown[name]) for name in shown},
            errors=errors or {},
            countries=countries,
            contact_fields=[
                {"name": "contact_name", "label": _("Contact")},
                {"name": "partner_name", "label": _("Company")},
                {"name": "function", "label": _("Job position")},
                {"name": "email_from", "label": _("E-mail"), "type": "email"},
                {"name": "phone", "label": _("Phone"), "type": "tel"},
                {"name": "street", "label": _("Street")},
                {"name": "street2", "label": _("Street, second line")},
                {"name": "zip", "label": _("Zip code")},
                {"name": "city", "label": _("City")},
            ],
            states=request.env["res.country.state"]
            .sudo()
            .search([("country_id", "=", country.id)] if country else [("id", "=", 0)]),
            reseller_crumbs=[{"label": _("Opportunities"), "url": "/my/opportunities"}],
        )
        self._mark_errors(values)
        return request.render(
            "crm_reseller_portal.portal_opportunity_contact", values, status=status
        )

    def _read_contact(self, typed):
        """Return the customer's data typed, and a sentence for each that is wrong."""
        errors = {}
        vals = {name: typed[name] or False for name in TEXT_FIELDS}
        for name in TEXT_FIELDS:
            if len(typed[name]) > TEXT_LENGTH or "\n" in typed[name]:
                errors[name] = _(
                    "This is too long: %(limit)s characters at most.", limit=TEXT_LENGTH
                )
        if typed["email_from"] and not single_email_re.match(typed["email_from"]):
            errors["email_from"] = _("This is not an e-mail address.")
        if typed["phone"] and not PHONE.fullmatch(typed["phone"]):
            errors["phone"] = _("This is not a phone number.")
        if not (typed["contact_name"] or typed["partner_name"]):
            errors["contact_name"] = _("Enter the contact's or the company's name.")
        for name, model in (
            ("country_id", "res.country"),
            ("state_id", "res.country.state"),
        ):
            text = typed[name]
            record = request.env[model].sudo()
            if text.isdecimal() and len(text) < 10:
                record = record.search([("id", "=", int(text))])
            if text and not record:
                errors[name] = _("Choose one of the list.")
            vals[name] = record.id or False
        state = request.env["res.country.state"].sudo().browse(vals["state_id"] or [])
        if state and state.country_id.id != vals["country_id"]:
            errors["state_id"] = _("This state is in another country.")
        return vals, errors

    # ------------------------------------------------------------
    # Won or lost
    # ------------------------------------------------------------

    @route(
        "/my/opportunities/<int:lead_id>/outcome",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_outcome(self, lead_id, outcome="", **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if lead_sudo._get_reseller_path() != f"/my/opportunities/{lead_id}":
            return request.redirect(lead_sudo._get_reseller_path())
        refusal = self._run(lead_sudo._check_reseller_may, "can_report_outcome")
        if refusal:
            return self._render_refused(refusal, lead_id)
        if request.httprequest.method == "GET":
            if outcome == "withdraw":
                return self._ask_again(lead_sudo)
            outcome = outcome if outcome in ("won", "lost") else "won"
            return self._render_outcome(lead_sudo, {"outcome": outcome})
        if outcome == "withdraw":
            refusal = self._run(lead_sudo._reseller_withdraw_report)
            if refusal:
                return self._render_refused(refusal, lead_id)
            return request.redirect(lead_sudo._get_reseller_path() + "?done=withdrawn")
        typed = {
            "outcome": outcome,
            **{
                name: self._clean_text(form.get(name, ""))
                for name in ("lost_reason_id", "order_reference", "comment")
            },
        }
        reason_sudo, documents, errors = self._read_outcome(typed)
        if errors:
            return self._render_outcome(lead_sudo, typed, status=422, errors=errors)
        refusal = self._run(
            lead_sudo._reseller_report_outcome,
            outcome,
            reason_sudo,
            typed["order_reference"],
            typed["comment"],
            documents,
        )
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=reported")

    def _render_outcome(self, lead_sudo, typed, status=200, errors=None):
        reasons = request.env["crm.lost.reason"].sudo().search([])
        title = (
            _("Report this deal as lost")
            if typed["outcome"] == "lost"
            else _("Report this deal as won")
        )
        fields_at = {
            "lost_reason_id": f"reseller_lost_{reasons[:1].id}",
            "order_reference": "reseller_order",
            "comment": "reseller_outcome_comment",
            "documents": "reseller_outcome_documents",
        }
        return self._render_opportunity(
            lead_sudo,
            "portal_opportunity_outcome",
            status=status,
            title=f"{title} | {request.env.company.name}",
            typed=typed,
            errors=errors or {},
            lost_reasons=reasons,
            get_field_id=fields_at.get,
        )

    def _read_outcome(self, typed):
        """Return reason and documents of a report, and what is wrong with it."""
        documents, errors = self._read_documents("documents")
        reason_sudo = request.env["crm.lost.reason"].sudo()
        if typed["outcome"] not in ("won", "lost"):
            errors["outcome"] = _("Choose won or lost.")
        if typed["outcome"] == "lost":
            text = typed["lost_reason_id"]
            if text.isdecimal() and len(text) < 10:
                reason_sudo = reason_sudo.search([("id", "=", int(text))])
            if not reason_sudo:
                errors["lost_reason_id"] = _("Choose why the deal was lost.")
        if len(typed["order_reference"]) > TEXT_LENGTH:
            errors["order_reference"] = _(
                "This is too long: %(limit)s characters at most.", limit=TEXT_LENGTH
            )
        if len(typed["comment"]) > COMMENT_LENGTH:
            errors["comment"] = self._explain_too_long()
        return reason_sudo, documents, errors
