from collections import Counter, defaultdict
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_reseller_base.compat import check_access
from odoo.addons.crm_reseller_base.lib.days import get_window

from ..lib.replay import (
    Change,
    PastRun,
    find_differences,
    replay,
    summarize,
)

MOST_SEEDS = 200
# so many resellers are drawn
CHARTED = 20
# so many differences are named
NAMED = 20


class CrmResellerReplay(models.TransientModel):
    """What the assignment of the last days would have been under other settings.

    The changes are written, the resellers read as the assigner reads them, and the
    changes undone: nothing is different until ``action_apply`` writes them for good.
    """

    _name = "crm.reseller.replay"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Replay of the Assignment"

    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=30),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    basis = fields.Selection(
        [
            ("then", "As they were at the time"),
            ("now", "As they are today"),
        ],
        string="Resellers and Rules",
        default="then",
        required=True,
        help="What you change below counts in any case. As they were at the time: "
        "everything else is as each run read it. As they are today: weights, "
        "territories and filters of today are used for all runs.",
    )
    seed_count = fields.Integer(
        string="Number of Draws",
        default=20,
        help="Each lead is drawn again so many times, to see what is chance.",
    )
    without_factors = fields.Boolean(
        string="Set All Performance Factors to 1",
        help="Those of 0 stay: they were typed to keep leads away.",
    )
    level_ids = fields.One2many(
        "crm.reseller.replay.level",
        "replay_id",
        string="Levels",
        default=lambda self: self._get_default_levels(),
    )
    rule_ids = fields.One2many(
        "crm.reseller.replay.rule",
        "replay_id",
        string="Rules",
        default=lambda self: self._get_default_rules(),
    )
    reseller_ids = fields.One2many(
        "crm.reseller.replay.reseller", "replay_id", string="Resellers"
    )
    state = fields.Selection(
        [("new", "New"), ("done", "Replayed"), ("applied", "Applied")],
        default="new",
        required=True,
        readonly=True,
    )
    result_ids = fields.One2many(
        "crm.reseller.replay.result", "replay_id", string="Results", readonly=True
    )
    chart = fields.Html(compute="_compute_chart", sanitize=False)
    run_count = fields.Integer(string="Runs", readonly=True)
    lead_count = fields.Integer(string="Leads", readonly=True)
    unassigned_before = fields.Integer(string="Leads without Reseller", readonly=True)
    unassigned_after = fields.Float(
        string="Leads without Reseller, Replayed", readonly=True, digits=(16, 1)
    )
    summary = fields.Text(readonly=True)
    left_out = fields.Text(string="Not Replayable", readonly=True)
    left_out_count = fields.Integer(readonly=True)
    check_result = fields.Text(string="Check", readonly=True)

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for each in self:
            each.display_name = _("Replay")

    @api.depends("result_ids")
    def _compute_chart(self):
        for each in self:
            lines = each.result_ids[:CHARTED]
            each.chart = bool(lines) and self.env["ir.qweb"]._render(
                "crm_reseller_performance.replay_chart",
                {
                    "lines": lines,
                    "most": max(
                        [1, *lines.mapped("before_count"), *lines.mapped("high")]
                    ),
                },
            )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    @api.model
    def _get_default_levels(self):
        """One line for each level, with its weight of today.

        :return: list of commands
        """
        levels = self.env["crm.reseller.level"].search([], limit=None)
        return [
            fields.Command.create({"level_id": level.id, "new_weight": level.weight})
            for level in levels
        ]

    @api.model
    def _get_default_rules(self):
        """One line for each rule, with what it does today.

        :return: list of commands
        """
        rules = self.env["crm.reseller.assignment.rule"].search([], limit=None)
        return [
            fields.Command.create(
                {
                    "rule_id": rule.id,
                    "new_method": rule.method,
                    "new_max_distance_km": rule.max_distance_km,
                }
            )
            for rule in rules
        ]

    @api.constrains("date_from", "date_to")
    def _check_days(self):
        """Refuse days in the wrong order.

        :raises ValidationError: for them
        """
        for each in self:
            if each.date_from > each.date_to:
                raise ValidationError(_("The last day is before the first one."))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_replay(self):
        """Decide again under the changed settings, and show what differs.

        :return: an action that shows the results
        :raises AccessError: for users who may not change the program
        :raises UserError: where no run can be replayed
        """
        self._check_manager()
        if not 1 <= self.seed_count <= MOST_SEEDS:
            raise UserError(_("Choose between 1 and %(most)s draws.", most=MOST_SEEDS))
        runs = self._read_runs()
        if not runs:
            raise UserError(
                _("No assignment by rules is stored for these days. Choose others.")
            )
        change = self._get_change()
        before = replay(runs, Change(), 0)
        outcomes = [
            replay(runs, change, seed) for seed in range(1, self.seed_count + 1)
        ]
        self._store_results(runs, before, outcomes)
        return self._show()

    def action_check(self):
        """Repeat the stored runs as they were, and compare them with their offers.

        :return: an action that shows what was found
        :raises AccessError: for users who may not change the program
        """
        self._check_manager()
        runs = self._find_runs()
        stored = self._read_stored(runs)
        compared, found = 0, []
        for run in runs:
            choices = [
                (rule_id, choice.lead_id, choice.reseller_id)
                for rule_id, choice in run._repeat()
            ]
            offers = [
                (offer.rule_id.id, offer.lead_id.id, offer.reseller_id.id)
                for offer in stored[run.id]
            ]
            compared += len(choices)
            found += find_differences(choices, offers)
        if not found:
            self.check_result = _(
                "Runs repeated: %(runs)s. In them all %(offers)s offers are the same.",
                runs=len(runs),
                offers=compared,
            )
        else:
            self.check_result = self._describe_differences(found, compared)
        self._describe_left_out()
        return self._show()

    def action_apply(self):
        """Write the changes: from now on the assignment uses them.

        :return: an action that shows the replay
        :raises AccessError: for users who may not change the program
        :raises UserError: where nothing was changed, or it was not replayed
        """
        self._check_manager()
        if self.state != "done":
            raise UserError(_("Replay first, to see what the changes lead to."))
        changes = self._get_changes()
        if not changes:
            raise UserError(_("Nothing was changed, so there is nothing to apply."))
        for records, vals in changes:
            records.write(vals)
        self.state = "applied"
        return self._show()

    def action_open_left_out(self):
        """The offers that cannot be replayed.

        :return: an action
        :raises AccessError: for users who may not change the program
        """
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": _("Not Replayable"),
            "res_model": "crm.reseller.offer",
            "view_mode": "tree,form",
            "domain": self._get_left_out_domain(),
        }

    def _check_manager(self):
        """Let those pass who may change the program.

        :raises AccessError: for anyone else
        """
        check_access(self, "write")
        check_access(self.env["crm.reseller.level"], "write")
        self.ensure_one()

    def _show(self):
        """Show this replay again.

        :return: an action
        """
        return {
            "type": "ir.actions.act_window",
            "name": _("Replay"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
        }

    # ------------------------------------------------------------
    # PAST RUNS
    # ------------------------------------------------------------

    def _get_window(self):
        """The days, as moments.

        :return: pair of datetimes, in UTC
        """
        zone = self.env["crm.reseller.measure"]._get_measure_zone()
        return get_window(self.date_from, self.date_to, zone)

    def _find_runs(self):
        """The stored runs of these days, the oldest first.

        :return: crm.reseller.assignment.run
        """
        start, end = self._get_window()
        Run = self.env["crm.reseller.assignment.run"]
        return Run.search(
            [("started_on", ">=", start), ("started_on", "<", end)],
            order="started_on, id",
            limit=None,
        )

    def _read_stored(self, runs):
        """The offers of runs, of leads of all companies: a run is repeated as a whole.

        :param runs: crm.reseller.assignment.run
        :return: dict of run id and offers, elevated
        """
        stored = defaultdict(self.env["crm.reseller.offer"].sudo().browse)
        Offer = self.env["crm.reseller.offer"].sudo().with_context(active_test=False)
        for offer in Offer.search([("run_id", "in", runs.ids)], limit=None):
            stored[offer.run_id.id] |= offer
        return stored

    def _read_runs(self):
        """Read what the stored runs decided and what became of it.

        :return: list of ``lib.replay.PastRun``, the oldest first
        """
        runs = self._find_runs()
        until = self._read_ends(runs)
        past = []
        for run in runs:
            resellers, stored = run._unpack()
            given = {
                choice.lead_id: choice.reseller_id for _rule, choice in run._repeat()
            }
            ends = until[run.id]
            # a lead that is gone is with no one
            gone = dict.fromkeys(given.keys() - ends.keys(), run.started_on)
            ends = {key: end for key, end in ends.items() if end}
            past.append(
                PastRun(
                    run.id, run.started_on, stored, resellers, given, {**ends, **gone}
                )
            )
        return past

    def _read_ends(self, runs):
        """When the leads of runs left their resellers again, in one statement.

        :param runs: crm.reseller.assignment.run
        :return: dict of run id and dict of lead id and moment, None: still there
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT offer.run_id, offer.lead_id,
                   CASE WHEN offer.state = 'pending' THEN NULL
                        WHEN offer.state = 'returned' THEN offer.returned_on
                        WHEN offer.state <> 'accepted' THEN offer.answered_on
                        WHEN lead.active AND stage.is_won IS NOT TRUE THEN NULL
                        ELSE COALESCE(lead.date_closed, offer.answered_on) END
              FROM crm_reseller_offer offer
              JOIN crm_lead lead ON lead.id = offer.lead_id
         LEFT JOIN crm_stage stage ON stage.id = lead.stage_id
             WHERE offer.run_id = ANY(%s)
            """,
            [runs.ids],
        )
        ends = defaultdict(dict)
        for run_id, lead_id, moment in self.env.cr.fetchall():
            ends[run_id][lead_id] = moment
        return ends

    # ------------------------------------------------------------
    # CHANGES
    # ------------------------------------------------------------

    def _get_changes(self):
        """What is written when the changes are applied. Hook.

        :return: list of pairs of records and values, of what differs from today
        """
        changes = []
        if self.without_factors:
            resellers = self.env["res.partner"].search(
                [
                    ("reseller_level_id", "!=", False),
                    ("reseller_performance_factor", "not in", (0, 1)),
                ],
                limit=None,
            )
            if resellers:
                changes.append((resellers, {"reseller_performance_factor": 1}))
        for line in (*self.level_ids, *self.rule_ids, *self.reseller_ids):
            record, vals = line._get_change()
            if vals:
                changes.append((record, vals))
        return changes

    def _get_change(self):
        """What is different for the engine.

        :return: ``lib.replay.Change``
        """
        now, rules_now = self._read_now()
        after, rules_after = now, rules_now
        changes = self._get_changes()
        if changes:
            savepoint = self.env.cr.savepoint()
            try:
                for records, vals in changes:
                    records.with_context(tracking_disable=True).write(vals)
                after, rules_after = self._read_now()
            finally:
                savepoint.close(rollback=True)
                self.env.invalidate_all(flush=False)
        policies = {}
        for line in self.rule_ids:
            record, vals = line._get_change()
            if vals or self.basis == "now":
                policies[record.id] = (line.new_method, line.new_max_distance_km)
        room = {
            key: after.room[key] - limit if key in after.room else None
            for key, limit in now.room.items()
            if key in after.resellers and after.room.get(key) != limit
        }
        fresh_limits = {
            key: limit for key, limit in after.room.items() if key not in now.room
        }
        if self.basis == "now":
            return Change(
                resellers=after.resellers,
                is_complete=True,
                room=room,
                limits=fresh_limits,
                policies=policies,
                candidates=rules_after,
            )
        affected = {
            key: reseller
            for key, reseller in after.resellers.items()
            if now.resellers.get(key) != reseller
        }
        return Change(
            resellers=affected,
            gone=frozenset(now.resellers.keys() - after.resellers.keys()),
            room=room,
            limits=fresh_limits,
            policies=policies,
            candidates={
                key: ids
                for key, ids in rules_after.items()
                if affected or ids != rules_now.get(key)
            },
        )

    def _read_now(self):
        """Read as the assigner would read now.

        :return: pair of ``ResellersRead`` and dict of rule id and the ids of the
            resellers it may choose from (None: any)
        """
        Assigner = self.env["crm.reseller.assigner"]
        run = Assigner._new_run(keep=False)
        for rule in run.rules:
            Assigner._read_candidates(rule, run)
        return run.read, run.candidates

    # ------------------------------------------------------------
    # RESULTS
    # ------------------------------------------------------------

    def _store_results(self, runs, before, outcomes):
        """Keep the results, and say in words what they are.

        :param list runs: ``PastRun``
        :param Outcome before: what happened
        :param list outcomes: ``Outcome`` of each seed
        """
        found = summarize(outcomes)
        total = sum(before.counts.values()) or 1
        after_total = sum(each.mean for each in found.values()) or 1
        self.result_ids.unlink()
        lines = []
        for key in before.counts.keys() | found.keys():
            after = found.get(key)
            low, high = (after.low, after.high) if after else (0, 0)
            count = before.counts[key]
            mean = after.mean if after else 0
            lines.append(
                {
                    "replay_id": self.id,
                    "reseller_id": key,
                    "before_count": count,
                    "after_count": mean,
                    "low": low,
                    "high": high,
                    "before_share": 100.0 * count / total,
                    "after_share": 100.0 * mean / after_total,
                    "difference": mean - count,
                    "is_chance": low <= count <= high,
                    "full": after.full if after else 0,
                }
            )
        names = set(
            self.env["res.partner"].search([("id", "in", [*before.counts, *found])]).ids
        )
        # resellers of other companies, and those that are gone, are one line less
        self.env["crm.reseller.replay.result"].create(
            [line for line in lines if line["reseller_id"] in names]
        )
        unassigned = sum(len(each.unassigned) for each in outcomes) / len(outcomes)
        self.write(
            {
                "state": "done",
                "run_count": len(runs),
                "lead_count": len(
                    {draw.lead.id for run in runs for draw in run.stored.draws()}
                ),
                "unassigned_before": len(before.unassigned),
                "unassigned_after": unassigned,
            }
        )
        self.summary = self._describe_results(before, outcomes)
        self._describe_left_out()

    def _describe_results(self, before, outcomes):
        """Say what the results are.

        :param Outcome before: what happened
        :param list outcomes: ``Outcome`` of each seed
        :return: text
        """
        moved = self.result_ids.filtered(lambda line: not line.is_chance)
        full = self.result_ids.filtered("full")
        sentences = [
            _(
                "Leads: %(leads)s, runs: %(runs)s. Each lead was drawn %(draws)s "
                "times.",
                leads=self.lead_count,
                runs=self.run_count,
                draws=len(outcomes),
            )
        ]
        if moved:
            sentences.append(
                _(
                    "%(count)s resellers get more or fewer leads than chance explains.",
                    count=len(moved),
                )
            )
        else:
            sentences.append(_("All differences are within chance."))
        if full:
            sentences.append(
                _("%(count)s resellers reach their limit.", count=len(full))
            )
        return " ".join(sentences)

    def _get_left_out_domain(self):
        """The offers of these days that belong to no stored run.

        :return: domain
        """
        start, end = self._get_window()
        return [
            ("run_id", "=", False),
            ("offered_on", ">=", fields.Datetime.to_string(start)),
            ("offered_on", "<", fields.Datetime.to_string(end)),
        ]

    def _describe_left_out(self):
        """Say which offers cannot be replayed, and why."""
        Offer = self.env["crm.reseller.offer"]
        names = dict(Offer._fields["method"]._description_selection(self.env))
        groups = Offer._read_group(self._get_left_out_domain(), ["method"], ["__count"])
        by_hand = {"manual", "registered", "imported"}
        counts = Counter()
        for method, count in groups:
            name = names.get(method, method)
            if method not in by_hand:
                name = _("before runs were stored")
            counts[name] += count
        self.left_out_count = sum(counts.values())
        each = _("%(name)s: %(count)s")
        self.left_out = "\n".join(
            each % {"name": name, "count": count}
            for name, count in counts.most_common()
        )

    def _describe_differences(self, found, compared):
        """Say what a repeated run does not have in common with its offers.

        :param list found: ``lib.replay.Difference``
        :param int compared: number of choices
        :return: text
        """
        Lead = self.env["crm.lead"].with_context(active_test=False)
        visible = Lead.search([("id", "in", [each.lead_id for each in found])])
        leads = {lead.id: lead.display_name for lead in visible}
        Partner = self.env["res.partner"].with_context(active_test=False)
        ids = {key for each in found for key in (each.repeated, each.stored) if key}
        partners = Partner.search([("id", "in", list(ids))])
        names = {partner.id: partner.display_name for partner in partners}

        def name(key):
            """Name a reseller.

            :param int key: its id, or None
            :return: text
            """
            return names.get(key, _("unknown")) if key else _("no offer")

        lines = [
            _(
                "%(count)s of %(compared)s offers differ from the repeated runs:",
                count=len(found),
                compared=compared,
            )
        ]
        for each in found[:NAMED]:
            gone = _("Lead %(id)s (merged or gone)", id=each.lead_id)
            lines.append(
                _(
                    "%(lead)s: %(repeated)s when repeated, %(stored)s stored",
                    lead=leads.get(each.lead_id, gone),
                    repeated=name(each.repeated),
                    stored=name(each.stored),
                )
            )
        return "\n".join(lines)
