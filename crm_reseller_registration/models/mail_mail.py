from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _get_reseller_marks(self, person):
        """Add the links of the registration that the mail is about. Hook.

        :param person: res.partner, elevated
        :return: list of pairs of a pattern and a function
        """
        marks = super()._get_reseller_marks(person)
        if self.model != "crm.deal.registration":
            return marks
        registration = self.env["crm.deal.registration"].sudo().browse(self.res_id)
        return [*marks, *registration.exists()._get_link_marks(person)]
