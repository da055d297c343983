from datetime import timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.crm_reseller_base.compat import check_access

from .crm_reseller_level_review import OPEN

STALLED = "crm_reseller_performance.mail_activity_type_stalled"
IDLE = "crm_reseller_performance.mail_activity_type_idle"
DUE = "crm_reseller_performance.mail_activity_type_due"
RESELLER = "crm_reseller_performance.mail_activity_type_reseller"
BATCH = 100
# alerts that are over are kept so long
KEPT_DAYS = 365
# recent answers are compared with those of the months before
RECENT_DAYS, EARLIER_DAYS = 30, 120
FEWEST_ANSWERS = 5


class Kind(NamedTuple):
    """A kind of alert."""

    model: str
    """``crm.lead`` or ``res.partner``: what it is about."""
    activity_type: str
    """External id of the type of activity."""
    find: str
    """Name of a method that gives a dict of record id and summary."""


class CrmResellerAlert(models.Model):
    """Something that needs a look, told once for as long as it lasts.

    The alert is open while its activity is there, done when someone marked that as
    done, snoozed until a day, and over when its reason is gone. Only then the same can
    be told again.
    """

    _name = "crm.reseller.alert"
    _description = "Channel Alert"
    _order = "raised_on desc, id desc"
    _rec_name = "summary"

    kind = fields.Selection(
        [
            ("stalled", "Lead without progress"),
            ("idle", "Opportunity in the same stage"),
            ("due_soon", "Offer about to expire"),
            ("silent", "Reseller says nothing"),
            ("quiet", "Reseller does not answer offers"),
            ("slower", "Answers take longer"),
            ("at_risk", "Level at risk"),
        ],
        required=True,
        readonly=True,
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    summary = fields.Char(readonly=True)
    raised_on = fields.Datetime(readonly=True, default=fields.Datetime.now)
    snoozed_until = fields.Date(readonly=True)
    told_partner_ids = fields.Many2many(
        "res.partner",
        "crm_reseller_alert_told_rel",
        string="Told in the Digest of",
        readonly=True,
        help="A digest says an alert once, unless it comes back after a snooze.",
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("snoozed", "Snoozed"),
            ("done", "Done"),
            ("over", "Over"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )

    def init(self):
        result = super().init()
        # never twice for the same thing, even when two crons run at once
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_alert_once "
            "ON crm_reseller_alert "
            "(kind, COALESCE(lead_id, 0), COALESCE(reseller_id, 0)) "
            "WHERE state <> 'over'"
        )
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_snooze(self):
        """Take these alerts away for the days that the settings say.

        When they are over by then, they do not come back.

        :raises AccessError: for all but the people responsible and channel managers
        """
        self._check_responsible()
        for alert in self.sudo().filtered(lambda alert: alert.state == "open"):
            company = alert.company_id or self.env["crm.lead"]._get_main_company()
            days = max(company.reseller_snooze_days, 1)
            alert.write(
                {
                    "state": "snoozed",
                    "snoozed_until": fields.Date.context_today(self)
                    + timedelta(days=days),
                }
            )
            alert._get_activities().unlink()

    def action_done(self):
        """Nothing more is to be done, as long as the reason stays the same.

        :raises AccessError: for all but the people responsible and channel managers
        """
        self._check_responsible()
        alerts = self.sudo().filtered(lambda alert: alert.state in ("open", "snoozed"))
        alerts.write({"state": "done", "snoozed_until": False})
        activities = alerts._get_activities()
        if activities:
            activities.with_user(self.env.user).sudo().action_feedback()

    def action_open(self):
        """What the alert is about.

        :return: an action
        :raises AccessError: for users who may not read the alert
        """
        check_access(self, "read")
        self.ensure_one()
        record = self.lead_id or self.reseller_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    def _check_responsible(self):
        """Let those pass whom the alerts are for, and channel managers.

        :raises AccessError: for anyone else
        """
        check_access(self, "read")
        if self.env.su or self.env.user.has_group("sales_team.group_sale_manager"):
            return
        others = self.filtered(lambda alert: alert.user_id != self.env.user)
        if others:
            raise AccessError(_("Only the person responsible can do this."))

    # ------------------------------------------------------------
    # RAISING
    # ------------------------------------------------------------

    @api.model
    def _get_kinds(self):
        """The kinds of alerts. Hook.

        An addon adds its kind to the field ``kind``, here, and the method it names.

        :return: dict of the key of ``kind`` and ``Kind``
        """
        return {
            "stalled": Kind("crm.lead", STALLED, "_find_stalled"),
            "idle": Kind("crm.lead", IDLE, "_find_idle"),
            "due_soon": Kind("crm.lead", DUE, "_find_due_soon"),
            "silent": Kind("res.partner", RESELLER, "_find_silent"),
            "quiet": Kind("res.partner", RESELLER, "_find_quiet"),
            "slower": Kind("res.partner", RESELLER, "_find_slower"),
            "at_risk": Kind("res.partner", RESELLER, "_find_at_risk"),
        }

    @api.model
    def _raise_alerts(self, auto_commit=False, keys=None):
        """Tell what needs a look, once, and forget what no longer does.

        :param bool auto_commit: commit after each kind, and after each batch of leads
        :param keys: the kinds; all if left out
        """
        for key, kind in self._get_kinds().items():
            if keys is not None and key not in keys:
                continue
            found = getattr(self, kind.find)()
            fresh = self._update_known(key, kind, found)
            if kind.model == "crm.lead":
                self.env["crm.lead"]._in_bundles(
                    fresh,
                    lambda leads, key=key, found=found: self._raise(key, leads, found),
                    auto_commit,
                    BATCH,
                )
            elif fresh:
                self._raise(key, self.env["res.partner"].sudo().browse(fresh), found)
            if auto_commit:
                # each kind of alert is kept, whatever happens to the next
                self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _update_known(self, key, kind, found):
        """Bring the alerts of a kind in step with what is the case now.

        :param str key: of the kind
        :param Kind kind: its definition
        :param dict found: summary by record id
        :return: list of ids of the records that have to be told about
        """
        alerts = self.sudo().search(
            [("kind", "=", key), ("state", "!=", "over")], limit=None
        )
        known = {alert._get_record().id: alert for alert in alerts}
        asked = set(alerts._get_activities().mapped("res_id"))
        today = fields.Date.context_today(self)
        over, done, again = (self.sudo().browse() for _number in range(3))
        for record_id, alert in known.items():
            if record_id not in found:
                over |= alert
            elif alert.state == "open" and record_id not in asked:
                # somebody marked the activity as done
                done |= alert
            elif alert.state == "snoozed" and alert.snoozed_until <= today:
                again |= alert
        over._get_activities().unlink()
        over.write({"state": "over", "snoozed_until": False})
        done.write({"state": "done"})
        again.write(
            {"state": "open", "snoozed_until": False, "told_partner_ids": [(5,)]}
        )
        again._schedule()
        return [record_id for record_id in found if record_id not in known]

    @api.model
    def _raise(self, key, records, found):
        """Tell about records, unless another transaction was faster.

        :param str key: of the kind
        :param records: leads or resellers, elevated
        :param dict found: summary by record id
        """
        if not records:
            return
        rows = []
        for record in records:
            company = record._get_reseller_company()
            ids = (record.id, None) if record._name == "crm.lead" else (None, record.id)
            user = self._get_responsible(record)
            rows.append((*ids, company.id or None, user.id, found[record.id]))
        self.env.cr.execute(
            """
            INSERT INTO crm_reseller_alert (
                        kind, state, raised_on, create_date, write_date, create_uid,
                        write_uid, lead_id, reseller_id, company_id, user_id, summary)
                 SELECT %s, 'open', %s, %s, %s, %s, %s, fresh.*
                   FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::text[])
                     AS fresh
            ON CONFLICT DO NOTHING
              RETURNING id
            """,
            [
                key,
                *[fields.Datetime.now()] * 3,
                *[self.env.uid] * 2,
                *map(list, zip(*rows, strict=True)),
            ],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.sudo().browse(ids)._schedule()

    @api.model
    def _get_responsible(self, record):
        """Whom an alert about a record is given to.

        :param record: one lead or reseller, elevated
        :return: res.users
        """
        if record._name == "crm.lead":
            return record._get_team_contact()
        return record._get_alert_user()

    def _schedule(self):
        """Give the people responsible an activity for each of these alerts."""
        kinds = self._get_kinds()
        today = fields.Date.context_today(self)
        asked = {
            (activity.activity_type_id, activity.res_id, activity.summary)
            for activity in self._get_activities()
        }
        groups = {}
        for alert in self:
            activity_type = self.env.ref(
                kinds[alert.kind].activity_type, raise_if_not_found=False
            )
            record = alert._get_record()
            if activity_type and (activity_type, record.id, alert.summary) not in asked:
                if not alert.user_id.active:
                    # left while the alert slept
                    alert.user_id = self._get_responsible(record)
                group = (activity_type, alert.user_id, alert.summary, record._name)
                groups[group] = groups.get(group, record.browse()) | record
        for (activity_type, user, summary, _model), records in groups.items():
            records.with_context(mail_activity_quick_update=True).activity_schedule(
                activity_type_id=activity_type.id,
                user_id=user.id,
                summary=summary,
                date_deadline=today,
            )

    def _get_record(self):
        """What an alert is about.

        :return: one lead or partner
        """
        self.ensure_one()
        return self.lead_id or self.reseller_id

    def _get_activities(self):
        """The activities of these alerts.

        :return: mail.activity, elevated
        """
        Activity = self.env["mail.activity"].sudo()
        found = Activity
        kinds = self._get_kinds()
        by_kind = {}
        for alert in self.sudo():
            by_kind.setdefault(alert.kind, self.browse())
            by_kind[alert.kind] |= alert
        for key, alerts in by_kind.items():
            kind = kinds[key]
            activity_type = self.env.ref(kind.activity_type, raise_if_not_found=False)
            if not activity_type:
                continue
            records = alerts.lead_id if kind.model == "crm.lead" else alerts.reseller_id
            activities = Activity.search(
                [
                    ("res_model", "=", kind.model),
                    ("res_id", "in", records.ids),
                    ("activity_type_id", "=", activity_type.id),
                ]
            )
            # one type serves several kinds: their words differ
            words = {(alert._get_record().id, alert.summary) for alert in alerts}
            found |= activities.filtered(
                lambda each, words=words: (each.res_id, each.summary) in words
            )
        return found

    @api.autovacuum
    def _gc_alerts(self):
        """Forget alerts that were over long ago."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.sudo().search(
            [("state", "=", "over"), ("write_date", "<", limit)]
        ).unlink()

    # ------------------------------------------------------------
    # WHAT NEEDS A LOOK
    # ------------------------------------------------------------

    @api.model
    def _find_stalled(self):
        """Accepted leads on which nothing happened.

        :return: dict of lead id and summary
        """
        return {
            lead.id: lead._get_stalled_alert()[1]
            for lead in self.env["crm.lead"].sudo()._get_stalled_leads()
        }

    @api.model
    def _find_idle(self):
        """Accepted opportunities that stay in the same stage.

        :return: dict of lead id and summary
        """
        companies = self._get_companies("reseller_idle_days")
        if not companies:
            return {}
        Lead = self.env["crm.lead"].sudo()
        now = fields.Datetime.now()
        shortest = min(companies.mapped("reseller_idle_days"))
        limit = now - timedelta(days=shortest)
        leads = Lead.search(
            [
                *Lead._get_reseller_open_domain(),
                ("type", "=", "opportunity"),
                ("reseller_state", "=", "accepted"),
                ("reseller_answered_on", "<", limit),
                ("date_last_stage_update", "<", limit),
            ],
            order="id",
            limit=None,
        )
        found = {}
        for lead in leads:
            days = lead._get_reseller_company().reseller_idle_days
            since = max(lead.date_last_stage_update, lead.reseller_answered_on)
            if days > 0 and since < now - timedelta(days=days):
                found[lead.id] = _("In the same stage for %(days)s days", days=days)
        return found

    @api.model
    def _find_due_soon(self):
        """Leads whose offer waits for an answer and is about to expire.

        :return: dict of lead id and summary
        """
        companies = self._get_companies("reseller_due_soon_hours")
        if not companies:
            return {}
        now = fields.Datetime.now()
        longest = max(companies.mapped("reseller_due_soon_hours"))
        offers = (
            self.env["crm.reseller.offer"]
            .sudo()
            .search(
                [
                    ("state", "=", "pending"),
                    ("due_on", ">", now),
                    ("due_on", "<=", now + timedelta(hours=longest)),
                ],
                order="due_on, id",
                limit=None,
            )
        )
        main = self.env["crm.lead"]._get_main_company()
        found = {}
        for offer in offers:
            hours = (offer.company_id or main).reseller_due_soon_hours
            if offer.lead_id.active and offer.due_on <= now + timedelta(hours=hours):
                found[offer.lead_id.id] = _("The offer is about to expire")
        return found

    @api.model
    def _find_silent(self):
        """Resellers without a word on several open leads.

        :return: dict of reseller id and summary
        """
        if not self._get_companies("reseller_silent_leads"):
            return {}
        figures = self._read_by_reseller(["silent", "open_leads"])
        found = {}
        for reseller, values in figures.items():
            least = self._get_alert_company(reseller).reseller_silent_leads
            if least and values["silent"] >= least:
                # without the numbers: they change, the alert stays the same
                found[reseller.id] = _(
                    "No word on %(least)s open leads or more", least=least
                )
        return found

    @api.model
    def _find_quiet(self):
        """Resellers that let the last offers pass without an answer.

        :return: dict of reseller id and summary
        """
        companies = self._get_companies("reseller_quiet_offers")
        if not companies:
            return {}
        most = max(companies.mapped("reseller_quiet_offers"))
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT reseller.id, ARRAY_AGG(last.state ORDER BY last.number)
              FROM res_partner reseller
        CROSS JOIN LATERAL (
                    SELECT offer.state,
                           ROW_NUMBER() OVER (
                               ORDER BY offer.answered_on DESC, offer.id DESC
                           ) AS number
                      FROM crm_reseller_offer offer
                     WHERE offer.reseller_id = reseller.id
                       AND offer.state IN (
                           'accepted', 'declined', 'expired', 'returned'
                       )
                       AND offer.not_measured IS NOT TRUE
                  ORDER BY offer.answered_on DESC, offer.id DESC
                     LIMIT %s
                   ) AS last
             WHERE reseller.reseller_level_id IS NOT NULL AND reseller.active
          GROUP BY reseller.id
            """,
            [most],
        )
        states = dict(self.env.cr.fetchall())
        found = {}
        for reseller in self.env["res.partner"].sudo().browse(states):
            number = self._get_alert_company(reseller).reseller_quiet_offers
            last = states[reseller.id][:number]
            if number and len(last) == number and set(last) == {"expired"}:
                found[reseller.id] = _(
                    "The last %(number)s offers were not answered", number=number
                )
        return found

    @api.model
    def _find_slower(self):
        """Resellers whose answers take clearly longer than before.

        :return: dict of reseller id and summary
        """
        if not self._get_companies("reseller_slower_percent"):
            return {}
        today = fields.Date.context_today(self)
        recent = today - timedelta(days=RECENT_DAYS)
        keys = ["answer_median", "accepted", "declined"]
        now = self._read_by_reseller(keys, recent, today)
        before = self._read_by_reseller(
            keys, today - timedelta(days=EARLIER_DAYS), recent - timedelta(days=1)
        )
        found = {}
        for reseller, values in now.items():
            percent = self._get_alert_company(reseller).reseller_slower_percent
            earlier = before.get(reseller)
            if not percent or not earlier or not earlier["answer_median"]:
                continue
            if any(
                each["accepted"] + each["declined"] < FEWEST_ANSWERS
                for each in (values, earlier)
            ):
                continue
            limit = earlier["answer_median"] * (1 + percent / 100)
            if (values["answer_median"] or 0) > limit:
                found[reseller.id] = _(
                    "Answers take %(percent)s%% longer than before, or more",
                    percent=percent,
                )
        return found

    @api.model
    def _find_at_risk(self):
        """Resellers whose figures no longer reach what their level needs.

        :return: dict of reseller id and summary
        """
        reviews = self.env["crm.reseller.level.review"].sudo()
        found = reviews.search(
            [("direction", "=", "down"), ("state", "in", OPEN)], limit=None
        )
        summary = _("The level %(level)s is at risk")
        return {
            review.reseller_id.id: summary % {"level": review.level_id.name}
            for review in found
            if review.reseller_id.active
        }

    @api.model
    def _get_companies(self, setting):
        """The companies that want a kind of alert.

        :param str setting: name of the field of their setting; 0 is none
        :return: res.company, elevated
        """
        return self.env["res.company"].sudo().search([(setting, ">", 0)], limit=None)

    @api.model
    def _get_alert_company(self, reseller):
        """The company whose settings count for a reseller.

        :param reseller: one res.partner
        :return: one res.company
        """
        return (
            reseller._get_reseller_company() or self.env["crm.lead"]._get_main_company()
        )

    @api.model
    def _read_by_reseller(self, keys, date_from=None, date_to=None):
        """Read measures of the resellers that are there.

        :param list keys: of measures
        :param date date_from: first day; today if left out
        :param date date_to: last day, included; today if left out
        :return: dict of reseller, elevated, and dict of measure and number
        """
        today = fields.Date.context_today(self)
        # all companies: each reseller is judged by all it does
        read = (
            self.env["crm.reseller.measure"]
            .sudo()
            ._read_measures(
                date_from or today - relativedelta(days=1),
                date_to or today,
                [
                    ("reseller_id.active", "=", True),
                    ("reseller_id.reseller_level_id", "!=", False),
                ],
                group_by="reseller",
                keys=keys,
                compare=False,
            )
        )
        Partner = self.env["res.partner"].sudo()
        return {
            Partner.browse(group["id"]): {
                key: figure["value"] for key, figure in group["measures"].items()
            }
            for group in read["groups"]
        }
