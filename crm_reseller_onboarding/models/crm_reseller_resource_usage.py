from odoo import api, models


class CrmResellerResourceUsage(models.Model):
    _inherit = "crm.reseller.resource.usage"

    @api.model
    def _add(self, kind, resource_id, version_id, partner_id, day):
        """Look at the steps of a newcomer that read a resource.

        :param str kind: what is counted
        :param int resource_id: the resource
        :param int version_id: the version that was fetched
        :param int partner_id: the person
        :param date day: the reader's day
        :return: what ``super`` returns
        """
        result = super()._add(kind, resource_id, version_id, partner_id, day)
        person = self.env["res.partner"].sudo().browse(partner_id)
        self.env["crm.reseller.onboarding"]._observe_resellers(
            person.commercial_partner_id, "resource"
        )
        return result
