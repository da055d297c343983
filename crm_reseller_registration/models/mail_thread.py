from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _route_program_mail(self, message, message_dict, routes):
        """Let only people we know begin a registration by mail.

        :param message: the mail
        :param dict message_dict: what was read from it
        :param list routes: what Odoo found
        :return: list of routes
        """
        routes = super()._route_program_mail(message, message_dict, routes)
        return self.env["crm.deal.registration"]._route_registration_mail(
            message, message_dict, routes
        )
