from odoo import api, fields, models

from ..lib.phones import read_numbers
from ..lib.texts import domain_of, normalise_name, normalise_vat


class ResPartner(models.Model):
    _inherit = "res.partner"

    contact_phone_key = fields.Char(
        compute="_compute_contact_phone_keys", store=True, index="btree_not_null"
    )
    contact_phone_other_key = fields.Char(
        compute="_compute_contact_phone_keys", store=True, index="btree_not_null"
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
    contact_vat_key = fields.Char(
        compute="_compute_contact_vat_key", store=True, index="btree_not_null"
    )

    @api.depends(lambda self: [*self._phone_get_number_fields(), "country_id"])
    def _compute_contact_phone_keys(self):
        home = self.env.company.country_id.code or ""
        for partner in self:
            region = partner.country_id.code or home
            numbers = []
            for fname in partner._phone_get_number_fields():
                if partner[fname]:
                    numbers += read_numbers(partner[fname], region)
            numbers = list(dict.fromkeys(numbers))
            partner.contact_phone_key = numbers[0] if numbers else False
            partner.contact_phone_other_key = numbers[1] if len(numbers) > 1 else False

    @api.depends("commercial_company_name", "email_normalized", "website")
    def _compute_contact_name_keys(self):
        is_company_domain = self.env["crm.contact.generic"]._is_company_domain
        for partner in self:
            domains = (domain_of(partner.email_normalized), domain_of(partner.website))
            partner.contact_domain_key = next(filter(is_company_domain, domains), False)
            company = normalise_name(partner.commercial_company_name)
            partner.contact_name_key = company or False

    @api.depends("vat")
    def _compute_contact_vat_key(self):
        for partner in self:
            partner.contact_vat_key = normalise_vat(partner.vat) or False
