from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date

OPEN = "open"
DONE = "done"
CANCELLED = "cancelled"
# written by the methods below only
STATE_FIELDS = frozenset({"state", "done_on", "done_by_id", "reseller_id"})


class CrmResellerTask(models.Model):
    """Something the team asks the reseller of a deal to do by a day."""

    _name = "crm.reseller.task"
    _description = "Task for a Reseller"
    _order = "due_on, id"

    name = fields.Char(string="What to Do", required=True)
    lead_id = fields.Many2one(
        "crm.lead", string="Deal", required=True, index=True, ondelete="cascade"
    )
    # not stored: it would cost each write of a lead's team a statement
    company_id = fields.Many2one(related="lead_id.company_id")
    reseller_id = fields.Many2one(
        "res.partner", readonly=True, index=True, ondelete="restrict"
    )
    due_on = fields.Date(
        string="Due Date", required=True, default=fields.Date.context_today
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    state = fields.Selection(
        [(OPEN, "Open"), (DONE, "Done"), (CANCELLED, "Cancelled")],
        default=OPEN,
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    done_on = fields.Datetime(readonly=True, copy=False)
    done_by_id = fields.Many2one("res.partner", readonly=True, copy=False)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        fresh = {**dict.fromkeys(STATE_FIELDS, False), "state": OPEN}
        tasks = super().create([{**vals, **fresh} for vals in vals_list])
        for task in tasks.sudo():
            if task.lead_id.reseller_state != "accepted":
                raise ValidationError(_("No reseller works this lead yet."))
            task.reseller_id = task.lead_id.reseller_id
        tasks._tell_about_new()
        return tasks

    def write(self, vals):
        if not self.env.su and STATE_FIELDS.intersection(vals):
            raise UserError(_("Use the buttons to close a task or to open it again."))
        return super().write(vals)

    # ------------------------------------------------------------
    # THE TEAM
    # ------------------------------------------------------------

    def _tell_about_new(self):
        """Notify the resellers of new tasks."""
        told = {}
        for lead, tasks in self.sudo().grouped("lead_id").items():
            lang = lead.reseller_notice_partner_id.lang or self.env.lang
            told[lead] = {
                "task": "\n".join(
                    task._get_new_text() for task in tasks.with_context(lang=lang)
                )
            }
        if told:
            self.env["crm.lead"]._tell_resellers(told)

    def _get_new_text(self):
        """The sentence about a new task.

        :return: text in the language of the context
        """
        self.ensure_one()
        return _(
            "New task until %(day)s: %(task)s",
            day=format_date(self.env, self.due_on),
            task=self.name,
        )

    def _check_team(self):
        """Only people inside who may write the leads pass.

        :raises AccessError: for anyone else
        """
        if self.env.user.share and not self.env.user._is_superuser():
            raise AccessError(_("Only the team can do this."))
        self.lead_id._check_internal_access()

    def action_cancel(self):
        """The tasks are not needed any more.

        :return: True
        :raises AccessError: for users who may not write the leads
        """
        self._check_team()
        self.sudo().filtered(lambda task: task.state == OPEN).state = CANCELLED
        return True

    def action_reopen(self):
        """The tasks are not done after all.

        :return: True
        :raises AccessError: for users who may not write the leads
        :raises UserError: where another reseller has the deal meanwhile
        """
        self._check_team()
        tasks = self.sudo()
        if tasks.filtered(lambda task: task.reseller_id != task.lead_id.reseller_id):
            raise UserError(_("The reseller that had this task has lost the deal."))
        tasks.write({"state": OPEN, "done_on": False, "done_by_id": False})
        return True

    # ------------------------------------------------------------
    # THE RESELLER
    # ------------------------------------------------------------

    def _finish(self):
        """The reseller's person who acts has done these tasks.

        :return: those that were open; twice counts once
        """
        tasks = self.filtered(lambda task: task.state == OPEN)
        tasks.write(
            {
                "state": DONE,
                "done_on": fields.Datetime.now(),
                "done_by_id": self.env.user.partner_id.id,
            }
        )
        return tasks
