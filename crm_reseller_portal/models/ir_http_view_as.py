from werkzeug.exceptions import Forbidden

from odoo import _, models
from odoo.http import request

# in the session of a manager: the id of the user whose portal is looked at
VIEW_AS = "reseller_view_as_user_id"
# pages that belong to the person who is signed in, whoever's portal is looked at
PERSONAL = ("/my/", "/partner/")
HOME = "/my/home"


class IrHttp(models.AbstractModel):
    """Managers look at the portal as a person of a reseller: they read, and no more."""

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Answer the pages of the portal as the person a manager looks at it as.

        Only GET is answered, by the real pages in that person's environment. What they
        may have written is undone, so that looking counts for nothing.

        :param endpoint: of the route
        :return: response
        :raises Forbidden: for anything but GET
        """
        user = cls._get_reseller_viewed_user()
        if not (user and cls._is_reseller_page(endpoint)):
            return super()._dispatch(endpoint)
        if request.dispatcher.routing_type != "http":
            # the counters of Odoo's home page; the page works without
            return {}
        if request.httprequest.method != "GET":
            raise Forbidden(
                _(
                    "You look at the portal as %(name)s: nothing can be changed.",
                    name=user.name,
                )
            )
        if not (
            getattr(endpoint.original_endpoint, "reseller_shell", False)
            or HOME in endpoint.routing["routes"]
        ):
            # account, address, security: not to be seen by anybody else
            return request.redirect("/my")
        manager, context = request.env.user, request.env.context
        request.update_env(
            user=user.id,
            context={
                **context,
                "lang": user.lang,
                "tz": user.tz,
                "reseller_viewer_id": manager.id,
            },
        )
        try:
            response = super()._dispatch(endpoint)
            request.env.cr.rollback()
        finally:
            request.update_env(user=manager.id, context=context)
        response.headers["Cache-Control"] = "no-store"
        return response

    @classmethod
    def _is_reseller_page(cls, endpoint):
        """Whether a route is one of the portal's.

        :param endpoint: of the route
        :return: bool
        """
        return any(
            path == "/my" or path.startswith(PERSONAL)
            for path in endpoint.routing["routes"]
        )

    @classmethod
    def _get_reseller_viewed_user(cls):
        """The person whose portal the manager who asks is looking at.

        The right to it is checked with each request.

        :return: res.users, one or none, elevated
        """
        Users = request.env["res.users"].sudo()
        user_id = request.session.uid and request.session.get(VIEW_AS)
        # pictures and the like are answered as nobody
        if not user_id or not request.env.user:
            return Users
        user = Users.browse(user_id).exists()
        return user if user and user._may_be_viewed_by(request.env.user) else Users
