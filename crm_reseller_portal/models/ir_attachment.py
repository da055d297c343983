from odoo import _, models
from odoo.exceptions import AccessError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _check_reseller_attachments(self):
        """Keep resellers from a lead's files but through the lead's page.

        Who may read a lead may read all its attachments, those of internal notes
        too; the page gives out what was shared, and checks each time.
        """
        if self.env.su or not self.env.user.has_group(
            "crm_reseller_portal.group_reseller_user"
        ):
            return
        if "crm.lead" in self.sudo().mapped("res_model"):
            raise AccessError(_("Open the documents of a lead on the lead's page."))

    def check(self, mode, values=None):
        """Up to Odoo 18: see `_check_access`."""
        self._check_reseller_attachments()
        return super().check(mode, values=values)

    def _check_access(self, operation):
        """From Odoo 18 on: forbid a lead's files to resellers."""
        result = super()._check_access(operation)
        if self.env.su or not self.env.user.has_group(
            "crm_reseller_portal.group_reseller_user"
        ):
            return result
        forbidden = self.sudo().filtered(lambda file: file.res_model == "crm.lead")
        if not forbidden:
            return result
        forbidden = forbidden.with_env(self.env)
        if result:
            forbidden |= result[0]
        return forbidden, lambda: AccessError(
            _("Open the documents of a lead on the lead's page.")
        )
