import json

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..lib.measures import CONDITIONS, VALUES
from ..lib.performance import (
    OUTCOME,
    PARTS,
    STEP,
    Factor,
    PartScore,
    Tally,
    get_bands,
    performance_factor,
)

# answers older than this say nothing about how a reseller works today
MEASURED_DAYS = 90
# accepted leads older than this, or matured longer ago, say nothing about it either
OUTCOME_DAYS = 180
# of which a reseller is told in which third it is
BAND_MEASURES = ("pick_rate", "answer_median", "conversion_rate", "revenue_won")

SINCE = "fact.answered_on >= %(since)s"
IN_TIME = "(fact.due_on IS NULL OR fact.answered_on <= fact.due_on)"
CLOSED = f"{CONDITIONS['closed']} AND {SINCE}"
ANSWERED_DUE = f"{CONDITIONS['answered_due']} AND {SINCE}"
MATURED = (
    f"{CONDITIONS['matured']} AND fact.answered_on >= %(outcomes_since)s "
    "- fact.cycle_days * INTERVAL '1 day'"
)
DAYS_SILENT = "fact.silent_days * INTERVAL '1 day'"
FOLLOWED = (
    "fact.is_asked AND fact.is_held AND fact.silent_days > 0 "
    f"AND fact.answered_on >= %(outcomes_since)s "
    f"AND fact.answered_on < %(now)s - {DAYS_SILENT}"
)
# which offers each part counts
PART_CONDITIONS = {
    "acceptance": CLOSED,
    "reliability": CLOSED,
    "speed": f"{CLOSED} AND fact.due_on > fact.offered_on",
    "conversion": MATURED,
    "silence": FOLLOWED,
}
# a lost lead was silent if nothing was said of it for that long before its end
GOOD = {
    "acceptance": (
        f"COUNT(*) FILTER (WHERE {CLOSED} AND fact.state = 'accepted' AND {IN_TIME})"
    ),
    "reliability": (
        f"COUNT(*) FILTER (WHERE {CLOSED} AND {IN_TIME} "
        "AND fact.state IN ('accepted', 'declined'))"
    ),
    "speed": (
        "COALESCE(SUM(1 - LEAST(GREATEST("
        f"{VALUES['share_of_time']} / 100, 0), 1)) FILTER (WHERE {ANSWERED_DUE}), 0)"
    ),
    "conversion": (
        f"COUNT(*) FILTER (WHERE {MATURED} AND fact.is_held AND fact.is_won)"
    ),
    "silence": (
        f"COUNT(*) FILTER (WHERE {FOLLOWED} AND (fact.is_won OR fact.word_on >= "
        "CASE WHEN fact.is_lost THEN COALESCE(fact.date_closed, fact.word_on) "
        f"ELSE %(now)s END - {DAYS_SILENT}))"
    ),
}
TALLIES = {
    name: (GOOD[name], f"COUNT(*) FILTER (WHERE {condition})")
    for name, condition in PART_CONDITIONS.items()
}


