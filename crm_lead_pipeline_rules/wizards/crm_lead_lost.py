from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import is_html_empty


class CrmLeadLost(models.TransientModel):
    _inherit = "crm.lead.lost"

    notes_required = fields.Boolean(related="lost_reason_id.notes_required")
    lead_count = fields.Integer("Number of Leads", compute="_compute_lead_count")

    @api.depends("lead_ids")
    def _compute_lead_count(self):
        for wizard in self:
            wizard.lead_count = len(wizard.lead_ids)

    def action_lost_reason_apply(self):
        """Ask for what is missing, then close the leads.

        :return: what ``super`` returns
        :raises UserError: without a reason, or without the notes it asks for
        """
        self.ensure_one()
        if not self.lost_reason_id:
            raise UserError(self.lead_ids._get_reason_missing_message())
        if self.notes_required and is_html_empty(self.lost_feedback):
            raise UserError(
                _(
                    'The reason "%(reason)s" needs a note: what happened?',
                    reason=self.lost_reason_id.name,
                )
            )
        return super().action_lost_reason_apply()
