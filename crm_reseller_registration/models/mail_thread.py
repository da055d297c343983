from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Let only people we know begin a registration by mail.

        :param message: the mail
        :param dict message_dict: what was read from it
        :param str model: see ``mail``
        :param int thread_id: see ``mail``
        :param dict custom_values: see ``mail``
        :return: list of routes; see ``mail``
        """
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        return self.env["crm.deal.registration"]._route_registration_mail(
            message, message_dict, routes
        )
