from odoo import _
from odoo.http import request

from ..forms import CompanyForm
from ..forms.company import COMPANY_FIELDS
from .company import PATH, ResellerCompany
from .routes import reseller_form_route


class ResellerCompanyData(ResellerCompany):
    """Company data and logo, as proposals to the team."""

    def _prepare_company_values(self, reseller_sudo):
        """Add the company data and what became of the last proposal.

        :param reseller_sudo: res.partner, elevated
        :return: dict of values for the template
        """
        proposal_sudo = (
            request.env["crm.reseller.proposal"]
            .sudo()
            .search_fetch(
                [("reseller_id", "=", reseller_sudo.id), ("state", "!=", "withdrawn")],
                [
                    "author_id",
                    "changes",
                    "create_date",
                    "refusal_reason",
                    "state",
                    "with_logo",
                ],
                limit=1,
            )
        )
        return {
            **super()._prepare_company_values(reseller_sudo),
            "proposal": proposal_sudo,
        }

    def _show_company_data(self, reseller_sudo):
        """Company data as the form shows it.

        :param reseller_sudo: res.partner, elevated
        :return: dict of texts
        """
        return {name: reseller_sudo[name] or "" for name in COMPANY_FIELDS}

    def _get_company_fields(self):
        """The text fields of the form.

        :return: list of dict with ``name``, ``label`` and, if not plain text, ``type``
        """
        return [
            {"name": "name", "label": _("Company")},
            {"name": "street", "label": _("Street")},
            {"name": "street2", "label": _("Street, second line")},
            {"name": "zip", "label": _("Zip code")},
            {"name": "city", "label": _("City")},
            {"name": "phone", "label": _("Phone"), "type": "tel"},
            {"name": "email", "label": _("E-mail"), "type": "email"},
            {"name": "website", "label": _("Website"), "type": "url"},
        ]

    @reseller_form_route(f"{PATH}/data", methods=["POST"], form="_render_company_data")
    def reseller_company_data(self, **post):
        """Propose company data. For supervisors.

        :param post: what the form sent
        :return: response
        """
        reseller_sudo = self._get_reseller_or_404()
        reseller_sudo._check_reseller_supervisor()
        form = CompanyForm(
            post,
            self._get_formats(),
            shown=self._show_company_data(reseller_sudo),
            uploads=self._get_uploads("logo"),
        )
        if form.errors:
            return self._render_company_data(errors=form.errors, typed=form.typed)
        reseller_sudo._reseller_propose(form.values["vals"], form.values["logo"])
        return self._redirect_to_company("proposed")

    def _render_company_data(self, errors=None, typed=None, **post):
        """Show the form with the company data.

        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        reseller_sudo = self._get_reseller_or_404()
        reseller_sudo._check_reseller_supervisor()
        values = self._prepare_company_page(
            _("Company data"),
            errors=errors or {},
            typed={**self._show_company_data(reseller_sudo), **(typed or {})},
            company_fields=self._get_company_fields(),
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_my_company_data", values
        )

    @reseller_form_route(
        f"{PATH}/data/withdraw", methods=["POST"], form="_render_company_form"
    )
    def reseller_company_data_withdraw(self, **post):
        """Withdraw a proposal that waits. For supervisors.

        :param post: what the form sent, ignored
        :return: response
        """
        self._get_reseller_or_404()._reseller_withdraw_proposal()
        return self._redirect_to_company("proposal_withdrawn")
