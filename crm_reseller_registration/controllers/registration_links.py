from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route
from odoo.addons.crm_reseller_portal.controllers.signed import ResellerSignedPages

from ..forms import AnswerForm, ExtensionForm

FORMS = {"answer": AnswerForm, "extend": ExtensionForm}
EXTENSION_DAYS = "30"


class ResellerRegistrationLinks(ResellerSignedPages):
    """What a person of a reseller does from a mail, without signing in."""

    @reseller_record_route(
        "/my/registrations/link/<int:registration_id>/<string:purpose>/<string:token>",
        find="_find_linked_registration",
        gone="_render_registration_link_gone",
        methods=["POST"],
        form="_render_registration_link",
        refused="_render_registration_link_refused",
        signed=True,
    )
    def reseller_registration_link(self, registration_sudo, purpose, token, **post):
        """Answer our question, or ask for more time, as the person of the link.

        :param registration_sudo: crm.deal.registration, elevated
        :param str purpose: ``answer`` or ``extend``
        :param str token: as it came with the address
        :param post: what the form sent
        :return: response
        """
        person_sudo = registration_sudo._find_link_person(purpose, token)
        self._speak_language_of(person_sudo)
        form = FORMS[purpose](post, self._get_person_formats(person_sudo))
        if form.errors:
            return self._render_registration_link(
                registration_sudo, purpose, token, errors=form.errors, typed=form.typed
            )
        registration_sudo = registration_sudo.with_env(request.env(su=True))
        acting = registration_sudo
        user = person_sudo.user_ids.filtered("active")[:1]
        if user:
            # the history names the person, whoever is signed in here
            acting = registration_sudo.with_user(user).sudo()
        if purpose == "answer":
            acting._answer_question(form.values["answer"], person_sudo)
            sentence = _("Thank you! Our team has your answer.")
        else:
            acting._ask_for_extension(
                form.values["days"], form.values["reason"], person_sudo
            )
            sentence = _("Thank you! Our team decides on your request.")
        return self._render_link_sentence(
            registration_sudo.name, sentence, registration_sudo
        )

    def _find_linked_registration(self, registration_id):
        """Return the registration whose link somebody holds.

        :param int registration_id: as the address has it
        :return: crm.deal.registration, elevated; an empty recordset where the link is
            wrong, old or used up
        """
        Registration = request.env["crm.deal.registration"].sudo()
        purpose, token = request.params.get("purpose"), request.params.get("token")
        if registration_id > LARGEST_ID or purpose not in FORMS:
            return Registration
        registration_sudo = Registration.browse(registration_id).exists()
        if registration_sudo and registration_sudo._find_link_person(purpose, token):
            return registration_sudo
        return Registration

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    def _render_registration_link(
        self, registration_sudo, purpose, token, errors=None, typed=None, **post
    ):
        """Show the form of a link.

        :param registration_sudo: crm.deal.registration, elevated
        :param str purpose: ``answer`` or ``extend``
        :param str token: as it came with the address
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        person_sudo = registration_sudo._find_link_person(purpose, token)
        self._speak_language_of(person_sudo)
        titles = {"answer": _("Answer our question"), "extend": _("Ask for more time")}
        values = {
            "heading": titles[purpose],
            "registration": registration_sudo.with_env(request.env(su=True)),
            "person": person_sudo,
            "purpose": purpose,
            "formats": self._get_person_formats(person_sudo),
            "typed": typed or {"days": EXTENSION_DAYS},
            "errors": errors or {},
        }
        return self._render_alone(
            "crm_reseller_registration.portal_registration_link",
            values,
            422 if errors else 200,
        )

    def _render_registration_link_gone(self, registration_id):
        """Answer in the same way for a wrong, an old and a used link.

        :param int registration_id: as the address has it, not looked at
        :return: response
        """
        return self._render_link_sentence(
            _("This link is no longer valid"),
            _(
                "It was used already, or it is too old. Sign in to see your "
                "registrations."
            ),
            status=404,
        )

    def _render_registration_link_refused(self, sentence, registration_sudo):
        """Say why something could not be done.

        :param str sentence: why not
        :param registration_sudo: crm.deal.registration, elevated
        :return: response
        """
        return self._render_link_sentence(
            _("This could not be done"), sentence, registration_sudo, 409
        )

    def _render_link_sentence(
        self, heading, sentence, registration_sudo=None, status=200
    ):
        """Say in one sentence what happened.

        :param str heading: title and first line
        :param str sentence: what happened
        :param registration_sudo: crm.deal.registration, elevated, or nothing
        :param int status: of the answer
        :return: response
        """
        values = {
            "heading": heading,
            "sentence": sentence,
            "registration": registration_sudo,
        }
        return self._render_alone(
            "crm_reseller_registration.portal_registration_link", values, status
        )
