from odoo import api, fields, models


class CrmDealRegistrationRule(models.Model):
    """Who decides on which registrations; the first rule that fits."""

    _name = "crm.deal.registration.rule"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Rule Who Decides on Registrations"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Leave empty for all companies.")
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", compute_sudo=True
    )
    direction_ids = fields.Many2many("crm.reseller.direction", string="Directions")
    reseller_country_ids = fields.Many2many(
        "res.country",
        "crm_deal_registration_rule_reseller_country_rel",
        string="Resellers' Countries",
    )
    customer_country_ids = fields.Many2many(
        "res.country",
        "crm_deal_registration_rule_customer_country_rel",
        string="Customers' Countries",
        help="Fits existing companies in these countries.",
    )
    min_budget = fields.Monetary(
        string="Budget from", currency_field="currency_id", help="0: any budget."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who Decides",
        required=True,
        domain=[("share", "=", False)],
        ondelete="cascade",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    @api.model
    def _find_for(self, registration):
        """Return the first rule that fits a registration, or nothing.

        :param registration: one crm.deal.registration
        :return: crm.deal.registration.rule, elevated
        """
        rules = self.sudo().search(
            [("company_id", "in", [registration.company_id.id, False])]
        )
        return next(
            filter(lambda rule: rule._fits(registration), rules), rules.browse()
        )

    def _fits(self, registration):
        """Tell whether the rule is about a registration.

        :param registration: one crm.deal.registration
        :rtype: bool
        """
        self.ensure_one()
        reseller = registration.reseller_id
        directions = registration._get_directions()
        country = registration.partner_id.country_id
        if self.direction_ids and not self.direction_ids & directions:
            return False
        if self.reseller_country_ids and (
            reseller.country_id not in self.reseller_country_ids
        ):
            return False
        if self.customer_country_ids and country not in self.customer_country_ids:
            return False
        if self.min_budget <= 0:
            return True
        company = registration.company_id
        budget = registration.currency_id._convert(
            registration.budget,
            (self.company_id or company).currency_id,
            company,
            fields.Date.context_today(self),
        )
        return budget >= self.min_budget
