import re

from werkzeug.exceptions import BadRequest

from odoo import models
from odoo.http import Response, request

from ..lib.links import SIGNED_PATHS

PAGES = re.compile(r"(/my/(?:leads|opportunities)/\d+)/(\w+)")
# what people write, in the order of the forms
WORDS = ("comment", "question", "note", "order_reference", "step_summary")
# of pages whose address is a key
SIGNED_HEADERS = {
    # it is kept nowhere and told to nobody
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    # everything on the page comes from here
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _handle_error(cls, exception):
        """Show a page of its own where the form of a signed link is too old.

        :param exception: what went wrong
        :return: response
        """
        if not isinstance(exception, BadRequest) or not (
            request.httprequest.path.startswith(tuple(SIGNED_PATHS))
        ):
            return super()._handle_error(exception)
        page = request.env["ir.ui.view"]._render_template(
            "crm_reseller_portal.portal_answer_error"
        )
        response = Response(page, status=400, mimetype="text/html")
        response.headers.update(SIGNED_HEADERS)
        return response

    @classmethod
    def _get_error_html(cls, env, code, values):
        """Show resellers whose form is too old a page that keeps what they typed.

        A person who signed in again since the form was opened sends a token of the
        session before. Nothing is done then, and nothing typed should be lost.

        :param env: the environment of the request
        :param int code: HTTP status
        :param dict values: values of the error page
        :return: pair of status and HTML
        """
        page = PAGES.search(request.httprequest.path)
        if (
            code == 400
            and page
            and request.httprequest.method == "POST"
            and env.user._get_reseller_sudo()
        ):
            form = request.httprequest.form
            address, action = page.groups()
            values = {
                **values,
                # decline has a page of its own; the others are parts of the page
                "address": page.group()
                if action in ("decline", "return", "contact")
                else address,
                "typed": [form[name] for name in WORDS if form.get(name, "").strip()],
            }
            template = "crm_reseller_portal.portal_form_too_old"
            return code, env["ir.ui.view"]._render_template(template, values)
        return super()._get_error_html(env, code, values)
