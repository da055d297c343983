"""What is measured of resellers: each measure is defined here, once.

A measure counts, averages or adds up *offers*. ``ROW_COLUMNS`` and ``ROW_TABLES``
give one row per offer with what is known of its lead; ``CONDITIONS`` says in SQL which
rows a measure is about. The same conditions find the records behind a number, so the
two cannot differ. No database is needed to read this module.

A million rows are read fast because conditions use nothing but the state and some yes
or no (``FLAGS``): the rows are packed into few *cells*, offers that are alike in all of
them, and the conditions are asked of cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple


def _(text: str) -> str:
    """Mark a sentence for translation; ``crm.reseller.measure`` translates it.

    :param text: in English
    :return: the same
    """
    return text


# What is kept of an offer and its lead, one narrow row each, so that a quarter is read
# in a moment (``crm.reseller.fact``): name of the column and SQL about an offer and its
# lead, nothing else. What depends on a setting, a stage or the time is no part of it.
STORED = {
    "id": "offer.id",
    "lead_id": "offer.lead_id",
    "reseller_id": "offer.reseller_id",
    "company_id": "offer.company_id",
    "rule_id": "offer.rule_id",
    "state": "offer.state",
    "is_asked": "offer.method NOT IN ('registered', 'imported')",
    "offered_on": "offer.offered_on",
    "due_on": "offer.due_on",
    "answered_on": "offer.answered_on",
    "answered_by_id": "offer.answered_by_id",
    "response_hours": "offer.response_hours",
    "decline_reason_id": "offer.decline_reason_id",
    "first_work_on": "offer.first_work_on",
    "first_work_hours": "offer.first_work_hours",
    "user_id": "lead.user_id",
    "team_id": "lead.team_id",
    "lead_company_id": "lead.company_id",
    "country_id": "lead.country_id",
    "lost_reason_id": "lead.lost_reason_id",
    "direction_id": "lead.reseller_direction_id",
    "product_id": "lead.reseller_product_id",
    "stage_id": "lead.stage_id",
    "is_deal": "lead.type = 'opportunity'",
    "is_active": "lead.active IS TRUE",
    "is_given_up": "lead.active IS NOT TRUE AND COALESCE(lead.probability, 0) = 0",
    "date_closed": "lead.date_closed",
    "amount": "COALESCE(lead.expected_revenue, 0)::float8",
    "word_on": "GREATEST(lead.reseller_worked_on, offer.answered_on)",
    # the lead is the reseller's; once where it accepted several that were merged
    "is_held": """CASE WHEN offer.state = 'accepted'
         AND lead.reseller_state = 'accepted' AND lead.reseller_id = offer.reseller_id
        THEN NOT EXISTS (
            SELECT FROM crm_reseller_offer AS later
             WHERE later.lead_id = offer.lead_id
               AND later.reseller_id = offer.reseller_id
               AND later.state = 'accepted' AND later.id > offer.id
        ) ELSE FALSE END""",
    # its last refusal of a lead that is somebody else's; once per lead and reseller
    "is_missed": """CASE WHEN offer.state IN ('declined', 'expired', 'returned')
         AND lead.reseller_id IS DISTINCT FROM offer.reseller_id
        THEN NOT EXISTS (
            SELECT FROM crm_reseller_offer AS again
             WHERE again.lead_id = offer.lead_id
               AND again.reseller_id = offer.reseller_id
               AND again.state IN ('declined', 'expired', 'returned')
               AND again.not_measured IS NOT TRUE AND again.id > offer.id
        ) ELSE FALSE END""",
}
# the parameters: leads (SQL of a table with the columns of crm_lead)
STORED_TABLES = """
         %(leads)s AS lead
    JOIN crm_reseller_offer AS offer ON offer.lead_id = lead.id
