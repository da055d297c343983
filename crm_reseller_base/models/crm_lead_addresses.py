from odoo import api, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model
    def _get_unproving_addresses(self, addresses):
        """People of resellers forward requests: they are no customers. Hook.

        *Lead Intake* asks for them where it is installed.

        :param set addresses: bare addresses in lower case
        :return: the set of those that do not say who a customer is
        """
        inherited = getattr(super(), "_get_unproving_addresses", None)
        found = set(inherited(addresses)) if inherited else set()
        people = self.env["res.partner"].sudo().with_context(active_test=False)
        ours = people.search(
            [
                ("email_normalized", "in", sorted(addresses)),
                ("commercial_partner_id.reseller_level_id", "!=", False),
            ]
        )
        return found | set(ours.mapped("email_normalized"))
