from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.home import ResellerHome
from odoo.addons.crm_reseller_portal.controllers.routes import (
    reseller_form_route,
    reseller_record_route,
)
from odoo.addons.crm_reseller_portal.lib.lists import Cell, Column, ListPage

from ..forms import TextForm
from ..lib.charts import draw_bars
from ..lib.measures import NOW
from ..lib.performance import HIGHEST, LOWEST

ICON = "/crm_reseller_performance/static/src/img/performance.svg"
PERIODS = {"30": 30, "90": 90, "365": 365}
DEFAULT_PERIOD = "90"
MONTHS = 12
DISPUTES = 10
# shown on the page, in groups
SHOWN = {
    "answers": ("offers", "pick_rate", "expired", "answer_median", "answer_share"),
    "work": ("first_contact", "open_leads", "open_age", "silent", "updates_missed"),
    "success": (
        "conversion_rate",
        "conversion_matured",
        "won",
        "lost",
        "revenue_won",
        "sales_cycle",
        "outflow",
        "outflow_amount",
    ),
}
NEEDED = {"waiting", *(key for keys in SHOWN.values() for key in keys)}
# of the offers made in a month, so that one statement reads them
TREND = ("offers", "accepted", "pick_rate", "answer_median", "conversion_rate")


class ResellerPerformance(ResellerHome):
    """A reseller's own figures, and what it can say about them."""

    # ------------------------------------------------------------
    # TAB
    # ------------------------------------------------------------

    def _get_reseller_tabs(self):
        return [
            *super()._get_reseller_tabs(),
            {
                "key": "reseller_performance",
                "label": _("Performance"),
                "url": "/my/performance",
                "count": None,
                "sequence": 60,
                "icon": "fa-bar-chart",
            },
        ]

    def _get_reseller_home_cards(self, counts):
        return [
            *super()._get_reseller_home_cards(counts),
            {
                "key": "reseller_performance",
                "title": _("Performance"),
                "url": "/my/performance",
                "count": None,
                "text": _("Your figures, and the way to the next level"),
                "icon": ICON,
                "sequence": 60,
            },
        ]

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    @reseller_form_route("/my/performance")
    def reseller_performance(self, **post):
        """Show the reseller's own figures.

        :param post: arguments of the address: ``period`` (days) and ``done``
        :return: response
        """
        values = self._prepare_reseller_page("reseller_performance", _("Performance"))
        values.update(self._prepare_performance(values["reseller"], post))
        return self._render_reseller_page(
            "crm_reseller_performance.portal_performance", values
        )

    @reseller_form_route(
        "/my/performance/<string:measure>/<int:days>",
        "/my/performance/<string:measure>/<int:days>/page/<int:page>",
    )
    def reseller_performance_offers(self, measure, days, page=1, **post):
        """List the offers behind a figure.

        :param str measure: key of the figure
        :param int days: length of the period
        :param int page: number of the page, from 1
        :param post: arguments of the address
        :return: response
        :raises NotFound: for an unknown figure or period
        """
        definitions = self._get_definitions()
        if measure not in NEEDED or str(days) not in PERIODS:
            raise request.not_found()
        definition = definitions[measure]
        values = self._prepare_reseller_page(
            "reseller_performance",
            definition["label"],
            [{"label": _("Performance"), "url": "/my/performance"}],
        )
        offers = self._get_offer_list(values["reseller"], definition, days)
        values.update(self._get_reseller_list(offers, post, page))
        values["definition"] = definition
        return self._render_list(
            "crm_reseller_performance.portal_performance_offers", values
        )

    @reseller_record_route(
        "/my/performance/offer/<int:offer_id>/dispute",
        find="_find_own_offer",
        gone="_render_nothing_there",
        methods=["POST"],
        form="_render_dispute",
    )
    def reseller_performance_dispute(self, offer_sudo, **post):
        """Say that an offer is counted wrongly.

        :param offer_sudo: crm.reseller.offer, elevated
        :param post: what the form sent: ``text``; ``measure``: key of the figure
        :return: response
        """
        form = TextForm(post, self._get_formats())
        if form.errors:
            return self._render_dispute(offer_sudo, form=form, **post)
        measure = post.get("measure")
        request.env["crm.reseller.dispute"].sudo()._dispute(
            offer_sudo,
            request.env.user.partner_id,
            form.values["text"],
            measure if measure in NEEDED else None,
        )
        return request.redirect("/my/performance?done=disputed")

    @reseller_record_route(
        "/my/performance/level/<int:review_id>/answer",
        find="_find_own_review",
        gone="_render_nothing_there",
        methods=["POST"],
        form="_render_level_answer",
    )
    def reseller_performance_level_answer(self, review_sudo, **post):
        """Say something about a level that is to change.

        :param review_sudo: crm.reseller.level.review, elevated
        :param post: what the form sent: ``text``
        :return: response
        """
        form = TextForm(post, self._get_formats())
        if form.errors:
            return self._render_level_answer(review_sudo, form=form)
        review_sudo._answer(request.env.user.partner_id, form.values["text"])
        return request.redirect("/my/performance?done=answered")

    def _render_dispute(self, offer_sudo, form=None, **post):
        crumbs = [{"label": _("Performance"), "url": "/my/performance"}]
        values = self._prepare_reseller_page(
            "reseller_performance",
            _("This is wrong"),
            crumbs,
            form=form,
            offer_title=self._show_offer(offer_sudo, self._get_visible([offer_sudo])),
            offer_state=self._show_offer_state(offer_sudo),
            offer_received=self._get_formats().moment(offer_sudo.offered_on),
            lead_url=self._get_lead_url(offer_sudo),
            measure=post.get("measure") if post.get("measure") in NEEDED else "",
        )
        return self._render_reseller_page(
            "crm_reseller_performance.portal_dispute", values
        )

    def _render_level_answer(self, review_sudo, form=None, **post):
        crumbs = [{"label": _("Performance"), "url": "/my/performance"}]
        values = self._prepare_reseller_page(
            "reseller_performance", _("About your level"), crumbs, form=form
        )
        values["review"] = self._prepare_review(review_sudo)
        return self._render_reseller_page(
            "crm_reseller_performance.portal_level_answer", values
        )

    # ------------------------------------------------------------
    # WHOSE
    # ------------------------------------------------------------

    def _find_own_offer(self, offer_id):
        """An offer of the visitor's company.

        :param int offer_id: as the address has it
        :return: crm.reseller.offer, elevated, or nothing
        """
        return self._find_own("crm.reseller.offer", offer_id)

    def _find_own_review(self, review_id):
        """An open review of the visitor's company.

        :param int review_id: as the address has it
        :return: crm.reseller.level.review, elevated, or nothing
        """
        review_sudo = self._find_own("crm.reseller.level.review", review_id)
        return review_sudo.filtered(lambda review: self._is_told(review))

    def _find_own(self, model, record_id):
        """A record of the visitor's company.

        :param str model: name of a model with ``reseller_id``
        :param int record_id: as the address has it
        :return: the record, elevated, or nothing
        """
        reseller_sudo = self._get_reseller_or_404()
        records = request.env[model].sudo()
        if record_id > LARGEST_ID:
            return records
        return records.search(
            [("id", "=", record_id), ("reseller_id", "=", reseller_sudo.id)]
        )

    def _render_nothing_there(self, record_id):
        """Answer for what is missing or of another company.

        :param int record_id: as the address has it
        :return: response, the same in both cases
        """
        values = self._prepare_reseller_page(
            "reseller_performance",
            _("There is nothing here"),
            explanation=_(
                "This was decided meanwhile, or the address is not complete."
            ),
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_lead_gone", values, status=404
        )

    def _is_told(self, review_sudo):
        """Whether the reseller knows of a review.

        :param review_sudo: crm.reseller.level.review, elevated
        :return: bool
        """
        return review_sudo.state == "warned"

    # ------------------------------------------------------------
    # THE PAGE
    # ------------------------------------------------------------

    def _prepare_performance(self, reseller_sudo, post):
        """What the page of the figures shows. Hook.

        :param reseller_sudo: the company that asks
        :param dict post: arguments of the address
        :return: dict with ``period`` (key), ``periods``, ``blocks`` (see
            ``_get_blocks``), ``next_steps`` (sentences), ``chart`` (Markup),
            ``trend`` (rows of a table), ``levels`` (see ``_get_next_level``),
            ``score``, ``factor_lines``, ``disputes``, ``reviews``, ``done``
        """
        period, first, last = self._read_period(post)
        Measure = self._get_measure_sudo()
        domain = [("reseller_id", "=", reseller_sudo.id)]
        figures = Measure._read_measures(first, last, domain, keys=sorted(NEEDED))
        # twelve whole months, this one included
        start = last.replace(day=1) - relativedelta(months=MONTHS - 1)
        trend = Measure._read_measures(
            start, last, domain, group_by="month", keys=TREND, compare=False
        )
        # with the levels, which others ask for
        next_level = self._get_next_level(reseller_sudo)
        own = [("reseller_id", "=", reseller_sudo.id)]
        score_sudo = self._search_own("crm.reseller.score", own)
        bands = score_sudo._get_bands() if score_sudo else {}
        reviews_sudo = self._search_own(
            "crm.reseller.level.review", [*own, ("state", "=", "warned")]
        )
        disputes_sudo = self._search_own("crm.reseller.dispute", own, DISPUTES)
        company = reseller_sudo._get_program_company()
        total = figures["total"]
        lines, in_force = [], None
        if score_sudo and company.reseller_weight_by_performance:
            lines = score_sudo._get_factor_lines(score_sudo._get_factor())
            in_force = reseller_sudo.reseller_performance_factor
        return {
            "period": period,
            "periods": {
                "30": _("30 days"),
                "90": _("90 days"),
                "365": _("12 months"),
            },
            "blocks": self._get_blocks(total, bands, period),
            "next_steps": self._get_next_steps(reseller_sudo, total, next_level),
            **self._get_trend(trend["groups"], start),
            "next_level": next_level,
            "factor": in_force,
            "factor_score": score_sudo._get_factor() if score_sudo else None,
            "factor_lines": lines,
            "factor_bounds": (LOWEST, HIGHEST),
            "disputes": disputes_sudo,
            "reviews": [self._prepare_review(review) for review in reviews_sudo],
            "done": {
                "disputed": _("Thank you. The channel manager looks at it."),
                "answered": _("Thank you. The channel manager reads your answer."),
            }.get(post.get("done")),
        }

    def _search_own(self, model, domain, limit=None):
        """The newest records of the visitor's company, with their columns.

        :param str model: name of the model
        :param list domain: which records; they are of this company only
        :param int limit: how many at most
        :return: records, elevated
        """
        records = request.env[model].sudo()
        return records.search_fetch(
            domain, self._get_columns(records), order="id desc", limit=limit
        )

    def _read_period(self, post):
        """The days the figures are about.

        :param dict post: arguments of the address
        :return: triple of the key of the period, first and last day
        """
        period = post.get("period")
        if period not in PERIODS:
            period = DEFAULT_PERIOD
        last = self._get_formats().today
        return period, last - timedelta(days=PERIODS[period] - 1), last

    def _get_measure_sudo(self):
        """The measures, with days as the page shows them.

        :return: crm.reseller.measure, elevated
        """
        zone = self._get_formats().timezone
        return request.env["crm.reseller.measure"].sudo().with_context(tz=zone)

    def _get_definitions(self):
        """The measures in words.

        :return: dict of key and definition, see ``_get_measure_definitions``
        """
        definitions = request.env["crm.reseller.measure"]._get_measure_definitions()
        return {definition["key"]: definition for definition in definitions}

    def _get_blocks(self, total, bands, period):
        """The figures as the page shows them.

        :param dict total: see ``_read_measures``
        :param dict bands: key of a measure and upper, middle or lower
        :param str period: number of days
        :return: list of dict with ``title`` and ``figures``: list of dict with
            ``key``, ``label``, ``formula``, ``value``, ``before`` (texts; empty where
            there is none), ``trend`` (better, worse or empty), ``band`` (text) and
            ``url``
        """
        definitions = self._get_definitions()
        Measure = request.env["crm.reseller.measure"]
        words = {
            "upper": _("upper third"),
            "middle": _("middle third"),
            "lower": _("lower third"),
        }
        titles = {
            "answers": _("Answers"),
            "work": _("Work on accepted leads"),
            "success": _("Results"),
        }
        blocks = []
        for name, keys in SHOWN.items():
            lines = []
            for key in keys:
                definition, figure = definitions[key], total[key]
                value, before = figure["value"], figure["before"]
                trend = ""
                if definition["better"] and None not in (value, before):
                    gap = round(value - before, 1)
                    if gap:
                        better = (gap > 0) == (definition["better"] == "up")
                        trend = "better" if better else "worse"
                lines.append(
                    {
                        **definition,
                        "value": Measure._format_value(definition["unit"], value),
                        "before": ""
                        if before is None
                        else Measure._format_value(definition["unit"], before),
                        "now": definition["base"] == NOW,
                        "trend": trend,
                        "band": words.get(bands.get(key), ""),
                        "url": f"/my/performance/{key}/{period}",
                    }
                )
            blocks.append({"title": titles[name], "figures": lines})
        return blocks

    def _get_trend(self, groups, start):
        """The last months as a chart and as a table.

        :param list groups: see ``_read_measures``, by month
        :param date start: first day of the first month
        :return: dict with ``chart`` (Markup) and ``trend``: list of dict with
            ``month`` and a text per measure
        """
        formats = self._get_formats()
        Measure = request.env["crm.reseller.measure"]
        units = {key: each.unit for key, each in Measure._get_measures().items()}
        known = {group["id"]: group["measures"] for group in groups}
        rows, offers, accepted, labels = [], [], [], []
        for number in range(MONTHS):
            day = start + relativedelta(months=number)
            figures = known.get(day.isoformat(), {})
            values = {key: figures.get(key, {}).get("value") for key in TREND}
            offers.append(values["offers"] or 0)
            accepted.append(values["accepted"] or 0)
            labels.append(formats.month(day)[:3])
            rows.append(
                {
                    "month": formats.month(day),
                    **{
                        key: Measure._format_value(
                            units[key],
                            (value or 0) if units[key] == "count" else value,
                        )
                        for key, value in values.items()
                    },
                }
            )
        chart = draw_bars(
            _("Offers by month, in front of them those accepted"),
            labels,
            offers,
            [formats.number(value) for value in offers],
            accepted,
        )
        # the module escapes what it is given
        return {"chart": Markup(chart), "trend": rows, "has_trend": any(offers)}

    def _get_next_level(self, reseller_sudo):
        """What is needed for the next level, and for the own one.

        :param reseller_sudo: the company that asks
        :return: dict with ``name`` of the next level that asks for something, or
            empty, ``lines`` (see ``_get_criterion_line``) of it, and ``missing``: those
            that are not met
        """
        Review = request.env["crm.reseller.level.review"].sudo()
        ladder = Review._evaluate(reseller_sudo)[reseller_sudo]
        levels = [rung.level for rung in ladder]
        own = reseller_sudo.reseller_level_id.id
        place = levels.index(own) if own in levels else len(levels)
        rung = next((each for each in ladder[place + 1 :] if each.criteria), None)
        if not rung:
            return {"name": "", "lines": [], "missing": []}
        level = request.env["crm.reseller.level"].sudo().browse(rung.level)
        Criteria = request.env["crm.reseller.level.criterion"].sudo()
        lines = [
            Review._get_criterion_line(Criteria.browse(held.key), held)
            for held in rung.criteria
        ]
        return {
            "name": level.name,
            "lines": lines,
            "missing": [line for line in lines if not line["met"]],
        }

    def _get_next_steps(self, reseller_sudo, total, next_level):
        """What to do next, in one or two sentences. Hook.

        :param reseller_sudo: the company that asks
        :param dict total: see ``_read_measures``
        :param dict next_level: see ``_get_next_level``
        :return: list of dict with ``text`` and ``url``
        """
        level = reseller_sudo.reseller_level_id
        steps = []
        waiting, missed = total["waiting"]["value"], total["updates_missed"]["value"]
        silent = total["silent"]["value"]
        if waiting:
            text = (
                _("Answer the offer that waits today.")
                if waiting == 1
                else _("Answer the %(count)s offers that wait today.", count=waiting)
            )
            steps.append({"text": text, "url": "/my/leads?filterby=waiting"})
        elif missed:
            steps.append(
                {
                    "text": _(
                        "Write a word on %(count)s open leads: at your level one is "
                        "expected every %(days)s days.",
                        count=missed,
                        days=level.update_days,
                    ),
                    "url": f"/my/performance/updates_missed/{DEFAULT_PERIOD}",
                }
            )
        elif silent:
            steps.append(
                {
                    "text": _(
                        "Write how it goes with %(count)s silent leads.", count=silent
                    ),
                    "url": f"/my/performance/silent/{DEFAULT_PERIOD}",
                }
            )
        if next_level["missing"]:
            line = next_level["missing"][0]
            steps.append(
                {
                    "text": _(
                        "%(label)s: you have %(value)s, %(level)s needs %(target)s.",
                        label=line["label"],
                        value=line["value"],
                        level=next_level["name"],
                        target=line["target"],
                    ),
                    "url": "#reseller_level",
                }
            )
        return steps

    def _prepare_review(self, review_sudo):
        """What the reseller reads about a level that is at risk.

        :param review_sudo: crm.reseller.level.review, elevated
        :return: dict with ``id``, ``level``, ``proposed``, ``until`` (text), ``lines``
            (sentences) and ``answer``
        """
        return {
            "id": review_sudo.id,
            "level": review_sudo.level_id.name,
            "proposed": review_sudo.proposed_level_id.name,
            "until": self._get_formats().day(review_sudo.grace_until),
            "lines": [
                review_sudo._describe_line(line)
                for line in review_sudo._get_evidence_lines()
            ],
            "answer": review_sudo.answer or "",
        }

    # ------------------------------------------------------------
    # THE OFFERS BEHIND A FIGURE
    # ------------------------------------------------------------

    def _get_offer_list(self, reseller_sudo, definition, days):
        """What the list of the offers behind a figure consists of. Hook.

        :param reseller_sudo: the company that asks
        :param dict definition: of the measure
        :param int days: length of the period
        :return: ``ListPage``
        """
        formats = self._get_formats()
        _period, first, last = self._read_period({"period": str(days)})
        found = self._get_measure_sudo()._get_measure_records(
            definition["key"], first, last, [("reseller_id", "=", reseller_sudo.id)]
        )
        visible = set()
        disputed = {}

        def prepare(offers):
            """Look once which leads have a page for the visitor.

            :param offers: of the page
            """
            visible.update(self._get_visible(offers))
            for dispute in (
                request.env["crm.reseller.dispute"]
                .sudo()
                .search([("offer_id", "in", offers.ids)], order="id")
            ):
                disputed[dispute.offer_id.id] = dispute.state

        def show_dispute(offer):
            """What became of a dispute.

            :param offer: crm.reseller.offer, elevated
            :return: ``Cell``
            """
            return {
                "open": Cell(_("Being looked at"), badge="info"),
                "refused": Cell(_("Stays as it is"), badge="secondary"),
            }.get(disputed.get(offer.id), Cell(_("This is wrong")))

        return ListPage(
            url=f"/my/performance/{definition['key']}/{days}",
            title=definition["label"],
            model=found["model"],
            domain=found["domain"],
            columns=[
                Column(
                    "title", _("Offer"), lambda offer: self._show_offer(offer, visible)
                ),
                Column("state", _("Answer"), self._show_offer_state),
                Column(
                    "offered",
                    _("Received"),
                    lambda offer: formats.moment(offer.offered_on),
                ),
                Column(
                    "hours",
                    _("Hours until answer"),
                    lambda offer: formats.number(offer.response_hours, 1)
                    if offer.answered_on
                    else "",
                    numeric=True,
                ),
                Column("dispute", _("Dispute"), show_dispute),
            ],
            record_url=lambda offer: (
                f"/my/performance/offer/{offer.id}/dispute?measure={definition['key']}"
            ),
            sortings={
                "offered": {
                    "label": _("Newest"),
                    "order": "offered_on desc nulls last, id desc",
                },
                "slowest": {
                    "label": _("Slowest"),
                    "order": "response_hours desc nulls last, id desc",
                },
            },
            empty_text=_("There are no offers behind this figure."),
            empty_url="/my/performance",
            empty_label=_("Back to your figures"),
            none_found=_("No offer fits this search."),
            icon=ICON,
            prepare=prepare,
        )

    def _get_visible(self, offers):
        """The leads of some offers that the visitor works.

        :param offers: crm.reseller.offer, elevated
        :return: set of ids
        """
        lead_ids = [offer.lead_id.id for offer in offers]
        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        return set(Lead.search(self._search_visible([("id", "in", lead_ids)])).ids)

    def _show_offer(self, offer, visible):
        """What an offer is called; no more than the visitor may know.

        :param offer: crm.reseller.offer, elevated
        :param set visible: ids of the leads the visitor works
        :return: text
        """
        lead = offer.lead_id
        if offer.title:
            return offer.title
        return lead.reseller_title if lead.id in visible else _("Lead")

    def _get_lead_url(self, offer):
        """Where the lead of an offer is.

        :param offer: crm.reseller.offer, elevated
        :return: address, or nothing where the visitor does not work it
        """
        if not self._get_visible([offer]):
            return ""
        return offer.lead_id._get_reseller_path()

    def _show_offer_state(self, offer):
        """What was answered, and what became of it.

        :param offer: crm.reseller.offer, elevated
        :return: text in the language of the reader
        """
        return {
            "pending": _("Waiting"),
            "accepted": _("Accepted"),
            "declined": _("Declined"),
            "expired": _("Missed"),
            "withdrawn": _("Taken back"),
            "returned": _("Returned"),
        }[offer.state]
