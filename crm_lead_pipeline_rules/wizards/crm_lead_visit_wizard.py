from datetime import datetime, time, timedelta

from pytz import utc

from odoo import _, api, fields, models
from odoo.exceptions import UserError

VISITING_TIME = time(10)


class CrmLeadVisitWizard(models.TransientModel):
    _name = "crm.lead.visit.wizard"
    _inherit = "crm.lead.work.mixin"
    _description = "Schedule a Visit"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    place = fields.Selection(
        [("on_site", "At the customer's"), ("showroom", "In the showroom")],
        required=True,
        default="on_site",
    )
    # as the user: with elevated rights anyone could ask for any lead's address
    location = fields.Char(
        compute="_compute_location", compute_sudo=False, store=True, readonly=False
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        required=True,
        compute="_compute_user_id",
        compute_sudo=False,
        precompute=True,
        store=True,
        readonly=False,
        domain="[('share', '=', False)]",
    )
    start = fields.Datetime(required=True, default=lambda self: self._default_start())
    duration = fields.Float("Duration (hours)", required=True, default=1.0)
    notes = fields.Text()
    invite_customer = fields.Boolean(
        help="The customer gets Odoo's invitation by e-mail.",
    )
    clash = fields.Char(compute="_compute_clash")

    @api.model
    def _default_start(self):
        """The next working day at the usual time of a visit, in the user's time zone.

        :return: datetime, naive, in UTC
        """
        day = self._get_working_day(1)
        local = self._get_user_zone().localize(datetime.combine(day, VISITING_TIME))
        return local.astimezone(utc).replace(tzinfo=None)

    @api.depends("lead_id")
    def _compute_user_id(self):
        for wizard in self:
            wizard.user_id = wizard.lead_id._get_working_user() or self.env.user

    @api.depends("lead_id", "place")
    def _compute_location(self):
        for wizard in self:
            lead = wizard.lead_id
            company = lead.company_id or self.env.company
            if wizard.place == "showroom":
                wizard.location = self._format_address(company.partner_id)
            else:
                wizard.location = self._format_address(lead) or self._format_address(
                    lead.partner_id
                )

    @api.model
    def _format_address(self, record):
        """The postal address of a partner or a lead, in one line.

        :param record: one ``res.partner`` or ``crm.lead``
        :return: text
        """
        town = " ".join(filter(None, (record.zip, record.city)))
        parts = (
            record.street,
            record.street2,
            town,
            record.state_id.name,
            record.country_id.name,
        )
        return ", ".join(filter(None, parts))

    @api.depends("user_id", "start", "duration")
    def _compute_clash(self):
        """Say when the agent has another meeting, without saying which."""
        for wizard in self:
            wizard.clash = False
            if not (wizard.user_id and wizard.start):
                continue
            stop = wizard.start + timedelta(hours=wizard.duration)
            busy = (
                self.env["calendar.attendee"]
                .sudo()
                .search_count(
                    [
                        ("partner_id", "in", wizard.user_id.partner_id.ids),
                        ("state", "!=", "declined"),
                        ("event_id.active", "=", True),
                        ("event_id.start", "<", stop),
                        ("event_id.stop", ">", wizard.start),
                        ("event_id.show_as", "=", "busy"),
                    ],
                    limit=1,
                )
            )
            if busy:
                wizard.clash = _(
                    "%(agent)s has another meeting at that time.",
                    agent=wizard.user_id.name,
                )

    def action_schedule(self):
        """Put the visit into the agent's calendar.

        :return: action that closes the wizard
        :raises AccessError: when the user may not change the lead
        :raises UserError: when it would take no time
        """
        self.ensure_one()
        self.lead_id._require_access("write")
        if not self.user_id.active or self.user_id.share:
            raise UserError(_("Choose a colleague who is active for the visit."))
        if self.duration <= 0:
            raise UserError(_("A visit takes some time: enter its duration."))
        self.env["calendar.event"].create(self._prepare_meeting_vals())
        return {"type": "ir.actions.act_window_close"}

    def _prepare_meeting_vals(self):
        """Values of the meeting. Hook.

        :return: dictionary of values for ``calendar.event``
        """
        attendees = self.user_id.partner_id
        if self.invite_customer:
            attendees |= self.lead_id.partner_id
        places = dict(self._fields["place"]._description_selection(self.env))
        return {
            "name": _(
                "Visit: %(lead)s (%(place)s)",
                lead=self.lead_id.name,
                place=places[self.place],
            ),
            "start": self.start,
            "stop": self.start + timedelta(hours=self.duration),
            "location": self.location,
            "description": self.notes,
            "user_id": self.user_id.id,
            "partner_ids": [(6, 0, attendees.ids)],
            "opportunity_id": self.lead_id.id,
            "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
            "res_id": self.lead_id.id,
        }
