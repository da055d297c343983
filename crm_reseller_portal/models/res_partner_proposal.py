import base64

from odoo import _, models
from odoo.exceptions import UserError

from ..forms.company import COMPANY_FIELDS


class ResPartner(models.Model):
    """Company data that supervisors propose. Called by the pages under ``sudo()``."""

    _inherit = "res.partner"

    def _reseller_propose(self, vals, logo=None):
        """Propose company data; an earlier proposal that waits is replaced.

        :param dict vals: texts by name, of ``COMPANY_FIELDS``
        :param bytes logo: a picture, or None
        :return: crm.reseller.proposal, elevated; the same where it was sent twice
        :raises UserError: where nothing differs from what is stored
        """
        self._check_reseller_supervisor()
        self._lock_reseller_people()
        company = self.sudo()
        changes = [
            [name, company[name] or "", vals[name]]
            for name in COMPANY_FIELDS
            if name in vals and vals[name] != (company[name] or "")
        ]
        if not changes and not logo:
            raise UserError(_("Nothing was changed."))
        picture = logo and base64.b64encode(logo)
        waiting = self._get_open_proposals_sudo()
        same = waiting.filtered(
            lambda each: each.changes == changes and each.with_logo == bool(logo)
        )
        if same:
            return same[:1]
        waiting._close("withdrawn")
        proposal = (
            self.env["crm.reseller.proposal"]
            .sudo()
            .create(
                {
                    "reseller_id": self.id,
                    "company_id": self._get_reseller_company().id,
                    "author_id": self.env.user.partner_id.id,
                    "changes": changes,
                    "logo": picture,
                    "with_logo": bool(picture),
                }
            )
        )
        proposal._ask_team()
        return proposal

    def _reseller_withdraw_proposal(self):
        """Take back what waits for a decision."""
        self._check_reseller_supervisor()
        self._get_open_proposals_sudo()._close("withdrawn")

    def _get_open_proposals_sudo(self):
        """The proposals of this company that wait for a decision.

        :return: crm.reseller.proposal, elevated
        """
        return (
            self.env["crm.reseller.proposal"]
            .sudo()
            .search([("reseller_id", "=", self.id), ("state", "=", "submitted")])
        )
