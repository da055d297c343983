from odoo import api, fields, models
from odoo.osv.expression import AND, OR

# what is missing where a piece of key information is
MISSING = {
    "contact": [("contact_name", "in", (False, "")), ("partner_id", "=", False)],
    "address": [("email_from", "in", (False, "")), ("phone", "in", (False, ""))],
    "country": [("country_id", "=", False)],
    "product_id": [("reseller_product_id", "=", False)],
    "expected_revenue": [("expected_revenue", "=", 0)],
    "date_deadline": [("date_deadline", "=", False)],
}


class CrmLead(models.Model):
    """Which leads lack the key information that a company asks for."""

    _inherit = "crm.lead"

    reseller_missing_info = fields.Boolean(
        string="Missing Key Information",
        compute="_compute_reseller_missing_info",
        search="_search_reseller_missing_info",
        help="One of the mandatory fields of leads is empty, see Configuration, "
        "Mandatory Fields.",
    )

    @api.depends(lambda self: [term[0] for terms in MISSING.values() for term in terms])
    def _compute_reseller_missing_info(self):
        missing = self.filtered_domain(self._get_missing_info_domain())
        for lead in self:
            lead.reseller_missing_info = lead in missing

    @api.model
    def _search_reseller_missing_info(self, operator, value):
        # Odoo 19 asks for one of several values
        values = value if operator in ("in", "not in") else [value]
        wanted = {bool(each) for each in values}
        if operator in ("!=", "not in"):
            wanted = {True, False} - wanted
        if len(wanted) != 1:
            return [(1, "=", 1)] if wanted else [(0, "=", 1)]
        domain = self._get_missing_info_domain()
        if True in wanted:
            return domain
        found = self.with_context(active_test=False)._search(domain)
        return [("id", "not in", found)]

    @api.model
    def _get_missing_info_domain(self):
        """Return which leads lack key information, by the settings of their company.

        :return: domain on crm.lead
        """
        required = self.env["crm.reseller.required.field"].sudo()
        rules = required.search([("form", "=", "lead")])
        return (
            OR(
                [
                    AND(
                        [
                            MISSING[rule.field_name],
                            [("company_id", "=", rule.company_id.id)]
                            if rule.company_id
                            else [],
                        ]
                    )
                    for rule in rules
                ]
            )
            if rules
            else [(0, "=", 1)]
        )
