from markupsafe import Markup

from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_body(self):
        body = super()._prepare_outgoing_body()
        if body and self.model == "crm.deal.registration":
            filled = self.env["crm.deal.registration"]._fill_links(self, str(body))
            # the text was safe before, and the links are made of safe characters
            return Markup(filled) if isinstance(body, Markup) else filled
        return body
