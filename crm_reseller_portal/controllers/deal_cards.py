from odoo.http import request

from .records import ResellerRecords
from .routes import reseller_record_route


class ResellerDealCards(ResellerRecords):
    """The next step of a deal for a calendar, and its contact for a phone."""

    @reseller_record_route("/my/opportunities/<int:lead_id>/step.ics")
    def reseller_deal_step(self, lead_sudo, **post):
        """Send the next step of a deal.

        :param lead_sudo: crm.lead, elevated
        :param post: further arguments of the address, ignored
        :return: response with the file
        :raises NotFound: where no step is planned
        """
        return self._send_card(
            lead_sudo, "_get_reseller_calendar_entry", "text/calendar", "next-step.ics"
        )

    @reseller_record_route("/my/opportunities/<int:lead_id>/contact.vcf")
    def reseller_deal_contact(self, lead_sudo, **post):
        """Send the contact of a deal.

        :param lead_sudo: crm.lead, elevated
        :param post: further arguments of the address, ignored
        :return: response with the file
        :raises NotFound: where nobody is known
        """
        return self._send_card(
            lead_sudo, "_get_reseller_contact_card", "text/vcard", "contact.vcf"
        )

    def _send_card(self, lead_sudo, get_content, mimetype, name):
        """Answer with a small file that is made on the way.

        :param lead_sudo: crm.lead, elevated
        :param str get_content: name of the method that makes it
        :param str mimetype: of the file
        :param str name: of the file
        :return: response
        :raises NotFound: for leads that are no deals, and where there is nothing
        """
        deal = self._is_deal_page(lead_sudo)
        content = getattr(lead_sudo, get_content)() if deal else b""
        if not content:
            raise request.not_found()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", f"{mimetype}; charset=utf-8"),
                ("Content-Disposition", f'attachment; filename="{name}"'),
                ("Content-Length", str(len(content))),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )
