"""What is measured of resellers: each measure is defined here, once.

A measure counts, averages or adds up *offers*. ``ROW_COLUMNS`` and ``ROW_TABLES``
give one row per offer with what is known of its lead; ``CONDITIONS`` says in SQL which
rows a measure is about. The same conditions find the records behind a number, so the
two cannot differ. No database is needed to read this module.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz


def _(text: str) -> str:
    """Mark a sentence for translation; ``crm.reseller.measure`` translates it.

    :param text: in English
    :return: the same
    """
    return text


# One row per offer. Aliases of the tables may be used by other addons in conditions.
# The parameters: main_company (id).
ROW_COLUMNS = """
    offer.id, offer.lead_id, offer.reseller_id, offer.company_id, offer.rule_id,
    offer.state, offer.method, offer.offered_on, offer.due_on, offer.answered_on,
    offer.answered_by_id, offer.response_hours, offer.decline_reason_id,
    offer.first_work_on, offer.first_work_hours,
    offer.method NOT IN ('registered', 'imported') AS is_asked,
    reason.marks_spam IS TRUE AS is_spam,
    reseller.reseller_level_id AS level_id,
    reseller.reseller_activation_id AS activation_id,
    lead.user_id, lead.team_id, lead.country_id, lead.lost_reason_id, lead.type,
    lead.reseller_direction_id AS direction_id,
    lead.reseller_product_id AS product_id,
    lead.date_closed,
    COALESCE(lead.expected_revenue, 0) AS amount,
    lead.reseller_id AS holder_id,
    stage.is_won IS TRUE AS is_won,
    (lead.active IS NOT TRUE AND COALESCE(lead.probability, 0) = 0
     AND stage.is_won IS NOT TRUE) AS is_lost,
    (lead.active AND stage.is_won IS NOT TRUE) AS is_open,
    (offer.state = 'accepted' AND lead.reseller_state = 'accepted'
     AND lead.reseller_id = offer.reseller_id
     AND NOT EXISTS (
        SELECT FROM crm_reseller_offer AS later
         WHERE later.lead_id = offer.lead_id AND later.state = 'accepted'
           AND later.reseller_id = offer.reseller_id AND later.id > offer.id
    )) AS is_held,
    GREATEST(lead.reseller_worked_on, offer.answered_on) AS word_on,
    company.reseller_silent_days AS silent_days,
    company.reseller_cycle_days AS cycle_days,
    level.update_days
"""
ROW_TABLES = """
         crm_reseller_offer AS offer
    JOIN crm_lead AS lead ON lead.id = offer.lead_id
    JOIN res_partner AS reseller ON reseller.id = offer.reseller_id
    LEFT JOIN crm_reseller_level AS level ON level.id = reseller.reseller_level_id
    LEFT JOIN crm_stage AS stage ON stage.id = lead.stage_id
    LEFT JOIN crm_reseller_decline_reason AS reason
           ON reason.id = offer.decline_reason_id
    LEFT JOIN res_company AS company
           ON company.id = COALESCE(offer.company_id, %(main_company)s)
