from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.routes import reseller_form_route

from .onboarding import ResellerOnboarding

PATH = "/my/guide"


class ResellerGuides(ResellerOnboarding):
    """The guide: offered until it was seen or skipped, and there for later."""

    def _find_guides(self):
        """All guides that are meant for the person.

        :return: crm.reseller.guide, elevated
        """
        domain = request.env.user._get_reseller_guide_domain()
        return request.env["crm.reseller.guide"].sudo().search(domain)

    @reseller_form_route(PATH)
    def reseller_guide(self, **post):
        """Show the guides, with the videos that the person may see.

        :param post: further arguments of the address, ignored
        :return: response
        """
        self._get_reseller_or_404()
        user = request.env.user
        guides = self._find_guides()
        videos = guides.resource_id
        if videos:
            videos = videos.search(
                [*user._get_reseller_resource_domain(), ("id", "in", videos.ids)]
            )
        seen = guides.view_ids.filtered(lambda v: v.partner_id == user.partner_id)
        values = self._prepare_reseller_page(
            "reseller_guide",
            _("How the portal works"),
            guides=guides,
            videos=videos,
            unseen=guides - seen.guide_id,
        )
        return self._render_reseller_page(
            "crm_reseller_onboarding.portal_my_guide", values
        )

    @reseller_form_route(f"{PATH}/done", methods=["POST"], form="_render_guide_form")
    def reseller_guide_done(self, **post):
        """Remember that the person has seen the guides.

        :param post: what the form sent, ignored
        :return: response
        """
        return self._remember_guides(skipped=False)

    @reseller_form_route(f"{PATH}/skip", methods=["POST"], form="_render_guide_form")
    def reseller_guide_skip(self, **post):
        """Remember that the person does not want to read the guides now.

        :param post: what the form sent, ignored
        :return: response
        """
        return self._remember_guides(skipped=True)

    def _remember_guides(self, skipped):
        """Do not offer the guides on the home page any more.

        :param bool skipped: whether the person did not want to read them
        :return: response
        """
        self._get_reseller_or_404()
        self._find_guides()._remember(request.env.user.sudo().partner_id, skipped)
        return request.redirect("/my/home")

    def _render_guide_form(self, **post):
        """Answer to a form's address that is merely opened.

        :param post: arguments of the address, ignored
        :return: response
        """
        self._get_reseller_or_404()
        return request.redirect(PATH)
