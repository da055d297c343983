from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import _
from odoo.http import request

from ..lib.charts import draw_bars
from ..lib.measures import NOW
from ..lib.performance import HIGHEST, LOWEST
from .performance_levels import ResellerPerformanceLevels
from .performance_offers import DEFAULT_PERIOD

PERIODS = {"30": 30, "90": 90, "365": 365}
MONTHS = 12
DISPUTES = 10
# shown on the page, in groups
SHOWN = {
    "answers": ("offers", "pick_rate", "expired", "answer_median", "answer_share"),
    "work": (
        "first_contact",
        "open_leads",
        "open_age",
        "silent",
        "updates_missed",
        "updates_kept",
    ),
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
# those that only an update rule of the level gives
RULED = ("updates_missed", "updates_kept")
NEEDED = {"waiting", *(key for keys in SHOWN.values() for key in keys)}
# of the offers made in a month, so that one statement reads them
TREND = ("offers", "accepted", "pick_rate", "answer_median", "conversion_rate")


class ResellerPerformanceFigures(ResellerPerformanceLevels):
    """The figures of the page, in blocks, and their trend."""

    def _prepare_performance(self, reseller_sudo, post):
        """What the page of the figures shows. Hook.

        :param reseller_sudo: the company that asks
        :param dict post: arguments of the address
        :return: dict with ``period`` (key), ``periods``, ``empty_text`` (instead of the
            blocks, where there is nothing to tell), ``blocks`` (see ``_get_blocks``),
            ``has_bands`` (whether any place is known), ``next_steps`` (sentences),
            ``chart`` (Markup), ``trend`` (rows of a table), ``levels`` (see
            ``_get_next_level``), ``score``, ``factor_lines``, ``disputes``,
            ``reviews``, ``done``
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
            for line in lines:
                # what is written as nothing has no sign
                line["points"] = round(line["points"], 2) or 0.0
                line["url"] = self._get_part_url(line["name"])
            in_force = reseller_sudo.reseller_performance_factor
        trend = self._get_trend(trend["groups"], start)
        return {
            "period": period,
            "empty_text": self._describe_nothing(total, trend),
            "periods": {
                "30": _("30 days"),
                "90": _("90 days"),
                "365": _("12 months"),
            },
            "blocks": self._get_blocks(total, bands, period),
            "has_bands": any(bands.values()),
            "next_steps": self._get_next_steps(reseller_sudo, total, next_level),
            **trend,
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

    def _describe_nothing(self, total, trend):
        """What is said where there is no figure: no tables of zeros for newcomers.

        :param dict total: see ``_read_measures``
        :param dict trend: see ``_get_trend``
        :return: text, empty where there are figures
        """
        if any(figure["value"] or figure["before"] for figure in total.values()):
            return ""
        if trend["has_trend"]:
            return _("Nothing to count in these days. Choose a longer period.")
        return _(
            "Your figures begin with the next lead we offer you. You then see here how "
            "fast you answer, what becomes of your leads, and where you stand."
        )

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
                if key in RULED and total["updates_kept"]["value"] is None:
                    # the level has no update rule, or there is no open lead
                    continue
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
