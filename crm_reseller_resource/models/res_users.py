from odoo import fields, models

SECTION = "reseller_resources"


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_reseller_resource_domain(self, day=None):
        """The resources this user sees on the portal. Hook.

        It is the only rule about it: lists, pages, files and deals ask it. Use it in an
        elevated search.

        :param date day: the reader's day; today in the user's zone if left out
        :return: domain on crm.reseller.resource; matches nothing for users of no
            reseller
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        day = day or fields.Date.context_today(self.with_context(tz=self.tz))
        Resource = self.env["crm.reseller.resource"].sudo()
        domain = [
            ("active", "=", True),
            *Resource._get_valid_domain(day),
            *Resource._get_audience_domain(self),
            *self._get_reseller_section_domain(SECTION),
        ]
        company = reseller_sudo._get_reseller_company()
        if company:
            domain.append(("company_id", "in", [False, company.id]))
        return domain
