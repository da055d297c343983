from odoo import _, fields, models
from odoo.exceptions import UserError


class CrmResellerOutcomeReject(models.TransientModel):
    """Asks why a reported result is not confirmed; the reseller reads the answer."""

    _name = "crm.reseller.outcome.reject"
    _description = "Reject a Reported Result"

    lead_ids = fields.Many2many("crm.lead", string="Leads", required=True)
    reason = fields.Text(
        required=True, help="The reseller reads it by e-mail and on the portal."
    )

    def action_reject(self):
        """Leave the deals open and notify their resellers of the reason.

        :return: an action that closes the window
        :raises AccessError: for users who may not write the leads
        :raises UserError: when no reason is given
        """
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(_("Enter a reason for the reseller."))
        self.lead_ids._reject_reseller_outcome(self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
