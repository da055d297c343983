from odoo import _, fields, models
from odoo.exceptions import UserError


class CrmResellerProposalRefuse(models.TransientModel):
    """Asks why proposed company data is refused; the reseller reads the answer."""

    _name = "crm.reseller.proposal.refuse"
    _description = "Refuse Proposed Company Data"

    proposal_ids = fields.Many2many("crm.reseller.proposal", required=True)
    reason = fields.Text(
        required=True, help="The reseller reads it by e-mail and on the portal."
    )

    def action_refuse(self):
        """Leave the company data as it is and notify the reseller of the reason.

        :return: an action that closes the window
        :raises AccessError: for users who are no sales administrators
        :raises UserError: where no reason is given, or nothing waits for a decision
        """
        self.ensure_one()
        waiting = self.proposal_ids._check_team()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(_("Enter a reason for the reseller."))
        waiting._close("refused", reason)
        return {"type": "ir.actions.act_window_close"}
