import base64
import random
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models

from ..lib.assignment import (
    Lead,
    Policy,
    Reseller,
    parse_rings,
    parse_zip_prefixes,
)
from ..lib.assignment_run import SEED_BITS, AssignmentRun, ResellersRead
from .crm_reseller_offer import EXCLUDING_STATES

# leads handled in one go: bounds the memory of long runs
CHUNK = 10_000


def array_of_numbers(values):
    """A PostgreSQL array as one text, which is read far quicker than ``ARRAY[...]``.

    :param list values: integers, floats or None
    :return: str
    """
    return f"{{{str(values)[1:-1].replace('None', 'NULL')}}}"


def array_of_texts(values):
    """A PostgreSQL array of texts as one text; see ``array_of_numbers``.

    :param values: texts, or anything with a text of its own; or None
    :return: str
    """
    return f"{{{','.join(map(_quoted, values))}}}"


def _quoted(value):
    """A value as an element of an array in PostgreSQL's text form.

    :param value: value, or None
    :return: text
    """
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class Plan(NamedTuple):
    """What a run decided for some leads."""

    choices: list  # (rule id, Choice)
    problems: dict  # issue by lead id: no_rule, broken_rule, no_reseller, own_request
    skipped: list  # lead ids that are offered already, closed, or locked by another run


class CompanySettings(NamedTuple):
    """What the choice needs to know of a company."""

    radii_km: tuple
    country_fallback: bool


