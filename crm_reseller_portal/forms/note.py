"""A note and documents for the team."""

from odoo import _

from .base import Form


class NoteForm(Form):
    """A note, documents, or both.

    ``values``: ``note`` (str), ``documents`` (list of pairs of name and content).
    """

    names = ("note",)

    def parse(self, uploads=()):
        """Read the note and the documents, one of which must be there.

        :param uploads: list of ``Upload``
        """
        note = self.read_text("note")
        self.read_documents("documents", uploads)
        if not note and not uploads:
            self.errors["note"] = _("Write a note or choose a document.")
