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

    # ------------------------------------------------------------
    # ALERTS
    # ------------------------------------------------------------

    def _get_alert_user(self):
        """Who is asked to look after a reseller. Hook.

        :return: one active internal user
        """
        self.ensure_one()
        reseller = self.sudo()
        company = reseller._get_reseller_company()
        company = company or self.env["crm.lead"]._get_main_company()
        Users = self.env["res.users"].sudo()
        for user in (
            reseller.user_id,
            reseller.reseller_direction_ids[:1].user_id,
            company.reseller_channel_manager_id,
            self.env.ref("base.user_admin", raise_if_not_found=False) or Users,
        ):
            if user.active and not user.share:
                return user
        return Users.browse(self.env.ref("base.user_root").id)
