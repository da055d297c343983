"""Odoo's own Resellers module, put into the words of this program.

Pure functions over plain values: what was read goes in, the steps to take come out.
They neither read nor write the database, so that a dry run and the real run decide the
same, and so that every case can be tested on its own.

The steps follow two rules:

* the share of the leads does not change with the move: each reseller ends up with the
  weight it had, as an override where its level says otherwise;
* what this program knows already is left alone, so a second run does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

CREATE = "create"  # not here yet
ADOPT = "adopt"  # here under the same name, met for the first time
KEEP = "keep"  # imported before, or made here by hand
SKIP = "skip"  # cannot be imported


class LegacyLabel(TypedDict):
    """A grade or an activation of the other module; activations weigh nothing."""

    id: int
    name: str
    sequence: int
    active: bool
    weight: int


class Label(TypedDict):
    """A level or an activation of this program."""

    id: int
    name: str
    weight: int
    company_id: int | None
    legacy_ids: list[int]  # the grades or activations it was imported from
    in_use: bool  # some reseller has it


class LegacyMember(TypedDict):
    """A partner with a grade or a weight in the other module."""

    id: int
    commercial_id: int
    grade_id: int | None
    activation_id: int | None
    weight: int
    partnership_date: date | None
    review_date: date | None  # the next one


class LegacyLead(TypedDict):
    """A lead that the other module assigned, or that a partner refused."""

    id: int
    converted: bool  # an opportunity, so the partner took it up
    active: bool
    assigned_id: int | None
    assigned_commercial_id: int | None
    offered_on: date | None
    declined_ids: list[int]  # commercial partners


@dataclass
class LabelStep:
    """What becomes of one grade or activation."""

    legacy_id: int
    name: str
    action: str
    target_id: int | None  # None: to be created
    weight: int  # of the target, once the step is done
    sets_weight: bool = False
    same_as: int | None = None  # an earlier grade of the same name, whose target it is


@dataclass
class MemberStep:
    """What becomes of one company."""

    partner_id: int  # the commercial partner
    source_id: int  # the partner that carried the grade
    action: str
    grade_id: int | None = None
    activation_id: int | None = None
    weight: int = 0
    weight_custom: bool = False
    dates: dict[str, date] = field(default_factory=dict)

    @property
    def lifted(self) -> bool:
        """Whether a contact carried the grade, not the company itself.

        :return: whether a contact did
        """
        return self.partner_id != self.source_id


@dataclass(frozen=True)
class OfferStep:
    """One offer to write into the history of a lead."""

    lead_id: int
    reseller_id: int
    contact_id: int | None
    outcome: str
    on: date | None


@dataclass
class OfferPlan:
    """The offers to write, and the leads that stay as they are."""

    steps: list[OfferStep] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)  # leads that have a reseller here
    strangers: set[int] = field(default_factory=set)  # partners without any level


def same_name(name: str) -> str:
    """The form in which two names are compared.

    :param name: as it was typed
    :return: text without case and surplus blanks
    """
    return " ".join(name.split()).casefold()


def plan_labels(
    legacy: Iterable[LegacyLabel], known: Iterable[Label]
) -> list[LabelStep]:
    """Find for each grade (or activation) its level, or say that one is missing.

    A level imported before is kept as it is now. A level of the same name that all
    companies share is adopted; its weight is taken over only while no reseller has it.
    Grades of one name become one level: partners are not tied to the company of their
    grade, and a level of one company could not be given to them.

    :param legacy: grades (or activations) of the other module, in order
    :param known: levels (or activations) of this program
    :return: a step for each of the other module's
    """
    by_origin: dict[int, Label] = {}
    by_name: dict[str, Label] = {}
    for label in known:
        by_origin.update(dict.fromkeys(label["legacy_ids"], label))
        if label["company_id"] is None:
            by_name.setdefault(same_name(label["name"]), label)
    steps: list[LabelStep] = []
    first_of_name: dict[str, LabelStep] = {}
    for item in legacy:
        name = same_name(item["name"])
        if found := by_origin.get(item["id"]):
            step = LabelStep(
                item["id"], item["name"], KEEP, found["id"], found["weight"]
            )
        elif twin := first_of_name.get(name):
            step = LabelStep(
                item["id"], item["name"], ADOPT, twin.target_id, twin.weight
            )
            step.same_as = twin.legacy_id
        elif found := by_name.get(name):
            before = found["weight"]
            weight = before if found["in_use"] else max(item["weight"], 0)
            step = LabelStep(
                item["id"], item["name"], ADOPT, found["id"], weight, weight != before
            )
        else:
            weight = max(item["weight"], 0)
            step = LabelStep(item["id"], item["name"], CREATE, None, weight)
        first_of_name.setdefault(name, step)
        steps.append(step)
    return steps


def plan_members(
    members: Iterable[LegacyMember],
    level_weights: Mapping[int, int],
    resellers: Iterable[int],
) -> list[MemberStep]:
    """Decide for each company whether, and as what, it joins the program.

    :param members: partners of the other module with a grade or a weight
    :param level_weights: grade id -> weight its level will have
    :param resellers: ids of the companies that have a level here already
    :return: a step for each company
    """
    already = set(resellers)
    # the company's own grade goes before one that a contact carries
    ordered = sorted(
        members, key=lambda m: (m["commercial_id"], m["id"] != m["commercial_id"])
    )
    steps: dict[int, MemberStep] = {}
    for member in ordered:
        company = member["commercial_id"]
        former = steps.get(company)
        if former and former.action != SKIP:
            continue
        step = MemberStep(company, member["id"], KEEP)
        if company not in already:
            step = _plan_member(member, level_weights)
        if former is None or step.action != SKIP:
            steps[company] = step
    return list(steps.values())


def _plan_member(member: LegacyMember, level_weights: Mapping[int, int]) -> MemberStep:
    """How a company that is no reseller yet joins.

    :param member: the partner that carries the grade
    :param level_weights: grade id -> weight its level will have
    :return: a step that creates it, or skips it without a known grade
    """
    company, grade = member["commercial_id"], member["grade_id"]
    if grade is None or grade not in level_weights:
        # a weight alone makes no reseller: its level is not known
        return MemberStep(company, member["id"], SKIP, weight=member["weight"])
    weight = max(member["weight"], 0)
    dates = {
        name: value
        for name in ("partnership_date", "review_date")
        if (value := member[name])  # type: ignore[literal-required]
    }
    return MemberStep(
        company,
        member["id"],
        CREATE,
        grade_id=grade,
        activation_id=member["activation_id"],
        weight=weight,
        weight_custom=weight != level_weights[grade],
        dates=dates,
    )


def plan_offers(
    leads: Iterable[LegacyLead],
    known: Iterable[tuple[int, int]],
    taken: Iterable[int],
    resellers: Iterable[int],
) -> OfferPlan:
    """Turn assigned and refusing partners into offers, the refusals first.

    :param leads: leads with an assigned or refusing partner
    :param known: (lead, reseller) pairs that have an offer here already
    :param taken: leads that have a reseller here already
    :param resellers: companies with a level, now or after this import
    :return: offers to make, leads that are kept, and partners without a level
    """
    known, taken, resellers = set(known), set(taken), set(resellers)
    plan = OfferPlan()
    for lead in leads:
        for company in sorted(set(lead["declined_ids"])):
            if (lead["id"], company) not in known:
                # a refusal binds its partner, with or without a level today
                plan.steps.append(
                    OfferStep(lead["id"], company, None, "declined", lead["offered_on"])
                )
        company = lead["assigned_commercial_id"]
        if company is None:
            continue
        if lead["id"] in taken or (lead["id"], company) in known:
            plan.kept.append(lead["id"])
        elif company not in resellers:
            plan.strangers.add(company)
        else:
            plan.steps.append(_plan_assigned(lead, company))
    return plan


def _plan_assigned(lead: LegacyLead, company: int) -> OfferStep:
    """The offer to the partner who has the lead now.

    :param lead: the lead
    :param company: id of the partner's company
    :return: a step that makes the offer
    """
    if lead["converted"]:
        outcome = "accepted"
    else:
        outcome = "pending" if lead["active"] else "withdrawn"
    contact = lead["assigned_id"] if lead["assigned_id"] != company else None
    return OfferStep(lead["id"], company, contact, outcome, lead["offered_on"])
