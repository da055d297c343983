from odoo import _, models
from odoo.exceptions import AccessError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _delete_and_notify(self, message=None):
        """Keep shared users from deleting documents of the CRM's records.

        Odoo's route lets the author of a message delete its files as superuser; on the
        page of a lead that is checked, and noted in the history.

        :param message: the mail.message the files belong to, or None
        :return: what ``super`` returns
        :raises AccessError: for shared users on documents of the CRM's records
        """
        is_guarded = self.env["mail.message"]._is_reseller_guarded_model
        if self.env.user.share and any(
            map(is_guarded, self.sudo().mapped("res_model"))
        ):
            raise AccessError(
                _("Remove the documents of a lead on the page of the lead.")
            )
        return super()._delete_and_notify(message)
