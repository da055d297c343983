from odoo import _, fields, models
from odoo.exceptions import UserError

from ..lib.distance import is_located
from .res_partner import ADDRESS_FIELDS


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # named as on contacts, and as Odoo's own Resellers module names them
    partner_latitude = fields.Float(string="Geo Latitude", digits=(10, 7))
    partner_longitude = fields.Float(string="Geo Longitude", digits=(10, 7))

    def _merge_get_fields(self):
        """Add the position to the fields a merge keeps.

        :return: list of names of fields
        """
        return [*super()._merge_get_fields(), "partner_latitude", "partner_longitude"]

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        """Give the lead's position to the customer made of it.

        :param str partner_name: name of the customer
        :param bool is_company: whether the customer is a company
        :param parent_id: id of the customer's company, or False
        :return: dict of values
        """
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        return {
            **values,
            "partner_latitude": self.partner_latitude,
            "partner_longitude": self.partner_longitude,
        }

    def _merge_get_fields_address(self):
        """The position goes with the address it belongs to.

        :return: dict of values
        """
        values = super()._merge_get_fields_address()
        located = self.filtered(
            lambda lead: is_located(lead.partner_latitude, lead.partner_longitude)
            and all(lead[name] == values[name] for name in ADDRESS_FIELDS)
        )[:1]
        return {
            **values,
            "partner_latitude": located.partner_latitude,
            "partner_longitude": located.partner_longitude,
        }

    def _get_places(self):
        """Address and position of the leads that have a position.

        :return: dict of lead and pair of its address and its position
        """
        return {
            lead: (
                tuple(lead[name] or False for name in ADDRESS_FIELDS),
                (lead.partner_latitude, lead.partner_longitude),
            )
            for lead in self.sudo()
            if is_located(lead.partner_latitude, lead.partner_longitude)
        }

    def _on_places_changed(self, before):
        """Remove the positions of leads that have another address now.

        A form, the customer chosen or a merge may have changed the address. A position
        that was changed as well belongs to the new address.

        :param dict before: of ``_get_places``
        """
        now = self._get_places() if before else {}
        moved = self.sudo().browse(
            lead.id
            for lead, (address, position) in before.items()
            if lead in now and now[lead][0] != address and now[lead][1] == position
        )
        if moved:
            moved._write_offer_vals({"partner_latitude": 0.0, "partner_longitude": 0.0})

    def _get_offer_deadline(self, reseller):
        """When an offer made now would have to be answered.

        :param reseller: one partner
        :return: naive datetime in UTC; False for no deadline
        """
        self.ensure_one()
        hours = reseller.sudo().reseller_level_id.response_hours
        if not hours:
            return False
        company = self._get_reseller_company().sudo()
        return company._get_reseller_deadline(fields.Datetime.now(), hours)

    def action_locate(self):
        """Look up the leads' addresses with the geolocation service.

        What is found is kept, also where other leads are not found.

        :return: True, or a notification that names the leads without a place
        :raises UserError: when no place was found for any of them, or the service does
            not answer
        """
        self._check_internal_access()
        Partner = self.env["res.partner"]
        missing = self.browse()
        for lead in self.with_context(lang="en_US"):  # the service knows English names
            found = Partner._geo_localize(
                lead.street,
                lead.zip,
                lead.city,
                lead.state_id.name,
                lead.country_id.name,
            )
            if found:
                lead.partner_latitude, lead.partner_longitude = found
            else:
                missing |= lead
        if not missing:
            return True
        message = _(
            "No place was found for %(leads)s.", leads=", ".join(missing.mapped("name"))
        )
        if missing == self:
            raise UserError(message)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
