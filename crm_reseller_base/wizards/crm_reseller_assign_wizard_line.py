from odoo import fields, models


class CrmResellerAssignWizardLine(models.TransientModel):
    _name = "crm.reseller.assign.wizard.line"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Lead to Assign"

    wizard_id = fields.Many2one(
        "crm.reseller.assign.wizard", required=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", required=True, readonly=True)
    current_reseller_id = fields.Many2one(
        related="lead_id.reseller_id", related_sudo=False, string="Held by"
    )
    reseller_id = fields.Many2one("res.partner", string="Reseller", readonly=True)
    level_id = fields.Many2one(
        related="reseller_id.reseller_level_id", related_sudo=False
    )
    open_lead_count = fields.Integer(
        related="reseller_id.reseller_open_lead_count",
        related_sudo=False,
        string="Open Leads",
    )
    explanation = fields.Html(string="Why", readonly=True)
    rule_name = fields.Char(string="Rule", readonly=True)
    distance_km = fields.Float(string="Distance (km)", digits=(8, 1), readonly=True)
    has_distance = fields.Boolean(readonly=True)
    chance = fields.Float(string="Chance (%)", digits=(5, 1), readonly=True)
    problem = fields.Selection(
        [
            ("offered", "Offered"),
            ("no_rule", "No rule applies"),
            ("broken_rule", "A rule has an invalid filter"),
            ("own_request", "The customer is a reseller"),
            ("no_reseller", "No reseller found"),
            ("held", "Already offered or accepted"),
            ("taken_back", "Withdrawn from its reseller"),
            ("closed", "Closed"),
            ("company", "Belongs to another company"),
        ],
        string="Remark",
        readonly=True,
    )