"""
# accepted disputes take an offer out of every measure
STORED_CONDITION = "offer.not_measured IS NOT TRUE"
# A change of these makes what is kept of all offers of a lead stale: SQL about ``each``
# row of the table. Of a lead's probability only whether it is 0 matters, for Odoo
# estimates it anew every night.
WATCHED = {
    "crm_lead": """
        each.user_id, each.team_id, each.company_id, each.country_id,
        each.lost_reason_id, each.reseller_direction_id, each.reseller_product_id,
        each.stage_id, each.type, each.active, each.date_closed, each.expected_revenue,
        each.reseller_worked_on, each.reseller_state, each.reseller_id,
        each.active IS NOT TRUE AND COALESCE(each.probability, 0) = 0
    """,
    "crm_reseller_offer": """
        each.lead_id, each.reseller_id, each.company_id, each.rule_id, each.state,
        each.method, each.offered_on, each.due_on, each.answered_on,
        each.answered_by_id, each.response_hours, each.decline_reason_id,
        each.first_work_on, each.first_work_hours, each.not_measured
    """,
}

# Yes or no, of an offer and its lead. SQL about the tables of ``ROW_TABLES``; the
# parameters: now (UTC).
FLAGS = {
    "is_asked": "stored.is_asked",
    "is_spam": "reason.marks_spam",
    "is_deal": "stored.is_deal",
    "is_won": "stage.is_won",
    "is_lost": "stored.is_given_up AND stage.is_won IS NOT TRUE",
    "is_open": "stored.is_active AND stage.is_won IS NOT TRUE",
    "is_held": "stored.is_held",
    "is_missed_deal": (
        "stored.is_missed AND stage.is_won "
        "AND NOT (stored.state = 'declined' AND reason.marks_spam IS TRUE)"
    ),
    "is_matured": (
        "stored.answered_on <= %(now)s - company.reseller_cycle_days * INTERVAL '1 day'"
    ),
    "is_silent": (
        "company.reseller_silent_days > 0 AND stored.word_on < "
        "%(now)s - company.reseller_silent_days * INTERVAL '1 day'"
    ),
    "has_update_rule": "level.update_days > 0",
    "is_update_late": "stored.word_on < %(now)s - level.update_days * INTERVAL '1 day'",
    "has_deadline": "stored.due_on > stored.offered_on",
    "has_work": "stored.first_work_on IS NOT NULL",
    "has_cycle": "stored.date_closed >= stored.answered_on",
}
STATES = ("pending", "accepted", "declined", "expired", "withdrawn", "returned")

# One row per offer. Aliases of the tables may be used by other addons in conditions.
# The parameters: now (UTC).
ROW_COLUMNS = ", ".join(
    (
        *(f"stored.{name}" for name in STORED if name not in FLAGS),
        "reseller.reseller_level_id AS level_id",
        "reseller.reseller_activation_id AS activation_id",
        "company.reseller_silent_days AS silent_days",
        "company.reseller_cycle_days AS cycle_days",
        "level.update_days",
        *(f"({condition}) IS TRUE AS {name}" for name, condition in FLAGS.items()),
    )
)
# the parameters: stored (SQL of the rows of ``STORED``), main_company (id)
ROW_TABLES = """
         %(stored)s AS stored
    LEFT JOIN res_partner AS reseller ON reseller.id = stored.reseller_id
    LEFT JOIN crm_reseller_level AS level ON level.id = reseller.reseller_level_id
    LEFT JOIN crm_stage AS stage ON stage.id = stored.stage_id
    LEFT JOIN crm_reseller_decline_reason AS reason
           ON reason.id = stored.decline_reason_id
    LEFT JOIN res_company AS company
           ON company.id = COALESCE(stored.company_id, %(main_company)s)
