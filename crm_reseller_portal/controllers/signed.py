import dataclasses

from odoo.http import request

from ..lib.access_log import install_token_filter
from ..models.ir_http import SIGNED_HEADERS
from .common import ResellerPortal

install_token_filter()


class ResellerSignedPages(ResellerPortal):
    """What the pages of signed links share. It has no routes of its own.

    Declare such a page with ``reseller_record_route(…, signed=True)``.
    """

    def _get_person_formats(self, person_sudo):
        """How the page shows dates, in the zone of the link's person.

        :param person_sudo: res.partner, elevated
        :return: ``PageFormats``
        """
        formats = self._get_formats()
        if not person_sudo.tz:
            return formats
        return dataclasses.replace(formats, timezone=person_sudo.tz)

    def _speak_language_of(self, person_sudo):
        """Show the page in the language of the person the link was made for.

        :param person_sudo: res.partner, elevated
        """
        if person_sudo.lang:
            request.update_context(lang=person_sudo.lang)

    def _render_alone(self, template, values, status=200):
        """Answer with a page that loads nothing from elsewhere.

        :param str template: external id of a template in ``answer_layout``
        :param dict values: of the page; ``heading`` among them
        :param int status: of the answer
        :return: the response
        """
        return self._protect(request.render(template, values, status=status))

    def _protect(self, response):
        """Keep the address of a page, which is a key, to the page.

        :param response: the response
        :return: the same, with headers
        """
        response.headers.update(SIGNED_HEADERS)
        return response
