from odoo import fields, models


class CrmResellerInviteLine(models.TransientModel):
    """A person of the preview, and why they cannot be invited."""

    _name = "crm.reseller.invite.line"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Person to Invite"

    wizard_id = fields.Many2one(
        "crm.reseller.invite", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="cascade"
    )
    reseller_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Reseller",
        related_sudo=False,
    )
    email = fields.Char(related="partner_id.email", related_sudo=False)
    invite = fields.Boolean()
    problem = fields.Char(string="Why Not", readonly=True)
