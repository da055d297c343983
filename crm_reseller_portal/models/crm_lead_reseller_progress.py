from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from odoo.addons.crm_reseller_base.locks import lock_for_click

from .crm_reseller_milestone import NOTHING, ORDER, QUOTE

SLOW = "crm_reseller_portal.mail_activity_type_slow"
# written by the methods below only, never from outside
PROGRESS_FIELDS = frozenset(
    {
        "reseller_milestone_id",
        "reseller_milestone_on",
        "reseller_milestone_told_on",
        "reseller_milestone_asked_on",
        "reseller_progress_ids",
    }
)
DETAILS = ("amount", "valid_until", "order_reference", "order_date")


class CrmLead(models.Model):
    """How far the reseller has come with a deal."""

    _inherit = "crm.lead"

    reseller_milestone_id = fields.Many2one(
        "crm.reseller.milestone",
        string="Reseller's Milestone",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="How far the reseller says it has come.",
    )
    reseller_milestone_on = fields.Datetime(
        string="Milestone Reached on", readonly=True, copy=False
    )
    reseller_milestone_due_on = fields.Date(
        string="Next Milestone Expected",
        compute="_compute_reseller_milestone_due_on",
        store=True,
        index="btree_not_null",
        help="When the deal should have left its milestone.",
    )
    reseller_milestone_told_on = fields.Datetime(
        string="Reseller Reminded of Milestone on", readonly=True, copy=False
    )
    reseller_milestone_asked_on = fields.Datetime(
        string="Salesperson Reminded of Milestone on", readonly=True, copy=False
    )
    reseller_progress_ids = fields.One2many(
        "crm.reseller.progress", "lead_id", string="Milestones Reached", readonly=True
    )

    @api.depends(
        "reseller_milestone_id.expected_days",
        "reseller_milestone_on",
    )
    def _compute_reseller_milestone_due_on(self):
        reached = self.filtered("reseller_milestone_on")
        (self - reached).reseller_milestone_due_on = False
        for lead in reached:
            days = lead.reseller_milestone_id.expected_days
            day = lead.reseller_milestone_on.date()
            lead.reseller_milestone_due_on = (
                day + timedelta(days=days) if days else False
            )

    # ------------------------------------------------------------
    # GUARD
    # ------------------------------------------------------------

    def _check_offer_fields(self, vals):
        """Keep the reseller's progress out of the reach of direct writes, too.

        :param dict vals: values of ``create`` (on an empty recordset) or ``write``
        :return: what ``super`` returns
        :raises UserError: for a value that would change something
        """
        for name in PROGRESS_FIELDS.intersection(vals):
            many = self._fields[name].type == "one2many"
            if (
                bool(vals[name])
                if many or not self
                else self._changes(name, vals[name])
            ):
                raise UserError(_("Only the reseller reports its progress."))
        return super()._check_offer_fields(vals)

    @api.model
    def _get_guarded_defaults(self):
        """Add values against defaults that would pretend progress.

        :return: dict, see the base
        """
        neutral = super()._get_guarded_defaults()
        for name, value in self.default_get(list(PROGRESS_FIELDS)).items():
            if value:
                many = self._fields[name].type == "one2many"
                neutral[name] = [] if many else False
        return neutral

    @api.model
    def _get_team_activity_types(self):
        """Add the activity about deals that do not move. Hook.

        :return: list of external ids
        """
        return [*super()._get_team_activity_types(), SLOW]

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def _get_reseller_milestones(self):
        """The milestones resellers can reach, in order. Hook.

        :return: crm.reseller.milestone, elevated
        """
        return (
            self.env["crm.reseller.milestone"]
            .sudo()
            .search_fetch([], ["name", "asks", "sequence", "document_required"])
        )

    def _get_own_progress(self):
        """What the reseller that holds the deal reported, newest first.

        :return: crm.reseller.progress, elevated
        """
        self.ensure_one()
        lead = self.sudo()
        # a new row may be the last one until the list is read again
        return lead.reseller_progress_ids.filtered(
            lambda row: row.reseller_id == lead.reseller_id
        ).sorted("id", reverse=True)

    def _read_reseller_plan(self):
        """What the deal's page shows of milestones and tasks, in one statement.

        Record by record it would take five, and the page is for phones.

        :return: pair of a dict from ids of milestones to pairs of name (who reached it)
            and moment, and a list of dict with ``id``, ``name`` and ``due_on`` (open
            tasks, soonest first)
        """
        self.ensure_one()
        for model in ("crm.reseller.progress", "crm.reseller.task"):
            self.env[model].flush_model()
        self.env["res.partner"].flush_model(["name"])
        self.env.cr.execute(
            """
            SELECT * FROM (
                SELECT DISTINCT ON (row.milestone_id)
                       'milestone', row.milestone_id, author.name, row.reached_on,
                       NULL::date AS due_on
                  FROM crm_reseller_progress AS row
                  JOIN res_partner AS author ON author.id = row.author_id
                 WHERE row.lead_id = %(lead)s AND row.reseller_id = %(reseller)s
              ORDER BY row.milestone_id, row.id DESC
            ) AS reached
            UNION ALL
            SELECT 'task', id, name, NULL, due_on
              FROM crm_reseller_task
             WHERE lead_id = %(lead)s AND reseller_id = %(reseller)s AND state = 'open'
          ORDER BY due_on, 2
            """,
            {"lead": self.id, "reseller": self.reseller_id.id},
        )
        reached, tasks = {}, []
        for kind, row_id, name, moment, due_on in self.env.cr.fetchall():
            if kind == "task":
                tasks.append({"id": row_id, "name": name, "due_on": due_on})
            else:
                reached[row_id] = (name, moment)
        return reached, tasks

    # ------------------------------------------------------------
    # REPORTING
    # ------------------------------------------------------------

    def _reseller_progress(self, milestone, reason="", details=None, attachments=()):
        """Report that a deal reached a milestone, or went back to one.

        An order is reported as a won deal as well, where the level allows that: the
        team then confirms it.

        :param milestone: crm.reseller.milestone
        :param str reason: why the deal goes back
        :param dict details: values of ``DETAILS``, for a quote or an order
        :param list attachments: pairs of clean name and content
        :return: crm.reseller.progress, a new row or the same as sent before
        :raises UserError: where it is no deal yet, or goes back without a reason
        """
        self.ensure_one()
        self._check_reseller_access("progress")
        if self.type != "opportunity":
            raise UserError(_("Convert the lead to an opportunity first."))
        lock_for_click(self)
        vals = self._prepare_progress_vals(milestone, reason, details or {})
        earlier = self._get_own_progress()[:1]
        if self.reseller_milestone_id == milestone:
            said = {name: vals[name] for name in (*DETAILS, "milestone_id")}
            if milestone.asks == NOTHING or earlier._says(said):
                return earlier
        if vals["back"] and not reason:
            raise UserError(_("Enter why the deal goes back."))
        if vals["back"]:
            self._withdraw_report_of_order()
        elif milestone.asks == ORDER and "report" in self._get_reseller_allowed():
            self._reseller_report_outcome(
                "won",
                order_reference=vals["order_reference"] or "",
                attachments=attachments,
                amount_won=vals["amount"],
                won_on=vals["order_date"],
            )
            return self._get_own_progress()[:1]
        row = self._add_progress(vals, vals["amount"])
        team = row.with_context(lang=self._get_reseller_team_lang())
        message = self._post_as_reseller(plaintext2html(team._get_text()), attachments)
        if message.attachment_ids:
            row.document_ids = message.attachment_ids
        kinds = {"milestone"}
        if milestone.asks == QUOTE and not vals["back"]:
            kinds.add("quote")
        self._on_reseller_work(kinds)
        return row

    def _prepare_progress_vals(self, milestone, reason, details):
        """The values of a row about a milestone.

        :param milestone: crm.reseller.milestone
        :param str reason: why the deal goes back
        :param dict details: values of ``DETAILS``
        :return: dict of values
        """
        self.ensure_one()
        current = self.reseller_milestone_id
        back = bool(current) and milestone._is_before(current)
        told = {} if back else details
        return {
            "lead_id": self.id,
            "reseller_id": self.reseller_id.id,
            "author_id": self.env.user.partner_id.id,
            "previous_id": current.id,
            "milestone_id": milestone.id,
            "back": back,
            "reason": reason or False if back else False,
            "currency_id": self.company_currency.id,
            "amount": self.company_currency.round(told.get("amount") or 0.0),
            "valid_until": fields.Date.to_date(told.get("valid_until")) or False,
            "order_reference": told.get("order_reference") or False,
            "order_date": fields.Date.to_date(told.get("order_date")) or False,
        }

    def _add_progress(self, vals, amount=0.0):
        """Add a row, and let the deal's columns follow it.

        :param dict vals: see ``_prepare_progress_vals``
        :param float amount: what the deal is expected to bring from now on, or 0
        :return: crm.reseller.progress, elevated
        """
        self.ensure_one()
        row = self.env["crm.reseller.progress"].sudo().create(vals)
        self._set_milestone(row.milestone_id, row.reached_on, amount)
        return row

    def _set_milestone(self, milestone, moment, amount=0.0):
        """Write where deals are; reminders about where they were are over.

        :param milestone: crm.reseller.milestone, one or none
        :param datetime moment: since when, in UTC, or False
        :param float amount: what the deals are expected to bring; 0: as before
        """
        vals = {
            "reseller_milestone_id": milestone.id,
            "reseller_milestone_on": moment,
            "reseller_milestone_told_on": False,
            "reseller_milestone_asked_on": False,
        }
        if amount:
            vals["expected_revenue"] = amount
        # the message about the milestone shows the amount
        self.with_context(mail_notrack=True)._write_offer_vals(vals)
        self._get_team_activities(SLOW).unlink()

    # ------------------------------------------------------------
    # ORDERS AND REPORTS
    # ------------------------------------------------------------

    def _reseller_report_outcome(self, outcome, *args, **kwargs):
        """Let a deal reported as won reach the milestone of the order.

        :param str outcome: won or lost
        :param args: see the method itself
        :param kwargs: see the method itself
        :return: crm.reseller.outcome
        """
        report = super()._reseller_report_outcome(outcome, *args, **kwargs)
        if report.outcome == "won":
            self._reach_order(report)
        return report

    def _reach_order(self, report):
        """Add the row about the order that a report holds, unless it is there.

        :param report: crm.reseller.outcome of a won deal
        """
        ordered = self._get_reseller_milestones().filtered(
            lambda milestone: milestone.asks == ORDER
        )[:1]
        if not ordered or self.type != "opportunity":
            return
        details = {
            "amount": report.amount_won,
            "order_reference": report.order_reference,
            "order_date": report.won_on,
        }
        vals = self._prepare_progress_vals(ordered, "", details)
        said = {name: vals[name] for name in (*DETAILS, "milestone_id")}
        earlier = self._get_own_progress()[:1]
        if vals["back"] or (earlier and earlier._says(said)):
            return
        # the amount is taken over when the team confirms the report
        row = self._add_progress(vals)
        documents = self._get_report_documents()
        if documents:
            row.document_ids = documents
        self._on_reseller_work({"milestone"})

    def _get_report_documents(self):
        """The documents that were sent with the message of this moment.

        :return: ir.attachment, elevated
        """
        message = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("author_id", "=", self.env.user.partner_id.id),
                ],
                order="id desc",
                limit=1,
            )
        )
        return message.attachment_ids

    def _withdraw_report_of_order(self):
        """A deal that goes back from its order is not won yet."""
        waiting = self._lock_reported_outcome_sudo()
        if waiting.outcome == "won":
            self._reseller_withdraw_report()

    # ------------------------------------------------------------
    # ANOTHER RESELLER, MERGING
    # ------------------------------------------------------------

    def _release_from_resellers(self, holders):
        """Deals that left their reseller start again; the rows stay.

        :param dict holders: id of the reseller that held the lead, by the lead's id
        :return: what ``super`` returns
        """
        result = super()._release_from_resellers(holders)
        reached = self.sudo().filtered("reseller_milestone_id")
        if reached:
            reached._set_milestone(reached.reseller_milestone_id.browse(), False)
        return result

    def _merge_dependences(self, opportunities):
        """Keep all rows, and the milestone of the deal that is worked.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        """
        tail = opportunities.sudo()
        head = self.sudo()
        reached = {
            lead: (lead.reseller_id, lead.reseller_milestone_id, since)
            for lead in head | tail
            if (since := lead.reseller_milestone_on)
        }
        rows = tail.reseller_progress_ids
        result = super()._merge_dependences(opportunities)
        rows.write({"lead_id": head.id})
        fitting = [
            (milestone, since)
            for holder, milestone, since in reached.values()
            if holder and holder == head.reseller_id
        ]
        if fitting:
            best = max(
                fitting, key=lambda pair: (pair[0].sequence, pair[0].id, pair[1])
            )
            if best[0] != head.reseller_milestone_id:
                head._set_milestone(*best)
        return result
