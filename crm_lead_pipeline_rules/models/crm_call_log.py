from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..const import LEAD_FACTS

CALL_RESULTS = [
    ("answered", "Answered"),
    ("no_answer", "No Answer"),
    ("busy", "Busy"),
    ("voicemail", "Voicemail"),
    ("wrong_number", "Wrong Number"),
]


class CrmCallLog(models.Model):
    _name = "crm.call.log"
    _inherit = "crm.lead.work.mixin"
    _description = "Call Log"
    _order = "call_date desc, id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead", string="Lead", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    # Facts of the lead, kept by ``crm.lead.write``: as related fields they would cost
    # each write of a lead a statement each.
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        compute="_compute_lead_facts",
        store=True,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_lead_facts", store=True
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_lead_facts", store=True, index=True
    )
    call_date = fields.Datetime(
        "Called on", required=True, default=fields.Datetime.now, index=True
    )
    end_date = fields.Datetime(compute="_compute_end_date", store=True)
    duration = fields.Integer("Duration (minutes)")
    result = fields.Selection(
        CALL_RESULTS, required=True, default="answered", index=True
    )
    answered = fields.Float(
        "Answered (%)",
        compute="_compute_answered",
        store=True,
        group_operator="avg",
        help="100 for a call that was answered, else 0: its average is the share.",
    )
    summary = fields.Text()
    activity_id = fields.Many2one(
        "mail.activity", string="Next Activity", readonly=True, ondelete="set null"
    )

    @api.depends("lead_id")
    def _compute_lead_facts(self):
        for log in self:
            for fname in LEAD_FACTS:
                log[fname] = log.lead_id[fname]

    @api.depends("call_date", "duration")
    def _compute_end_date(self):
        for log in self:
            log.end_date = log.call_date and log.call_date + timedelta(
                minutes=log.duration
            )

    @api.depends("result")
    def _compute_answered(self):
        for log in self:
            log.answered = 100 if log.result == "answered" else 0

    @api.constrains("duration")
    def _check_duration(self):
        """Accept durations from zero on.

        :raises ValidationError: for one below zero
        """
        if any(log.duration < 0 for log in self):
            raise ValidationError(_("The duration of a call cannot be negative."))
