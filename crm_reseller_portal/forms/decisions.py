"""Answers to an offer, giving a lead back, asking, and handing over."""

from odoo import _

from .base import Form


class AcceptForm(Form):
    """The comment that goes with *I'm interested*.

    ``values``: ``comment`` (str).
    """

    names = ("comment",)

    def parse(self):
        """Read the comment."""
        self.read_text("comment")


class AskForm(Form):
    """A question to the team.

    ``values``: ``question`` (str).
    """

    names = ("question",)

    def parse(self):
        """Read the question, which must be there."""
        if not self.read_text("question"):
            self.errors["question"] = _("Write your question.")


class ReturnForm(Form):
    """Why a reseller gives a lead back.

    ``values``: ``reason_id`` (int or None), ``comment`` (str).
    """

    names = ("reason_id", "comment")

    def parse(self, reasons):
        """Read reason and comment.

        :param dict reasons: whether a comment is required, by the id of the reason
        """
        reason_id = self.read_choice(
            "reason_id", reasons, _("Choose one of the reasons.")
        )
        comment = self.read_text("comment")
        if reasons.get(reason_id) and not comment:
            self.errors["comment"] = _("Please explain this reason in a few words.")


class DeclineForm(ReturnForm):
    """Why a reseller declines an offer.

    ``values``: ``reason_id`` (int or None), ``comment`` (str), ``contacted`` (bool).
    """

    names = (*ReturnForm.names, "contacted")

    def parse(self, reasons):
        """Read reason, comment, and whether the customer was contacted.

        :param dict reasons: whether a comment is required, by the id of the reason
        :return: None
        """
        self.values["contacted"] = bool(self.typed.get("contacted"))
        return super().parse(reasons)


class HandOverForm(Form):
    """Who takes care of a lead from now on.

    ``values``: ``colleague_id`` (int or None).
    """

    names = ("colleague_id",)

    def parse(self, colleagues):
        """Read who was chosen.

        :param colleagues: ids of the people to choose from
        """
        self.read_choice(
            "colleague_id", colleagues, _("Choose one of your colleagues.")
        )
