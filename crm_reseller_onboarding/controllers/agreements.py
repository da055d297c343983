from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route

from ..forms import AgreementForm
from .onboarding import ResellerOnboarding


class ResellerAgreements(ResellerOnboarding):
    """Read and accept the agreements of the own company."""

    def _find_agreement(self, agreement_id):
        """An agreement of those the visitor's company is asked for.

        :param int agreement_id: as the address has it
        :return: crm.reseller.agreement, elevated, one or none
        """
        Agreement = request.env["crm.reseller.agreement"].sudo()
        if agreement_id > LARGEST_ID:
            return Agreement
        return Agreement.search(
            [
                *request.env.user._get_reseller_agreement_domain(),
                ("id", "=", agreement_id),
            ]
        )

    def _render_no_agreement(self, agreement_id):
        """Answer for an agreement that is not there, or not for this company.

        :param int agreement_id: what was asked for
        :return: the response, the same in both cases
        """
        return self._render_nothing_here(
            _(
                "This agreement is not for your company, or the address is not "
                "complete."
            ),
            "reseller_onboarding",
        )

    @reseller_record_route(
        "/my/agreements/<int:agreement_id>",
        find="_find_agreement",
        gone="_render_no_agreement",
    )
    def reseller_agreement(self, agreement_sudo, done=None, **post):
        """Show the valid version, and who accepted it.

        :param agreement_sudo: crm.reseller.agreement, elevated
        :param str done: ``accepted`` after it was
        :param post: further arguments of the address, ignored
        :return: response
        """
        return self._render_agreement(agreement_sudo, None, done)

    @reseller_record_route(
        "/my/agreements/<int:agreement_id>/accept",
        methods=["POST"],
        find="_find_agreement",
        gone="_render_no_agreement",
        form="_render_agreement",
    )
    def reseller_agreement_accept(self, agreement_sudo, **post):
        """Accept the version that was shown; twice counts once.

        :param agreement_sudo: crm.reseller.agreement, elevated
        :param post: what the form sent
        :return: response
        """
        form = AgreementForm(post, self._get_formats())
        if form.errors:
            return self._render_agreement(agreement_sudo, form)
        valid = agreement_sudo.valid_version_id
        if valid.id != form.values["version_id"]:
            form.errors["agreed"] = _(
                "There is a new version of this agreement. Please read it first."
            )
            return self._render_agreement(agreement_sudo, form)
        agreement_sudo._accept(
            valid, self._get_reseller_or_404(), request.env.user.sudo().partner_id
        )
        return request.redirect(f"/my/agreements/{agreement_sudo.id}?done=accepted")

    def _render_agreement(self, agreement_sudo, form=None, done=None, /, **post):
        """Show an agreement, with the form to accept it where that is open.

        :param agreement_sudo: crm.reseller.agreement, elevated
        :param form: ``AgreementForm`` that was sent and is wrong, or None
        :param str done: what was done, a key
        :param post: further arguments of the address, ignored
        :return: response
        """
        reseller_sudo = self._get_reseller_or_404()
        accepted = agreement_sudo._get_accepted(reseller_sudo)[:1]
        values = self._prepare_reseller_page(
            "reseller_onboarding",
            agreement_sudo.name,
            [{"label": _("Your first steps"), "url": "/my/onboarding"}],
            form=form,
            agreement=agreement_sudo,
            version=agreement_sudo.valid_version_id,
            accepted=accepted,
            done="accepted" if done == "accepted" and accepted else None,
        )
        return self._render_reseller_page(
            "crm_reseller_onboarding.portal_my_agreement", values
        )
