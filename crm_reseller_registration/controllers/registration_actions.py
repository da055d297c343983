from functools import partial

from odoo import _

from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route
from odoo.addons.crm_reseller_portal.forms import NoteForm

from ..forms import ExtensionForm, WithdrawForm
from .registrations import ResellerRegistrations


class ResellerRegistrationActions(ResellerRegistrations):
    """What a reseller does with a registration."""

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/attach",
        find="_find_registration",
        gone="_render_registration_gone",
        methods=["POST"],
    )
    def reseller_registration_attach(self, registration_sudo, **post):
        """Add a comment and documents."""
        return self._handle_form(
            NoteForm(post, self._get_formats(), uploads=self._get_uploads()),
            partial(self._render_registration, registration_sudo),
            lambda values: registration_sudo._post_from_reseller(
                values["note"], values["documents"]
            ),
            self._redirect_to_registration(registration_sudo, "posted", "#history"),
        )

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/withdraw",
        find="_find_registration",
        gone="_render_registration_gone",
        methods=["POST"],
        form="_render_withdraw",
    )
    def reseller_registration_withdraw(self, registration_sudo, **post):
        """Withdraw a registration with a reason."""
        return self._handle_form(
            WithdrawForm(post, self._get_formats()),
            partial(self._render_withdraw, registration_sudo),
            lambda values: registration_sudo._withdraw(values["reason"]),
            self._redirect_to_registration(registration_sudo, "withdrawn"),
        )

    def _render_withdraw(self, registration_sudo, **post):
        """Show the form to withdraw."""
        return self._render_small_form(
            registration_sudo,
            _("Withdraw the registration"),
            _("Withdraw"),
            [
                {
                    "name": "reason",
                    "label": _("Reason"),
                    "hint": _("Our team reads it. A protection of the deal ends."),
                }
            ],
            post,
        )

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/extend",
        find="_find_registration",
        gone="_render_registration_gone",
        methods=["POST"],
        form="_render_extend",
    )
    def reseller_registration_extend(self, registration_sudo, **post):
        """Ask for a longer protection."""
        return self._handle_form(
            ExtensionForm(post, self._get_formats()),
            partial(self._render_extend, registration_sudo),
            lambda values: registration_sudo._ask_for_extension(
                values["days"], values["reason"]
            ),
            self._redirect_to_registration(registration_sudo, "extended"),
        )

    def _render_extend(self, registration_sudo, **post):
        """Show the form to ask for more time."""
        return self._render_small_form(
            registration_sudo,
            _("Ask for more time"),
            _("Ask"),
            [
                {
                    "name": "days",
                    "label": _("Days"),
                    "inputmode": "numeric",
                    "maxlength": 3,
                    "hint": registration_sudo.lapses_on
                    and _(
                        "The deal is protected until %(moment)s.",
                        moment=self._get_formats().moment(registration_sudo.lapses_on),
                    ),
                },
                {"name": "reason", "label": _("Reason")},
            ],
            post,
        )

    def _render_small_form(self, registration_sudo, title, button, form_fields, post):
        typed, errors = post.get("typed"), post.get("errors")
        values = self._prepare_reseller_values(
            self._get_reseller_or_404(),
            "reseller_registrations",
            title,
            [
                {"label": _("Registrations"), "url": "/my/registrations"},
                {
                    "label": registration_sudo.name,
                    "url": registration_sudo._get_reseller_path(),
                },
            ],
        )
        # an address can carry anything: these come from our own methods
        values.update(
            form_fields=form_fields,
            form_button=button,
            typed=typed if isinstance(typed, dict) else {},
            errors=errors if isinstance(errors, dict) else {},
        )
        return self._render_reseller_page(
            "crm_reseller_portal.reseller_form_page", values
        )