"""

_ACCEPTED = "fact.is_asked AND fact.state IN ('accepted', 'returned')"
_CLOSED = (
    "fact.is_asked AND fact.state IN ('accepted', 'returned', 'declined', 'expired') "
    "AND NOT (fact.state = 'declined' AND fact.is_spam)"
)
_ANSWERED = "fact.is_asked AND fact.state IN ('accepted', 'returned', 'declined')"
_OPEN = "fact.is_held AND fact.is_open"
_MATURED = f"{_ACCEPTED} AND fact.is_matured"
_SILENT = f"{_OPEN} AND fact.is_silent"
_UPDATES = f"{_OPEN} AND fact.has_update_rule"
_MISSED = f"{_UPDATES} AND fact.is_update_late"

# SQL about the state and the flags of an offer's row.
CONDITIONS = {
    "offers": "fact.is_asked AND fact.state <> 'withdrawn'",
    "accepted": _ACCEPTED,
    "declined": "fact.is_asked AND fact.state = 'declined'",
    "expired": "fact.is_asked AND fact.state = 'expired'",
    "returned": "fact.is_asked AND fact.state = 'returned'",
    "withdrawn": "fact.is_asked AND fact.state = 'withdrawn'",
    "closed": _CLOSED,
    "answered": _ANSWERED,
    "answered_due": f"{_ANSWERED} AND fact.has_deadline",
    "worked": f"{_ACCEPTED} AND fact.has_work",
    "converted": f"{_ACCEPTED} AND fact.is_held AND fact.is_deal",
    "accepted_won": f"{_ACCEPTED} AND fact.is_held AND fact.is_won",
    "matured": _MATURED,
    "matured_won": f"{_MATURED} AND fact.is_held AND fact.is_won",
    "outflow": "fact.is_missed_deal",
    "held": "fact.is_held",
    "won": "fact.is_held AND fact.is_won",
    "lost": "fact.is_held AND fact.is_lost",
    "decided": "fact.is_held AND (fact.is_won OR fact.is_lost)",
    "won_cycle": "fact.is_held AND fact.is_won AND fact.has_cycle",
    "waiting": "fact.state = 'pending'",
    "open": _OPEN,
    "silent": _SILENT,
    "heard": f"{_OPEN} AND NOT ({_SILENT})",
    "updates": _UPDATES,
    "updates_missed": _MISSED,
    "updates_kept": f"{_UPDATES} AND NOT ({_MISSED})",
}

# What an offer or its lead measures, in the unit of the measure. SQL about the fact;
# the parameters: now (UTC).
VALUES = {
    "response_hours": "fact.response_hours",
    "share_of_time": (
        "CASE WHEN fact.due_on > fact.offered_on THEN "
        "100 * EXTRACT(EPOCH FROM fact.answered_on - fact.offered_on) "
        "/ EXTRACT(EPOCH FROM fact.due_on - fact.offered_on) END"
    ),
    "first_work_hours": "fact.first_work_hours",
    "cycle_days": "EXTRACT(EPOCH FROM fact.date_closed - fact.answered_on) / 86400",
    "age_days": "EXTRACT(EPOCH FROM %(now)s - fact.answered_on) / 86400",
    "amount": "fact.amount * fact.rate",
}

# By what a period picks the offers: their own date, the end of their lead, or nothing
# (the situation now, whatever the period)
OFFERED, CLOSED, NOW = "offered", "closed", "now"
DATES = {OFFERED: "offered_on", CLOSED: "date_closed"}
# Which rows the measures of each base can count at all, so that no others are read. SQL
# about the tables of ROW_TABLES; the parameters: start, end (UTC).
ROW_CONDITIONS = {
    OFFERED: "stored.offered_on >= %(start)s AND stored.offered_on < %(end)s",
    CLOSED: (
        "stored.date_closed >= %(start)s AND stored.date_closed < %(end)s "
        "AND stored.is_held"
    ),
    # asked of the rows themselves: most active leads are won
    NOW: (
        "(stored.state = 'pending' OR (stored.is_held AND stored.is_active "
        "AND (stored.stage_id = ANY(ARRAY("
        "SELECT id FROM crm_stage WHERE is_won))) IS NOT TRUE))"
    ),
}
DATE_FIELDS = {OFFERED: "offered_on", CLOSED: "lead_id.date_closed"}


class Measure(NamedTuple):
    """The definition of a measure.

    Labels and formulas are English; ``crm.reseller.measure`` translates them.
    """

    key: str
    label: str
    formula: str  # in words
    unit: str  # count, percent, hours (working hours), days, money
    aggregate: str  # count, share, mean, median, p90, sum; of other sources distinct
    base: str  # OFFERED, CLOSED, NOW, or the name of another source
    # keys of CONDITIONS and VALUES; of other sources SQL about their rows
    counted: str  # what is counted, averaged or added up
    of: str = ""  # of a share: what it is a share of
    value: str = ""
    better: str = ""  # up, down, or empty where neither is better
    source: str = _("offers")  # where the figures come from
    owner: str = _("Channel manager")  # who decides about the definition

    @property
    def records(self) -> str:
        """The condition of the records behind the number.

        :return: key of ``CONDITIONS``; of a share: that of which it is a share
        """
        return self.of or self.counted


def get_days_before(first: date, last: date) -> tuple[date, date]:
    """The period before: as many days, or as many whole months.

    :param first: the first day of the period
    :param last: its last day, included
    :return: first and last day of the period before
    """
    after = last + timedelta(days=1)
    end = first - timedelta(days=1)
    if first.day == 1 and after.day == 1:
        months = (after.year - first.year) * 12 + after.month - first.month
        number = first.year * 12 + first.month - 1 - months
        return date(number // 12, number % 12 + 1, 1), end
    return first - (after - first), end


PERCENTILES = {"median": "0.5", "p90": "0.9"}
# aggregates that are 0 of nothing
COUNTED = ("count", "distinct", "sum")


def get_flags(measures: Iterable[Measure]) -> list[str]:
    """The flags that some measures are decided by.

    :param measures: their definitions
    :return: names of ``FLAGS``, in their order
    """
    conditions = " ".join(
        CONDITIONS[key]
        for measure in measures
        for key in (measure.counted, measure.of)
        if key
    )
    used = set(re.findall(r"fact\.(\w+)", conditions))
    return [name for name in FLAGS if name in used]


def pack(flags: list[str]) -> str:
    """State and flags of a row as one number.

    :param flags: names of ``FLAGS``
    :return: SQL about the fact
    """
    states = " ".join(
        f"WHEN '{state}' THEN {number}" for number, state in enumerate(STATES)
    )
    bits = [
        f"CASE WHEN fact.{name} THEN {8 << number} ELSE 0 END"
        for number, name in enumerate(flags)
    ]
    return " + ".join([f"CASE fact.state {states} ELSE 7 END", *bits])


def unpack(flags: list[str]) -> str:
    """The columns that ``pack`` made a number of.

    :param flags: the same as for ``pack``
    :return: SQL, columns of a row with ``code``
    """
    states = ", ".join(f"'{state}'" for state in STATES)
    columns = [f"(ARRAY[{states}])[1 + (code & 7)] AS state"]
    columns += [
        f"(code & {8 << number}) <> 0 AS {name}" for number, name in enumerate(flags)
    ]
    return ", ".join(columns)


def get_statement(measure: Measure) -> str:
    """The aggregate that gives a measure.

    :param measure: its definition
    :return: SQL about cells called ``fact``, which have ``number`` (of offers), the
        columns of ``unpack`` and the sums and numbers of values (``amount_sum``,
        ``amount_number``); a percentile is about rows with the value itself. A share
        is in percent, NULL of nothing
    """
    condition = CONDITIONS[measure.counted]
    if measure.aggregate in PERCENTILES:
        # the value between two rows where the rank falls between them
        return (
            f"PERCENTILE_CONT({PERCENTILES[measure.aggregate]}) WITHIN GROUP "
            f"(ORDER BY fact.{measure.value}) FILTER (WHERE {condition})"
        )
    count = f"COALESCE(SUM(fact.number) FILTER (WHERE {condition}), 0)"
    if measure.aggregate == "count":
        return count
    if measure.aggregate == "share":
        of = f"SUM(fact.number) FILTER (WHERE {CONDITIONS[measure.of]})"
        return f"100.0 * {count} / NULLIF({of}, 0)"
    total = f"SUM(fact.{measure.value}_sum) FILTER (WHERE {condition})"
    if measure.aggregate == "sum":
        return f"COALESCE({total}, 0)"
    number = f"SUM(fact.{measure.value}_number) FILTER (WHERE {condition})"
    return f"{total} / NULLIF({number}, 0)"


def get_source_statement(measure: Measure) -> str:
    """The aggregate that gives a measure of another source than offers.

    :param measure: its definition; conditions and the value are SQL, not keys
    :return: SQL about rows called ``fact``
    """
    condition = f"FILTER (WHERE {measure.counted})"
    if measure.aggregate == "count":
        return f"COUNT(*) {condition}"
    if measure.aggregate == "distinct":
        return f"COUNT(DISTINCT {measure.value}) {condition}"
    if measure.aggregate == "share":
        of = f"COUNT(*) FILTER (WHERE {measure.of})"
        return f"100.0 * COUNT(*) {condition} / NULLIF({of}, 0)"
    if measure.aggregate == "sum":
        return f"COALESCE(SUM({measure.value}) {condition}, 0)"
    if measure.aggregate == "mean":
        return f"AVG({measure.value}) {condition}"
    return (
        f"PERCENTILE_CONT({PERCENTILES[measure.aggregate]}) WITHIN GROUP "
        f"(ORDER BY {measure.value}) {condition}"
    )


MEASURES = {
    measure.key: measure
    for measure in (
        # offers of the period: made within it, whatever became of them later
        Measure(
            "offers",
            _("Offers"),
            _("Offers made in the period, without those taken back."),
            "count",
            "count",
            OFFERED,
            "offers",
        ),
        Measure(
            "accepted",
            _("Accepted"),
            _("Offers of the period that were accepted, also if given back later."),
            "count",
            "count",
            OFFERED,
            "accepted",
            better="up",
        ),
        Measure(
            "declined",
            _("Declined"),
            _("Offers of the period that were declined."),
            "count",
            "count",
            OFFERED,
            "declined",
            better="down",
        ),
        Measure(
            "expired",
            _("Not answered"),
            _("Offers of the period that were not answered in time."),
            "count",
            "count",
            OFFERED,
            "expired",
            better="down",
        ),
        Measure(
            "returned",
            _("Given back"),
            _("Offers of the period that were accepted and given back later."),
            "count",
            "count",
            OFFERED,
            "returned",
            better="down",
        ),
        Measure(
            "withdrawn",
            _("Taken back by the team"),
            _("Offers of the period that the team took back before an answer."),
            "count",
            "count",
            OFFERED,
            "withdrawn",
        ),
        Measure(
            "pick_rate",
            _("Pick rate"),
            _(
                "Accepted offers among those answered or expired; declined spam is "
                "left out."
            ),
            "percent",
            "share",
            OFFERED,
            "accepted",
            of="closed",
            better="up",
        ),
        Measure(
            "answer_mean",
            _("Time to answer (mean)"),
            _("Working hours from offer to answer, mean of the answered offers."),
            "hours",
            "mean",
            OFFERED,
            "answered",
            value="response_hours",
            better="down",
            source=_("offers, working calendar"),
        ),
        Measure(
            "answer_median",
            _("Time to answer"),
            _("Working hours from offer to answer, median of the answered offers."),
            "hours",
            "median",
            OFFERED,
            "answered",
            value="response_hours",
            better="down",
            source=_("offers, working calendar"),
        ),
        Measure(
            "answer_p90",
            _("Time to answer (9 of 10)"),
            _("Working hours within which 9 of 10 answered offers were answered."),
            "hours",
            "p90",
            OFFERED,
            "answered",
            value="response_hours",
            better="down",
            source=_("offers, working calendar"),
        ),
        Measure(
            "answer_share",
            _("Share of the time used"),
            _(
                "Time to answer as a share of the time given, by the clock, median of "
                "the answered offers with a deadline."
            ),
            "percent",
            "median",
            OFFERED,
            "answered_due",
            value="share_of_time",
            better="down",
        ),
        Measure(
            "first_contact",
            _("Time to first work"),
            _(
                "Working hours from acceptance to the first note, document, figure, "
                "step or milestone, median of the accepted offers with one."
            ),
            "hours",
            "median",
            OFFERED,
            "worked",
            value="first_work_hours",
            better="down",
            source=_("work reported by resellers"),
        ),
        Measure(
            "converted",
            _("Converted"),
            _("Accepted offers of the period whose lead became an opportunity."),
            "count",
            "count",
            OFFERED,
            "converted",
            better="up",
            source=_("offers, leads"),
        ),
        Measure(
            "offers_won",
            _("Won of these"),
            _("Accepted offers of the period whose lead was won by the reseller."),
            "count",
            "count",
            OFFERED,
            "accepted_won",
            better="up",
            source=_("offers, leads"),
        ),
        Measure(
            "conversion_rate",
            _("Conversion"),
            _("Won leads among the accepted offers of the period."),
            "percent",
            "share",
            OFFERED,
            "accepted_won",
            of="accepted",
            better="up",
            source=_("offers, leads"),
        ),
        Measure(
            "conversion_matured",
            _("Conversion of matured leads"),
            _(
                "Won leads among the accepted offers of the period that were accepted "
                "longer ago than the usual sales cycle."
            ),
            "percent",
            "share",
            OFFERED,
            "matured_won",
            of="matured",
            better="up",
            source=_("offers, leads"),
        ),
        Measure(
            "order_rate",
            _("Offers to orders"),
            _("Won leads among all offers of the period."),
            "percent",
            "share",
            OFFERED,
            "accepted_won",
            of="offers",
            better="up",
            source=_("offers, leads"),
        ),
        Measure(
            "outflow",
            _("Won by others"),
            _(
                "Leads of the period that were declined, given back or not answered "
                "and then won by others; once per reseller that missed it."
            ),
            "count",
            "count",
            OFFERED,
            "outflow",
            better="down",
            source=_("offers, leads"),
        ),
        Measure(
            "outflow_amount",
            _("Revenue won by others"),
            _("Expected revenue of the leads won by others."),
            "money",
            "sum",
            OFFERED,
            "outflow",
            value="amount",
            better="down",
            source=_("offers, leads"),
        ),
        # leads that came to their end in the period
        Measure(
            "won",
            _("Won"),
            _("Leads of the reseller that were won in the period."),
            "count",
            "count",
            CLOSED,
            "won",
            better="up",
            source=_("leads"),
        ),
        Measure(
            "lost",
            _("Lost"),
            _("Leads of the reseller that were lost in the period."),
            "count",
            "count",
            CLOSED,
            "lost",
            better="down",
            source=_("leads"),
        ),
        Measure(
            "win_rate",
            _("Win rate"),
            _("Won leads among those won or lost in the period."),
            "percent",
            "share",
            CLOSED,
            "won",
            of="decided",
            better="up",
            source=_("leads"),
        ),
        Measure(
            "revenue_won",
            _("Revenue won"),
            _("Revenue of the leads won in the period."),
            "money",
            "sum",
            CLOSED,
            "won",
            value="amount",
            better="up",
            source=_("leads"),
        ),
        Measure(
            "sales_cycle",
            _("Sales cycle"),
            _(
                "Days from acceptance to the win, median of the leads won in the "
                "period."
            ),
            "days",
            "median",
            CLOSED,
            "won_cycle",
            value="cycle_days",
            better="down",
            source=_("offers, leads"),
        ),
        # the situation now
        Measure(
            "waiting",
            _("Waiting for an answer"),
            _("Offers that wait for an answer now."),
            "count",
            "count",
            NOW,
            "waiting",
        ),
        Measure(
            "open_leads",
            _("Open leads"),
            _("Accepted leads that are neither won nor lost now."),
            "count",
            "count",
            NOW,
            "open",
            source=_("leads"),
        ),
        Measure(
            "open_age",
            _("Age of open leads"),
            _("Days since the acceptance, mean of the open leads."),
            "days",
            "mean",
            NOW,
            "open",
            value="age_days",
            better="down",
            source=_("offers, leads"),
        ),
        Measure(
            "revenue_expected",
            _("Revenue expected"),
            _("Expected revenue of the open leads."),
            "money",
            "sum",
            NOW,
            "open",
            value="amount",
            better="up",
            source=_("leads"),
        ),
        Measure(
            "silent",
            _("Silent leads"),
            _(
                "Open leads without a word of the reseller for as many days as the "
                "settings say."
            ),
            "count",
            "count",
            NOW,
            "silent",
            better="down",
            source=_("work reported by resellers"),
        ),
        Measure(
            "feedback_rate",
            _("Feedback"),
            _("Open leads that are not silent."),
            "percent",
            "share",
            NOW,
            "heard",
            of="open",
            better="up",
            source=_("work reported by resellers"),
        ),
        Measure(
            "updates_missed",
            _("Updates missed"),
            _(
                "Open leads without a word for longer than the update rule of the "
                "level allows."
            ),
            "count",
            "count",
            NOW,
            "updates_missed",
            better="down",
            source=_("work reported by resellers"),
        ),
        Measure(
            "updates_kept",
            _("Update rule kept"),
            _("Open leads with a word within the days of the level's update rule."),
            "percent",
            "share",
            NOW,
            "updates_kept",
            of="updates",
            better="up",
            source=_("work reported by resellers"),
        ),
    )
}

_BASE_ROWS = {CLOSED: "stored.is_held", NOW: ROW_CONDITIONS[NOW]}
# Where measures of one base alone ask a condition: the offers and leads it can be true
# of, so that no others are read. SQL about the tables of ROW_TABLES.
CONDITION_ROWS = {
    key: rows
    for key in CONDITIONS
    for base, rows in _BASE_ROWS.items()
    if {
        measure.base
        for measure in MEASURES.values()
        if key in (measure.counted, measure.of)
    }
    == {base}
}