class CrmResellerAssigner(models.AbstractModel):
    """Reads what the choice needs, lets the plain algorithm decide, writes the result.

    The number of SQL statements depends on the number of rules, not of leads.
    """

    _name = "crm.reseller.assigner"
    _description = "Reseller Assigner"

    # ------------------------------------------------------------
    # PLAN
    # ------------------------------------------------------------

    @api.model
    def _new_run(self, rng=None, automatic=False, keep=True):
        """Read rules, settings and resellers once, for any number of ``_plan`` calls.

        :param random.Random rng: pass a seeded one to get the same result again
        :param bool automatic: leads whose rule works on demand only are left alone
        :param bool keep: keep what is needed to repeat the run
        :return: ``AssignmentRun``
        """
        self.env.flush_all()
        rules = (
            self.env["crm.reseller.assignment.rule"]
            .sudo()
            .search([("active", "=", True)])
        )
        return AssignmentRun(
            seed=(rng or random.SystemRandom()).getrandbits(SEED_BITS),
            read=self._read_resellers(),
            now=fields.Datetime.now(),
            automatic=automatic,
            rules=rules,
            settings=self._read_settings(),
            turns=self.env["crm.reseller.round.robin"]._load_turns(
                rules.filtered(lambda rule: rule.method == "round_robin")
            ),
            keep=keep,
        )

    @api.model
    def _new_manual_run(self, leads, reseller):
        """What is needed to offer leads to a chosen reseller.

        :param leads: the leads
        :param reseller: one res.partner
        :return: ``AssignmentRun`` that is not kept
        """
        main = leads._get_main_company().id
        own = reseller._get_reseller_company().id
        room = self._get_capacity(reseller)
        return AssignmentRun(
            seed=0,
            read=ResellersRead(
                response_hours={reseller.id: reseller.reseller_level_id.response_hours},
                room={reseller.id: room} if room else {},
            ),
            now=fields.Datetime.now(),
            rules=self.env["crm.reseller.assignment.rule"],
            companies={
                lead.id: lead.company_id.id or lead.team_id.company_id.id or own or main
                for lead in leads
            },
            keep=False,
        )

    @api.model
    def _get_capacity(self, reseller):
        """How many open leads a reseller can hold at once.

        :param reseller: one res.partner
        :return: number; 0: no limit
        """
        return reseller.reseller_capacity

    @api.model
    def _read_settings(self):
        """The settings of all companies.

        :return: ``CompanySettings`` by company id; under None those of the main company
        """
        # archived companies have leads as well
        companies = (
            self.env["res.company"].sudo().search([("active", "in", [True, False])])
        )
        settings = {
            company.id: CompanySettings(
                parse_rings(company.reseller_search_radii_km),
                company.reseller_country_fallback,
            )
            for company in companies
        }
        settings[None] = settings[self.env["crm.lead"]._get_main_company().id]
        return settings

    @api.model
    def _plan(self, lead_ids, run, lock=True):
        """Decide who gets the leads; nothing is written.

        :param lead_ids: at most ``CHUNK`` of them
        :param run: from ``_new_run``; carries capacity and turns from call to call
        :param bool lock: keep other runs away from the leads until the transaction ends
        :return: a ``Plan``
        """
        leads, run.issues, own_requests = self._read_leads(lead_ids, lock)
        found = [lead.id for lead in leads]
        main = self.env["crm.lead"]._get_main_company().id
        run.companies = {lead.id: lead.company for lead in leads}
        rule_of, unclear = self._match_rules(leads, run)
        excluded = self._read_excluded(found, run.now)
        waiting = self._read_known(leads, run, excluded)
        choices, problems = [], {}
        idle = {rule.id for rule in run.rules if run.automatic and not rule.automatic}
        rules = {rule.id: rule for rule in run.rules}
        for rule_id in set(rule_of.values()) - idle:
            self._read_candidates(rules[rule_id], run)
        policies = {}
        for lead in leads:
            rule_id = rule_of.get(lead.id)
            if rule_id is None:
                problems[lead.id] = "broken_rule" if lead.id in unclear else "no_rule"
                continue
            if rule_id in idle:
                continue
            if rule_id not in run.candidates:
                problems[lead.id] = "broken_rule"
                continue
            if lead.id in own_requests:
                problems[lead.id] = "own_request"
                continue
            barred = excluded.get(lead.id, ())
            if lead.id in waiting:
                barred = waiting[lead.id]
                if barred is None:
                    continue
            key = rule_id, lead.company
            policy = policies.get(key)
            if policy is None:
                policy = policies[key] = self._get_policy(
                    rules[rule_id],
                    run.settings.get(lead.company) or run.settings[None],
                )
            choice = run.decide(lead, rule_id, policy, barred)
            if choice is not None:
                choices.append((rule_id, choice))
                run.companies[lead.id] = (
                    lead.company or run.resellers[choice.reseller_id].company or main
                )
            elif lead.id not in waiting:
                problems[lead.id] = "no_reseller"
        run.flush()
        if run.automatic:
            problems = {
                key: value for key, value in problems.items() if value != "no_rule"
            }
        known = set(found)
        return Plan(choices, problems, [key for key in lead_ids if key not in known])

    @api.model
    def _read_leads(self, lead_ids, lock):
        """The free leads among the given ones, oldest first.

        :param lead_ids: ids of crm.lead
        :param bool lock: keep other runs away from them
        :return: list of ``Lead``; the issues some had before, by id; ids of those that
            are a reseller's own request
        """
        self.env.cr.execute(
            f"""
            SELECT lead.id, COALESCE(lead.country_id, state.country_id), lead.state_id,
                   lead.zip,
                   CASE WHEN here.known THEN lead.partner_latitude
                        WHEN here.same THEN customer.partner_latitude END::float8,
                   CASE WHEN here.known THEN lead.partner_longitude
                        WHEN here.same THEN customer.partner_longitude END::float8,
                   COALESCE(lead.company_id, team.company_id),
                   lead.reseller_direction_id,
                   lead.reseller_assign_issue,
                   principal.reseller_level_id IS NOT NULL
                   OR lead.email_normalized IN (
                       SELECT person.email_normalized
                         FROM res_partner person
                         JOIN res_partner firm ON firm.id = person.commercial_partner_id
                        WHERE firm.reseller_level_id IS NOT NULL
                          AND person.email_normalized IS NOT NULL
                   )
              FROM crm_lead lead
         LEFT JOIN crm_team team ON team.id = lead.team_id
         LEFT JOIN crm_stage stage ON stage.id = lead.stage_id
         LEFT JOIN res_country_state state ON state.id = lead.state_id
         LEFT JOIN res_partner customer ON customer.id = lead.partner_id
         LEFT JOIN res_partner principal
                ON principal.id = customer.commercial_partner_id
             CROSS JOIN LATERAL (
                SELECT COALESCE(lead.partner_latitude, 0) != 0
                    OR COALESCE(lead.partner_longitude, 0) != 0 AS known,
                       COALESCE(lead.street, '') || COALESCE(lead.zip, '')
                       || COALESCE(lead.city, '') = ''
                       AND lead.state_id IS NULL AND lead.country_id IS NULL
                       OR COALESCE(lead.street, '') = COALESCE(customer.street, '')
                       AND COALESCE(lead.zip, '') = COALESCE(customer.zip, '')
                       AND COALESCE(lead.city, '') = COALESCE(customer.city, '')
                       AND lead.state_id IS NOT DISTINCT FROM customer.state_id
                       AND lead.country_id IS NOT DISTINCT FROM customer.country_id
                       AS same
             ) AS here
             WHERE lead.id = ANY(%s::int[])
               AND lead.active
               AND lead.reseller_state NOT IN ('pending', 'accepted')
               AND stage.is_won IS NOT TRUE
               AND NOT EXISTS (
                    SELECT FROM crm_reseller_offer offer
                     WHERE offer.lead_id = lead.id AND offer.state = 'pending'
                   )
          ORDER BY lead.id
               {"FOR UPDATE OF lead SKIP LOCKED" if lock else ""}
            """,
            [array_of_numbers(lead_ids)],
        )
        rows = self.env.cr.fetchall()
        return (
            [Lead(*row[:-2]) for row in rows],
            {row[0]: row[-2] for row in rows if row[-2]},
            {row[0] for row in rows if row[-1]},
        )

    @api.model
    def _read_excluded(self, lead_ids, now):
        """Who must not get which lead: see ``crm.reseller.offer``.

        :param lead_ids: ids of crm.lead
        :param datetime now: naive, in UTC
        :return: list of reseller ids by lead id
        """
        self.env.cr.execute(
            """
            SELECT offer.lead_id, offer.reseller_id
              FROM crm_reseller_offer offer
         LEFT JOIN res_partner reseller ON reseller.id = offer.reseller_id
         LEFT JOIN crm_reseller_level level ON level.id = reseller.reseller_level_id
             WHERE offer.lead_id = ANY(%s::int[])
               AND (offer.state = ANY(%s)
                    OR offer.state = 'expired' AND (
                        COALESCE(level.offer_again_days, 0) = 0
                        OR offer.answered_on + level.offer_again_days * interval '1 day'
                           > %s))
            """,
            [array_of_numbers(lead_ids), list(EXCLUDING_STATES), now],
        )
        excluded = defaultdict(list)
        for lead_id, partner_id in self.env.cr.fetchall():
            excluded[lead_id].append(partner_id)
        return excluded

    @api.model
    def _read_known(self, leads, run, excluded):
        """Leads that were offered too often come back for resellers that are new.

        New is who could not get a lead when the last offer of the lead ended, or may be
        offered an expired lead again. On demand every reseller is considered.

        :param leads: list of ``Lead``
        :param run: the run
        :param dict excluded: from ``_read_excluded``
        :return: dict of lead id and the reseller ids to leave out; None where no one is
            new
        """
        stopped = [lead.id for lead in leads if run.issues.get(lead.id) == "rounds"]
        if not run.automatic or not stopped:
            return {}
        self.env.cr.execute(
            """
            SELECT offer.lead_id,
                   (SELECT run.id
                      FROM crm_reseller_assignment_run run
                     WHERE run.started_on <= MAX(offer.answered_on)
                  ORDER BY run.started_on DESC, run.id DESC
                     LIMIT 1),
                   ARRAY_AGG(offer.reseller_id) FILTER (WHERE offer.state = 'expired')
              FROM crm_reseller_offer offer
             WHERE offer.lead_id = ANY(%s)
          GROUP BY offer.lead_id
            """,
            [stopped],
        )
        able = run.read.with_room()
        known_of, waiting = {}, dict.fromkeys(stopped)
        Run = self.env["crm.reseller.assignment.run"].sudo()
        for lead_id, run_id, expired in self.env.cr.fetchall():
            if run_id not in known_of:
                known_of[run_id] = (
                    Run.browse(run_id)._get_known_resellers() if run_id else able
                )
            barred = set(excluded.get(lead_id, ()))
            again = set(expired or ()) - barred
            new = (able - known_of[run_id]) | (able & again)
            if new - barred:
                waiting[lead_id] = sorted((able - new) | barred)
        return waiting

    @api.model
    def _get_resellers_domain(self):
        """Who may get leads automatically. Hook.

        :return: domain for res.partner
        """
        return [
            ("active", "=", True),
            ("reseller_level_id.active", "=", True),
            ("reseller_effective_weight", ">", 0),
            "|",
            ("reseller_activation_id", "=", False),
            ("reseller_activation_id.receives_leads", "=", True),
        ]

    @api.model
    def _read_resellers(self):
        """Read who may get leads automatically.

        :return: ``ResellersRead``
        """
        cr = self.env.cr
        resellers = (
            self.env["res.partner"]
            .sudo()
            .search(self._get_resellers_domain(), order="id")
        )
        cr.execute(
            """
            SELECT partner.id, partner.reseller_effective_weight::float8,
                   partner.partner_latitude::float8, partner.partner_longitude::float8,
                   COALESCE(partner.country_id, state.country_id),
                   partner.reseller_zip_prefixes,
                   COALESCE(partner.company_id, level.company_id),
                   ARRAY(SELECT rel.direction_id
                           FROM res_partner_reseller_direction_rel rel
                          WHERE rel.partner_id = partner.id),
                   partner.reseller_capacity,
                   level.response_hours::float8
              FROM res_partner partner
              JOIN crm_reseller_level level ON level.id = partner.reseller_level_id
         LEFT JOIN res_country_state state ON state.id = partner.state_id
             WHERE partner.id = ANY(%s)
            """,
            [resellers.ids],
        )
        rows = cr.fetchall()
        cr.execute(
            "SELECT partner_id, country_id FROM res_partner_reseller_country_rel"
        )
        countries = defaultdict(set)
        for partner_id, country_id in cr.fetchall():
            countries[partner_id].add(country_id)
        cr.execute(
            "SELECT rel.partner_id, state.id, state.country_id "
            "FROM res_partner_reseller_state_rel rel "
            "JOIN res_country_state state ON state.id = rel.state_id"
        )
        states = defaultdict(dict)
        for partner_id, state_id, country_id in cr.fetchall():
            states[partner_id][state_id] = country_id
        found = {
            row[0]: Reseller(
                id=row[0],
                weight=row[1],
                latitude=row[2],
                longitude=row[3],
                home_country=row[4],
                countries=frozenset(countries.get(row[0], ())),
                states=states.get(row[0], {}),
                zip_prefixes=parse_zip_prefixes(row[5]),
                company=row[6],
                directions=frozenset(row[7]),
            )
            for row in rows
        }
        limits = {row[0]: row[8] for row in rows if row[8]}
        held = self._count_open_leads(list(limits))
        return ResellersRead(
            resellers=found,
            response_hours={row[0]: row[9] for row in rows},
            room={key: limit - held.get(key, 0) for key, limit in limits.items()},
        )

    @api.model
    def _count_open_leads(self, reseller_ids):
        """Count what resellers hold, in every company.

        :param reseller_ids: ids of res.partner
        :return: number of open leads by reseller id
        """
        if not reseller_ids:
            return {}
        Lead = self.env["crm.lead"].sudo()
        return {
            partner.id: count
            for partner, count in Lead._read_group(
                [
                    ("reseller_id", "in", reseller_ids),
                    *Lead._get_reseller_open_domain(),
                ],
                ["reseller_id"],
                ["__count"],
            )
        }

    @api.model
    def _match_rules(self, leads, run):
        """Which rule is in charge of which lead.

        Below a rule with an invalid filter it is not known what is meant to happen:
        those leads wait until it is fixed.

        :param leads: list of ``Lead``
        :param run: the run
        :return: id of the first rule that fits, by lead id; ids of leads it is unclear
            for
        """
        rule_of, unclear = {}, set()
        left = {lead.id: lead.company for lead in leads}
        for rule in run.rules:
            company_id = rule.company_id.id
            fit = [
                key
                for key, company in left.items()
                if not company_id or company_id == company
            ]
            if fit and rule._has_filter("lead_domain"):
                found = rule._find("lead_domain", [("id", "in", fit)])
                if found is None:
                    unclear.update(fit)
                else:
                    fit = found.ids
            for key in fit:
                if key not in unclear:
                    rule_of[key] = rule.id
                del left[key]
            if not left:
                break
        return rule_of, unclear

    @api.model
    def _read_candidates(self, rule, run):
        """Who a rule may choose from; left unknown where its filter is invalid.

        :param rule: crm.reseller.assignment.rule
        :param run: the run; its ``candidates`` are extended
        """
        if rule.id in run.candidates:
            return
        ids = None
        if rule._has_filter("reseller_domain"):
            chosen = rule._find("reseller_domain", [("id", "in", list(run.resellers))])
            if chosen is None:
                return
            ids = chosen._ids
        run.candidates[rule.id] = ids

    @api.model
    def _get_policy(self, rule, settings):
        """How a rule chooses in a company. Hook.

        :param rule: crm.reseller.assignment.rule
        :param settings: ``CompanySettings``
        :return: ``lib.assignment.Policy``
        """
        return Policy(
            method=rule.method,
            rings_km=settings.radii_km,
            country_fallback=settings.country_fallback,
            max_distance_km=rule.max_distance_km,
        )

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    @api.model
    def _write_plan(self, plan, run):
        """Make the offers, in a few statements for any number.

        :param plan: from ``_plan``
        :param run: the run
        :return: the new offers
        """
        offers = self._write_offers(plan.choices, run)
        self._write_problems(plan.problems)
        self._forget_problems(
            [
                choice.lead_id
                for _rule, choice in plan.choices
                if choice.lead_id in run.issues
            ]
        )
        self.env["crm.reseller.round.robin"]._store_turns(run.turns)
        return offers

    @api.model
    def _write_offers(self, choices, run, method=None):
        """One statement for the offers, one for their leads.

        :param choices: pairs of a rule's id (or None) and a ``Choice``
        :param run: the run
        :param str method: instead of the rules' own
        :return: the new offers
        """
        Offer = self.env["crm.reseller.offer"].sudo()
        if not choices:
            return Offer.browse()
        if run.keep and not run.record:
            run.record = self._create_record(run)
        methods = {rule.id: rule.method for rule in run.rules}
        self.env["crm.reseller.capacity.lock"]._lock_resellers(
            {choice.reseller_id for _rule, choice in choices} & run.read.limited
        )
        lead_ids = [choice.lead_id for _rule, choice in choices]
        # what many leads have in common travels once: the long part of their
        # explanation, and rule, company and deadline
        common, kinds, numbers = {}, {}, {}
        of_common = [
            common.setdefault(choice.explanation_head, len(common) + 1)
            for _rule, choice in choices
        ]
        of_kind = []
        for rule_id, choice in choices:
            key = run.companies[choice.lead_id], rule_id, choice.reseller_id
            number = numbers.get(key)
            if number is None:
                company_id, _rule, reseller_id = key
                due_on = self._get_deadline(company_id, reseller_id, run)
                number = numbers[key] = kinds.setdefault(
                    (company_id, rule_id, due_on), len(kinds) + 1
                )
            of_kind.append(number)
        company_ids, rule_ids, due_ons = map(list, zip(*kinds, strict=True))
        cr = self.env.cr
        # the offers first: their foreign keys find the leads as they were locked
        cr.execute(
            """
            INSERT INTO crm_reseller_offer (
                        lead_id, reseller_id, company_id, rule_id, method, offered_on,
                        offered_by_id, run_id, due_on, distance_km, explanation, state)
                 SELECT plan.lead_id, plan.reseller_id, kind.company_id, kind.rule_id,
                        kind.method, %s, %s, %s, kind.due_on, plan.distance_km,
                        common.text || plan.tail, 'pending'
                   FROM unnest(
                        %s::int[], %s::int[], %s::int[], %s::int[], %s::float8[],
                        %s::text[]
                   ) AS plan (lead_id, reseller_id, kind, common, distance_km, tail)
                   JOIN unnest(
                        %s::int[], %s::int[], %s::text[], %s::timestamp[]
                   ) WITH ORDINALITY
                     AS kind (company_id, rule_id, method, due_on, number)
                     ON kind.number = plan.kind
                   JOIN unnest(%s::text[]) WITH ORDINALITY AS common (text, number)
                     ON common.number = plan.common
               ORDER BY plan.lead_id
              RETURNING id
            """,
            [
                run.now,
                self.env.uid,
                run.record.id if run.record else None,
                array_of_numbers(lead_ids),
                array_of_numbers([choice.reseller_id for _rule, choice in choices]),
                array_of_numbers(of_kind),
                array_of_numbers(of_common),
                array_of_numbers([choice.distance_km for _rule, choice in choices]),
                array_of_texts(choice.explanation_tail for _rule, choice in choices),
                array_of_numbers(company_ids),
                array_of_numbers(rule_ids),
                array_of_texts(method or methods[rule_id] for rule_id in rule_ids),
                array_of_texts(due_ons),
                array_of_texts(common),
            ],
        )
        offers = Offer.browse(row[0] for row in cr.fetchall())
        assignments, names = Offer._get_lead_sql("pending")
        cr.execute(
            f"""
            UPDATE crm_lead lead
               SET {assignments},
                   reseller_round_started_on = CASE
                       WHEN lead.reseller_assign_issue IS NULL
                       THEN lead.reseller_round_started_on
                       ELSE offer.offered_on END,
                   reseller_assign_issue = NULL,
                   reseller_manual_only = FALSE,
                   write_uid = %s,
                   write_date = %s
              FROM crm_reseller_offer offer
             WHERE offer.id = ANY(%s::int[]) AND lead.id = offer.lead_id
            """,
            [self.env.uid, run.now, array_of_numbers(list(offers._ids))],
        )
        self._after_bulk_write(lead_ids, names)
        return offers

    @api.model
    def _create_record(self, run):
        """Keep one row for a run that makes offers.

        :param run: the run
        :return: crm.reseller.assignment.run, elevated
        """
        snapshot = (
            self.env["crm.reseller.assignment.snapshot"]
            .sudo()
            ._store(*run.pack_resellers())
        )
        return (
            self.env["crm.reseller.assignment.run"]
            .sudo()
            .create(
                {
                    "started_on": run.now,
                    "user_id": self.env.uid,
                    "automatic": run.automatic,
                    "seed": run.seed,
                    "snapshot_id": snapshot.id,
                }
            )
        )

    @api.model
    def _after_bulk_write(self, lead_ids, names):
        """Let the ORM know what was written without it.

        :param lead_ids: ids of crm.lead
        :param names: the columns that follow the offers
        """
        names = [
            *names,
            "reseller_round_started_on",
            "reseller_assign_issue",
            "reseller_manual_only",
            "write_uid",
            "write_date",
        ]
        leads = self.env["crm.lead"].sudo().browse(lead_ids)
        leads.invalidate_recordset([*names, "reseller_offer_ids"])
        leads.modified(names)

    @api.model
    def _get_deadline(self, company_id, reseller_id, run):
        """When the answer is due, by the working calendar of the lead's company.

        :param int company_id: of the lead
        :param int reseller_id: of the reseller
        :param run: the run, which remembers
        :return: naive datetime in UTC, or None
        """
        hours = run.read.response_hours.get(reseller_id)
        if not hours:
            return None
        key = (company_id, hours)
        if key not in run.deadlines:
            company = self.env["res.company"].sudo().browse(company_id)
            run.deadlines[key] = company._get_reseller_deadline(run.now, hours)
        return run.deadlines[key]

    @api.model
    def _write_problems(self, problems):
        """Make it visible that no reseller was found: issue, tag, later an activity.

        :param dict problems: issue by lead id
        """
        if not problems:
            return
        Lead = self.env["crm.lead"].sudo()
        cr = self.env.cr
        cr.execute(
            """
            UPDATE crm_lead lead
               SET reseller_assign_issue = plan.problem,
                   reseller_escalated_on = NULL,
                   write_uid = %s,
                   write_date = %s
              FROM unnest(%s::int[], %s::text[]) AS plan (lead_id, problem)
             WHERE lead.id = plan.lead_id
               AND lead.reseller_assign_issue IS DISTINCT FROM plan.problem
         RETURNING lead.id
            """,
            [
                self.env.uid,
                fields.Datetime.now(),
                list(problems),
                list(problems.values()),
            ],
        )
        changed = Lead.browse(sorted(row[0] for row in cr.fetchall()))
        tag = self.env.ref(
            "crm_reseller_base.tag_no_reseller", raise_if_not_found=False
        )
        if tag and changed:
            cr.execute(
                "INSERT INTO crm_tag_rel (lead_id, tag_id) "
                "SELECT lead_id, %s FROM unnest(%s) AS lead_id ON CONFLICT DO NOTHING",
                [tag.id, changed.ids],
            )
        changed.invalidate_recordset(
            ["reseller_assign_issue", "reseller_escalated_on", "tag_ids"]
        )
        changed.modified(["reseller_assign_issue", "tag_ids"])

    @api.model
    def _forget_problems(self, lead_ids):
        """Take the tag and the activity off leads that found a reseller after all.

        :param lead_ids: ids of crm.lead
        """
        tag = self.env.ref(
            "crm_reseller_base.tag_no_reseller", raise_if_not_found=False
        )
        leads = self.env["crm.lead"].sudo().browse(lead_ids)
        if tag and leads:
            self.env.cr.execute(
                "DELETE FROM crm_tag_rel WHERE tag_id = %s AND lead_id = ANY(%s)",
                [tag.id, lead_ids],
            )
            if self.env.cr.rowcount:
                leads.invalidate_recordset(["tag_ids"])
                leads.modified(["tag_ids"])
        leads._close_attention_activities()

    # ------------------------------------------------------------
    # BOTH
    # ------------------------------------------------------------

    @api.model
    def _run(self, lead_ids, rng=None, automatic=False):
        """Choose and offer, in chunks.

        :param lead_ids: ids of crm.lead
        :param random.Random rng: pass a seeded one to get the same result again
        :param bool automatic: leads whose rule works on demand only are left alone
        :return: the new offers, and a ``Plan`` of everything that was decided
        """
        run = self._new_run(rng=rng, automatic=automatic)
        offers = self.env["crm.reseller.offer"].sudo()
        total = Plan([], {}, [])
        for start in range(0, len(lead_ids), CHUNK):
            plan = self._plan(lead_ids[start : start + CHUNK], run)
            offers += self._write_plan(plan, run)
            total.choices.extend(plan.choices)
            total.problems.update(plan.problems)
            total.skipped.extend(plan.skipped)
        if run.record:
            run.record.write(
                {
                    "content": base64.b64encode(run.pack()),
                    "lead_count": len(lead_ids) - len(total.skipped),
                    "offer_count": len(total.choices),
                }
            )
        return offers, total
