from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_reseller_registration_domain(self):
        """Return which registrations the user sees on the portal. Hook.

        It is the only rule about it. Use it in an elevated search. Supervisors see
        those of all people of the company, others those they registered or represent.

        :return: domain on crm.deal.registration; matches nothing for other users
        :rtype: list
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        domain = [("reseller_id", "=", reseller_sudo.id)]
        if not self._is_reseller_supervisor():
            me = self.partner_id.id
            domain += ["|", ("author_id", "=", me), ("representative_id", "=", me)]
        return domain
