import ast

from odoo import fields, models

from ..lib.amounts import NumberFormat
from ..lib.formats import PageFormats


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_reseller_formats(self):
        """How pages and mails show this user dates and numbers.

        :return: ``PageFormats`` in the language of the context, else the user's
        """
        self.ensure_one()
        code = self.env.lang or self.lang or "en_US"
        lang = self.env["res.lang"]._lang_get(code)
        # "[3,2,0]": three digits, then two, and so on
        sizes = tuple(
            size for size in ast.literal_eval(lang.grouping or "[]") if size > 0
        )
        return PageFormats(
            lang=code,
            timezone=self.tz or self.company_id.partner_id.tz or "UTC",
            date_format=lang.date_format,
            number_format=NumberFormat(
                lang.decimal_point, lang.thousands_sep or "", sizes or (3,)
            ),
            now=fields.Datetime.now(),
        )
