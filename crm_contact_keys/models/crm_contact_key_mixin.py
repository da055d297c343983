from odoo import api, fields, models
from odoo.tools.sql import create_index

from ..lib.phones import read_numbers
from ..lib.texts import domain_of, normalise_name


def get_email_index(table):
    """The name of the index that customers are found with by their address.

    :param str table: table of a model with contact keys
    :rtype: str
    """
    return f"{table}_contact_email_key"


class CrmContactKeyMixin(models.AbstractModel):
    """The normalised identities of a customer, stored and indexed.

    Records that have them also have ``email_normalized``, ``website`` and the phone
    numbers of Odoo's ``mail.thread.phone`` or of its kind.
    """

    _name = "crm.contact.key.mixin"
    _description = "Identities of a Customer"
    # the field with the name of the customer's company
    _contact_company_field = "display_name"

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
        help="The second number, likewise.",
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

    def init(self):
        result = super().init()
        if self._auto:
            # Odoo's own index, where there is one, serves searches for parts of it
            create_index(
                self.env.cr,
                get_email_index(self._table),
                self._table,
                ["email_normalized"],
                where="email_normalized IS NOT NULL",
            )
        return result

    def _get_contact_phone_triggers(self):
        """The fields that phone numbers are read from, and read with. Hook.

        :return: list of names of fields
        """
        return [*self._phone_get_number_fields(), "country_id"]

    def _get_contact_country(self):
        """The country whose numbers are written without its code. Hook.

        :return: res.country, one or none
        """
        self.ensure_one()
        return self.country_id

    def _get_contact_region(self):
        """Where numbers without a country's code are read: the record's country, else
        that of its company.

        :return: ISO code, or empty
        """
        country = (
            self._get_contact_country()
            or self.company_id.sudo().country_id
            or self.env.company.country_id
        )
        return country.code or ""

    @api.depends(lambda self: self._get_contact_phone_triggers())
    def _compute_contact_phone_keys(self):
        for record in self:
            region = record._get_contact_region()
            numbers = []
            for fname in record._phone_get_number_fields():
                if record[fname]:
                    numbers += read_numbers(record[fname], region)
            numbers = list(dict.fromkeys(numbers))
            record.contact_phone_key = numbers[0] if numbers else False
            record.contact_phone_other_key = numbers[1] if len(numbers) > 1 else False

    @api.depends(
        lambda self: [self._contact_company_field, "email_normalized", "website"]
    )
    def _compute_contact_name_keys(self):
        generic = self.env["crm.contact.generic"]._get_generic()
        company = self._contact_company_field
        for record in self:
            domains = (domain_of(record.email_normalized), domain_of(record.website))
            record.contact_domain_key = next(
                filter(generic.is_company_domain, domains), False
            )
            record.contact_name_key = normalise_name(record[company]) or False
