from odoo import _
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID

from ..forms import AnswerForm, ExtensionForm
from .registrations import ResellerRegistrations

FORMS = {"answer": AnswerForm, "extend": ExtensionForm}
EXTENSION_DAYS = "30"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class ResellerRegistrationLinks(ResellerRegistrations):
    """What a person of a reseller does from a mail, without signing in."""

    @route(
        "/my/registrations/link/<int:registration_id>/<string:purpose>/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def reseller_registration_link(self, registration_id, purpose, token, **post):
        """Answer our question, or ask for more time, from a mail."""
        registration_sudo, person_sudo = self._find_linked(
            registration_id, purpose, token
        )
        if person_sudo:
            request.update_context(lang=person_sudo.lang or request.env.lang)
            response = self._handle_link(
                registration_sudo.with_env(request.env(su=True)),
                person_sudo,
                purpose,
                post,
            )
        else:
            response = self._render_link(
                _("This link is no longer valid"),
                sentence=_(
                    "It was used already, or it is too old. Sign in to see your "
                    "registrations."
                ),
                status=404,
            )
        response.headers.update(HEADERS)
        return response

    def _find_linked(self, registration_id, purpose, token):
        """Return what a link is about and whom it is for.

        :param int registration_id: as the address has it
        :param str purpose: ``answer`` or ``extend``
        :param str token: as the address has it
        :return: pair of crm.deal.registration and res.partner, both elevated; without
            a person the link is not valid
        """
        Registration = request.env["crm.deal.registration"].sudo()
        person_sudo = request.env["res.partner"].sudo()
        if registration_id > LARGEST_ID or purpose not in FORMS:
            return Registration, person_sudo
        registration_sudo = Registration.browse(registration_id).exists()
        if registration_sudo:
            person_sudo = registration_sudo._find_link_person(purpose, token)
        return registration_sudo, person_sudo

    def _handle_link(self, registration_sudo, person_sudo, purpose, post):
        """Show the form of a link, or do what was sent."""
        if request.httprequest.method != "POST":
            post = {"days": EXTENSION_DAYS}
            return self._render_link_form(registration_sudo, person_sudo, purpose, post)
        form = FORMS[purpose](post, self._get_formats())
        if form.errors:
            return self._render_link_form(
                registration_sudo, person_sudo, purpose, form.typed, form.errors
            )
        user = person_sudo.user_ids.filtered("active")[:1]
        acting = registration_sudo
        if user:
            # the history names the person, whoever is signed in here
            acting = registration_sudo.with_user(user).sudo()
        try:
            with request.env.cr.savepoint():
                if purpose == "answer":
                    acting._answer_question(form.values["answer"], person_sudo)
                    sentence = _("Thank you! Our team has your answer.")
                else:
                    acting._ask_for_extension(
                        form.values["days"], form.values["reason"], person_sudo
                    )
                    sentence = _("Thank you! Our team decides on your request.")
                request.env(su=True).flush_all()
        except UserError as error:
            return self._render_link(
                _("This could not be done"),
                registration_sudo,
                sentence=error.args[0],
                status=409,
            )
        return self._render_link(
            registration_sudo.name, registration_sudo, sentence=sentence
        )

    def _render_link_form(
        self, registration_sudo, person_sudo, purpose, typed, errors=None
    ):
        titles = {"answer": _("Answer our question"), "extend": _("Ask for more time")}
        return self._render_link(
            titles[purpose],
            registration_sudo,
            purpose=purpose,
            person=person_sudo,
            typed=typed,
            errors=errors or {},
        )

    def _render_link(self, title, registration_sudo=None, status=200, **extra):
        """Answer with a page for somebody who need not be signed in.

        :param str title: heading
        :param registration_sudo: crm.deal.registration, elevated, or nothing
        :param int status: of the answer
        :param extra: more values: ``sentence``, ``purpose``, ``person``, ``typed``,
            ``errors``
        :return: the response
        """
        values = self._prepare_reseller_values(
            request.env["res.partner"].sudo(), "reseller_registration_link", title
        )
        values.update(
            registration=registration_sudo, sentence="", purpose="", person=None
        )
        values.update(extra)
        return self._render_reseller_page(
            "crm_reseller_registration.portal_registration_link", values, status=status
        )
