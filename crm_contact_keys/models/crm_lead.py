from odoo import api, fields, models

from ..lib.phones import read_numbers
from ..lib.texts import domain_of, normalise_name


class CrmLead(models.Model):
    _inherit = "crm.lead"

    contact_phone_key = fields.Char(
        compute="_compute_contact_phone_keys",
        store=True,
        index="btree_not_null",
        help="The first number in E.164, read with or without the country's code.",
    )
    contact_phone_other_key = fields.Char(
        compute="_compute_contact_phone_keys",
        store=True,
        index="btree_not_null",
        help="The lead's second number, likewise.",
    )
    contact_domain_key = fields.Char(
        compute="_compute_contact_name_keys", store=True, index="btree_not_null"
    )
    contact_name_key = fields.Char(
        compute="_compute_contact_name_keys",
        store=True,
        index="btree_not_null",
        help="The company's name without accents and legal form.",
    )

    @api.depends(lambda self: self._phone_get_sanitize_triggers())
    def _compute_contact_phone_keys(self):
        home = self.env.company.country_id.code or ""
        for lead in self:
            region = (lead.country_id or lead.partner_id.country_id).code or home
            numbers = []
            for fname in lead._phone_get_number_fields():
                if lead[fname]:
                    numbers += read_numbers(lead[fname], region)
            numbers = list(dict.fromkeys(numbers))
            lead.contact_phone_key = numbers[0] if numbers else False
            lead.contact_phone_other_key = numbers[1] if len(numbers) > 1 else False

    @api.depends("partner_name", "email_normalized", "website")
    def _compute_contact_name_keys(self):
        is_company_domain = self.env["crm.contact.generic"]._is_company_domain
        for lead in self:
            domains = (domain_of(lead.email_normalized), domain_of(lead.website))
            lead.contact_domain_key = next(filter(is_company_domain, domains), False)
            lead.contact_name_key = normalise_name(lead.partner_name) or False
