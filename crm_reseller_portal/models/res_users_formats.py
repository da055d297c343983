import ast

from odoo import api, fields, models
from odoo.tools import ormcache

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
        date_format, number_format = self._read_reseller_lang(code)
        return PageFormats(
            lang=code,
            # the company's own address is not the person's to read
            timezone=self.tz or self.company_id.sudo().partner_id.tz or "UTC",
            date_format=date_format,
            number_format=number_format,
            now=fields.Datetime.now(),
        )

    @api.model
    @ormcache("code")
    def _read_reseller_lang(self, code):
        """How a language writes dates and numbers; forgotten when a language changes.

        :param str code: of the language
        :return: pair of the date format and ``NumberFormat``
        """
        lang = self.env["res.lang"]._lang_get(code)
        # "[3,2,0]": three digits, then two, and so on
        sizes = tuple(
            size for size in ast.literal_eval(lang.grouping or "[]") if size > 0
        )
        numbers = NumberFormat(
            lang.decimal_point, lang.thousands_sep or "", sizes or (3,)
        )
        return lang.date_format, numbers
