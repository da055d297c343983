from odoo import _

from odoo.addons.crm_reseller_portal.forms import Form
from odoo.addons.crm_reseller_portal.forms.base import LONGEST_ID


class AgreementForm(Form):
    """Acceptance of an agreement: ``values`` holds ``version_id``, an int or None."""

    names = ("version_id", "agreed")

    def parse(self):
        """Read which version the person read, and whether the box was ticked."""
        text = self.typed.get("version_id", "")
        self.values["version_id"] = (
            int(text)
            if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
            else None
        )
        if self.typed.get("agreed") != "1":
            self.errors["agreed"] = _("Tick the box to accept the agreement.")