class CrmResellerScore(models.Model):
    """The performance factor of a reseller as its work says, with its parts.

    One row per reseller, worked out every night, whether factors are applied or not.
    """

    _name = "crm.reseller.score"
    _description = "Performance of a Reseller"
    _order = "factor desc, id"
    _rec_name = "reseller_id"
    _log_access = False  # worked out by the system, see ``computed_on``

    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    direction_id = fields.Many2one(
        "crm.reseller.direction", string="Home Direction", readonly=True
    )
    level_id = fields.Many2one(
        "crm.reseller.level", string="Level", related="reseller_id.reseller_level_id"
    )
    factor = fields.Float(string="Factor by Performance", digits=(6, 2), readonly=True)
    current_factor = fields.Float(
        string="Factor in Force",
        related="reseller_id.reseller_performance_factor",
        digits=(6, 2),
    )
    difference = fields.Float(compute="_compute_difference", digits=(6, 2))
    is_newcomer = fields.Boolean(
        string="Newcomer", readonly=True, help="Too few closed offers: the factor is 1."
    )
    details = fields.Text(string="Parts (JSON)", readonly=True)
    bands = fields.Text(string="Thirds (JSON)", readonly=True)
    explanation_html = fields.Html(
        string="Explanation", compute="_compute_explanation_html"
    )
    computed_on = fields.Datetime(readonly=True)

    _sql_constraints = [
        ("one_per_reseller", "UNIQUE (reseller_id)", "A reseller has one factor."),
    ]

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("factor", "reseller_id.reseller_performance_factor")
    def _compute_difference(self):
        for score in self:
            score.difference = score.factor - score.current_factor

    @api.depends("details")
    @api.depends_context("lang")
    def _compute_explanation_html(self):
        for score in self:
            score.explanation_html = score._explain_factor(score._get_factor())

    # ------------------------------------------------------------
    # WORKING IT OUT
    # ------------------------------------------------------------

    @api.model
    def _update_scores(self, resellers=None):
        """Work out the factors of resellers anew, and keep them.

        :param resellers: res.partner, elevated; all if left out. They are compared
            with all others of their direction in any case
        :return: dict of res.partner and ``lib.performance.Factor``
        """
        Partner = self.env["res.partner"].sudo()
        everyone = Partner.with_context(active_test=False).search(
            [("reseller_level_id", "!=", False)]
        )
        wanted = everyone.filtered("active")
        if resellers is not None:
            wanted &= resellers
        tallies = self._read_tallies()
        by_direction = {}
        for reseller in everyone:
            together = by_direction.setdefault(
                reseller.reseller_direction_id.id, dict.fromkeys(PARTS, Tally())
            )
            for name, tally in tallies.get(reseller.id, {}).items():
                together[name] += tally
        weights = {
            company: company._get_reseller_factor_weights()
            for company in self.env["res.company"].sudo().search([], limit=None)
        }
        factors = {}
        for reseller in wanted:
            company = reseller._get_program_company()
            own = tallies.get(reseller.id, {})
            together = by_direction[reseller.reseller_direction_id.id]
            others = {name: together[name] - own.get(name, Tally()) for name in PARTS}
            factors[reseller] = performance_factor(own, others, weights.get(company))
        self._store_scores(factors)
        return factors

    def _read_tallies(self):
        """Count what went well, for all resellers, in one statement.

        :return: dict of reseller id and dict of part and ``Tally``
        """
        columns = ", ".join(
            f"{sql} AS {name}_{which}"
            for name, pair in TALLIES.items()
            for which, sql in zip(("good", "total"), pair, strict=True)
        )
        moments = self._get_moments()
        statement = SQL(
            "SET LOCAL jit TO off; SELECT fact.reseller_id, %s "
            "FROM (%s OFFSET 0) AS fact GROUP BY fact.reseller_id",
            SQL(columns, **moments),
            self.env["crm.reseller.fact"]._get_rows_sql(
                SQL("stored.answered_on >= %s", self._get_oldest(moments["now"]))
            ),
        )
        self.env.flush_all()
        self.env.cr.execute(statement)
        return {
            row["reseller_id"]: {
                name: Tally(float(row[f"{name}_good"]), float(row[f"{name}_total"]))
                for name in PARTS
            }
            for row in self.env.cr.dictfetchall()
        }

    @api.model
    def _get_moments(self):
        """The parameters of ``TALLIES`` and ``PART_CONDITIONS``.

        :return: dict of name and moment, in UTC
        """
        now = fields.Datetime.now()
        return {
            "now": now,
            "since": fields.Datetime.subtract(now, days=MEASURED_DAYS),
            "outcomes_since": fields.Datetime.subtract(now, days=OUTCOME_DAYS),
        }

    @api.model
    def _get_oldest(self, now):
        """Since when answers count in any part.

        :param datetime now: in UTC
        :return: datetime
        """
        companies = self.env["res.company"].sudo().search([], limit=None)
        longest = max(companies.mapped("reseller_cycle_days"))
        return fields.Datetime.subtract(now, days=OUTCOME_DAYS + longest)

    @api.model
    def _find_counted_offers(self, reseller, part):
        """The offers that a part of a factor counts, now.

        :param reseller: one res.partner
        :param str part: one of ``lib.performance.PARTS``
        :return: list of ids of crm.reseller.offer
        """
        moments = self._get_moments()
        rows = self.env["crm.reseller.fact"]._get_rows_sql(
            SQL(
                "stored.reseller_id = %s AND stored.answered_on >= %s",
                reseller.id,
                self._get_oldest(moments["now"]),
            )
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT fact.id FROM (%s) AS fact WHERE %s",
                rows,
                SQL(PART_CONDITIONS[part], **moments),
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _store_scores(self, factors):
        """Keep factors with their parts, in one statement.

        :param dict factors: of res.partner and ``lib.performance.Factor``
        """
        if not factors:
            return
        bands = self._read_bands(self.env["res.partner"].concat(*factors))
        rows = [
            (
                reseller.id,
                reseller._get_program_company().id,
                reseller.reseller_direction_id.id or None,
                factor.value,
                factor.is_newcomer,
                json.dumps(
                    {
                        "value": factor.value,
                        "worked": factor.worked,
                        "is_newcomer": factor.is_newcomer,
                        "parts": factor.parts,
                    }
                ),
                json.dumps(bands.get(reseller.id, {})),
            )
            for reseller, factor in factors.items()
        ]
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO crm_reseller_score AS score (
                   reseller_id, company_id, direction_id, factor, is_newcomer,
                   details, bands, computed_on)
            SELECT fresh.*, %s
              FROM unnest(%s::int[], %s::int[], %s::int[], %s::float8[], %s::bool[],
                          %s::text[], %s::text[]) AS fresh
                ON CONFLICT (reseller_id) DO UPDATE
               SET company_id = EXCLUDED.company_id,
                   direction_id = EXCLUDED.direction_id,
                   factor = EXCLUDED.factor,
                   is_newcomer = EXCLUDED.is_newcomer,
                   details = EXCLUDED.details,
                   bands = EXCLUDED.bands,
                   computed_on = EXCLUDED.computed_on
            """,
            [fields.Datetime.now(), *map(list, zip(*rows, strict=True))],
        )
        self.env.invalidate_all(flush=False)

    def _read_bands(self, resellers):
        """In which third of its direction and company each reseller is.

        :param resellers: res.partner whose bands are wanted
        :return: dict of reseller id and dict of measure key and upper, middle or lower
        """
        today = fields.Date.context_today(self)
        Measure = self.env["crm.reseller.measure"].sudo()
        found = Measure._read_measures(
            fields.Date.subtract(today, days=MEASURED_DAYS - 1),
            today,
            group_by="reseller",
            keys=BAND_MEASURES,
            compare=False,
        )
        figures = {group["id"]: group["measures"] for group in found["groups"]}
        known = self.env["res.partner"].sudo().browse(figures)
        known = (known | resellers).filtered(
            lambda reseller: reseller.active and reseller.reseller_level_id
        )
        bands = {}
        groups = known.grouped(
            lambda reseller: (
                reseller._get_program_company(),
                reseller.reseller_direction_id,
            )
        )
        definitions = Measure._get_measures()
        for peers in groups.values():
            for key in BAND_MEASURES:
                values = {
                    reseller.id: figures[reseller.id][key]["value"]
                    for reseller in peers
                    if reseller.id in figures
                    and figures[reseller.id][key]["value"] is not None
                }
                for reseller_id, band in get_bands(
                    values, definitions[key].better
                ).items():
                    bands.setdefault(reseller_id, {})[key] = band
        return bands

    # ------------------------------------------------------------
    # APPLYING IT
    # ------------------------------------------------------------

    @api.model
    def _apply_factors(self, factors):
        """Write factors to the resellers, and explain what changed in the chatter.

        Differences of less than a step are left alone, as are factors of 0: they were
        typed to keep leads away.

        :param dict factors: of res.partner, elevated, and ``lib.performance.Factor``
        """
        changes, notes = {}, {}
        for reseller, factor in factors.items():
            before = reseller.reseller_performance_factor
            if before <= 0 or round(abs(factor.value - before), 2) < STEP:
                continue
            changes.setdefault(factor.value, []).append(reseller.id)
            notes[reseller.id] = self._explain_change(before, factor)
        Partner = self.env["res.partner"].sudo()
        for value, ids in changes.items():
            # the notes say more than tracking would, and cost one statement for all
            Partner.browse(ids).with_context(mail_notrack=True).write(
                {"reseller_performance_factor": value}
            )
        if notes:
            Partner.browse(notes)._message_log_batch(bodies=notes)

    @api.model
    def _cron_update_factors(self):
        """Work out all factors; apply them where the company says so.

        Company by company, at most as often as its *Days between Updates* say, and
        once even when two runs meet.
        """
        factors = self._update_scores()
        now = fields.Datetime.now()
        due = (
            self.env["res.company"]
            .sudo()
            .search([("reseller_weight_by_performance", "=", True)])
        )
        by_company = {}
        for reseller, factor in factors.items():
            company = reseller._get_program_company()
            by_company.setdefault(company, {})[reseller] = factor
        for company in due:
            if company._take_factor_turn(now):
                self._apply_factors(by_company.get(company, {}))

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _get_factor(self):
        """The factor as it was worked out.

        :return: ``lib.performance.Factor``
        """
        self.ensure_one()
        data = json.loads(self.details or "{}")
        return Factor(
            data.get("value", 1.0),
            tuple(
                PartScore(part[0], Tally(*part[1]), *part[2:])
                for part in data.get("parts", ())
            ),
            data.get("worked", 0.5),
            data.get("is_newcomer", True),
        )

    def _get_bands(self):
        """In which third of its peers the reseller is.

        :return: dict of measure key and upper, middle or lower
        """
        self.ensure_one()
        return json.loads(self.bands or "{}")

    @api.model
    def _get_part_labels(self):
        """What the parts of the factor are called.

        :return: dict of name of the part and text
        """
        return {
            "acceptance": _("Accepted in time"),
            "reliability": _("Answered in time and kept"),
            "speed": _("Speed of the answers"),
            "conversion": _("Matured leads won"),
            "silence": _("Accepted leads worked"),
        }

    @api.model
    def _get_part_formulas(self):
        """What the parts of the factor count.

        :return: dict of name of the part and sentence
        """
        answers, outcomes = {"days": MEASURED_DAYS}, {"days": OUTCOME_DAYS}
        return {
            "acceptance": _(
                "Offers closed in the last %(days)s days that were accepted in time "
                "and kept.",
                **answers,
            ),
            "reliability": _(
                "Offers closed in the last %(days)s days that were neither missed, "
                "late nor given back.",
                **answers,
            ),
            "speed": _(
                "The time given that was left at the answer, of the offers closed in "
                "the last %(days)s days.",
                **answers,
            ),
            "conversion": _(
                "Won leads among those accepted longer ago than the usual sales cycle, "
                "looking back %(days)s days from there.",
                **outcomes,
            ),
            "silence": _(
                "Leads accepted in the last %(days)s days on which you did not fall "
                "silent.",
                **outcomes,
            ),
        }

    @api.model
    def _get_factor_lines(self, factor):
        """The parts of a factor, for people.

        :param Factor factor: as it was worked out
        :return: list of dict with ``name``, ``label``, ``good``, ``total``, ``percent``
            (its own share, None of nothing), ``usual`` (that of the others, None with
            too few of them) and ``points`` (what it adds or takes away)
        """
        labels = self._get_part_labels()
        answers = sum(part.points for part in factor.parts if part.name not in OUTCOME)
        lines = []
        for part in factor.parts:
            points = part.points
            if part.name not in OUTCOME and answers > 0:
                points *= factor.worked
            tally = part.tally
            lines.append(
                {
                    "name": part.name,
                    "label": labels[part.name],
                    "good": tally.good,
                    "total": tally.total,
                    "percent": 100 * tally.good / tally.total if tally.total else None,
                    "usual": None if part.usual is None else 100 * part.usual,
                    "points": points,
                }
            )
        return lines

    @api.model
    def _explain_factor(self, factor):
        """Explain a factor part by part.

        :param Factor factor: as it was worked out
        :return: Markup
        """
        if factor.is_newcomer:
            return Markup("<p>%s</p>") % _(
                "Too few closed offers to conclude anything: the factor is 1."
            )
        lines = Markup().join(
            Markup("<li>%s</li>") % self._describe_part(line)
            for line in self._get_factor_lines(factor)
        )
        return Markup("<ul>%s</ul>") % lines

    @api.model
    def _describe_part(self, line):
        """A part of a factor as a sentence.

        :param dict line: see ``_get_factor_lines``
        :return: text
        """
        if line["percent"] is None:
            return _("%(part)s: nothing to count yet.", part=line["label"])
        if line["usual"] is None:
            return _(
                "%(part)s: %(percent).0f%% of %(total)d. Too few others to compare "
                "with.",
                part=line["label"],
                percent=line["percent"],
                total=line["total"],
            )
        return _(
            "%(part)s: %(percent).0f%% of %(total)d, usual are %(usual).0f%% "
            "(%(points)+.2f).",
            part=line["label"],
            percent=line["percent"],
            total=line["total"],
            usual=line["usual"],
            points=round(line["points"], 2) or 0.0,  # never minus zero
        )

    @api.model
    def _explain_change(self, before, factor):
        """Explain a change of the factor.

        :param float before: the former factor
        :param Factor factor: the new one
        :return: Markup
        """
        sentence = _(
            "Performance factor: %(before).2f, now %(factor).2f.",
            before=before,
            factor=factor.value,
        )
        return Markup("<p>%s</p>%s") % (sentence, self._explain_factor(factor))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.model
    def action_preview(self):
        """Work the factors out now and show them; nothing is applied.

        :return: action
        :raises AccessError: for anyone but sales administrators
        """
        if not self.env["res.partner"]._is_reseller_program_manager():
            raise AccessError(_("Only sales administrators can do this."))
        self.sudo()._update_scores()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_performance.crm_reseller_score_action"
        )
