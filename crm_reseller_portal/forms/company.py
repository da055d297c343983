"""What a reseller proposes to change about its own company."""

from odoo import _
from odoo.exceptions import UserError
from odoo.tools import single_email_re
from odoo.tools.image import image_process

from ..lib.documents import clean_name, is_allowed
from .base import MEGABYTE
from .contact import ContactForm

COMPANY_FIELDS = (
    "name",
    "street",
    "street2",
    "zip",
    "city",
    "phone",
    "email",
    "website",
)
LOGO_MEGABYTES = 2
PICTURES = ("png", "jpg", "jpeg", "gif", "webp")


class CompanyForm(ContactForm):
    """Company data and logo for the public page.

    ``values``: ``vals`` (the fields of ``COMPANY_FIELDS`` that differ from what is
    stored, as str), ``logo`` (bytes, or None where none was sent).
    """

    names = COMPANY_FIELDS

    def parse(self, uploads=()):
        """Read what was changed.

        :param uploads: list of ``Upload`` with at most one picture
        """
        for name in COMPANY_FIELDS:
            if name == "phone":
                self._read_phone()
            else:
                self.read_line(name)
        if not self.values["name"]:
            self.errors.setdefault("name", _("Enter the name of the company."))
        email = self.values["email"]
        if email and not single_email_re.match(email):
            self.errors["email"] = _("This is not an e-mail address.")
        self._read_website()
        changed = [
            name
            for name in COMPANY_FIELDS
            if name in self.typed and self.typed[name] != self.shown.get(name, "")
        ]
        for name in set(self.errors).intersection(self.shown).difference(changed):
            # what the team entered is not the reseller's fault
            del self.errors[name]
        vals = {name: self.values[name] for name in changed}
        self.values = {"vals": vals, "logo": None}
        if uploads:
            self._read_logo(uploads[0])
        if not vals and not uploads and not self.errors:
            self.errors["name"] = _("Nothing was changed.")

    def _read_website(self):
        """Complete an address on the web, and accept nothing else."""
        site = self.values["website"]
        if not site:
            return
        if "://" not in site:
            site = f"https://{site}"
        if not site.lower().startswith(("http://", "https://")) or " " in site:
            self.errors["website"] = _("This is not an address of a website.")
        self.values["website"] = site

    def _read_logo(self, upload):
        """Read a picture that a browser shows and that runs no scripts.

        :param upload: ``Upload``
        """
        label = clean_name(upload.name)
        content = upload.read(LOGO_MEGABYTES * MEGABYTE + 1)
        if len(content) > LOGO_MEGABYTES * MEGABYTE:
            self.errors["logo"] = _(
                "%(name)s is too large: %(limit)s MB at most.",
                name=label,
                limit=LOGO_MEGABYTES,
            )
            return
        extension = label.rpartition(".")[2].lower()
        try:
            picture = extension in PICTURES and is_allowed(label, content)
            if picture:
                image_process(content, size=(1, 1), verify_resolution=True)
        except (UserError, ValueError, OSError):
            picture = False
        if not picture:
            self.errors["logo"] = _("Send a picture: PNG, JPEG, GIF or WebP.")
            return
        self.values["logo"] = content
