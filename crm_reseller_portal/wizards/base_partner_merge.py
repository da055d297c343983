from odoo import models

from ..models.res_partner import MERGE


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Take the reseller's roles of people who are at another company afterwards.

        Merging moves accounts by SQL, past ``write``. When whole companies are merged,
        their people stay where they were.

        :param list partner_ids: ids of the partners to merge
        :param dst_partner: res.partner that is kept, or None
        :param bool extra_checks: whether Odoo's own checks apply
        :return: what ``super`` returns
        """
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        companies = partners._get_reseller_user_companies()
        wizard = self.with_context(reseller_merge=MERGE)
        if dst_partner:
            dst_partner = dst_partner.with_context(reseller_merge=MERGE)
        result = super(BasePartnerMergeAutomaticWizard, wizard)._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )
        self.env.invalidate_all()
        self.env["res.users"]._forget_reseller_direction_access()
        kept = partners.exists()
        if len(kept) == 1:
            merged = partners - kept
            companies = {
                user: kept if company in merged else company
                for user, company in companies.items()
            }
        kept._on_reseller_users_moved(companies)
        return result
