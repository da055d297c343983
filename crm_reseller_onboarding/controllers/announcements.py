from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route

from .onboarding import ResellerOnboarding


class ResellerAnnouncements(ResellerOnboarding):
    """News of the team on the home page, until the person has read them."""

    def _find_announcement(self, announcement_id):
        """An announcement for the person's home page, also one that was read.

        :param int announcement_id: as the address has it
        :return: crm.reseller.announcement, elevated, one or none
        """
        if announcement_id > LARGEST_ID:
            return request.env["crm.reseller.announcement"].sudo()
        Announcement = request.env["crm.reseller.announcement"].sudo()
        domain = Announcement._get_home_domain(
            request.env.user, self._get_formats().today, read=True
        )
        return Announcement.search([*domain, ("id", "=", announcement_id)])

    def _render_no_announcement(self, announcement_id):
        """Answer for an announcement that is not there, or not for this person.

        :param int announcement_id: what was asked for
        :return: the response, the same in both cases
        """
        return self._render_nothing_here(
            _("This announcement has ended, or is not for you."),
            "reseller_onboarding",
        )

    def _go_home(self, announcement_sudo, **post):
        """Lead to the home page, where announcements are.

        :param announcement_sudo: crm.reseller.announcement, elevated
        :param post: arguments of the address, ignored
        :return: response
        """
        return request.redirect("/my/home")

    @reseller_record_route(
        "/my/announcements/<int:announcement_id>/read",
        methods=["POST"],
        find="_find_announcement",
        gone="_render_no_announcement",
        form="_go_home",
    )
    def reseller_announcement_read(self, announcement_sudo, **post):
        """Do not show an announcement to the person any more.

        :param announcement_sudo: crm.reseller.announcement, elevated
        :param post: what the form sent, ignored
        :return: response
        """
        announcement_sudo._dismiss(request.env.user.sudo().partner_id)
        return request.redirect("/my/home")
