import logging

from odoo import _, models

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    """Whose portal a manager may look at."""

    _inherit = "res.users"

    def _may_be_viewed_by(self, manager):
        """Whether somebody may look at the portal as this person sees it.

        Sales administrators may, in the companies they work in: the one the reseller
        works for, and those of all leads it holds.

        :param manager: res.users
        :return: bool
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if (
            not (self.active and self.share and reseller_sudo)
            or manager.share
            or not manager.has_group("sales_team.group_sale_manager")
        ):
            return False
        own = manager.sudo().company_ids
        company = reseller_sudo._get_reseller_company()
        if company and company not in own:
            return False
        held_elsewhere = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            .search_count(
                [
                    ("reseller_id", "=", reseller_sudo.id),
                    ("company_id", "not in", [False, *own.ids]),
                ],
                limit=1,
            )
        )
        return not held_elsewhere

    def _log_reseller_view(self, manager):
        """Keep on the person's contact that somebody looked at the portal as it.

        :param manager: res.users, who looks
        """
        self.ensure_one()
        _logger.info(
            "user %s looks at the portal of resellers as user %s", manager.id, self.id
        )
        self.sudo().partner_id._message_log(
            author_id=manager.partner_id.id,
            body=_(
                "%(manager)s looks at the portal as %(person)s.",
                manager=manager.name,
                person=self.name,
            ),
        )
