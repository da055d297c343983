from odoo import api, fields, models

ALIAS = "crm_reseller_registration.mail_alias_registration"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_registration_hours = fields.Float(
        related="company_id.reseller_registration_hours", readonly=False
    )
    reseller_registration_reminder_hours = fields.Float(
        related="company_id.reseller_registration_reminder_hours", readonly=False
    )
    reseller_registration_max_returns = fields.Integer(
        related="company_id.reseller_registration_max_returns", readonly=False
    )
    reseller_registration_answer_days = fields.Integer(
        related="company_id.reseller_registration_answer_days", readonly=False
    )
    reseller_registration_provisional_days = fields.Integer(
        related="company_id.reseller_registration_provisional_days", readonly=False
    )
    reseller_registration_warning_days = fields.Integer(
        related="company_id.reseller_registration_warning_days", readonly=False
    )
    reseller_registration_product_ids = fields.Many2many(
        related="company_id.reseller_registration_product_ids", readonly=False
    )
    reseller_registration_product_text = fields.Boolean(
        related="company_id.reseller_registration_product_text", readonly=False
    )
    reseller_registration_vat = fields.Selection(
        related="company_id.reseller_registration_vat", readonly=False
    )
    reseller_registration_search = fields.Selection(
        related="company_id.reseller_registration_search", readonly=False
    )
    reseller_registration_alias = fields.Char(
        string="Registrations by Mail",
        help="Part before the @ of the address that takes forwarded mails.",
    )

    @api.model
    def get_values(self):
        alias = self.env.ref(ALIAS, raise_if_not_found=False)
        name = alias.sudo().alias_name if alias else False
        return {**super().get_values(), "reseller_registration_alias": name}

    def set_values(self):
        result = super().set_values()
        alias = self.env.ref(ALIAS, raise_if_not_found=False)
        name = self.reseller_registration_alias
        # administrators alone get here
        if alias and (alias.sudo().alias_name or False) != (name or False):
            alias.sudo().alias_name = name
        return result
