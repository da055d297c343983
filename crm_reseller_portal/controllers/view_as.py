from odoo import _
from odoo.http import request

from ..models.ir_http_view_as import VIEW_AS
from .answers import LARGEST_ID
from .common import ResellerPortal
from .directions import CHOICE
from .routes import reseller_form_route, reseller_record_route


class ResellerViewAs(ResellerPortal):
    """A manager begins and ends to look at the portal as a reseller's person."""

    @reseller_record_route(
        "/crm_reseller_portal/view-as/<int:user_id>",
        find="_find_viewed_user",
        gone="_render_no_view",
        methods=["POST"],
        form="_render_view_as",
        refused="_render_view_refused",
    )
    def reseller_view_as(self, user_sudo, **post):
        """Begin to look at the portal as a person; it is logged.

        :param user_sudo: res.users, elevated
        :param post: what the form sent, ignored
        :return: response
        """
        user_sudo._log_reseller_view(request.env.user)
        request.session[VIEW_AS] = user_sudo.id
        request.session.pop(CHOICE, None)
        return request.redirect("/my")

    def _render_view_as(self, user_sudo, **post):
        """Say what begins, with the button for it.

        :param user_sudo: res.users, elevated
        :param post: further arguments of the address, ignored
        :return: response
        """
        return request.render(
            "crm_reseller_portal.reseller_view_as",
            {"person": user_sudo, "title": _("View the portal as a reseller")},
        )

    def _find_viewed_user(self, user_id):
        """A person whose portal the visitor may look at.

        :param int user_id: as the address has it
        :return: res.users, elevated, one or none
        """
        Users = request.env["res.users"].sudo()
        if user_id > LARGEST_ID:
            return Users
        user_sudo = Users.browse(user_id).exists()
        if user_sudo and user_sudo._may_be_viewed_by(request.env.user):
            return user_sudo
        return Users

    def _render_no_view(self, user_id):
        """Answer where there is no such person, or not for this visitor.

        :param int user_id: what was asked for
        :raises NotFound: always
        """
        raise request.not_found()

    def _render_view_refused(self, sentence, user_sudo=None):
        """Answer when it could not begin.

        :param str sentence: why not
        :param user_sudo: res.users
        :raises NotFound: always
        """
        raise request.not_found()

    @reseller_form_route(
        "/crm_reseller_portal/view-as/stop",
        methods=["POST"],
        form="_render_view_stopped",
        refused="_render_view_refused",
    )
    def reseller_view_as_stop(self, **post):
        """End it, and go back to the backend.

        :param post: what the form sent, ignored
        :return: response
        """
        request.session.pop(VIEW_AS, None)
        request.session.pop(CHOICE, None)
        return request.redirect("/web" if not request.env.user.share else "/my")

    def _render_view_stopped(self, **post):
        """Answer to the address that is merely opened: nothing ends.

        :param post: further arguments of the address, ignored
        :return: response
        """
        return request.redirect("/my")
