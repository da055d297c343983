from odoo.http import request

from odoo.addons.mail.controllers.mail import MailController

LARGEST_ID = 2**31 - 1


class ResellerMailController(MailController):
    @classmethod
    def _redirect_to_record(cls, model, res_id, access_token=None, **kwargs):
        """Lead shared users to the page of a lead, whether there is such a lead or not.

        The page answers those who may not see the lead as if it did not exist.

        :param str model: name of the model
        :param res_id: id of the record, as number or text
        :param str access_token: see Odoo's route, passed on
        :param kwargs: see Odoo's route, passed on
        :return: response
        """
        if (
            model == "crm.lead"
            and request.session.uid
            and request.env.user.share
            and res_id
        ):
            return request.redirect(f"/my/leads/{min(int(res_id), LARGEST_ID)}")
        return super()._redirect_to_record(
            model, res_id, access_token=access_token, **kwargs
        )
