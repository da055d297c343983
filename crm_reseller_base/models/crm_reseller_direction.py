from odoo import api, fields, models
from odoo.tools import ormcache


class CrmResellerDirection(models.Model):
    _name = "crm.reseller.direction"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Sales Direction"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="A reseller's first direction is its home direction."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Channel Manager",
        domain=[("share", "=", False)],
        help="Gets an activity when a lead of this direction finds no reseller.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        help="Leads of this team belong to this direction.",
    )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        directions = super().create(vals_list)
        self.env.registry.clear_cache()
        return directions

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @ormcache()
    def _get_direction_ids_by_team(self):
        """The direction that leads of a team belong to, remembered until one changes.

        :return: dict of the id of a direction by the id of its team
        """
        by_team = {}
        directions = self.sudo().with_context(active_test=True)
        for direction in directions.search([("team_id", "!=", False)]):
            by_team.setdefault(direction.team_id.id, direction.id)
        return by_team