"""
# accepted disputes take an offer out of every measure
ROW_CONDITION = "offer.not_measured IS NOT TRUE"

_ACCEPTED = "fact.is_asked AND fact.state IN ('accepted', 'returned')"
_CLOSED = (
    "fact.is_asked AND fact.state IN ('accepted', 'returned', 'declined', 'expired') "
    "AND NOT (fact.state = 'declined' AND fact.is_spam)"
)
_ANSWERED = "fact.is_asked AND fact.state IN ('accepted', 'returned', 'declined')"
_OPEN = "fact.is_held AND fact.is_open"
_MATURED = (
    f"{_ACCEPTED} AND fact.answered_on <= %(now)s - fact.cycle_days * INTERVAL '1 day'"
)
_SILENT = (
    f"{_OPEN} AND fact.silent_days > 0 "
    "AND fact.word_on < %(now)s - fact.silent_days * INTERVAL '1 day'"
)
_UPDATES = f"{_OPEN} AND fact.update_days > 0"
_MISSED = f"{_UPDATES} AND fact.word_on < %(now)s - fact.update_days * INTERVAL '1 day'"
# Its last refusal of a lead that somebody else won. Once per lead and reseller.
_OUTFLOW = """fact.state IN ('declined', 'expired', 'returned') AND fact.is_won
    AND fact.holder_id IS DISTINCT FROM fact.reseller_id
    AND NOT (fact.state = 'declined' AND fact.is_spam)
    AND NOT EXISTS (
        SELECT FROM crm_reseller_offer AS again
         WHERE again.lead_id = fact.lead_id AND again.reseller_id = fact.reseller_id
           AND again.state IN ('declined', 'expired', 'returned')
           AND again.not_measured IS NOT TRUE AND again.id > fact.id
    )"""

# SQL about the row of an offer, see ROW_COLUMNS. The parameters: now (UTC).
CONDITIONS = {
    "offers": "fact.is_asked AND fact.state <> 'withdrawn'",
    "accepted": _ACCEPTED,
    "declined": "fact.is_asked AND fact.state = 'declined'",
    "expired": "fact.is_asked AND fact.state = 'expired'",
    "returned": "fact.is_asked AND fact.state = 'returned'",
    "withdrawn": "fact.is_asked AND fact.state = 'withdrawn'",
    "closed": _CLOSED,
    "answered": _ANSWERED,
    "answered_due": f"{_ANSWERED} AND fact.due_on > fact.offered_on",
    "worked": f"{_ACCEPTED} AND fact.first_work_on IS NOT NULL",
    "converted": f"{_ACCEPTED} AND fact.is_held AND fact.type = 'opportunity'",
    "accepted_won": f"{_ACCEPTED} AND fact.is_held AND fact.is_won",
    "matured": _MATURED,
    "matured_won": f"{_MATURED} AND fact.is_held AND fact.is_won",
    "outflow": _OUTFLOW,
    "held": "fact.is_held",
    "won": "fact.is_held AND fact.is_won",
    "lost": "fact.is_held AND fact.is_lost",
    "decided": "fact.is_held AND (fact.is_won OR fact.is_lost)",
    "won_cycle": (
        "fact.is_held AND fact.is_won AND fact.date_closed >= fact.answered_on"
    ),
    "waiting": "fact.state = 'pending'",
    "open": _OPEN,
    "silent": _SILENT,
    "heard": f"{_OPEN} AND NOT ({_SILENT})",
    "updates": _UPDATES,
    "updates_missed": _MISSED,
    "updates_kept": f"{_UPDATES} AND NOT ({_MISSED})",
}

# What an offer or its lead measures, in the unit of the measure. SQL about the fact.
VALUES = {
    "response_hours": "fact.response_hours",
    "share_of_time": (
        "100 * EXTRACT(EPOCH FROM fact.answered_on - fact.offered_on) "
        "/ EXTRACT(EPOCH FROM fact.due_on - fact.offered_on)"
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
# Which offers and leads the measures of each base can count at all, so that no others
# are read. SQL about the tables of ROW_TABLES; the parameters: start, end (UTC).
ROW_CONDITIONS = {
    OFFERED: "offer.offered_on >= %(start)s AND offer.offered_on < %(end)s",
    CLOSED: (
        "lead.date_closed >= %(start)s AND lead.date_closed < %(end)s "
        "AND lead.reseller_id IS NOT NULL AND lead.reseller_id = offer.reseller_id "
        "AND lead.reseller_state = 'accepted' AND offer.state = 'accepted'"
    ),
    NOW: (
        "(offer.state = 'pending' OR (offer.state = 'accepted' AND lead.active "
        "AND lead.reseller_state = 'accepted' AND stage.is_won IS NOT TRUE "
        "AND lead.reseller_id = offer.reseller_id))"
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
    aggregate: str  # count, share, mean, median, p90, sum
    base: str  # OFFERED, CLOSED, NOW, or that of another addon
    counted: str  # key of CONDITIONS: what is counted, averaged or added up
    of: str = ""  # of a share: key of CONDITIONS, what it is a share of
    value: str = ""  # key of VALUES
    better: str = ""  # up, down, or empty where neither is better
    source: str = _("offers")  # where the figures come from
    owner: str = _("Channel manager")  # who decides about the definition

    @property
    def records(self) -> str:
        """The condition of the records behind the number.

        :return: key of ``CONDITIONS``; of a share: that of which it is a share
        """
        return self.of or self.counted


class Window(NamedTuple):
    """A span of time, from ``start`` up to, not including, ``end``; naive, in UTC."""

    start: datetime
    end: datetime


def get_window(first: date, last: date, zone: str) -> Window:
    """The span of some days in a time zone.

    :param first: the first day
    :param last: the last day, included
    :param zone: name of a time zone
    :return: the span, in UTC
    """
    here = pytz.timezone(zone)

    def midnight(day: date) -> datetime:
        """The beginning of a day.

        :param day: of the calendar
        :return: naive, in UTC
        """
        local = here.localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    return Window(midnight(first), midnight(last + timedelta(days=1)))


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


def get_statement(measure: Measure) -> str:
    """The aggregate that gives a measure from rows.

    :param measure: its definition
    :return: SQL about rows called ``fact``; a share is in percent, NULL of nothing
    """
    condition = CONDITIONS[measure.counted]
    count = f"COUNT(*) FILTER (WHERE {condition})"
    if measure.aggregate == "count":
        return count
    if measure.aggregate == "share":
        of = f"COUNT(*) FILTER (WHERE {CONDITIONS[measure.of]})"
        return f"100.0 * {count} / NULLIF({of}, 0)"
    value = VALUES[measure.value]
    if measure.aggregate == "sum":
        return f"COALESCE(SUM({value}) FILTER (WHERE {condition}), 0)"
    if measure.aggregate == "mean":
        return f"AVG({value}) FILTER (WHERE {condition})"
    # the value between two rows where the rank falls between them
    rank = {"median": "0.5", "p90": "0.9"}[measure.aggregate]
    return (
        f"PERCENTILE_CONT({rank}) WITHIN GROUP (ORDER BY {value}) "
        f"FILTER (WHERE {condition})"
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
