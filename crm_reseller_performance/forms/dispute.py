from odoo import _

from odoo.addons.crm_reseller_portal.forms import Form


class TextForm(Form):
    """A text that must be there: ``values`` holds ``text``."""

    names = ("text",)

    def parse(self):
        """Read the text."""
        if not self.read_text("text") and not self.errors:
            self.errors["text"] = _("Write what you want to say.")
