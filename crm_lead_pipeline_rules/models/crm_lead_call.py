from odoo import api, fields, models

from ..const import LEAD_FACTS


class CrmLead(models.Model):
    """Calls and visits: what an agent does with a lead all day."""

    _inherit = "crm.lead"

    call_log_ids = fields.One2many("crm.call.log", "lead_id", string="Calls")
    call_log_count = fields.Integer(
        "Number of Calls", compute="_compute_call_log_count"
    )

    last_call_on = fields.Datetime(
        "Last Call",
        compute="_compute_last_call_on",
        store=True,
        help="When somebody last called, answered or not.",
    )

    @api.depends("call_log_ids.call_date")
    def _compute_last_call_on(self):
        last = dict(
            self.env["crm.call.log"]
            .sudo()
            ._read_group([("lead_id", "in", self.ids)], ["lead_id"], ["call_date:max"])
        )
        called = self.filtered(lambda lead: lead._origin in last)
        (self - called).last_call_on = False
        for lead in called:
            lead.last_call_on = last[lead._origin]

    @api.depends("call_log_ids")
    def _compute_call_log_count(self):
        counts = dict(
            self.env["crm.call.log"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.call_log_count = counts.get(lead._origin, 0)

    def _on_call_facts_changed(self):
        """The calls of these leads follow their team, customer and company."""
        called = self.filtered("last_call_on")
        if not called:
            return
        logs = self.env["crm.call.log"].sudo().search([("lead_id", "in", called.ids)])
        for lead, calls in logs.grouped("lead_id").items():
            calls.write({fname: lead[fname].id for fname in LEAD_FACTS})

    def action_log_call(self):
        """Open the wizard that logs a call with this lead.

        :return: action
        :raises AccessError: for users who may not read the lead
        """
        self.ensure_one()
        self._require_access("read")
        return self._get_wizard_action("crm_call_log_wizard_action")

    def action_schedule_visit(self):
        """Open the wizard that makes a meeting at the customer's or in the showroom.

        :return: action
        :raises AccessError: for users who may not read the lead
        """
        self.ensure_one()
        self._require_access("read")
        return self._get_wizard_action("crm_lead_visit_wizard_action")

    def action_view_calls(self):
        """Open the calls logged for this lead.

        :return: action
        :raises AccessError: for users who may not read the lead
        """
        self.ensure_one()
        self._require_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_pipeline_rules.crm_call_log_action"
        )
        action["domain"] = [("lead_id", "=", self.id)]
        action["context"] = {"default_lead_id": self.id}
        return action

    def _get_wizard_action(self, name):
        """Open a wizard for this lead.

        :param str name: external id of the action, without the addon
        :return: action
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"crm_lead_pipeline_rules.{name}"
        )
        action["context"] = {"default_lead_id": self.id}
        return action

    def _merge_dependences(self, opportunities):
        """Keep the calls of the leads that are merged away.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        """
        result = super()._merge_dependences(opportunities)
        opportunities.sudo().call_log_ids.write({"lead_id": self.id})
        return result
