from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..models.crm_call_log import CALL_RESULTS

# What to do next after each result: activity type, in how many days.
FOLLOW_UPS = {
    "no_answer": ("mail.mail_activity_data_call", 1),
    "busy": ("mail.mail_activity_data_call", 0),
    "voicemail": ("mail.mail_activity_data_call", 2),
    "wrong_number": ("mail.mail_activity_data_todo", 0),
}
FOLLOW_UP = ("mail.mail_activity_data_call", 1)


class CrmCallLogWizard(models.TransientModel):
    _name = "crm.call.log.wizard"
    _inherit = "crm.lead.work.mixin"
    _description = "Log a Call"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    call_date = fields.Datetime("Called on", required=True, default=fields.Datetime.now)
    duration = fields.Integer("Duration (minutes)")
    result = fields.Selection(CALL_RESULTS, "Call Result", required=True)
    summary = fields.Text()
    schedule_next = fields.Boolean(
        "Next Activity",
        compute="_compute_schedule_next",
        store=True,
        readonly=False,
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity",
        compute="_compute_next_activity",
        store=True,
        readonly=False,
        domain="['|', ('res_model', '=', False), ('res_model', '=', 'crm.lead')]",
    )
    date_deadline = fields.Date(
        "Due Date", compute="_compute_next_activity", store=True, readonly=False
    )
    activity_summary = fields.Char(
        compute="_compute_next_activity", store=True, readonly=False
    )

    @api.depends("result")
    def _compute_schedule_next(self):
        """Most results ask for another try; the agent has the last word."""
        for wizard in self:
            wizard.schedule_next = wizard.result in FOLLOW_UPS

    @api.depends("result", "schedule_next")
    def _compute_next_activity(self):
        """Suggest what to do next, and when: in general a call on the next day."""
        summaries = {
            "no_answer": _("Call again: no answer"),
            "busy": _("Call again: the line was busy"),
            "voicemail": _("Call again: left a voice message"),
            "wrong_number": _("Find the right number"),
        }
        for wizard in self:
            if not wizard.schedule_next:
                wizard.activity_type_id = wizard.date_deadline = False
                wizard.activity_summary = False
                continue
            xmlid, days = FOLLOW_UPS.get(wizard.result, FOLLOW_UP)
            kind = self.env.ref(xmlid, raise_if_not_found=False)
            wizard.activity_type_id = kind
            wizard.date_deadline = self._get_working_day(days)
            wizard.activity_summary = summaries.get(wizard.result, False)

    def action_log(self):
        """Store the call, note it in the chatter, and plan what comes next.

        :return: action that closes the wizard
        :raises AccessError: when the user may not change the lead
        :raises UserError: when the next activity lacks its type or date
        """
        self.ensure_one()
        self.lead_id._require_access("write")
        activity = self._schedule_next_activity()
        log = self.env["crm.call.log"].create(self._prepare_log_vals(activity))
        self.lead_id.message_post(body=self._get_chatter_note(log))
        return {"type": "ir.actions.act_window_close"}

    def _schedule_next_activity(self):
        """Schedule the next activity, where one is wanted.

        :return: mail.activity, one or none
        :raises UserError: without a type or a due date
        """
        if not self.schedule_next:
            return self.env["mail.activity"]
        if not self.activity_type_id or not self.date_deadline:
            raise UserError(_("The next activity needs a type and a due date."))
        return self.lead_id.activity_schedule(
            activity_type_id=self.activity_type_id.id,
            date_deadline=self.date_deadline,
            summary=self.activity_summary or "",
            user_id=(self.lead_id._get_working_user() or self.env.user).id,
        )

    def _prepare_log_vals(self, activity):
        """Values of the call to store. Hook.

        :param activity: the next ``mail.activity``, or none
        :return: dictionary of values for ``crm.call.log``
        """
        return {
            "lead_id": self.lead_id.id,
            "user_id": self.env.uid,
            "call_date": self.call_date,
            "duration": self.duration,
            "result": self.result,
            "summary": self.summary,
            "activity_id": activity.id,
        }

    def _get_chatter_note(self, log):
        """The note about a call, for the lead's chatter.

        :param log: crm.call.log
        :return: Markup
        """
        results = dict(log._fields["result"]._description_selection(self.env))
        title = _(
            "Call: %(result)s, %(minutes)s min",
            result=results[log.result],
            minutes=log.duration,
        )
        summary = plaintext2html(log.summary) if log.summary else ""
        return Markup("<p><b>%s</b></p>%s") % (title, summary)
