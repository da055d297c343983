from odoo import _, fields
from odoo.http import request, route
from odoo.tools.misc import formatLang

from ..lib.documents import EXTENSIONS, clean_name, is_allowed
from .common import ResellerPortal

COMMENT_LENGTH = 2000
DOCUMENTS_AT_ONCE = 5
DOCUMENT_MEGABYTES = 10
KILOBYTE = 1024
MESSAGES_SHOWN = 30
DOCUMENT_TYPES = ",".join(sorted(f".{extension}" for extension in EXTENSIONS))


class ResellerLeads(ResellerPortal):
    # ------------------------------------------------------------
    # The list
    # ------------------------------------------------------------

    @route(
        ["/my/leads", "/my/leads/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def reseller_leads(self, page=1, **form):
        values = self._prepare_reseller_page("reseller_leads", _("Leads"))
        options = {
            "url": "/my/leads",
            "domain": self._get_leads_domain(),
            "sortings": self._get_lead_sortings(),
            "filters": self._get_lead_filters(),
            "groupings": self._get_lead_groupings(),
        }
        self._prepare_list_values(values, options, {**form, "page": page})
        values["done"] = self._describe_declined(values["reseller"], form)
        return request.render("crm_reseller_portal.portal_my_leads", values)

    def _get_lead_sortings(self):
        """Ways to sort the leads; the first is the default. Hook."""
        return {
            "urgent": {
                "label": _("Most urgent"),
                "order": "reseller_state desc, reseller_due_on, id desc",
            },
            "date": {
                "label": _("Newest"),
                "order": "reseller_offered_on desc, id desc",
            },
            "name": {"label": _("Name"), "order": "name, id"},
            "company": {"label": _("Company"), "order": "partner_name, id"},
            "city": {"label": _("City"), "order": "city, id"},
        }

    def _get_lead_filters(self):
        """Filters of the leads; the first is the default. Hook."""
        return {
            "all": {"label": _("All"), "domain": []},
            "waiting": {
                "label": _("Waiting"),
                "domain": [("reseller_state", "=", "pending")],
            },
            "accepted": {
                "label": _("Accepted"),
                "domain": [("reseller_state", "=", "accepted")],
            },
            "overdue": {
                "label": _("Overdue"),
                "domain": [
                    ("reseller_state", "=", "pending"),
                    ("reseller_due_on", "<", fields.Datetime.now()),
                ],
            },
        }

    def _get_lead_groupings(self):
        """Ways to group the leads; the first is the default. Hook."""
        return {
            "none": {"label": _("None")},
            "state": {
                "label": _("Answer"),
                "order": "reseller_state desc",
                "key": lambda lead: (
                    _("Waiting for your answer")
                    if lead.reseller_state == "pending"
                    else _("Accepted")
                ),
            },
            "country": {
                "label": _("Country"),
                "order": "country_id",
                "key": lambda lead: lead.country_id.name or _("No country"),
            },
            "city": {
                "label": _("City"),
                "order": "city",
                "key": lambda lead: lead.city or _("No city"),
            },
        }

    def _describe_declined(self, reseller_sudo, form):
        """Say that a lead was declined, if it was; the address may say anything."""
        lead_id = form.get("declined") or ""
        if not lead_id.isdecimal() or len(lead_id) > 9:
            return None
        offer_sudo = (
            request.env["crm.reseller.offer"]
            .sudo()
            .search(
                [
                    ("lead_id", "=", int(lead_id)),
                    ("reseller_id", "=", reseller_sudo.id),
                ],
                order="id desc",
                limit=1,
            )
        )
        if offer_sudo.state != "declined":
            return None
        return "declined"

    # ------------------------------------------------------------
    # A lead
    # ------------------------------------------------------------

    @route(
        "/my/leads/<int:lead_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def reseller_lead(self, lead_id, done=None, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if lead_sudo._get_reseller_path() != f"/my/leads/{lead_id}":
            return request.redirect(lead_sudo._get_reseller_path())
        return self._render_lead(lead_sudo, done=done)

    def _ask_again(self, lead_sudo):
        """Answer to a form's address that is merely opened: nothing was sent.

        So it comes after a new sign-in, when the session ended meanwhile.
        """
        return request.redirect(lead_sudo._get_reseller_path() + "?done=again")

    def _render_lead(self, lead_sudo, template="portal_my_lead", status=200, **extra):
        view = lead_sudo._get_reseller_view()
        values = self._prepare_reseller_values(
            self._get_page_reseller_sudo(lead_sudo), "reseller_lead", view["title"]
        )
        values.update(
            self._prepare_record_values(lead_sudo, values["reseller"]),
            view=view,
            decline_reasons=self._get_decline_reasons(lead_sudo),
            reseller_crumbs=[{"label": _("Leads"), "url": "/my/leads"}],
        )
        values.update(extra)
        self._mark_errors(values)
        return request.render(f"crm_reseller_portal.{template}", values, status=status)

    def _get_field_ids(self):
        return {
            "note": "reseller_note",
            "documents": "reseller_documents",
            "colleague_id": "reseller_colleague",
            "comment": "reseller_accept_comment",
        }

    def _get_page_reseller_sudo(self, lead_sudo):
        """Return the reseller whose page it is."""
        return self._get_reseller_or_404()

    def _prepare_record_values(self, lead_sudo, reseller_sudo):
        """Values that the page of a lead and that of a deal share. Hook."""
        # first, for their names are read together, the person in charge among them
        colleagues_sudo = self._get_colleagues(lead_sudo)
        offers_sudo = lead_sudo._get_reseller_offers()
        everything = request.httprequest.args.get("history") == "all"
        messages, older = lead_sudo._get_newest_reseller_messages(
            reseller_sudo, offers_sudo, None if everything else MESSAGES_SHOWN
        )
        return {
            "lead": lead_sudo,
            "pending": lead_sudo.reseller_state == "pending",
            "base_path": lead_sudo._get_reseller_path(),
            "offer": offers_sudo.filtered(
                lambda offer: offer.reseller_id == reseller_sudo
            )[:1],
            "messages": messages,
            "older": older,
            "documents": messages.attachment_ids,
            "describe_size": self._describe_size,
            "now": fields.Datetime.now(),
            "colleagues": colleagues_sudo,
            "document_types": DOCUMENT_TYPES,
        }

    def _describe_size(self, size):
        """Return a number of bytes the way people say it: "1.4 MB"."""
        if size < KILOBYTE * KILOBYTE:
            return f"{max(1, round(size / KILOBYTE))} kB"
        megabytes = formatLang(request.env, size / KILOBYTE / KILOBYTE, digits=1)
        return f"{megabytes} MB"

    def _get_colleagues(self, lead_sudo):
        """Return who a supervisor can hand the lead to."""
        user = request.env.user
        if not user._is_reseller_supervisor():
            return request.env["res.partner"].sudo()
        colleagues_sudo = user._get_reseller_colleagues_sudo()
        return colleagues_sudo - lead_sudo.reseller_contact_id

    def _get_decline_reasons(self, lead_sudo):
        Reason = request.env["crm.reseller.decline.reason"].sudo()
        if lead_sudo.reseller_state != "pending":
            return Reason
        return Reason.search_fetch([], ["name", "comment_required"])

    # ------------------------------------------------------------
    # The decisions
    # ------------------------------------------------------------

    @route(
        "/my/leads/<int:lead_id>/accept",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_lead_accept(self, lead_id, comment="", **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if request.httprequest.method == "GET":
            return self._ask_again(lead_sudo)
        comment = self._clean_text(comment)
        if len(comment) > COMMENT_LENGTH:
            return self._render_lead(
                lead_sudo,
                status=422,
                errors={"comment": self._explain_too_long()},
                typed={"comment": comment},
            )
        refusal = self._run(lead_sudo.reseller_accept, comment or None)
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=accepted")

    @route(
        "/my/leads/<int:lead_id>/decline",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_lead_decline(
        self, lead_id, reason_id="", comment="", contacted="", **form
    ):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if lead_sudo.reseller_state != "pending":
            return self._render_refused(
                _("This lead was accepted already."), lead_sudo.id
            )
        if request.httprequest.method == "GET":
            return self._render_decline(lead_sudo)
        comment = self._clean_text(comment)
        reason_sudo, errors = self._check_decline(reason_id, comment)
        if errors:
            return self._render_decline(
                lead_sudo,
                status=422,
                errors=errors,
                typed={
                    "reason_id": reason_id,
                    "comment": comment,
                    "contacted": contacted,
                },
            )
        refusal = self._run(
            lead_sudo.reseller_decline, reason_sudo, comment or None, bool(contacted)
        )
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(f"/my/leads?declined={lead_id}")

    def _render_decline(self, lead_sudo, **extra):
        """Show the popup's form on a page of its own."""
        reasons = self._get_decline_reasons(lead_sudo)
        fields_at = {
            "reason_id": f"reseller_reason_{reasons[:1].id}",
            "comment": "reseller_decline_comment",
        }
        extra = {"title": self._get_decline_title(), **extra}
        return self._render_lead(
            lead_sudo, "portal_lead_decline", get_field_id=fields_at.get, **extra
        )

    def _get_decline_title(self):
        return f"{_('Decline this lead')} | {request.env.company.name}"

    def _check_decline(self, reason_id, comment):
        """Return the reason chosen, and a sentence for each field that is wrong."""
        errors = {}
        reason_sudo = request.env["crm.reseller.decline.reason"].sudo()
        if reason_id.isdecimal() and len(reason_id) < 10:
            reason_sudo = reason_sudo.search([("id", "=", int(reason_id))])
        if not reason_sudo:
            errors["reason_id"] = _("Choose one of the reasons.")
        if len(comment) > COMMENT_LENGTH:
            errors["comment"] = self._explain_too_long()
        elif reason_sudo.comment_required and not comment:
            errors["comment"] = _("Please explain this reason in a few words.")
        return reason_sudo, errors

    @route(
        "/my/leads/<int:lead_id>/convert",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_lead_convert(self, lead_id, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if request.httprequest.method == "GET":
            return self._ask_again(lead_sudo)
        refusal = self._run(lead_sudo.reseller_convert)
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=converted")

    def _clean_text(self, text):
        """Return what was typed without the signs no database takes."""
        return (text or "").replace("\x00", "").replace("\r\n", "\n").strip()

    def _explain_too_long(self):
        return _(
            "This is too long: %(limit)s characters at most.", limit=COMMENT_LENGTH
        )

    # ------------------------------------------------------------
    # Notes and documents
    # ------------------------------------------------------------

    @route(
        [
            "/my/leads/<int:lead_id>/attach",
            "/my/opportunities/<int:lead_id>/attach",
        ],
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_attach(self, lead_id, note="", **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if request.httprequest.method == "GET":
            return self._ask_again(lead_sudo)
        note = self._clean_text(note)
        documents, errors = self._read_documents("documents")
        if len(note) > COMMENT_LENGTH:
            errors["note"] = self._explain_too_long()
        elif not note and not documents and not errors:
            errors["note"] = _("Write a note or choose a document.")
        if errors:
            return self._render_record(
                lead_sudo, status=422, errors=errors, typed={"note": note}
            )
        refusal = self._run(lead_sudo._reseller_post, note, documents)
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=posted#history")

    def _render_record(self, lead_sudo, **extra):
        """Show a lead or a deal on its page."""
        return self._render_lead(lead_sudo, **extra)

    def _read_documents(self, name):
        """Return the documents sent along, and what is wrong with them.

        :return: list of pairs of clean name and content; dict of sentences
        """
        files = [
            file for file in request.httprequest.files.getlist(name) if file.filename
        ]
        if len(files) > DOCUMENTS_AT_ONCE:
            return [], {
                name: _(
                    "Send %(limit)s documents at most at once.", limit=DOCUMENTS_AT_ONCE
                )
            }
        documents = []
        limit = DOCUMENT_MEGABYTES * KILOBYTE * KILOBYTE
        for file in files:
            label = clean_name(file.filename)
            # a request that collided with another one is handled once more
            file.seek(0)
            content = file.read(limit + 1)
            if len(content) > limit:
                problem = _(
                    "%(name)s is too large: %(limit)s MB at most.",
                    name=label,
                    limit=DOCUMENT_MEGABYTES,
                )
            elif not content:
                problem = _("%(name)s is empty.", name=label)
            elif not is_allowed(label, content):
                problem = _(
                    "%(name)s is of a kind that cannot be kept here. Send PDF, "
                    "pictures, Office documents or plain text.",
                    name=label,
                )
            else:
                documents.append((label, content))
                continue
            return [], {name: problem}
        return documents, {}

    @route(
        [
            "/my/leads/<int:lead_id>/documents/<int:document_id>",
            "/my/opportunities/<int:lead_id>/documents/<int:document_id>",
        ],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def reseller_document(self, lead_id, document_id, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        document_sudo = self._find_document(lead_sudo, document_id)
        if not document_sudo:
            raise request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(document_sudo)
        response = stream.get_response(as_attachment=True)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def _find_document(self, lead_sudo, document_id):
        """Return a document of those the page shows, elevated, or nothing."""
        shown = lead_sudo._get_reseller_messages(lead_sudo.reseller_id).attachment_ids
        return shown.filtered(lambda document: document.id == document_id)

    @route(
        [
            "/my/leads/<int:lead_id>/documents/<int:document_id>/remove",
            "/my/opportunities/<int:lead_id>/documents/<int:document_id>/remove",
        ],
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_document_remove(self, lead_id, document_id, **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        document_sudo = self._find_document(lead_sudo, document_id)
        if request.httprequest.method == "GET":
            return self._ask_again(lead_sudo)
        # who sends it twice finds it gone, as wanted
        refusal = document_sudo and self._run(
            lead_sudo._reseller_remove_document, document_sudo
        )
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=removed")

    # ------------------------------------------------------------
    # The person in charge
    # ------------------------------------------------------------

    @route(
        [
            "/my/leads/<int:lead_id>/delegate",
            "/my/opportunities/<int:lead_id>/delegate",
        ],
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def reseller_delegate(self, lead_id, colleague_id="", **form):
        lead_sudo = self._find_lead(lead_id)
        if not lead_sudo:
            return self._render_gone(lead_id)
        if not request.env.user._is_reseller_supervisor():
            raise request.not_found()
        if request.httprequest.method == "GET":
            return self._ask_again(lead_sudo)
        colleague_sudo = request.env.user._get_reseller_colleagues_sudo().filtered(
            lambda colleague: str(colleague.id) == colleague_id
        )
        if not colleague_sudo:
            return self._render_record(
                lead_sudo,
                status=422,
                errors={"colleague_id": _("Choose one of your colleagues.")},
            )
        refusal = self._run(lead_sudo._reseller_hand_over, colleague_sudo)
        if refusal:
            return self._render_refused(refusal, lead_id)
        return request.redirect(lead_sudo._get_reseller_path() + "?done=delegated")
