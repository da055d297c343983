from odoo import _, fields, models

from ..lib.calendar_entry import make_calendar_entry
from ..lib.contact_cards import make_contact_card


class CrmLead(models.Model):
    """What a reseller takes along of a deal: the next step and the contact."""

    _inherit = "crm.lead"

    def _get_reseller_calendar_entry(self):
        """The next step as an entry for a calendar.

        :return: the file, empty without a step that has a date
        """
        self.ensure_one()
        if not self.reseller_step_date:
            return b""
        title = self.reseller_title
        return make_calendar_entry(
            key=f"{self.env['ir.config_parameter'].sudo().get_param('database.uuid')}"
            f"-deal-{self.id}",
            day=self.reseller_step_date,
            summary=_("%(step)s: %(deal)s", step=self._get_step_text(), deal=title),
            details="\n".join(
                filter(None, [title, self._get_reseller_view()["company"]])
            ),
            url=self._get_reseller_portal_url(),
            now=fields.Datetime.now(),
        )

    def _get_reseller_contact_card(self):
        """The customer's contact as a vCard.

        :return: the file, empty while the contact is hidden, or not known
        """
        self.ensure_one()
        view = self._get_reseller_view()
        if view["hidden"] or not (view["contact"] or view["company"]):
            return b""
        return make_contact_card(view)
