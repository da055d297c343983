import random
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models

from ..lib.assignment import (
    Allocator,
    Capacity,
    Lead,
    Policy,
    Reseller,
    parse_rings,
    parse_zip_prefixes,
)

# leads handled in one go: bounds the memory of long runs
CHUNK = 10_000


def array_of_numbers(values):
    """A PostgreSQL array as one text, which is read far quicker than ``ARRAY[...]``.

    :param list values: integers, floats or None
    """
    return f"{{{str(values)[1:-1].replace('None', 'NULL')}}}"


def array_of_texts(values):
    """The same for texts.

    :param values: texts, or anything whose text says it all; or None
    """
    return f"{{{','.join(map(_quoted, values))}}}"


def _quoted(value):
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class Plan(NamedTuple):
    """What a run decided for some leads."""

    choices: list  # (rule id, Choice)
    problems: dict  # lead id: no_rule, broken_rule or no_reseller
    skipped: list  # lead ids that are offered already, closed, or locked by another run


class CrmResellerAssigner(models.AbstractModel):
    """Reads what the choice needs, lets the plain algorithm decide, writes the result.

    The number of SQL statements depends on the number of rules, not of leads.
    """

    _name = "crm.reseller.assigner"
    _description = "Reseller Assignment Engine"

    # ------------------------------------------------------------
    # PLAN
    # ------------------------------------------------------------

    @api.model
    def _new_run(self, rng=None, automatic=False):
        """Read rules and resellers once, for any number of ``_plan`` calls.

        :param random.Random rng: pass a seeded one to get the same result again
        :param bool automatic: leads whose rule works on demand only are left alone
        """
        self.env.flush_all()
        rules = (
            self.env["crm.reseller.assignment.rule"]
            .sudo()
            .search([("active", "=", True)])
        )
        resellers, extra = self._read_resellers()
        return {
            "rng": rng or random.Random(),
            "automatic": automatic,
            "rules": rules,
            "resellers": resellers,
            "response_hours": extra["response_hours"],
            "limited": extra["limited"],
            "capacity": Capacity(extra["room"]),
            "turns": self.env["crm.reseller.round.robin"]._load_turns(
                rules.filtered(lambda rule: rule.method == "round_robin")
            ),
            "allocators": {},
            "deadlines": {},
            "companies": {},
            "troubled": set(),
            "now": fields.Datetime.now(),
        }

    @api.model
    def _plan(self, lead_ids, run, lock=True):
        """Decide who gets the leads; nothing is written.

        :param lead_ids: at most ``CHUNK`` of them
        :param run: from ``_new_run``; carries capacity and turns from call to call
        :param bool lock: keep other runs away from the leads until the transaction ends
        :return: a ``Plan``
        """
        leads, run["troubled"] = self._read_leads(lead_ids, lock)
        found = [lead.id for lead in leads]
        run["companies"] = {lead.id: lead.company for lead in leads}
        rule_of, unclear = self._match_rules(leads, run)
        declined = self._read_declined(found)
        choices, problems = [], {}
        idle = {
            rule.id for rule in run["rules"] if run["automatic"] and not rule.automatic
        }
        allocators = {
            rule.id: self._get_allocator(rule, run)
            for rule in run["rules"].browse(set(rule_of.values()) - idle)
        }
        for lead in leads:
            rule_id = rule_of.get(lead.id)
            if rule_id is None:
                problems[lead.id] = "broken_rule" if lead.id in unclear else "no_rule"
                continue
            if rule_id in idle:
                continue
            allocator = allocators[rule_id]
            if allocator is None:
                problems[lead.id] = "broken_rule"
                continue
            choice = allocator.choose(lead, declined.get(lead.id, ()))
            if choice is None:
                problems[lead.id] = "no_reseller"
            else:
                choices.append((rule_id, choice))
        if run["automatic"]:
            problems = {
                key: value for key, value in problems.items() if value != "no_rule"
            }
        known = set(found)
        return Plan(choices, problems, [key for key in lead_ids if key not in known])

    @api.model
    def _read_leads(self, lead_ids, lock):
        """The free leads among the given ones, oldest first.

        :return: them, and the ids of those that found no reseller before
        """
        self.env.cr.execute(
            f"""
            SELECT lead.id, COALESCE(lead.country_id, state.country_id), lead.state_id,
                   lead.zip,
                   CASE WHEN here.known THEN lead.partner_latitude
                        ELSE customer.partner_latitude END::float8,
                   CASE WHEN here.known THEN lead.partner_longitude
                        ELSE customer.partner_longitude END::float8,
                   lead.company_id, lead.reseller_direction_id,
                   lead.reseller_assign_issue IS NOT NULL
              FROM crm_lead lead
         LEFT JOIN crm_stage stage ON stage.id = lead.stage_id
         LEFT JOIN res_country_state state ON state.id = lead.state_id
         LEFT JOIN res_partner customer ON customer.id = lead.partner_id
             CROSS JOIN LATERAL (
                SELECT COALESCE(lead.partner_latitude, 0) != 0
                    OR COALESCE(lead.partner_longitude, 0) != 0 AS known
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
        return [Lead(*row[:-1]) for row in rows], {row[0] for row in rows if row[-1]}

    @api.model
    def _read_declined(self, lead_ids):
        """Who must not get which lead: they declined it, or let it expire."""
        self.env.cr.execute(
            "SELECT lead_id, partner_id FROM crm_lead_reseller_declined_rel "
            "WHERE lead_id = ANY(%s::int[])",
            [array_of_numbers(lead_ids)],
        )
        declined = defaultdict(list)
        for lead_id, partner_id in self.env.cr.fetchall():
            declined[lead_id].append(partner_id)
        return declined

    @api.model
    def _get_resellers_domain(self):
        """Who may get leads automatically. Hook."""
        return [
            ("reseller_level_id.active", "=", True),
            ("reseller_effective_weight", ">", 0),
            "|",
            ("reseller_activation_id", "=", False),
            ("reseller_activation_id.receives_leads", "=", True),
        ]

    @api.model
    def _read_resellers(self):
        """:return: ``Reseller`` by id, and a dict of what else there is to know"""
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
                   partner.reseller_direction_id, partner.reseller_max_open_leads,
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
                direction=row[7],
            )
            for row in rows
        }
        limits = {row[0]: row[8] for row in rows if row[8]}
        held = self._count_open_leads(list(limits))
        return found, {
            "response_hours": {row[0]: row[9] for row in rows},
            "limited": frozenset(limits),
            "room": {key: limit - held.get(key, 0) for key, limit in limits.items()},
        }

    @api.model
    def _count_open_leads(self, reseller_ids):
        """:return: how many open leads each reseller holds, in every company"""
        if not reseller_ids:
            return {}
        Lead = self.env["crm.lead"].sudo()
        return {
            partner.id: count
            for partner, count in Lead._read_group(
                [("reseller_id", "in", reseller_ids), *Lead._reseller_open_domain()],
                ["reseller_id"],
                ["__count"],
            )
        }

    @api.model
    def _match_rules(self, leads, run):
        """Which rule is in charge of which lead.

        Below a rule whose filter cannot be used nobody knows what is meant to happen:
        those leads wait for somebody to mend it.

        :return: id of the first rule that fits, by lead id; ids of leads it is unclear
            for
        """
        rule_of, unclear = {}, set()
        left = {lead.id: lead.company for lead in leads}
        for rule in run["rules"]:
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
    def _get_allocator(self, rule, run):
        """:return: who chooses for a rule; None where its filter cannot be used"""
        if rule.id not in run["allocators"]:
            run["allocators"][rule.id] = self._make_allocator(rule, run)
        return run["allocators"][rule.id]

    @api.model
    def _make_allocator(self, rule, run):
        resellers = run["resellers"]
        if rule._has_filter("reseller_domain"):
            chosen = rule._find("reseller_domain", [("id", "in", list(resellers))])
            if chosen is None:
                return None
            resellers = {key: resellers[key] for key in chosen.ids}
        return Allocator(
            resellers.values(),
            self._get_policy(rule),
            run["rng"],
            run["capacity"],
            run["turns"].get(rule.id),
        )

    @api.model
    def _get_policy(self, rule):
        settings = self.env["res.config.settings"]
        return Policy(
            method=rule.method,
            rings_km=parse_rings(settings._get_reseller_param("ring_radii")),
            country_fallback=settings._get_reseller_param("country_fallback"),
            max_distance_km=rule.max_distance_km,
        )

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    @api.model
    def _write_plan(self, plan, run):
        """Make the offers, in a few statements whatever their number.

        :return: the new offers
        """
        offers = self._write_offers(plan.choices, run)
        self._write_problems(plan.problems)
        self._forget_problems(
            [
                choice.lead_id
                for _rule, choice in plan.choices
                if choice.lead_id in run["troubled"]
            ]
        )
        self.env["crm.reseller.round.robin"]._store_turns(run["turns"])
        return offers

    @api.model
    def _write_offers(self, choices, run, method=None):
        """One statement for the offers, one for their leads.

        :param choices: pairs of a rule's id (or None) and a ``Choice``
        :param str method: instead of the rules' own
        """
        Offer = self.env["crm.reseller.offer"].sudo()
        if not choices:
            return Offer.browse()
        methods = {rule.id: rule.method for rule in run["rules"]}
        self.env["crm.reseller.capacity.lock"]._take_tickets(
            {choice.reseller_id for _rule, choice in choices} & run["limited"]
        )
        companies = run["companies"]
        # what many leads have in common travels once: the long part of their
        # explanation, and rule, company and deadline
        common, kinds, dues = {}, {}, {}
        lead_ids, reseller_ids, of_kind, of_common, kilometres, lots = columns = [
            [] for _column in range(6)
        ]
        for rule_id, choice in choices:
            lead_id, reseller_id, _ring, km, circumstances, lot = choice
            company_id = companies[lead_id]
            pair = (company_id, reseller_id)
            if pair not in dues:
                dues[pair] = self._get_deadline(*pair, run)
            kind = (company_id, rule_id, dues[pair])
            lead_ids.append(lead_id)
            reseller_ids.append(reseller_id)
            of_kind.append(kinds.setdefault(kind, len(kinds) + 1))
            of_common.append(common.setdefault(circumstances, len(common) + 1))
            kilometres.append(km)
            lots.append(lot)
        company_ids, rule_ids, due_ons = map(list, zip(*kinds, strict=True))
        cr = self.env.cr
        # the offers first: their foreign keys find the leads as they were locked
        cr.execute(
            """
            INSERT INTO crm_reseller_offer (
                        lead_id, reseller_id, company_id, rule_id, method, offered_on,
                        offered_by_id, due_on, distance_km, explanation, state)
                 SELECT plan.lead_id, plan.reseller_id, kind.company_id, kind.rule_id,
                        kind.method, %s, %s, kind.due_on, plan.distance_km,
                        common.text || plan.lot, 'pending'
                   FROM unnest(
                        %s::int[], %s::int[], %s::int[], %s::int[], %s::float8[],
                        %s::text[]
                   ) AS plan (lead_id, reseller_id, kind, common, distance_km, lot)
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
                run["now"],
                self.env.uid,
                *map(array_of_numbers, columns[:-1]),
                array_of_texts(lots),
                array_of_numbers(company_ids),
                array_of_numbers(rule_ids),
                array_of_texts(method or methods[rule_id] for rule_id in rule_ids),
                array_of_texts(due_ons),
                array_of_texts(common),
            ],
        )
        offers = Offer.browse(row[0] for row in cr.fetchall())
        cr.execute(
            """
            UPDATE crm_lead lead
               SET reseller_id = offer.reseller_id,
                   reseller_contact_id = NULL,
                   reseller_state = 'pending',
                   reseller_offered_on = offer.offered_on,
                   reseller_due_on = offer.due_on,
                   reseller_answered_on = NULL,
                   reseller_assign_issue = NULL,
                   reseller_manual_only = FALSE,
                   write_uid = %s,
                   write_date = %s
              FROM crm_reseller_offer offer
             WHERE offer.id = ANY(%s::int[]) AND lead.id = offer.lead_id
            """,
            [self.env.uid, run["now"], array_of_numbers(list(offers._ids))],
        )
        self._after_bulk_write(lead_ids)
        return offers

    @api.model
    def _after_bulk_write(self, lead_ids):
        """Tell the ORM what was written behind its back."""
        names = [
            "reseller_id",
            "reseller_contact_id",
            "reseller_state",
            "reseller_offered_on",
            "reseller_due_on",
            "reseller_answered_on",
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
        """When the answer is due, by the working calendar of the lead's company."""
        hours = run["response_hours"].get(reseller_id)
        if not hours:
            return None
        key = (company_id, hours)
        if key not in run["deadlines"]:
            company = self.env["res.company"].sudo().browse(company_id)
            run["deadlines"][key] = (company or self.env.company)._reseller_deadline(
                run["now"], hours
            )
        return run["deadlines"][key]

    @api.model
    def _write_problems(self, problems):
        """Make it visible that nobody was found: state, tag, and later an activity."""
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
        """Take the tag and the activity off leads that found a reseller after all."""
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
        return offers, total
