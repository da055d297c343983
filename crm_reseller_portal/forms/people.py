"""Forms about the people of a reseller's company."""

from odoo import _
from odoo.tools import email_normalize

from .base import Form

ROLES = ("user", "supervisor")


class RoleForm(Form):
    """What a person may do.

    ``values``: ``role`` (``user`` or ``supervisor``, None when it is neither).
    """

    names = ("role",)

    def parse(self):
        """Read the role."""
        self.read_role()

    def read_role(self):
        """Read which of the roles was chosen."""
        role = self.typed.get("role")
        self.values["role"] = role if role in ROLES else None
        if role not in ROLES:
            self.errors["role"] = _("Choose one of the roles.")


class InviteForm(RoleForm):
    """A person who shall work with the reseller on the portal.

    ``values``: ``name`` (str), ``email`` (normalized), ``role`` (see ``RoleForm``).
    """

    names = ("name", "email", "role")

    def parse(self):
        """Read name, address and role."""
        if not self.read_line("name"):
            self.errors.setdefault("name", _("Enter the name."))
        self.read_line("email")
        self.values["email"] = email_normalize(self.values["email"])
        if not self.values["email"]:
            self.errors.setdefault("email", _("This is not an e-mail address."))
        self.read_role()


class RemoveForm(Form):
    """Who takes over the leads of a person who leaves.

    ``values``: ``colleague_id`` (int, or None for no one).
    """

    names = ("colleague_id",)

    def parse(self, colleagues=()):
        """Read the colleague, who may be left out.

        :param colleagues: ids to choose from
        """
        self.values["colleague_id"] = None
        if self.typed.get("colleague_id"):
            self.read_choice(
                "colleague_id", colleagues, _("Choose one of your colleagues.")
            )
