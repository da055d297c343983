from odoo import _, models


class Website(models.Model):
    _inherit = "website"

    def get_suggested_controllers(self):
        """Offer the list of resellers where editors choose a page to link to.

        :return: list of tuples of name, address and addon
        """
        return [
            *super().get_suggested_controllers(),
            (_("Partners"), "/partners", "crm_reseller_website"),
        ]
