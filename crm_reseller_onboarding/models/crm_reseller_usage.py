from odoo import api, models


class CrmResellerUsage(models.Model):
    _inherit = "crm.reseller.usage"

    @api.model
    def _add(self, kind, partner_id, reseller_id, company_id, day):
        """Look at the steps of a newcomer that signed in.

        :param str kind: what is counted
        :param int partner_id: the person
        :param int reseller_id: the company the person works for
        :param int company_id: the company whose portal it is
        :param date day: of the person's own zone
        :return: what ``super`` returns
        """
        result = super()._add(kind, partner_id, reseller_id, company_id, day)
        if kind == "sign_ins":
            self.env["crm.reseller.onboarding"]._observe_resellers(
                self.env["res.partner"].browse(reseller_id), "signed_in"
            )
        return result
