from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..lib.assignment import parse_rings

PREFIX = "crm_reseller_base."

DEFAULTS = {
    "auto_assign": True,
    "max_rounds": 3,
    "reminder_hours": 4.0,
    "ring_radii": "50, 150, 400",
    "country_fallback": True,
    "hide_contact_details": True,
    "channel_manager_id": 0,
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_auto_assign = fields.Boolean(string="Automatic Assignment")
    reseller_interval_number = fields.Integer(string="Look Every")
    reseller_interval_type = fields.Selection(
        [("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")]
    )
    reseller_max_rounds = fields.Integer(string="Rounds")
    reseller_reminder_hours = fields.Float(string="Remind Before the Deadline (hours)")
    reseller_ring_radii = fields.Char(string="Search Rings (km)")
    reseller_country_fallback = fields.Boolean(string="Fall Back to the Country")
    reseller_hide_contact_details = fields.Boolean(
        string="Hide Contact Details Until Accepted"
    )
    reseller_channel_manager_id = fields.Many2one(
        "res.users", string="Channel Manager", domain=[("share", "=", False)]
    )

    @api.constrains("reseller_ring_radii")
    def _check_reseller_ring_radii(self):
        for settings in self:
            try:
                rings = parse_rings(settings.reseller_ring_radii)
            except ValueError:
                rings = ()
            if settings.reseller_ring_radii and not rings:
                raise ValidationError(
                    _("The rings are distances above zero, for example: 50, 150, 400")
                )

    @api.constrains(
        "reseller_max_rounds",
        "reseller_reminder_hours",
        "reseller_interval_number",
    )
    def _check_reseller_numbers(self):
        for settings in self:
            numbers = (
                settings.reseller_max_rounds,
                settings.reseller_reminder_hours,
            )
            if min(numbers) < 0:
                raise ValidationError(_("Rounds and hours cannot be below zero."))
            if settings.reseller_auto_assign and settings.reseller_interval_number < 1:
                raise ValidationError(_("The interval must be 1 or more."))

    @api.model
    def _get_reseller_param(self, name):
        """The value of a setting of the reseller program, in its own type.

        :param str name: a key of ``DEFAULTS``
        """
        default = DEFAULTS[name]
        value = self.env["ir.config_parameter"].sudo().get_param(PREFIX + name, None)
        if value is None or value is False:
            return default
        value = value.strip()
        if isinstance(default, bool):
            return value.lower() in ("true", "1")
        try:
            return type(default)(value)
        except ValueError:
            return default

    @api.model
    def get_values(self):
        values = super().get_values()
        cron = self._get_reseller_cron()
        manager = self.env["res.users"].browse(
            self._get_reseller_param("channel_manager_id")
        )
        return {
            **values,
            **{f"reseller_{name}": self._get_reseller_param(name) for name in DEFAULTS},
            "reseller_channel_manager_id": manager.exists().id,
            "reseller_interval_number": cron.interval_number if cron else 10,
            "reseller_interval_type": self._get_cron_unit(cron),
        }

    def set_values(self):
        result = super().set_values()
        params = self.env["ir.config_parameter"].sudo()
        for name, default in DEFAULTS.items():
            value = self[f"reseller_{name}"]
            if name == "channel_manager_id":
                value = value.id
            # written in words, for a missing parameter means the default
            params.set_param(PREFIX + name, str(type(default)(value or 0)))
        params.set_param(PREFIX + "ring_radii", self.reseller_ring_radii or " ")
        cron = self._get_reseller_cron()
        if cron:
            cron.write(
                {
                    "active": self.reseller_auto_assign,
                    "interval_number": max(self.reseller_interval_number, 1),
                    "interval_type": self.reseller_interval_type or "minutes",
                }
            )
        return result

    @api.model
    def _get_reseller_cron(self):
        cron = self.env.ref(
            "crm_reseller_base.ir_cron_assign_resellers", raise_if_not_found=False
        )
        return (cron or self.env["ir.cron"]).sudo()

    @api.model
    def _get_cron_unit(self, cron):
        units = dict(self._fields["reseller_interval_type"].selection)
        return cron.interval_type if cron and cron.interval_type in units else "minutes"
