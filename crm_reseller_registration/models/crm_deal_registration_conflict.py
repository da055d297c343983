from odoo import fields, models

from odoo.addons.crm_reseller_base.compat import check_access

STRENGTHS = [("proof", "Same Customer"), ("likely", "Likely"), ("weak", "Possible")]


class CrmDealRegistrationConflict(models.Model):
    """What is known of the customer of a registration, with reason and strength."""

    _name = "crm.deal.registration.conflict"
    _description = "Conflict of a Registration"
    _order = "strength, known_since, id"

    registration_id = fields.Many2one(
        "crm.deal.registration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [
            ("registration", "Registration"),
            ("lead", "Lead or Opportunity"),
            ("customer", "Contact"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char(string="What", required=True, readonly=True)
    reseller_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    strength = fields.Selection(STRENGTHS, required=True, readonly=True)
    reasons = fields.Char(readonly=True, help="What both have in common.")
    known_since = fields.Datetime(
        readonly=True, help="First come: the older one was there before."
    )
    res_id = fields.Integer(string="Record", readonly=True)

    def action_open(self):
        """Open what the registration is in conflict with."""
        self.ensure_one()
        check_access(self, "read")
        model = {
            "registration": "crm.deal.registration",
            "lead": "crm.lead",
            "customer": "res.partner",
        }[self.kind]
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
