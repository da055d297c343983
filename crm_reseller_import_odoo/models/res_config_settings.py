from odoo import models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_open_reseller_import(self):
        """Open the import with the report of a dry run.

        :return: the action that shows the report
        :raises AccessError: for users who are no administrators
        """
        return self.env["crm.reseller.import"].create({}).action_preview()
