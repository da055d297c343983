from odoo import models


class ResUsers(models.Model):
    """The sales directions of a reseller's people."""

    _inherit = "res.users"

    def _get_reseller_directions_sudo(self):
        """The sales directions this user's company works in, the home direction first.

        :return: crm.reseller.direction, elevated, archived ones among them; none for a
            company of no direction, which works in all of them
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo().with_context(active_test=False)
        # the home is a column of the company, so that most companies need no statement
        if not reseller_sudo.reseller_direction_id:
            return self.env["crm.reseller.direction"].sudo()
        return reseller_sudo.reseller_direction_ids.sorted(
            lambda direction: (direction.sequence, direction.id)
        )
