import re
from uuid import uuid4

from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.records import DOCUMENT_TYPES
from odoo.addons.crm_reseller_portal.controllers.routes import (
    reseller_form_route,
    reseller_record_route,
)

from ..forms import RegistrationForm
from .registration_choices import ResellerRegistrationChoices

# what ``uuid4().hex`` looks like
FORM_KEY = re.compile("[0-9a-f]{32}")


class ResellerRegistrationForm(ResellerRegistrationChoices):
    """The form to register a deal, or to change a draft."""

    @reseller_form_route(
        "/my/registrations/new", methods=["POST"], form="_render_registration_form"
    )
    def reseller_registration_new(self, then="submit", **post):
        """Register a deal: search for the company, keep a draft, or submit."""
        return self._handle_registration_form(None, then, post)

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/edit",
        find="_find_registration",
        gone="_render_registration_gone",
        methods=["POST"],
        form="_render_registration_form",
    )
    def reseller_registration_edit(self, registration_sudo, then="submit", **post):
        """Change a draft, or answer the question of the team."""
        return self._handle_registration_form(registration_sudo, then, post)

    def _handle_registration_form(self, registration_sudo, then, post):
        reseller_sudo = self._get_reseller_or_404()
        reseller_sudo._check_can_register()
        form_key = "" if registration_sudo else self._get_form_key(post)
        if form_key and (sent := self._find_sent_registration(form_key)):
            return sent
        if then == "enter":
            then = self._get_entered_step(post)
        submitting = then == "submit"
        choices = self._get_registration_choices(reseller_sudo, post)
        if choices["directions"] is None:
            # no portal of the visitor's directions shows registrations
            raise request.not_found()
        form = RegistrationForm(
            post,
            self._get_formats(),
            people=choices["people"].ids,
            companies=choices["company"].ids,
            contacts=choices["contacts"].ids,
            products=choices["products"].ids,
            directions=choices["directions"].ids,
            free_product=choices["free_product"],
            currencies=choices["currencies"].ids,
            symbols=[
                word
                for currency in choices["currencies"]
                for word in (currency.symbol, currency.name)
                if word
            ],
            uploads=self._get_uploads(),
            complete=submitting,
            required=choices["required"],
            **self._get_number_rules(reseller_sudo, choices["settings"]),
        )
        errors = dict(form.errors)
        if submitting and not errors:
            errors = self._explain_known_company(reseller_sudo, form.values)
        if errors or then in ("search", "choose"):
            return self._render_registration_again(
                registration_sudo, form, errors, then, form_key
            )
        registration_sudo = self._keep_registration(registration_sudo, form, form_key)
        if submitting:
            registration_sudo._submit()
        done = "submitted" if submitting else "kept"
        return self._redirect_to_registration(registration_sudo, done)

    def _get_form_key(self, post):
        """Return the key that was drawn with the form.

        :param dict post: what was sent
        :return: text; empty where it has none of ours
        """
        form_key = post.get("form_key") or ""
        return form_key if FORM_KEY.fullmatch(form_key) else ""

    def _find_sent_registration(self, form_key):
        """Answer a form that was sent before with what it has become.

        :param str form_key: see ``_get_form_key``
        :return: response, or None
        """
        sent = (
            request.env["crm.deal.registration"]
            .sudo()
            ._find_sent(request.env.user.partner_id, form_key)
        )
        if not sent:
            return None
        done = "kept" if sent[1] == "draft" else "submitted"
        return request.redirect(f"/my/registrations/{sent[0]}?done={done}")

    def _get_entered_step(self, post):
        """Return what the Enter key does: search while a company is looked for.

        :param dict post: of the form
        :return: ``search`` or ``submit``
        """
        searching = post.get("company_search") and not (
            post.get("new_company") or post.get("partner_id")
        )
        return "search" if searching else "submit"

    def _keep_registration(self, registration_sudo, form, form_key):
        """Keep a draft, with its comment and documents.

        :param registration_sudo: the registration, or nothing for a new one
        :param form: ``RegistrationForm``
        :param str form_key: of a new one, see ``_get_form_key``
        :return: the registration, elevated
        """
        vals = {
            name: value
            for name, value in form.values.items()
            if name not in form.errors and name not in ("comment", "documents")
        }
        vals["name"] = vals.get("name") or vals.get("company_name") or _("Draft")
        if registration_sudo:
            registration_sudo._update_draft(vals)
        else:
            registration_sudo = (
                request.env["crm.deal.registration"]
                .sudo()
                ._create_draft(
                    self._get_reseller_or_404(),
                    request.env.user.partner_id,
                    vals,
                    form_key or None,
                )
            )
        comment = "" if "comment" in form.errors else form.values["comment"]
        registration_sudo._post_from_reseller(comment, form.values["documents"])
        return registration_sudo

    def _render_registration_again(
        self, registration_sudo, form, errors, then, form_key
    ):
        """Show the form with what was typed; files that were sent are kept."""
        kept = bool(form.values["documents"])
        typed = dict(form.typed)
        if kept:
            registration_sudo = self._keep_registration(
                registration_sudo, form, form_key
            )
            typed["comment"] = ""
        found, limited = request.env["res.partner"].sudo(), False
        words = typed.get("company_search", "")
        if then == "search":
            # what is shown is limited, so errors wait until the form is submitted
            errors = {}
            if request.env["crm.deal.registration.search"]._count(request.env.user):
                reseller_sudo = self._get_reseller_or_404()
                found = reseller_sudo._search_registration_companies(words)
            else:
                limited = True
        elif then == "choose":
            errors = {}
        return self._render_registration_form(
            registration_sudo,
            typed=typed,
            errors=errors,
            found=found,
            searched=then == "search",
            limited=limited,
            kept=kept,
        )

    def _explain_known_company(self, reseller_sudo, values):
        """Return a sentence for each field of a company that can be chosen instead.

        About any other company the form says nothing.

        :param reseller_sudo: the reseller
        :param dict values: of the form
        :return: dict of sentence by field
        """
        if not values["new_company"]:
            return {}
        if not request.env["crm.deal.registration.search"]._count(request.env.user):
            return {}
        found = (
            request.env["crm.deal.registration"]
            .sudo()
            ._search_companies(values["company_name"], values["website"], values["vat"])
        )
        sentences = {
            "company_name": _("A company with this name is known: choose it above."),
            "website": _("A company with this website is known: choose it above."),
            "vat": _("A company with this TIN is known: choose it above."),
        }
        return {
            field: sentences[field]
            for field, companies in found.items()
            if any(
                reseller_sudo._find_registration_company(company.id)
                for company in companies
            )
        }

    def _render_registration_form(self, registration_sudo=None, **post):
        """Show the form: empty, of a draft, or with what was typed."""
        reseller_sudo = self._get_reseller_or_404()
        reseller_sudo._check_can_register()
        path = "/my/registrations/new"
        crumbs = [{"label": _("Registrations"), "url": "/my/registrations"}]
        title = _("Register an opportunity")
        if registration_sudo:
            if registration_sudo.state not in ("draft", "returned"):
                return self._render_refused(
                    _("This registration was submitted: it cannot be changed."),
                    registration_sudo,
                )
            path = f"{registration_sudo._get_reseller_path()}/edit"
            title = _("Edit the registration")
        typed, asked = post.get("typed"), post.get("direction_id")
        # an address can carry anything: what was typed comes from our own methods
        if not isinstance(typed, dict):
            post = {}
            typed = self._get_stored_registration(registration_sudo)
        choices = self._get_registration_choices(reseller_sudo, typed)
        typed.setdefault("representative_id", str(request.env.user.partner_id.id))
        if choices["directions"] is not None and not registration_sudo:
            typed.setdefault(
                "direction_id", self._get_first_direction(choices["directions"], asked)
            )
        typed.setdefault("currency_id", str(choices["currency"].id))
        values = self._prepare_reseller_values(
            reseller_sudo, "reseller_registrations", title, crumbs
        )
        values.update(
            choices,
            registration=registration_sudo,
            form_path=path,
            form_key=uuid4().hex,
            typed=typed,
            errors=post.get("errors") or {},
            found=choices["company"] | (post.get("found") or choices["company"]),
            searched=post.get("searched", False),
            limited=post.get("limited", False),
            kept=post.get("kept", False),
            document_types=DOCUMENT_TYPES,
        )
        return self._render_reseller_page(
            "crm_reseller_registration.portal_registration_form", values
        )
