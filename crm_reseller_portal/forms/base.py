"""What all forms of the pages share: reading, checking, keeping what was typed."""

import re

from odoo import _

from ..lib.amounts import AmountError, AmountProblem, parse_amount
from ..lib.dates import DateError, DateProblem
from ..lib.documents import clean_name, is_allowed

LINE_LENGTH = 120
TEXT_LENGTH = 2000
LONGEST_ID = 9
DOCUMENTS_AT_ONCE = 5
DOCUMENT_MEGABYTES = 10
MEGABYTE = 1024 * 1024
# a spreadsheet takes a text that begins so for a formula
FORMULA_STARTS = ("=", "@", "+", "-")


def clean_text(text):
    """What was typed without the characters no database takes.

    :param text: what was sent; anything but text counts as nothing
    :return: text with plain line breaks and without blanks around it
    """
    if not isinstance(text, str):
        return ""
    text = text.encode("utf-8", "ignore").decode()
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


class Upload:
    """A file that was sent along.

    :param str name: the name the sender gives it
    :param read: function of a number of bytes that returns at most so many
    """

    def __init__(self, name, read):
        self.name = name
        self.read = read


class Form:
    """A form of a page: what was sent, what it means and what is wrong with it.

    No HTTP and no database: a test makes one from a dictionary. A subclass lists
    its fields in ``names`` and reads them in ``parse``.

    :param dict post: what was sent, as text by the name of the field
    :param formats: ``PageFormats`` of the reader
    :param dict shown: what the fields hold by now, for what was sent without its
        ``was_`` value
    :param required: names of fields that have to be filled, besides those the form
        itself asks for
    :param data: what the subclass needs to know to check the form, see there

    ``values`` holds what was understood, ``errors`` a sentence for each field that
    is wrong, ``typed`` what was sent, to show the form again.
    """

    names = ()

    def __init__(self, post, formats, shown=None, required=(), **data):
        self.formats = formats
        self.shown = shown or {}
        self.values = {}
        self.errors = {}
        self.typed = {}
        for name in self.names:
            for key in (name, f"was_{name}"):
                if isinstance(post.get(key), str):
                    self.typed[key] = clean_text(post[key])
        self.parse(**data)
        for name in required:
            if not self.is_filled(name):
                self.errors.setdefault(name, _("Please fill in this field."))

    def parse(self):
        """Fill ``values`` and ``errors`` from ``typed``. Hook."""

    def is_filled(self, name):
        """Whether a field that has to be filled is. Hook.

        :param str name: of the field
        :return: bool
        """
        return bool(self.values.get(name))

    def is_untouched(self, name):
        """Whether a field was sent as the page showed it, or not at all.

        :param str name: of the field
        :return: bool
        """
        text = self.typed.get(name)
        return text is None or text == self.typed.get(
            f"was_{name}", self.shown.get(name)
        )

    # ------------------------------------------------------------
    # READERS
    # ------------------------------------------------------------

    def read_line(self, name, limit=LINE_LENGTH):
        """Read a text of one line.

        :param str name: of the field
        :param int limit: the most characters
        :return: the text, which is also in ``values``
        """
        text = re.sub(r"\s*\n\s*", " ", self.typed.get(name, ""))
        self._check_text(name, text, limit, FORMULA_STARTS)
        self.values[name] = text
        return text

    def read_text(self, name, limit=TEXT_LENGTH):
        """Read a text of any number of lines.

        :param str name: of the field
        :param int limit: the most characters
        :return: the text, which is also in ``values``
        """
        text = self.typed.get(name, "")
        # lists begin with a dash
        self._check_text(name, text, limit, FORMULA_STARTS[:2])
        self.values[name] = text
        return text

    def _check_text(self, name, text, limit, starts):
        """Note what is wrong with a text, as an error of its field.

        :param str name: name of the field
        :param str text: what was typed
        :param int limit: the most characters
        :param starts: text or tuple of texts it must not begin with
        """
        if len(text) > limit:
            self.errors[name] = _(
                "This is too long: %(limit)s characters at most.", limit=limit
            )
        elif text.startswith(starts):
            self.errors[name] = _(
                "This cannot begin with %(sign)s. Begin with a letter or a digit.",
                sign=text[0],
            )

    def read_choice(self, name, choices, sentence):
        """Read which record was chosen.

        :param str name: of the field
        :param choices: ids to choose from
        :param str sentence: what to say about anything else
        :return: the id, which is also in ``values``, or None
        """
        text = self.typed.get(name, "")
        chosen = None
        if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID:
            chosen = int(text)
        if chosen not in choices:
            chosen = None
            self.errors[name] = sentence
        self.values[name] = chosen
        return chosen

    def read_amount(self, name, symbols=()):
        """Read an amount as the reader's language writes it.

        :param str name: of the field
        :param symbols: signs and names of the currency that may be there
        :return: float, which is also in ``values``, or None
        """
        try:
            amount = float(
                parse_amount(
                    self.typed.get(name, ""), self.formats.number_format, symbols
                )
            )
        except AmountError as error:
            self.errors[name] = self._explain_amount_error(error)
            return None
        self.values[name] = amount
        return amount

    def read_day(self, name, **limits):
        """Read a day, as a date field sends it or as the language writes it.

        :param str name: of the field
        :param limits: ``earliest`` and ``latest`` day
        :return: the day, which is also in ``values``, or None
        """
        try:
            day = self.formats.read_day(self.typed.get(name, ""), **limits)
        except DateError as error:
            self.errors[name] = explain_date_error(error, self.formats)
            return None
        self.values[name] = day
        return day

    def read_documents(self, name, uploads):
        """Check the documents that were sent along.

        :param str name: of the field
        :param uploads: list of ``Upload``
        :return: list of pairs of clean name and content, also in ``values``
        """
        self.values[name] = []
        if len(uploads) > DOCUMENTS_AT_ONCE:
            self.errors[name] = _(
                "Send %(limit)s documents at most at once.", limit=DOCUMENTS_AT_ONCE
            )
            return []
        documents = []
        limit = DOCUMENT_MEGABYTES * MEGABYTE
        for upload in uploads:
            label = clean_name(upload.name)
            content = upload.read(limit + 1)
            problem = self._explain_document(label, content, limit)
            if problem:
                self.errors[name] = problem
                return []
            documents.append((label, content))
        self.values[name] = documents
        return documents

    # ------------------------------------------------------------
    # SENTENCES
    # ------------------------------------------------------------

    def _explain_document(self, label, content, limit):
        """Why a document is not accepted.

        :param str label: name of the file
        :param bytes content: the file
        :param int limit: the most bytes
        :return: sentence, or None when nothing is wrong
        """
        if len(content) > limit:
            return _(
                "%(name)s is too large: %(limit)s MB at most.",
                name=label,
                limit=DOCUMENT_MEGABYTES,
            )
        if not content:
            return _("%(name)s is empty.", name=label)
        if not is_allowed(label, content):
            return _(
                "%(name)s is of a type that is not accepted. Send PDF, pictures, "
                "Office documents or plain text.",
                name=label,
            )
        return None

    def _explain_amount_error(self, error):
        """What is wrong with an amount.

        :param error: ``AmountError``
        :return: sentence in the language of the reader
        """
        first, second = (float(each) for each in error.readings or (0, 0))
        return {
            AmountProblem.EMPTY: _("Enter an amount, or 0 if you do not know it."),
            AmountProblem.NOT_A_NUMBER: _(
                "This is not an amount. Write it like %(example)s.",
                example=self.formats.number(12500),
            ),
            AmountProblem.AMBIGUOUS: _(
                "Is this %(first)s or %(second)s? Please write it without a separator "
                "for thousands.",
                first=self.formats.number(first),
                second=self.formats.number(second),
            ),
            AmountProblem.NEGATIVE: _("The amount cannot be below zero."),
            AmountProblem.TOO_LARGE: _("This amount is too large."),
            AmountProblem.TOO_PRECISE: _("Enter at most two decimals."),
        }[error.problem]


def explain_date_error(error, formats):
    """Say what is wrong with a date.

    :param error: ``DateError``
    :param formats: ``PageFormats`` of the reader
    :return: a sentence
    """
    return {
        DateProblem.UNREADABLE: _(
            "This is not a date. Write it like %(example)s.",
            example=formats.day(formats.today),
        ),
        DateProblem.TOO_EARLY: _("This day is too long ago."),
        DateProblem.TOO_LATE: _("This day is too far ahead."),
    }[error.problem]
