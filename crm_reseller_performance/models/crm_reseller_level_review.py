import json
from datetime import timedelta

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.measures import COUNTED, NOW
from ..lib.review import Criterion, Rung, propose

# a proposal that was dismissed is not made again for so many days
DISMISSED_DAYS = 90
OPEN = ("proposed", "warned")


class CrmResellerLevelReview(models.Model):
    """The system says that a reseller earned another level, with the evidence."""

    _name = "crm.reseller.level.review"
    _inherit = "crm.reseller.bundle.mixin"
    _description = "Review of a Reseller's Level"
    _order = "id desc"
    _rec_name = "reseller_id"

    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    level_id = fields.Many2one(
        "crm.reseller.level", string="Level Now", required=True, readonly=True
    )
    proposed_level_id = fields.Many2one(
        "crm.reseller.level", string="Proposed Level", required=True, readonly=True
    )
    direction = fields.Selection(
        [("up", "Up"), ("down", "Down")], required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("warned", "Warned"),
            ("applied", "Applied"),
            ("dismissed", "Dismissed"),
            ("outdated", "No Longer Due"),
        ],
        default="proposed",
        required=True,
        readonly=True,
    )
    grace_until = fields.Date(
        readonly=True,
        help="Until then the reseller keeps its level and can catch up.",
    )
    is_due = fields.Boolean(
        string="Can Be Applied", compute="_compute_is_due", search="_search_is_due"
    )
    evidence = fields.Text(string="Evidence (JSON)", readonly=True)
    evidence_html = fields.Html(string="Evidence", compute="_compute_evidence_html")
    answer = fields.Text(string="What the Reseller Says", readonly=True)
    answered_by_id = fields.Many2one("res.partner", readonly=True)
    answered_on = fields.Datetime(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    notice_partner_ids = fields.Many2many(
        "res.partner", string="People Told", compute="_compute_notice_partner_ids"
    )

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_level_review_one_open "
            "ON crm_reseller_level_review (reseller_id) "
            "WHERE state IN ('proposed', 'warned')"
        )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("state", "direction", "grace_until")
    def _compute_is_due(self):
        today = fields.Date.context_today(self)
        due = self._filter_due(today)
        for review in self:
            review.is_due = review in due

    def _filter_due(self, today):
        """Select the reviews that can be applied.

        :param date today: of the days of grace
        :return: reviews
        """
        return self.filtered(
            lambda review: review.state in OPEN
            and (
                review.direction == "up"
                or (review.state == "warned" and review.grace_until <= today)
            )
        )

    @api.model
    def _search_is_due(self, operator, value):
        """Find reviews by whether they can be applied now.

        :param str operator: of the search
        :param value: what is looked for
        :return: domain
        """
        today = fields.Date.context_today(self)
        due = [
            ("state", "in", OPEN),
            "|",
            ("direction", "=", "up"),
            "&",
            ("state", "=", "warned"),
            ("grace_until", "<=", today),
        ]
        found = self._search(due)
        wanted = (operator in ("=", "in")) == bool(value)
        return [("id", "in" if wanted else "not in", found)]

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_evidence_html(self):
        known = self._get_evidence_criteria()
        for review in self:
            lines = [
                Markup("<li>%s</li>") % self._describe_line(line)
                for line in review._get_evidence_lines(known)
            ]
            review.evidence_html = Markup("<ul>%s</ul>") % Markup().join(lines)

    @api.depends("reseller_id")
    def _compute_notice_partner_ids(self):
        people = self.reseller_id._get_reseller_people().filtered("user_ids")
        by_reseller = people.grouped("commercial_partner_id")
        for review in self:
            reseller = review.reseller_id.sudo()
            told = by_reseller.get(reseller, reseller)
            review.notice_partner_ids = told.filtered("email")

    # ------------------------------------------------------------
    # EVALUATION
    # ------------------------------------------------------------

    @api.model
    def _evaluate(self, resellers):
        """Hold resellers against the levels of their company.

        :param resellers: res.partner, elevated
        :return: dict of reseller and list of ``Rung``, from the lowest level up
        """
        levels = self._fetch("crm.reseller.level", [], "sequence desc, id desc")
        criteria = self._fetch(
            "crm.reseller.level.criterion",
            [("level_id", "in", levels.ids)],
            "sequence, id",
        )
        values = self._read_criteria(criteria, resellers)
        by_level = criteria.grouped("level_id")
        ladders = {}
        for reseller in resellers:
            company = reseller._get_program_company()
            ladders[reseller] = [
                Rung(
                    level.id,
                    tuple(
                        Criterion(
                            criterion.id,
                            values.get((criterion.id, reseller.id)),
                            criterion.target,
                            criterion.floor,
                            criterion.better,
                        )
                        for criterion in by_level.get(level, ())
                    ),
                )
                for level in levels
                if not level.company_id or level.company_id == company
            ]
        return ladders

    def _fetch(self, model, domain, order):
        """Find records with all their columns, in one statement.

        :param str model: name of the model
        :param list domain: which records
        :param str order: in which order
        :return: records, elevated
        """
        records = self.env[model].sudo()
        names = [
            name
            for name, field in records._fields.items()
            if field.store and field.column_type and field.prefetch is True
        ]
        return records.search_fetch(domain, names, order=order)

    def _read_criteria(self, criteria, resellers):
        """What resellers have of some criteria.

        :param criteria: crm.reseller.level.criterion, elevated
        :param resellers: res.partner
        :return: dict of pair of criterion id and reseller id to the value
        """
        values = {}
        Measure = self.env["crm.reseller.measure"].sudo()
        measures = Measure._get_measures()
        today = fields.Date.context_today(self)
        measured = criteria.filtered(lambda each: each.measure in measures)
        measured = measured.filtered(lambda each: each.kind == "measure")
        windows = measured.grouped(
            lambda each: (0 if measures[each.measure].base == NOW else each.window_days)
        )
        # of a few resellers not everyone's figures are read
        domain = [("reseller_id", "in", resellers.ids)] if len(resellers) < 100 else []
        for days, some in windows.items():
            found = Measure._read_measures(
                today - timedelta(days=max(days, 1) - 1),
                today,
                domain,
                group_by="reseller",
                keys=sorted(set(some.mapped("measure"))),
                compare=False,
            )
            figures = {group["id"]: group["measures"] for group in found["groups"]}
            for criterion in some:
                counts = measures[criterion.measure].aggregate in COUNTED
                for reseller in resellers:
                    figure = figures.get(reseller.id, {}).get(criterion.measure)
                    value = figure["value"] if figure else (0.0 if counts else None)
                    values[criterion.id, reseller.id] = value
        custom = criteria.filtered(lambda each: each.kind == "custom")
        if custom:
            typed = self.env["crm.reseller.criterion.value"].sudo()
            typed = typed.search([("reseller_id", "in", resellers.ids)])
            have = {
                (each.criterion_id._get_topic(), each.reseller_id.id): each.value
                for each in typed
                if not each.valid_until or each.valid_until >= today
            }
            for criterion in custom:
                for reseller in resellers:
                    value = have.get((criterion._get_topic(), reseller.id), 0.0)
                    values[criterion.id, reseller.id] = value
        return values

    # ------------------------------------------------------------
    # EVERY NIGHT
    # ------------------------------------------------------------

    @api.model
    def _cron_review_levels(self):
        """Propose levels up and down, company by company, once even when two runs meet.

        Companies whose setting is *Automatically* apply what is due; a level is lost
        only after a warning and the days of grace.
        """
        companies = self.env["res.company"].sudo()
        companies = companies.search([("reseller_review_mode", "!=", "off")])
        if not self.env["crm.reseller.level.criterion"].sudo().search([], limit=1):
            return
        resellers = (
            self.env["res.partner"].sudo().search([("reseller_level_id", "!=", False)])
        )
        by_company = resellers.grouped(lambda each: each._get_program_company())
        for company in companies:
            # the second of two runs at the same moment leaves the company to the first
            self.env.cr.execute(
                "SELECT id FROM res_company WHERE id = %s "
                "FOR NO KEY UPDATE SKIP LOCKED",
                [company.id],
            )
            if self.env.cr.fetchone():
                self.sudo()._review(
                    by_company.get(company, resellers.browse()), company
                )

    def _review(self, resellers, company):
        """Bring the proposals for resellers of one company up to date.

        :param resellers: res.partner, elevated
        :param company: res.company
        """
        today = fields.Date.context_today(self)
        ladders = self._evaluate(resellers)
        opened = self.search(
            [("reseller_id", "in", resellers.ids), ("state", "in", OPEN)]
        )
        open_by_reseller = {review.reseller_id: review for review in opened}
        recently = self.search(
            [
                ("reseller_id", "in", resellers.ids),
                ("state", "=", "dismissed"),
                ("decided_on", ">=", fields.Datetime.now() - timedelta(DISMISSED_DAYS)),
            ]
        )
        dismissed = {
            (review.reseller_id, review.proposed_level_id) for review in recently
        }
        outdated, wanted, evidence = self.browse(), {}, {}
        Level = self.env["crm.reseller.level"].sudo()
        for reseller, ladder in ladders.items():
            own = reseller.reseller_level_id
            rung = propose(ladder, own.id)
            review = open_by_reseller.get(reseller, self.browse())
            if rung and (reseller, Level.browse(rung.level)) in dismissed:
                rung = None
            if rung:
                evidence[reseller] = self._get_evidence(ladder, own.id, rung)
            same = (
                rung
                and review.level_id == own
                and review.proposed_level_id.id == rung.level
            )
            if review and not same:
                outdated |= review
            if rung and not same:
                wanted[reseller] = (ladder, rung)
        outdated._close("outdated")
        outdated.filtered("grace_until")._notify("recovered")
        kept = opened - outdated
        for review in kept:
            if review.evidence != evidence[review.reseller_id]:
                review.evidence = evidence[review.reseller_id]
        fresh = self.create(
            [
                {
                    "reseller_id": reseller.id,
                    "company_id": company.id,
                    "level_id": reseller.reseller_level_id.id,
                    "proposed_level_id": rung.level,
                    "direction": self._get_direction(ladder, reseller, rung),
                    "evidence": evidence[reseller],
                }
                for reseller, (ladder, rung) in wanted.items()
            ]
        )
        if company.reseller_review_mode == "automatic":
            reviews = kept | fresh
            reviews.filtered(
                lambda review: review.direction == "down" and review.state == "proposed"
            )._warn(today)
            reviews._filter_due(today)._apply()

    @api.model
    def _get_direction(self, ladder, reseller, rung):
        """Whether a proposed level is above or below.

        :param list ladder: of ``Rung``, from the lowest up
        :param reseller: res.partner
        :param Rung rung: the proposed one
        :return: up or down
        """
        levels = [each.level for each in ladder]
        own = levels.index(reseller.reseller_level_id.id)
        return "up" if levels.index(rung.level) > own else "down"

    @api.model
    def _get_evidence(self, ladder, current, rung):
        """Keep the figures a proposal rests on.

        :param list ladder: of ``Rung``
        :param int current: id of the level the reseller has
        :param Rung rung: the proposed one
        :return: text (JSON): list of level id, criterion id, value, target, floor,
            better, whether it is met, whether it is kept
        """
        levels = (current, rung.level)
        return json.dumps(
            [
                [each.level, *criterion, criterion.is_met, criterion.is_kept]
                for each in ladder
                if each.level in levels
                for criterion in each.criteria
            ]
        )

    # ------------------------------------------------------------
    # DECIDING
    # ------------------------------------------------------------

    def action_warn(self):
        """Tell resellers that they are about to lose their level, and by when.

        :return: True
        :raises AccessError: for anyone but sales administrators
        """
        self._check_manager()
        reviews = self.sudo().filtered(
            lambda review: review.direction == "down" and review.state == "proposed"
        )
        reviews._warn(fields.Date.context_today(self))
        return True

    def action_apply(self):
        """Give the resellers the proposed levels, and tell them why.

        :return: True
        :raises AccessError: for anyone but sales administrators
        :raises UserError: where a reseller was not warned, or has time left
        """
        self._check_manager()
        reviews = self.sudo().filtered(lambda review: review.state in OPEN)
        early = reviews - reviews._filter_due(fields.Date.context_today(self))
        if early:
            raise UserError(
                _(
                    "Before a reseller loses its level it is warned and given time: "
                    "%(resellers)s.",
                    resellers=", ".join(early.mapped("reseller_id.name")),
                )
            )
        reviews._apply()
        return True

    def action_dismiss(self):
        """Leave the resellers at their levels; the same is not proposed for a while.

        :return: True
        :raises AccessError: for anyone but sales administrators
        """
        self._check_manager()
        reviews = self.sudo().filtered(lambda review: review.state in OPEN)
        warned = reviews.filtered(lambda review: review.state == "warned")
        reviews._close("dismissed")
        warned._notify("recovered")
        return True

    def _check_manager(self):
        """Let those who may change levels pass.

        :raises AccessError: for others
        """
        if not self.env["res.partner"]._is_reseller_program_manager():
            raise AccessError(_("Only sales administrators can do this."))

    def _warn(self, today):
        """Begin the days of grace, and tell the resellers.

        :param date today: the first of these days
        """
        for company, reviews in self.grouped("company_id").items():
            days = timedelta(days=company.reseller_grace_days)
            reviews.write({"state": "warned", "grace_until": today + days})
        self._notify("warned")

    def _apply(self):
        """Give the resellers the proposed levels, and tell them why."""
        for level, reviews in self.grouped("proposed_level_id").items():
            reviews.reseller_id.write({"reseller_level_id": level.id})
        change = _("Level: %(before)s, now %(after)s, by its figures.")
        notes = {
            review.reseller_id.id: Markup("<p>%s</p>%s")
            % (
                change
                % {
                    "before": review.level_id.name,
                    "after": review.proposed_level_id.name,
                },
                review.evidence_html,
            )
            for review in self
        }
        if notes:
            self.env["res.partner"].sudo().browse(notes)._message_log_batch(
                bodies=notes
            )
        self._close("applied")
        self._notify("applied")

    def _close(self, state):
        """Close reviews.

        :param str state: applied, dismissed or outdated
        """
        if self:
            person = not self.env.user._is_superuser() and self.env.uid
            self.write(
                {
                    "state": state,
                    "decided_by_id": person,
                    "decided_on": fields.Datetime.now(),
                }
            )

    def _notify(self, what):
        """Tell the people of the resellers by mail.

        :param str what: warned, applied or recovered
        """
        reachable = self.filtered("notice_partner_ids")
        reachable._queue_template_mails(
            f"crm_reseller_performance.mail_template_level_{what}"
        )

    def _answer(self, author, text):
        """The reseller says something about a proposal; a later word replaces it.

        :param author: res.partner
        :param str text: plain text
        :raises UserError: without a text, or when it was decided
        """
        self.ensure_one()
        text = self.env["crm.lead"]._clean_text(text)
        if not text:
            raise UserError(_("Write your answer."))
        if self.state not in OPEN:
            raise UserError(_("This was decided already."))
        self.sudo().write(
            {
                "answer": text,
                "answered_by_id": author.id,
                "answered_on": fields.Datetime.now(),
            }
        )

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _get_evidence_criteria(self):
        """The criteria these proposals rest on that still exist.

        :return: crm.reseller.level.criterion, elevated
        """
        ids = {
            line[1] for review in self for line in json.loads(review.evidence or "[]")
        }
        return self.env["crm.reseller.level.criterion"].sudo().browse(ids).exists()

    def _get_evidence_lines(self, known=None):
        """The figures the proposal rests on, for people.

        :param known: the criteria that still exist; looked up if left out
        :return: list of dict, see ``_get_criterion_line``
        """
        self.ensure_one()
        known = self._get_evidence_criteria() if known is None else known
        lines = []
        for level, key, value, target, floor, better, _met, _kept in json.loads(
            self.evidence or "[]"
        ):
            criterion = known.filtered(lambda each, key=key: each.id == key)
            if criterion:
                lines.append(
                    self._get_criterion_line(
                        criterion, Criterion(key, value, target, floor, better), level
                    )
                )
        return lines

    @api.model
    def _get_criterion_line(self, criterion, held, level=None):
        """What a criterion asks and what a reseller has.

        :param criterion: crm.reseller.level.criterion, elevated
        :param Criterion held: what the reseller has
        :param int level: id of the level; that of the criterion if left out
        :return: dict with ``level`` (name), ``label``, ``value``, ``target``, ``floor``
            (texts), ``is_known`` (whether there is a value), ``better``, ``met``,
            ``kept``, ``progress`` (percent)
        """
        Measure = self.env["crm.reseller.measure"]
        unit = criterion._get_unit()
        return {
            "level": criterion.level_id.name,
            "label": criterion.name,
            "value": Measure._format_value(unit, held.value),
            "is_known": held.value is not None,
            "target": Measure._format_value(unit, held.target),
            "floor": Measure._format_value(unit, held.floor),
            "better": held.better,
            "met": held.is_met,
            "kept": held.is_kept,
            "progress": round(100 * held.progress),
        }

    @api.model
    def _describe_line(self, line):
        """A criterion as a sentence.

        :param dict line: see ``_get_criterion_line``
        :return: text
        """
        names = {
            "level": line["level"],
            "label": line["label"],
            "value": line["value"],
            "target": line["target"],
            "floor": line["floor"],
        }
        if not line["is_known"]:
            return _(
                "%(level)s: no figure yet for %(label)s; to reach it %(target)s, to "
                "keep it %(floor)s.",
                **names,
            )
        if line["met"]:
            return _("%(level)s: %(label)s is %(value)s, needed %(target)s.", **names)
        if line["kept"]:
            return _(
                "%(level)s: %(label)s is %(value)s, to reach it %(target)s, to keep it "
                "%(floor)s.",
                **names,
            )
        return _(
            "%(level)s: %(label)s is %(value)s, missing; to reach it %(target)s, to "
            "keep it %(floor)s.",
            **names,
        )
