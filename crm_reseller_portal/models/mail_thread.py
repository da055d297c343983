from odoo import api, models

from odoo.addons.crm_reseller_base.compat import check_access


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_get_followers(self, *args, **kwargs):
        """Tell who follows a record only to users who may read it.

        :param args: see ``mail``
        :param kwargs: see ``mail``
        :return: see ``mail``
        :raises AccessError: for users who may not read the record
        """
        check_access(self, "read")
        return super().message_get_followers(*args, **kwargs)

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Lead mails to the records of the program they are about.

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
        return self._route_program_mail(message, message_dict, routes)

    @api.model
    def _route_program_mail(self, message, message_dict, routes):
        """Lead a mail that arrives to the record of the program it is about. Hook.

        :param message: the mail
        :param dict message_dict: what was read from it, see ``message_parse``
        :param list routes: what Odoo found, see ``message_route``
        :return: list of routes
        """
        return self.env["crm.lead"]._route_reseller_mail(message, message_dict, routes)

    def _check_can_update_message_content(self, messages):
        """Keep shared users from editing the history of the CRM's records.

        The route that edits a message writes as superuser.

        :param messages: mail.message to edit
        :return: what ``super`` returns
        """
        messages.with_env(self.env(su=False))._check_reseller_guard()
        return super()._check_can_update_message_content(messages)
