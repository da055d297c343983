import json
import logging

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..lib.charts import draw_bars
from ..lib.measures import NOW, get_days_before
from ..lib.review import Criterion

_logger = logging.getLogger(__name__)

REPORT = "crm_reseller_performance.report_periodic_report"
TEMPLATE = "crm_reseller_performance.mail_template_periodic_report"
CRON = "crm_reseller_performance.ir_cron_send_periodic_reports"
EVENT = "figures"
# reports between two commits, and reports of one run of the cron
BUNDLE = 20
MOST = 400
MONTHS = 12
# what is printed, in groups
PRINTED = {
    "answers": (
        "offers",
        "accepted",
        "declined",
        "expired",
        "pick_rate",
        "answer_median",
        "answer_share",
    ),
    "work": ("first_contact", "open_leads", "open_age", "silent", "updates_missed"),
    "success": (
        "won",
        "lost",
        "win_rate",
        "revenue_won",
        "sales_cycle",
        "conversion_rate",
        "conversion_matured",
        "outflow",
        "outflow_amount",
    ),
}
KEYS = tuple(key for keys in PRINTED.values() for key in keys)
# what the mail itself shows
MAILED = ("offers", "pick_rate", "answer_median", "won", "revenue_won")
# of the offers made in a month, so that one statement per month reads them
TREND = ("offers", "accepted", "pick_rate", "answer_median", "conversion_rate")


