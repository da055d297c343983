from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.documents import ResellerDocuments
from odoo.addons.crm_reseller_portal.controllers.records import DOCUMENT_TYPES
from odoo.addons.crm_reseller_portal.controllers.routes import (
    reseller_form_route,
    reseller_record_route,
)
from odoo.addons.crm_reseller_portal.forms import NoteForm

from ..const import OPEN_STATES
from ..forms import ExtensionForm, RegistrationForm, WithdrawForm
from ..lib.tin import read_vat
from ..models.crm_reseller_portal_section import SECTION
from .registration_lists import ResellerRegistrationLists

SWITCHES = ("new_company", "new_contact")
CHOICES = (
    "direction_id",
    "product_id",
    "partner_id",
    "contact_id",
    "representative_id",
    "currency_id",
)


class ResellerRegistrations(ResellerRegistrationLists, ResellerDocuments):
    """The form to register a deal, and the page of a registration."""

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
        values = self._prepare_reseller_page(
            "reseller_gone",
            _("There is nothing here"),
            explanation=_("This registration is not among yours."),
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_lead_gone", values, status=404
        )

    def _render_nothing_sent(self, record_sudo=None, **post):
        if record_sudo and record_sudo._name == "crm.deal.registration":
            return request.redirect(record_sudo._get_reseller_path())
        return super()._render_nothing_sent(record_sudo, **post)

    # ------------------------------------------------------------
    # THE FORM
    # ------------------------------------------------------------

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
                registration_sudo, form, errors, then
            )
        registration_sudo = self._keep_registration(registration_sudo, form)
        if submitting:
            registration_sudo._submit()
        done = "submitted" if submitting else "kept"
        return request.redirect(f"{registration_sudo._get_reseller_path()}?done={done}")

    def _get_entered_step(self, post):
        """Return what the Enter key does: search while a company is looked for.

        :param dict post: of the form
        :return: ``search`` or ``submit``
        """
        searching = post.get("company_search") and not (
            post.get("new_company") or post.get("partner_id")
        )
        return "search" if searching else "submit"

    def _keep_registration(self, registration_sudo, form):
        """Keep a draft, with its comment and documents.

        :param registration_sudo: the registration, or nothing for a new one
        :param form: ``RegistrationForm``
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
                    self._get_reseller_or_404(), request.env.user.partner_id, vals
                )
            )
        comment = "" if "comment" in form.errors else form.values["comment"]
        registration_sudo._post_from_reseller(comment, form.values["documents"])
        return registration_sudo

    def _render_registration_again(self, registration_sudo, form, errors, then):
        """Show the form with what was typed; files that were sent are kept."""
        kept = bool(form.values["documents"])
        typed = dict(form.typed)
        if kept:
            registration_sudo = self._keep_registration(registration_sudo, form)
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

    def _get_registration_choices(self, reseller_sudo, typed):
        """Return what the form offers to choose from.

        :param reseller_sudo: the reseller
        :param dict typed: what the fields hold, as text
        :return: dict of ``people``, ``company`` (the chosen one), ``contacts``,
            ``products``, ``free_product``, ``currencies``, ``settings`` (the
            company), ``required`` (names of fields) and ``directions``, see
            ``_get_registration_directions``
        """
        user = request.env.user
        settings = (
            reseller_sudo._get_reseller_company()
            or request.env["crm.lead"]._get_main_company()
        ).sudo()
        text = typed.get("partner_id") or ""
        known = text.isascii() and text.isdecimal() and len(text) <= 9
        company_id = int(text) if known else 0
        company_sudo = reseller_sudo._find_registration_company(company_id)
        return {
            "settings": settings,
            "required": self._get_required_fields("registration", settings),
            "directions": self._get_registration_directions(),
            "people": user._get_reseller_colleagues_sudo() | user.partner_id.sudo(),
            "company": company_sudo,
            "contacts": reseller_sudo._get_registration_contacts(company_sudo),
            "products": settings.reseller_registration_product_ids,
            "free_product": settings.reseller_registration_product_text,
            "currencies": request.env["res.currency"].sudo().search([])
            | settings.currency_id,
            "currency": settings.currency_id,
        }

    def _get_registration_directions(self):
        """Return the sales directions in which the visitor can register deals.

        :return: crm.reseller.direction, elevated, the home direction first; none for a
            company of no direction, and None where no portal of its directions shows
            registrations to the visitor
        """
        access = self._get_direction_access()
        shown = [
            direction
            for direction in access.directions
            if not access.enforced or access.shows(SECTION, direction)
        ]
        if access.directions and not shown:
            return None
        Direction = request.env["crm.reseller.direction"].sudo()
        # archived ones among them: they stay until the company is moved
        return Direction.with_context(active_test=False).browse(shown)

    def _get_first_direction(self, directions_sudo, asked):
        """Return the direction that the empty form has chosen.

        :param directions_sudo: crm.reseller.direction, see
            ``_get_registration_directions``
        :param asked: id, as the address has it, or nothing
        :return: id as text: the one asked for, else the one the visitor looks at, else
            the home direction
        """
        known = [str(direction) for direction in directions_sudo.ids]
        chosen = str(self._get_chosen_direction() or "")
        return next((one for one in (asked, chosen, *known) if one in known), "")

    def _get_number_rules(self, reseller_sudo, settings):
        """Return how tax numbers are read.

        :param reseller_sudo: the reseller
        :param settings: res.company, elevated
        :return: dict of arguments of ``RegistrationForm``
        """
        if settings.reseller_registration_vat != "country":
            return {}
        country = reseller_sudo.country_id or settings.country_id
        return {"read_number": lambda text: read_vat(text, country.code or "")}

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

    def _get_stored_registration(self, registration_sudo):
        """Return what the fields of a draft hold, as the form writes it."""
        if not registration_sudo:
            return {}
        formats = self._get_formats()
        typed = {
            name: registration_sudo[name] or ""
            for name in RegistrationForm.names
            if name in registration_sudo._fields
        }
        typed.update({name: "1" if typed[name] else "" for name in SWITCHES})
        typed.update(
            {name: str(typed[name].id) if typed[name] else "" for name in CHOICES}
        )
        day = registration_sudo.date_deadline
        typed["date_deadline"] = day.isoformat() if day else ""
        budget = registration_sudo.budget
        typed["budget"] = formats.number(budget) if budget else ""
        return typed

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

    # ------------------------------------------------------------
    # WHAT A RESELLER DOES WITH IT
    # ------------------------------------------------------------

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/attach",
        find="_find_registration",
        gone="_render_registration_gone",
        methods=["POST"],
    )
    def reseller_registration_attach(self, registration_sudo, **post):
        """Add a comment and documents."""
        form = NoteForm(post, self._get_formats(), uploads=self._get_uploads())
        if form.errors:
            return self._render_registration(
                registration_sudo, errors=form.errors, typed=form.typed
            )
        registration_sudo._post_from_reseller(
            form.values["note"], form.values["documents"]
        )
        path = registration_sudo._get_reseller_path()
        return request.redirect(f"{path}?done=posted#history")

    @reseller_record_route(
        "/my/registrations/<int:registration_id>/withdraw",
        find="_find_registration",
        gone="_render_registration_gone",
        methods=["POST"],
        form="_render_withdraw",
    )
    def reseller_registration_withdraw(self, registration_sudo, **post):
        """Withdraw a registration with a reason."""
        form = WithdrawForm(post, self._get_formats())
        if form.errors:
            return self._render_withdraw(
                registration_sudo, errors=form.errors, typed=form.typed
            )
        registration_sudo._withdraw(form.values["reason"])
        path = registration_sudo._get_reseller_path()
        return request.redirect(f"{path}?done=withdrawn")

    def _render_withdraw(self, registration_sudo, **post):
        """Show the form to withdraw."""
        return self._render_small_form(
            registration_sudo,
            _("Withdraw the registration"),
            _("Withdraw"),
            [{"name": "reason", "label": _("Reason")}],
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
        form = ExtensionForm(post, self._get_formats())
        if form.errors:
            return self._render_extend(
                registration_sudo, errors=form.errors, typed=form.typed
            )
        registration_sudo._ask_for_extension(form.values["days"], form.values["reason"])
        path = registration_sudo._get_reseller_path()
        return request.redirect(f"{path}?done=extended")

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
