from odoo import api, fields, models

# field of the line, and field of the reseller
FIELDS = {
    "level_id": "reseller_level_id",
    "weight": "reseller_weight",
    "factor": "reseller_performance_factor",
    "max_open_leads": "reseller_max_open_leads",
    "country_ids": "reseller_country_ids",
    "state_ids": "reseller_state_ids",
    "zip_prefixes": "reseller_zip_prefixes",
}


class CrmResellerReplayReseller(models.TransientModel):
    """Another level, weight, factor, limit or territory of a reseller, to try out."""

    _name = "crm.reseller.replay.reseller"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Changed Reseller of a Replay"

    replay_id = fields.Many2one(
        "crm.reseller.replay", required=True, ondelete="cascade"
    )
    reseller_id = fields.Many2one(
        "res.partner", required=True, domain="[('reseller_level_id', '!=', False)]"
    )
    level_id = fields.Many2one(
        "crm.reseller.level",
        compute="_compute_today",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    weight = fields.Integer(
        compute="_compute_today", store=True, readonly=False, compute_sudo=False
    )
    factor = fields.Float(
        string="Performance Factor",
        compute="_compute_today",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    max_open_leads = fields.Integer(
        string="Maximum Open Leads",
        compute="_compute_today",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        compute="_compute_today",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    state_ids = fields.Many2many(
        "res.country.state",
        string="States",
        compute="_compute_today",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    zip_prefixes = fields.Char(
        string="Zip Code Prefixes",
        compute="_compute_today",
        store=True,
        readonly=False,
        compute_sudo=False,
    )

    @api.depends("reseller_id")
    def _compute_today(self):
        for line in self:
            for name, field in FIELDS.items():
                line[name] = line.reseller_id[field]

    @api.onchange("level_id")
    def _onchange_level_id(self):
        """Another level brings its weight, unless the weight was set by hand."""
        if self.level_id and not self.reseller_id.reseller_weight_custom:
            self.weight = self.level_id.weight

    def _get_change(self):
        """What differs from today.

        :return: pair of the reseller and values
        """
        self.ensure_one()
        vals = {}
        for name, field in FIELDS.items():
            value, today = self[name], self.reseller_id[field]
            if value == today or (not value and not today):
                continue
            if name == "level_id" and not value:
                continue  # leaving the program is no matter of a replay
            if self._fields[name].type == "many2many":
                value = [fields.Command.set(value.ids)]
            elif self._fields[name].relational:
                value = value.id
            vals[field] = value
        return self.reseller_id, vals
