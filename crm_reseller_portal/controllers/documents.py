from odoo.http import request

from ..forms import NoteForm
from .records import ResellerRecords
from .routes import reseller_record_route


class ResellerDocuments(ResellerRecords):
    """Notes and documents on leads and deals."""

    @reseller_record_route(
        "/my/leads/<int:lead_id>/attach",
        "/my/opportunities/<int:lead_id>/attach",
        methods=["POST"],
    )
    def reseller_attach(self, lead_sudo, **post):
        """Send a note and documents to the team.

        :param lead_sudo: crm.lead, elevated
        :param post: what the form sent
        :return: response
        """
        form = NoteForm(post, self._get_formats(), uploads=self._get_uploads())
        if form.errors:
            return self._render_record(lead_sudo, errors=form.errors, typed=form.typed)
        lead_sudo._reseller_post(form.values["note"], form.values["documents"])
        return self._redirect_to_record(lead_sudo, "posted", "#history")

    @reseller_record_route(
        "/my/leads/<int:lead_id>/documents/<int:document_id>",
        "/my/opportunities/<int:lead_id>/documents/<int:document_id>",
        counts="downloads",
    )
    def reseller_document(self, lead_sudo, document_id, **post):
        """Send a document of those the page shows.

        :param lead_sudo: crm.lead, elevated
        :param int document_id: id of an ir.attachment
        :param post: further arguments of the address, ignored
        :return: response with the file
        :raises NotFound: for a document the page does not show
        """
        document_sudo = self._find_document_sudo(lead_sudo, document_id)
        if not document_sudo:
            raise request.not_found()
        return self._stream_document(document_sudo)

    def _stream_document(self, document_sudo):
        """Answer with a file, so that no browser runs what is in it.

        :param document_sudo: elevated record of ``ir.attachment``
        :return: the response
        """
        stream = request.env["ir.binary"]._get_stream_from(document_sudo)
        response = stream.get_response(as_attachment=True)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def _find_document_sudo(self, lead_sudo, document_id):
        """A document of those the page shows.

        :param lead_sudo: crm.lead, elevated
        :param int document_id: id of an ir.attachment
        :return: ir.attachment, elevated, one or none
        """
        shown = lead_sudo._get_reseller_messages(lead_sudo.reseller_id).attachment_ids
        return shown.filtered(lambda document: document.id == document_id)

    @reseller_record_route(
        "/my/leads/<int:lead_id>/documents/<int:document_id>/remove",
        "/my/opportunities/<int:lead_id>/documents/<int:document_id>/remove",
        methods=["POST"],
    )
    def reseller_document_remove(self, lead_sudo, document_id, **post):
        """Remove a document; sending it twice removes it once.

        :param lead_sudo: crm.lead, elevated
        :param int document_id: id of an ir.attachment
        :param post: what the form sent, ignored
        :return: response
        """
        document_sudo = self._find_document_sudo(lead_sudo, document_id)
        if document_sudo:
            lead_sudo._reseller_remove_document(document_sudo)
        return self._redirect_to_record(lead_sudo, "removed")
