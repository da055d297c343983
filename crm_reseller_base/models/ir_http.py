from odoo import models
from odoo.http import Response, request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _serve_fallback(cls):
        """Find a file for an address without a page.

        There is none where the address has a NUL: PostgreSQL refuses to search for it,
        and Odoo would answer with an error of the server.

        :return: response, or None
        """
        if "\x00" in request.httprequest.path:
            return Response("Not Found", status=404, mimetype="text/plain")
        return super()._serve_fallback()
