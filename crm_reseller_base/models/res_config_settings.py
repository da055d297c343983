from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_auto_assign = fields.Boolean(
        related="company_id.reseller_auto_assign", readonly=False
    )
    reseller_interval_number = fields.Integer(string="Check Every")
    reseller_interval_type = fields.Selection(
        [("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")]
    )
    reseller_max_reoffers = fields.Integer(
        related="company_id.reseller_max_reoffers", readonly=False
    )
    reseller_reminder_hours = fields.Float(
        related="company_id.reseller_reminder_hours", readonly=False
    )
    reseller_search_radii_km = fields.Char(
        related="company_id.reseller_search_radii_km", readonly=False
    )
    reseller_country_fallback = fields.Boolean(
        related="company_id.reseller_country_fallback", readonly=False
    )
    reseller_hide_contact_details = fields.Boolean(
        related="company_id.reseller_hide_contact_details", readonly=False
    )
    reseller_channel_manager_id = fields.Many2one(
        related="company_id.reseller_channel_manager_id", readonly=False
    )

    @api.constrains("reseller_interval_number")
    def _check_reseller_interval(self):
        """Ask for an interval while leads are assigned automatically.

        :raises ValidationError: for less than 1
        """
        for settings in self:
            if settings.reseller_auto_assign and settings.reseller_interval_number < 1:
                raise ValidationError(_("The interval must be 1 or more."))

    @api.model
    def get_values(self):
        """Read the interval from the scheduled action.

        :return: dict of values
        """
        values = super().get_values()
        cron = self._get_reseller_cron()
        return {
            **values,
            "reseller_interval_number": cron.interval_number if cron else 10,
            "reseller_interval_type": self._get_cron_unit(cron),
        }

    def set_values(self):
        """Write the interval to the scheduled action, which runs while any company
        wants it.

        :return: what ``super`` returns
        """
        result = super().set_values()
        cron = self._get_reseller_cron()
        if cron:
            # one job for all companies; each is asked for its own setting
            wanted = (
                self.env["res.company"]
                .sudo()
                .search_count([("reseller_auto_assign", "=", True)], limit=1)
            )
            cron.write(
                {
                    "active": bool(wanted),
                    "interval_number": max(self.reseller_interval_number, 1),
                    "interval_type": self.reseller_interval_type or "minutes",
                }
            )
        return result

    @api.model
    def _get_reseller_cron(self):
        """The scheduled action that assigns leads.

        :return: ir.cron, elevated; none where it was deleted
        """
        cron = self.env.ref(
            "crm_reseller_base.ir_cron_assign_resellers", raise_if_not_found=False
        )
        return (cron or self.env["ir.cron"]).sudo()

    @api.model
    def _get_cron_unit(self, cron):
        """The unit of a job's interval, where the settings offer it.

        :param cron: ir.cron
        :return: a value of ``reseller_interval_type``
        """
        units = dict(self._fields["reseller_interval_type"].selection)
        return cron.interval_type if cron and cron.interval_type in units else "minutes"
