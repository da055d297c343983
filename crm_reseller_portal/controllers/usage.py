"""What the pages of the portal count."""

from odoo.http import request

from ..lib import usage
from ..models.ir_http_view_as import VIEW_AS

# a route that is part of a page, or counts by itself
NOTHING = "nothing"


def count_usage(response, kind, person_sudo=None):
    """Count a use of the portal once the answer was sent.

    Nothing is counted for HEAD, for what was refused, for people inside, and while a
    manager looks at the portal as somebody else.

    :param response: the response
    :param str kind: one of ``crm_reseller_usage.COUNTERS``, or ``NOTHING``
    :param person_sudo: res.partner, elevated, if it is not the person signed in
    :return: the response
    """
    if request.httprequest.method == "HEAD" or response.status_code >= 400:
        return response
    if kind == NOTHING or request.session.get(VIEW_AS):
        return response
    user = request.env.user
    if not person_sudo:
        if not user.share or not user._get_reseller_sudo():
            return response
        person_sudo = user.sudo().partner_id
    counter = request.env["crm.reseller.usage"]._prepare_counter(
        kind, person_sudo, request.env.company
    )
    if counter:
        usage.write_later(response, request.env, counter)
    return response
