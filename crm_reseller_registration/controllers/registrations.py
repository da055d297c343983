from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.documents import ResellerDocuments
from odoo.addons.crm_reseller_portal.controllers.records import DOCUMENT_TYPES
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route

from ..const import OPEN_STATES
from .registration_lists import ResellerRegistrationLists


class ResellerRegistrations(ResellerRegistrationLists, ResellerDocuments):
    """The page of a registration."""

    # ------------------------------------------------------------
    # WHICH REGISTRATION
    # ------------------------------------------------------------

    def _find_registration(self, registration_id):
        """Return a registration of those the user sees, elevated.

        :param int registration_id: as the address has it
        :return: the registration under sudo() of the user's environment, or nothing
        """
        Registration = request.env["crm.deal.registration"].sudo()
        if registration_id > LARGEST_ID:
            return Registration
        return Registration.search(
            self._search_registrations([("id", "=", registration_id)])
        )

    def _render_registration_gone(self, registration_id):
        """Answer for a registration that is not this user's, or does not exist."""
        self._get_reseller_or_404()
        return self._render_nothing_here(_("This registration is not among yours."))

    def _render_nothing_sent(self, record_sudo=None, **post):
        if record_sudo and record_sudo._name == "crm.deal.registration":
            return request.redirect(record_sudo._get_reseller_path())
        return super()._render_nothing_sent(record_sudo, **post)

    def _redirect_to_registration(self, registration_sudo, done, anchor=""):
        """Go to the page of a registration and say there what was done.

        :param registration_sudo: crm.deal.registration, elevated
        :param str done: key of what was done
        :param str anchor: part of the page to show
        :return: response
        """
        path = registration_sudo._get_reseller_path()
        return request.redirect(f"{path}?done={done}{anchor}")

    # ------------------------------------------------------------
    # THE PAGE
    # ------------------------------------------------------------

    @reseller_record_route(
        "/my/registrations/<int:registration_id>",
        find="_find_registration",
        gone="_render_registration_gone",
    )
    def reseller_registration(self, registration_sudo, done=None, **post):
        """Show a registration: where it is, what happens next, and its feed."""
        return self._render_registration(registration_sudo, done=done)

    def _render_registration(self, registration_sudo, **extra):
        messages = registration_sudo._get_reseller_messages()
        values = self._prepare_reseller_values(
            self._get_reseller_or_404(),
            "reseller_registrations",
            registration_sudo.name,
            [{"label": _("Registrations"), "url": "/my/registrations"}],
        )
        values.update(
            registration=registration_sudo,
            base_path=registration_sudo._get_reseller_path(),
            state=self._show_registration_state(registration_sudo),
            next_step=self._describe_next(registration_sudo),
            answer=self._describe_answer(registration_sudo),
            messages=messages,
            documents=messages.attachment_ids,
            may_remove=lambda document: False,
            direction=self._get_shown_direction(registration_sudo),
            may_edit=registration_sudo.state in ("draft", "returned"),
            may_withdraw=registration_sudo.state in ("draft", *OPEN_STATES),
            may_extend=registration_sudo.protection == "granted"
            and "pending" not in registration_sudo.extension_ids.mapped("state"),
            may_open_lead=bool(
                registration_sudo.lead_id
                and self._find_lead(registration_sudo.lead_id.id)
            ),
            document_types=DOCUMENT_TYPES,
        )
        values.update(extra)
        return self._render_reseller_page(
            "crm_reseller_registration.portal_my_registration", values
        )

    def _get_shown_direction(self, registration_sudo):
        """Return the sales direction, for people of a company of several.

        :param registration_sudo: crm.deal.registration, elevated
        :return: text, or nothing
        """
        if len(self._get_direction_access().directions) < 2:
            return ""
        return registration_sudo.direction_id.name or ""

    def _describe_next(self, registration_sudo):
        """Return in one sentence what happens next."""
        formats = self._get_formats()
        until = formats.moment(registration_sudo.lapses_on)
        due = formats.moment(registration_sudo.decision_due_on)
        state = registration_sudo.state
        if state == "submitted" and registration_sudo.protection == "provisional":
            return _(
                "Our team is late: the deal is provisionally protected until "
                "%(until)s.",
                until=until,
            )
        if state == "submitted" and due:
            return _("Our team decides by %(due)s.", due=due)
        if state == "qualified" and until:
            return _(
                "The deal is protected until %(until)s. Log your work on the "
                "opportunity to renew the protection.",
                until=until,
            )
        if state == "qualified":
            return _("The deal is among your opportunities. It is not protected.")
        return {
            "draft": _("This is a draft: complete and submit it."),
            "submitted": _("Our team decides soon."),
            "returned": _("Answer our question by editing the registration."),
            "rejected": _("Our team did not accept this registration."),
            "expired": _("Our question was not answered in time."),
            "withdrawn": _("Your company withdrew this registration."),
        }[state]

    def _describe_answer(self, registration_sudo):
        """Return what the reseller is told about the customer; it names no one."""
        if registration_sudo.state not in OPEN_STATES:
            return ""
        if registration_sudo.company_known and registration_sudo.answer == "free":
            return _("Our team will check this company.")
        return {
            "free": _("No one has registered this customer before you."),
            "protected": _(
                "This customer is protected until %(day)s.",
                day=self._get_formats().moment(registration_sudo.answer_until),
            ),
            "known": _("Our team knows this customer and will check the registration."),
            "yours": _("Your company has registered this customer already."),
        }.get(registration_sudo.answer, "")

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/documents/<int:document_id>",
        find="_find_registration",
        gone="_render_registration_gone",
    )
    def reseller_registration_document(self, registration_sudo, document_id, **post):
        """Send a document of those the page shows."""
        shown = registration_sudo._get_reseller_messages().attachment_ids
        document_sudo = shown.filtered(lambda document: document.id == document_id)
        if not document_sudo:
            raise request.not_found()
        return self._stream_document(document_sudo)