class CrmResellerPeriodicReport(models.Model):
    """The figures of a reseller over a period, sent to one of its people.

    The figures are kept as they were when the report was made, so that the PDF can be
    printed again. A report that waits is sent by the scheduled action.
    """

    _name = "crm.reseller.periodic.report"
    _inherit = ["crm.reseller.bundle.mixin", "crm.reseller.guard.mixin"]
    _description = "Report of a Reseller's Figures"
    _order = "id desc"

    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Reader",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    date_from = fields.Date(string="First Day", required=True, readonly=True)
    date_to = fields.Date(string="Last Day", required=True, readonly=True)
    period = fields.Char(compute="_compute_period")
    scheduled = fields.Boolean(
        readonly=True, help="Made by the schedule of the settings, not by a person."
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent")],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    channel = fields.Selection(
        [("mail", "Mail"), ("digest", "Digest")],
        string="Sent by",
        default="mail",
        required=True,
        readonly=True,
        help="As the person has chosen in its notifications.",
    )
    sent_on = fields.Datetime(readonly=True)
    with_pdf = fields.Boolean(
        string="With PDF",
        readonly=True,
        help="Off where the server could not make a PDF: the mail said so.",
    )
    figures = fields.Text(string="Figures (JSON)", required=True, readonly=True)

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_periodic_report_once "
            "ON crm_reseller_periodic_report "
            "(reseller_id, partner_id, date_from, date_to) WHERE scheduled"
        )

    @api.depends("date_from", "date_to")
    @api.depends_context("lang")
    def _compute_period(self):
        for report in self:
            report.period = self._name_period(report.date_from, report.date_to)

    @api.depends("reseller_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for report in self:
            report.display_name = f"{report.reseller_id.name} – {report.period}"

    # ------------------------------------------------------------
    # MAKING
    # ------------------------------------------------------------

    @api.model
    def _make_reports(self, readers, date_from, date_to, scheduled=False):
        """Read the figures of resellers, and keep a report for each of their readers.

        The statements do not grow with the number of resellers of a company.

        :param dict readers: reseller (res.partner, elevated) and its readers
        :param date date_from: first day
        :param date date_to: last day, included
        :param bool scheduled: whether the schedule made them: once per reader and
            period
        :return: the reports, elevated, waiting
        """
        resellers = self.env["res.partner"].sudo().concat(*readers)
        rows = []
        for company, some in resellers.grouped(
            lambda each: each._get_program_company()
        ).items():
            figures = self._read_figures(company, some, date_from, date_to)
            for reseller in some:
                rows += [
                    {
                        "reseller_id": reseller.id,
                        "partner_id": person.id,
                        "company_id": company.id,
                        "date_from": date_from,
                        "date_to": date_to,
                        "scheduled": scheduled,
                        "channel": person._get_figures_channel(),
                        "figures": figures[reseller],
                    }
                    for person in readers[reseller]
                ]
        return self.sudo().create(rows)

    @api.model
    def _read_figures(self, company, resellers, date_from, date_to):
        """Read what a report shows, of each reseller its own figures only.

        :param company: res.company whose days and currency count
        :param resellers: res.partner, elevated
        :param date date_from: first day
        :param date date_to: last day, included
        :return: dict of reseller and text (JSON): ``measures`` (key: value and that of
            the period before), ``trend`` (first day of a month: key: value), ``bands``
            (key: upper, middle, lower) and ``level`` (id of the next level or 0, list
            of criterion id, value, target, floor, better)
        """
        Measure = (
            self.env["crm.reseller.measure"]
            .sudo()
            .with_company(company)
            .with_context(tz=company._get_figures_zone())
        )
        domain = [("reseller_id", "in", resellers.ids)]
        blank = {
            key: 0 if measure.aggregate in ("count", "sum") else None
            for key, measure in Measure._get_measures().items()
        }

        def read(first, last, keys, compare):
            found = Measure._read_measures(
                first, last, domain, group_by="reseller", keys=keys, compare=compare
            )
            return {group["id"]: group["measures"] for group in found["groups"]}

        figures = read(date_from, date_to, KEYS, True)
        months = {}
        last = date_to.replace(day=1)
        for number in reversed(range(MONTHS)):
            first = last - relativedelta(months=number)
            end = first + relativedelta(months=1, days=-1)
            months[first.isoformat()] = read(first, min(end, date_to), TREND, False)
        scores = self.env["crm.reseller.score"].sudo().search(domain)
        bands = {score.reseller_id: score._get_bands() for score in scores}
        ladders = self.env["crm.reseller.level.review"].sudo()._evaluate(resellers)
        texts = {}
        for reseller in resellers:
            own = figures.get(reseller.id, {})
            trend = {
                month: {
                    key: group[reseller.id][key]["value"]
                    if reseller.id in group
                    else blank[key]
                    for key in TREND
                }
                for month, group in months.items()
            }
            texts[reseller] = json.dumps(
                {
                    "measures": {
                        key: [own[key]["value"], own[key]["before"]]
                        if key in own
                        else [blank[key], None]
                        for key in KEYS
                    },
                    "trend": trend,
                    "bands": bands.get(reseller, {}),
                    "level": self._get_next_level(reseller, ladders[reseller]),
                }
            )
        return texts

    @api.model
    def _get_next_level(self, reseller, ladder):
        """What the next level with criteria asks of a reseller.

        :param reseller: res.partner, elevated
        :param list ladder: of ``Rung``, from the lowest up
        :return: pair of the level's id (0: there is none) and list of ``Criterion``
        """
        levels = [rung.level for rung in ladder]
        own = reseller.reseller_level_id.id
        place = levels.index(own) if own in levels else len(levels)
        for rung in ladder[place + 1 :]:
            if rung.criteria:
                return [rung.level, [list(each) for each in rung.criteria]]
        return [0, []]

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _cron_send_periodic_reports(self, auto_commit=False):
        """Make the reports that are due, company by company, and send what waits.

        Two runs at the same moment send each report once.

        :param bool auto_commit: commit after each company and bundle
        """
        companies = self.env["res.company"].sudo()
        due = companies.search([("reseller_figures_interval", "!=", "off")])
        self.env["res.company"]._in_figures_turns(due, auto_commit)
        waiting = self.sudo().search(
            [("state", "=", "waiting")], order="id", limit=MOST + 1
        )
        self._in_bundles(
            waiting.ids[:MOST], lambda each: each._send(), auto_commit, BUNDLE
        )
        if len(waiting) > MOST:
            self.env.ref(CRON).sudo()._trigger()

    def _send(self):
        """Send the reports that wait: a mail with the PDF, or a line of the digest.

        Colleagues who read the same language share one PDF.
        """
        reports = self._lock_waiting()
        by_digest = reports.filtered(lambda report: report.channel == "digest")
        by_digest._keep_for_digest()
        by_mail = reports - by_digest
        attachments = {}
        for some in by_mail.grouped(
            lambda each: (
                each.reseller_id,
                each.date_from,
                each.date_to,
                each.figures,
                each._get_lang(),
            )
        ).values():
            content = some[0]._render_pdf()
            some.write({"with_pdf": bool(content)})
            if content:
                name = some[0]._in_readers_language()._get_file_name()
                attachments.update(
                    {report.id: (f"{name}.pdf", content) for report in some}
                )
        reports.write({"state": "sent", "sent_on": fields.Datetime.now()})
        by_mail._queue_mails(attachments)
        reports._log_sent()

    def _lock_waiting(self):
        """Keep other runs off the reports that still wait.

        :return: these reports, elevated
        """
        self.flush_recordset()
        self.env.cr.execute(
            "SELECT id FROM crm_reseller_periodic_report "
            "WHERE id = ANY(%s) AND state = 'waiting' "
            "ORDER BY id FOR UPDATE SKIP LOCKED",
            [self.ids],
        )
        reports = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        reports.invalidate_recordset()
        return reports

    def _queue_mails(self, attachments):
        """Put the mails into the queue.

        :param dict attachments: id of a report and pair of file name and content
        """
        mails = self._queue_template_mails(TEMPLATE)
        if not mails:
            return
        files = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                [
                    {
                        "name": name,
                        "raw": content,
                        "mimetype": "application/pdf",
                        "res_model": self._name,
                        "res_id": report_id,
                    }
                    for report_id, (name, content) in attachments.items()
                ]
            )
        )
        by_report = files.grouped("res_id")
        for mail in mails:
            if mail.res_id in by_report:
                mail.attachment_ids = by_report[mail.res_id]

    def _keep_for_digest(self):
        """Mention the figures in the next digest of the readers."""
        for report in self:
            reader = report._in_readers_language()
            reader.partner_id._keep_for_reseller_digest(
                EVENT, reader._get_title(), "/my/performance"
            )

    def _log_sent(self):
        """Note at the resellers who got their figures."""
        bodies = {}
        for reseller, some in self.grouped("reseller_id").items():
            bodies[reseller.id] = Markup("<p>%s</p>") % _(
                "Figures of %(period)s sent to %(people)s.",
                period=some[0].period,
                people=", ".join(some.mapped("partner_id.name")),
            )
        if bodies:
            self.env["res.partner"].sudo().browse(bodies)._message_log_batch(
                bodies=bodies
            )

    @api.model
    def _can_make_pdf(self):
        """Whether this server can make PDF files.

        :return: bool
        """
        state = self.env["ir.actions.report"].get_wkhtmltopdf_state()
        return state not in ("install", "broken")

    def _render_pdf(self):
        """The report as a PDF, in the reader's language.

        :return: bytes; None where the server cannot make one
        """
        self.ensure_one()
        if not self._can_make_pdf():
            return None
        Report = self.env["ir.actions.report"].sudo()
        try:
            content, kind = Report._render_qweb_pdf(REPORT, self.ids)
        except UserError:
            _logger.warning("The PDF of %s %s failed", self._name, self.id)
            return None
        return content if kind == "pdf" else None

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _get_lang(self):
        """The language of the reader.

        :return: code
        """
        self.ensure_one()
        return self.partner_id.lang or self.env.lang or "en_US"

    def _in_readers_language(self):
        """This report as its reader sees it: in its language, in our currency.

        :return: the report
        """
        self.ensure_one()
        report = self.with_company(self.company_id)
        return report.with_context(
            lang=self._get_lang(), tz=self.company_id._get_figures_zone()
        )

    @api.model
    def _name_period(self, date_from, date_to):
        """What a period is called.

        :param date date_from: first day
        :param date date_to: last day, included
        :return: text in the language of the context, such as "Q3 2026"
        """
        if not (date_from and date_to):
            return ""
        after = date_to + relativedelta(days=1)
        if date_from.day == 1 and date_from + relativedelta(months=1) == after:
            return format_date(self.env, date_from, date_format="LLLL y")
        quarter = date_from.day == 1 and date_from.month % 3 == 1
        if quarter and date_from + relativedelta(months=3) == after:
            return format_date(self.env, date_from, date_format="QQQ y")
        return _(
            "%(first)s to %(last)s",
            first=format_date(self.env, date_from),
            last=format_date(self.env, date_to),
        )

    def _get_title(self):
        """The heading of the report.

        :return: text
        """
        return _("Your figures of %(period)s", period=self.period)

    def _get_file_name(self):
        """What the PDF is called, without its ending.

        :return: text
        """
        self.ensure_one()
        name = f"{self._get_title()} - {self.reseller_id.name}"
        return name.replace("/", "-")

    def _get_period_before(self):
        """What the period before is called.

        :return: text
        """
        return self._name_period(*get_days_before(self.date_from, self.date_to))

    def _format_day(self, day):
        """A day as the reader writes it.

        :param day: date or datetime
        :return: text
        """
        return format_date(self.env, day)

    def _get_blocks(self):
        """The figures in groups, as the report prints them.

        :return: list of dict with ``title`` and ``figures``: list of dict, see
            ``_get_lines``
        """
        titles = {
            "answers": _("Answers"),
            "work": _("Work on accepted leads"),
            "success": _("Results"),
        }
        return [
            {"title": titles[name], "figures": self._get_lines(keys)}
            for name, keys in PRINTED.items()
        ]

    def _get_mail_lines(self):
        """The most important figures, for the text of the mail.

        :return: list of dict, see ``_get_lines``
        """
        return self._in_readers_language()._get_lines(MAILED)

    def _get_lines(self, keys):
        """Some figures in words.

        :param keys: keys of measures
        :return: list of dict with ``key``, ``label``, ``formula``, ``value``,
            ``before`` (texts; empty where there is none), ``now`` (whether it is the
            situation when the report was made), ``trend`` (better, worse or empty) and
            ``band`` (text)
        """
        self.ensure_one()
        Measure = self.env["crm.reseller.measure"]
        known = {each["key"]: each for each in Measure._get_measure_definitions()}
        words = {
            "upper": _("upper third"),
            "middle": _("middle third"),
            "lower": _("lower third"),
        }
        kept = json.loads(self.figures)
        lines = []
        for key in keys:
            # a measure that an addon brought and took away with it
            if key not in known or key not in kept["measures"]:
                continue
            value, before = kept["measures"][key]
            definition = known[key]
            lines.append(
                {
                    **definition,
                    "value": Measure._format_value(definition["unit"], value),
                    "before": ""
                    if before is None
                    else Measure._format_value(definition["unit"], before),
                    "now": definition["base"] == NOW,
                    "trend": self._compare(definition["better"], value, before),
                    "band": words.get(kept["bands"].get(key), ""),
                }
            )
        return lines

    @api.model
    def _compare(self, better, value, before):
        """Whether a figure became better.

        :param str better: up, down or empty
        :param float value: the figure, or None
        :param float before: that of the period before, or None
        :return: better, worse or empty
        """
        if not better or None in (value, before) or not round(value - before, 1):
            return ""
        return "better" if (value > before) == (better == "up") else "worse"

    def _get_trend(self):
        """The last months, as a chart and as rows of a table.

        :return: dict with ``chart`` (Markup) and ``rows``: list of dict with ``month``
            and a text per measure
        """
        self.ensure_one()
        Measure = self.env["crm.reseller.measure"]
        units = {key: each.unit for key, each in Measure._get_measures().items()}
        rows, offers, accepted, labels = [], [], [], []
        for month, values in sorted(json.loads(self.figures)["trend"].items()):
            day = fields.Date.to_date(month)
            offers.append(values["offers"] or 0)
            accepted.append(values["accepted"] or 0)
            labels.append(format_date(self.env, day, date_format="LLL"))
            rows.append(
                {
                    "month": format_date(self.env, day, date_format="LLL y"),
                    **{
                        key: Measure._format_value(units[key], value)
                        for key, value in values.items()
                    },
                }
            )
        chart = draw_bars(
            _("Offers by month, in front of them those accepted"),
            labels,
            offers,
            [Measure._format_value("count", value) for value in offers],
            accepted,
        )
        # the module escapes what it is given
        return {"chart": Markup(chart), "rows": rows}

    def _get_level_lines(self):
        """What the next level asks.

        :return: dict with ``name`` (empty: there is no next level) and ``lines``, see
            ``crm.reseller.level.review._get_criterion_line``
        """
        self.ensure_one()
        level_id, criteria = json.loads(self.figures)["level"]
        level = self.env["crm.reseller.level"].sudo().browse(level_id).exists()
        Review = self.env["crm.reseller.level.review"].sudo()
        Criteria = self.env["crm.reseller.level.criterion"].sudo()
        known = Criteria.browse(each[0] for each in criteria).exists()
        held = [Criterion(*each) for each in criteria]
        return {
            "name": level.name or "",
            "lines": [
                Review._get_criterion_line(Criteria.browse(each.key), each)
                for each in held
                if each.key in known.ids
            ],
        }
