"""The measures counted again, one offer after the other, as their formulas say it.

Nothing of the addon is used here: raw rows in, numbers out.
"""

from datetime import date, datetime, timedelta
from statistics import mean, median

import pytz

DAY = timedelta(days=1)


def quantile(values, share):
    """The value below which a share of the values lies, between two where it must."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


class Recount:
    """Raw rows of offers, leads, stages, reasons, companies and levels.

    :param list offers: dicts with the columns of crm_reseller_offer
    :param dict leads: dicts with the columns of crm_lead, by id
    :param set won_stages: ids
    :param set spam: ids of reasons
    :param int silent_days: setting of the company
    :param int cycle_days: setting of the company
    :param dict update_days: by id of the reseller
    :param datetime now: in UTC
    :param str zone: name of the reader's time zone
    """

    def __init__(
        self,
        offers,
        leads,
        won_stages,
        spam,
        silent_days,
        cycle_days,
        update_days,
        now,
        zone,
    ):
        self.offers = [offer for offer in offers if not offer["not_measured"]]
        self.everything = offers
        self.leads = leads
        self.won_stages = won_stages
        self.spam = spam
        self.silent_days = silent_days
        self.cycle_days = cycle_days
        self.update_days = update_days
        self.now = now
        self.zone = pytz.timezone(zone)

    # what is said of one offer

    def day(self, moment: datetime) -> date:
        return pytz.utc.localize(moment).astimezone(self.zone).date()

    def asked(self, offer):
        return offer["method"] not in ("registered", "imported")

    def is_spam(self, offer):
        return offer["state"] == "declined" and offer["decline_reason_id"] in self.spam

    def held(self, offer):
        lead = self.leads[offer["lead_id"]]
        if lead["reseller_state"] != "accepted" or offer["state"] != "accepted":
            return False
        rivals = [
            other["id"]
            for other in self.everything
            if other["lead_id"] == lead["id"]
            and other["state"] == "accepted"
            and other["reseller_id"] == lead["reseller_id"]
        ]
        return bool(rivals) and offer["id"] == max(rivals)

    def won(self, offer):
        return self.leads[offer["lead_id"]]["stage_id"] in self.won_stages

    def lost(self, offer):
        lead = self.leads[offer["lead_id"]]
        return not lead["active"] and not lead["probability"] and not self.won(offer)

    def word(self, offer):
        worked = self.leads[offer["lead_id"]]["reseller_worked_on"]
        return max(filter(None, (worked, offer["answered_on"])))

    def amount(self, offer):
        return float(self.leads[offer["lead_id"]]["expected_revenue"] or 0)

    def missed_and_won_by_others(self, offer):
        missed = ("declined", "expired", "returned")
        lead = self.leads[offer["lead_id"]]
        if offer["state"] not in missed or self.is_spam(offer) or not self.won(offer):
            return False
        if lead["reseller_id"] == offer["reseller_id"]:
            return False
        later = [
            other
            for other in self.offers
            if other["lead_id"] == offer["lead_id"]
            and other["reseller_id"] == offer["reseller_id"]
            and other["state"] in missed
            and other["id"] > offer["id"]
        ]
        return not later

    # all measures of some resellers

    def count(self, first, last, resellers):
        """Count everything.

        :param date first: first day
        :param date last: last day, included
        :param resellers: ids
        :return: dict of key and number
        """
        mine = [offer for offer in self.offers if offer["reseller_id"] in resellers]
        offered = [o for o in mine if first <= self.day(o["offered_on"]) <= last]
        asked = [offer for offer in offered if self.asked(offer)]
        by_state = {}
        for offer in asked:
            by_state.setdefault(offer["state"], []).append(offer)
        returned = by_state.get("returned", [])
        accepted = by_state.get("accepted", []) + returned
        declined = by_state.get("declined", [])
        expired = by_state.get("expired", [])
        withdrawn = by_state.get("withdrawn", [])
        answered = accepted + declined
        hours = [offer["response_hours"] for offer in answered]
        shares = [
            100
            * ((o["answered_on"] - o["offered_on"]) / (o["due_on"] - o["offered_on"]))
            for o in answered
            if o["due_on"] and o["due_on"] > o["offered_on"]
        ]
        worked = [o["first_work_hours"] for o in accepted if o["first_work_on"]]
        accepted_won = [o for o in accepted if self.held(o) and self.won(o)]
        ripe = self.now - self.cycle_days * DAY
        matured = [offer for offer in accepted if offer["answered_on"] <= ripe]
        matured_won = [o for o in matured if self.held(o) and self.won(o)]
        outflow = [o for o in offered if self.missed_and_won_by_others(o)]
        closed = [
            o
            for o in mine
            if self.held(o)
            and self.leads[o["lead_id"]]["date_closed"]
            and first <= self.day(self.leads[o["lead_id"]]["date_closed"]) <= last
        ]
        won = [offer for offer in closed if self.won(offer)]
        lost = [offer for offer in closed if self.lost(offer)]
        cycles = [
            (self.leads[o["lead_id"]]["date_closed"] - o["answered_on"]) / DAY
            for o in won
            if self.leads[o["lead_id"]]["date_closed"] >= o["answered_on"]
        ]
        opened = [
            o
            for o in mine
            if self.held(o) and self.leads[o["lead_id"]]["active"] and not self.won(o)
        ]
        silent = [
            o
            for o in opened
            if self.silent_days and self.now - self.word(o) > self.silent_days * DAY
        ]
        ruled = [o for o in opened if self.update_days[o["reseller_id"]]]
        late = [
            o
            for o in ruled
            if self.now - self.word(o) > self.update_days[o["reseller_id"]] * DAY
        ]
        closed_offers = [
            o for o in accepted + declined + expired if not self.is_spam(o)
        ]

        def percent(some, of):
            return 100 * len(some) / len(of) if of else None

        def if_any(function, values):
            return function(values) if values else None

        ages = [(self.now - o["answered_on"]) / DAY for o in opened]
        return {
            "offers": len(asked) - len(withdrawn),
            "accepted": len(accepted),
            "declined": len(declined),
            "expired": len(expired),
            "returned": len(returned),
            "withdrawn": len(withdrawn),
            "pick_rate": percent(accepted, closed_offers),
            "answer_mean": if_any(mean, hours),
            "answer_median": if_any(median, hours),
            "answer_p90": if_any(lambda values: quantile(values, 0.9), hours),
            "answer_share": if_any(median, shares),
            "first_contact": if_any(median, worked),
            "converted": len(
                [
                    o
                    for o in accepted
                    if self.held(o) and self.leads[o["lead_id"]]["type"] != "lead"
                ]
            ),
            "offers_won": len(accepted_won),
            "conversion_rate": percent(accepted_won, accepted),
            "conversion_matured": percent(matured_won, matured),
            "order_rate": (
                100 * len(accepted_won) / (len(asked) - len(withdrawn))
                if len(asked) > len(withdrawn)
                else None
            ),
            "outflow": len(outflow),
            "outflow_amount": sum(map(self.amount, outflow)),
            "won": len(won),
            "lost": len(lost),
            "win_rate": percent(won, won + lost),
            "revenue_won": sum(map(self.amount, won)),
            "sales_cycle": if_any(median, cycles),
            "waiting": len([o for o in mine if o["state"] == "pending"]),
            "open_leads": len(opened),
            "open_age": if_any(mean, ages),
            "revenue_expected": sum(map(self.amount, opened)),
            "silent": len(silent),
            "feedback_rate": (
                100 * (len(opened) - len(silent)) / len(opened) if opened else None
            ),
            "updates_missed": len(late),
            "updates_kept": (
                100 * (len(ruled) - len(late)) / len(ruled) if ruled else None
            ),
        }
