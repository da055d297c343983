from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_reseller_base.compat import check_access

from .crm_reseller_onboarding import FINISHED, WANTED

ACTIVITY = "crm_reseller_onboarding.mail_activity_type_onboarding"
STATES = [
    ("pending", "Pending"),
    ("waiting", "Waiting for Approval"),
    ("done", "Done"),
    ("reopened", "Reopened"),
    ("skipped", "Skipped"),
]


class CrmResellerOnboardingProgress(models.Model):
    """Where a reseller is with one step. Only the methods below change it."""

    _name = "crm.reseller.onboarding.progress"
    _description = "Step of a Reseller's Onboarding"
    _order = "sequence, id"
    _rec_name = "step_id"

    onboarding_id = fields.Many2one(
        "crm.reseller.onboarding",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    reseller_id = fields.Many2one(
        related="onboarding_id.reseller_id", store=True, index=True
    )
    company_id = fields.Many2one(related="onboarding_id.company_id", store=True)
    step_id = fields.Many2one(
        "crm.reseller.onboarding.step",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    sequence = fields.Integer(related="step_id.sequence", store=True)
    kind = fields.Selection(related="step_id.kind")
    state = fields.Selection(
        STATES, default="pending", required=True, readonly=True, index=True
    )
    done_on = fields.Datetime(readonly=True)
    person_id = fields.Many2one(
        "res.partner",
        string="Done by",
        readonly=True,
        ondelete="set null",
        help="The reseller's person who was observed.",
    )
    decided_by_id = fields.Many2one(
        "res.users",
        string="Decided by",
        readonly=True,
        help="Who ticked, approved, reopened or skipped the step.",
    )
    reopened_on = fields.Datetime(readonly=True)
    reason = fields.Char(readonly=True, help="Why it was skipped or reopened.")

    _sql_constraints = [
        (
            "onboarding_step",
            "UNIQUE (onboarding_id, step_id)",
            "There is one row for each step of an onboarding.",
        )
    ]

    # ------------------------------------------------------------
    # WHAT IS OBSERVED
    # ------------------------------------------------------------

    def _apply_evidence(self, evidence, lasts):
        """Bring these rows in step with what was observed.

        :param dict evidence: see ``crm.reseller.onboarding.step._observe_signed_in``
        :param bool lasts: whether a step stays done when it is observed no longer
        """
        seen = {row: evidence.get((row.step_id.id, row.reseller_id.id)) for row in self}
        fresh = self.filtered(
            lambda row: row.state in WANTED and row._is_enough(seen[row])
        )
        fresh._note_evidence({row: seen[row] for row in fresh})
        # what was reopened by hand is looked at by hand where no date says more
        held = fresh.filtered(
            lambda row: (
                row.step_id.needs_approval
                or (row.reopened_on and row.decided_by_id and not seen[row].moment)
            )
        )
        held._update_state(WANTED, "waiting")
        held._ask_for_approval()
        (fresh - held)._update_state(WANTED, "done", decided_by_id=False)
        if not lasts:
            gone = self.filtered(
                lambda row: row.state in ("waiting", "done") and not seen[row]
            )
            gone._update_state(
                ("waiting", "done"),
                "reopened",
                done_on=False,
                person_id=False,
                decided_by_id=False,
                reopened_on=fields.Datetime.now(),
            )

    def _is_enough(self, evidence):
        """Whether what was observed means that the step is done.

        :param Evidence evidence: or None
        :return: bool
        """
        self.ensure_one()
        if evidence is None:
            return False
        since = self.reopened_on if self.decided_by_id else False
        return not since or not evidence.moment or evidence.moment > since

    def _note_evidence(self, evidence):
        """Keep when and by whom steps were done, in one statement.

        :param dict evidence: ``Evidence`` by row
        """
        if not evidence:
            return
        now = fields.Datetime.now()
        rows = [
            (row.id, min(each.moment or now, now), each.person_id)
            for row, each in evidence.items()
        ]
        ids, moments, people = (list(each) for each in zip(*rows, strict=True))
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_reseller_onboarding_progress AS progress
                   SET done_on = seen.moment, person_id = seen.person
                  FROM unnest(%s::int[], %s::timestamp[], %s::int[])
                       AS seen (id, moment, person)
                 WHERE progress.id = seen.id
                """,
                ids,
                moments,
                people,
            )
        )
        self.invalidate_recordset(["done_on", "person_id"], flush=False)

    def _update_state(self, allowed, target, **vals):
        """Move the rows that are in one of the allowed states to another one.

        :param allowed: states to start from
        :param str target: the new state
        :param vals: more values
        :return: the rows that changed, elevated
        """
        rows = self.sudo().filtered(lambda row: row.state in allowed)
        if rows:
            rows.write({**vals, "state": target})
            if target in FINISHED:
                rows.onboarding_id.moved_on = fields.Datetime.now()
        return rows

    def _ask_for_approval(self):
        """Ask the channel managers to look at steps that wait for them."""
        for row in self:
            reseller = row.reseller_id
            manager = reseller._get_reseller_channel_manager()
            words = row.with_context(lang=manager.lang or self.env.lang)
            reseller._schedule_reseller_activity(
                ACTIVITY, manager, words._get_approval_text()
            )

    def _get_approval_text(self):
        """What the channel manager is asked.

        :return: text in the language of the context
        """
        self.ensure_one()
        return _("Approve the step “%(step)s”.", step=self.step_id.name)

    # ------------------------------------------------------------
    # WHAT THE TEAM DECIDES
    # ------------------------------------------------------------

    def _check_manager(self):
        """Let only sales administrators who may read these rows pass.

        :return: the rows, elevated
        :raises AccessError: for anyone else
        """
        self.env["crm.reseller.onboarding.track"]._check_manager()
        check_access(self, "read")
        return self.sudo()

    def action_done(self):
        """Tick steps of the kind Custom, and approve what waits for it.

        :return: True
        :raises AccessError: for users who are no sales administrators
        :raises UserError: for a step that is observed, and was not yet
        """
        rows = self._check_manager()
        types = self.env["crm.reseller.onboarding.step"]._get_onboarding_step_types()
        for row in rows.filtered(lambda row: row.state in WANTED):
            if row.step_id.kind in types and types[row.step_id.kind].observe:
                raise UserError(
                    _(
                        "%(step)s is observed, not ticked. Skip it instead, with a "
                        "reason.",
                        step=row.step_id.name,
                    )
                )
        ticked = rows.filtered(lambda row: not row.done_on)
        ticked.write({"done_on": fields.Datetime.now()})
        rows._update_state(
            (*WANTED, "waiting"), "done", decided_by_id=self.env.uid, reason=False
        )
        rows.onboarding_id._observe()
        return True

    def action_reopen(self):
        """Ask for steps again: only what is observed from now on counts.

        :return: True
        :raises AccessError: for users who are no sales administrators
        :raises UserError: for an onboarding that has ended
        """
        rows = self._check_manager()
        if any(row.onboarding_id.state != "open" for row in rows):
            raise UserError(_("This onboarding has ended."))
        rows._update_state(
            ("waiting", *FINISHED),
            "reopened",
            done_on=False,
            person_id=False,
            decided_by_id=self.env.uid,
            reopened_on=fields.Datetime.now(),
        )
        return True

    def action_skip(self):
        """Ask why these steps are skipped.

        :return: action of the window
        :raises AccessError: for users who are no sales administrators
        """
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": _("Skip a Step"),
            "res_model": "crm.reseller.onboarding.skip",
            "view_mode": "form",
            "target": "new",
            "context": {"default_progress_ids": [(6, 0, self.ids)]},
        }

    def _skip(self, reason):
        """Skip steps, for a reason that is kept.

        :param str reason: why
        :raises AccessError: for users who are no sales administrators
        :raises UserError: without a reason
        """
        rows = self._check_manager()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(_("Say why the step is skipped."))
        rows._update_state(
            (*WANTED, "waiting"), "skipped", decided_by_id=self.env.uid, reason=reason
        )
        rows.onboarding_id._observe()
