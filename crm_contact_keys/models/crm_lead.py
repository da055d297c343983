from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.contact.key.mixin"]
    _contact_company_field = "partner_name"

    def _get_contact_phone_triggers(self):
        """The fields that phone numbers are read from, and read with. Hook.

        :return: list of names of fields
        """
        return self._phone_get_sanitize_triggers()

    def _get_contact_country(self):
        """The country whose numbers are written without its code. Hook.

        :return: res.country, one or none
        """
        return super()._get_contact_country() or self.partner_id.country_id
