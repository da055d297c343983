from odoo import _, fields, models
from odoo.exceptions import UserError


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # named as on contacts, and as Odoo's own Resellers module names them
    partner_latitude = fields.Float(string="Geo Latitude", digits=(10, 7))
    partner_longitude = fields.Float(string="Geo Longitude", digits=(10, 7))

    def _merge_get_fields(self):
        return [*super()._merge_get_fields(), "partner_latitude", "partner_longitude"]

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        return {
            **values,
            "partner_latitude": self.partner_latitude,
            "partner_longitude": self.partner_longitude,
        }

    def write(self, vals):
        """A new address makes the old position wrong."""
        address = {"street", "zip", "city", "state_id", "country_id"}
        position = {"partner_latitude", "partner_longitude"}
        if address.intersection(vals) and not position.intersection(vals):
            vals = {**vals, "partner_latitude": 0.0, "partner_longitude": 0.0}
        return super().write(vals)

    def _get_reseller_company(self):
        """The company whose reseller settings, calendar and currency the lead follows.

        :return: the lead's own company, else its team's, its reseller's or the main one
        """
        self.ensure_one()
        return (
            self.company_id
            or self.team_id.company_id
            or (self.reseller_id and self.reseller_id._get_reseller_company())
            or self.env.ref("base.main_company")
        )

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
        return company._reseller_deadline(fields.Datetime.now(), hours)

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
