from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_program_company(self):
        """The company whose settings apply to a reseller.

        :return: its own company; the main one for resellers of all companies. Elevated
        """
        self.ensure_one()
        return self._get_reseller_company() or self.env["crm.lead"]._get_main_company()

    def _recompute_reseller_score(self):
        """Work the factors of these resellers out anew, and apply them.

        Where factors are applied at all. Others of their direction follow at night.
        """
        Score = self.env["crm.reseller.score"].sudo()
        factors = Score._update_scores(self.sudo())
        Score._apply_factors(
            {
                reseller: factor
                for reseller, factor in factors.items()
                if reseller._get_program_company().reseller_weight_by_performance
            }
        )
