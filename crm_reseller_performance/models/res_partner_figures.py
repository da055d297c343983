from odoo import _, api, models
from odoo.exceptions import AccessError

from odoo.addons.crm_reseller_base.compat import get_all_groups_field
from odoo.addons.crm_reseller_portal.models.res_partner_notifications import (
    DIGEST,
    NONE,
)
from odoo.addons.crm_reseller_portal.models.res_users import SUPERVISOR_GROUP

from .crm_reseller_periodic_report import EVENT


class ResPartner(models.Model):
    """Who gets the figures of a reseller."""

    _inherit = "res.partner"

    @api.model
    def _get_reseller_notification_events(self):
        return {
            **super()._get_reseller_notification_events(),
            EVENT: {"label": _("Your figures of a month or quarter")},
        }

    def _get_figures_channel(self):
        """How this person gets its figures.

        :return: mail or digest
        """
        choice = self._get_reseller_notification(EVENT)
        return "digest" if choice == DIGEST else "mail"

    def _get_figures_readers(self, whom):
        """Who gets the figures of these resellers. Hook.

        Those who do not want it or have no mail address are left out.

        :param str whom: supervisors, people (all with access) or company (its address)
        :return: dict of reseller and its readers, both res.partner, elevated; resellers
            that cannot be reached are left out
        """
        resellers = self.sudo().filtered("active")
        found = {}
        if whom != "company":
            Users = self.env["res.users"].sudo()
            domain = [
                *self.env["crm.reseller.audience"]._get_reseller_people_domain(),
                ("commercial_partner_id", "in", resellers.ids),
            ]
            users = Users.search(domain, limit=None)
            chosen = users
            if whom == "supervisors":
                group = (get_all_groups_field(Users), "in", [self._get_supervisors()])
                chosen = Users.search([*domain, group], limit=None)
            found = users.partner_id.grouped("commercial_partner_id")
            found.update(chosen.partner_id.grouped("commercial_partner_id"))
        readers = {}
        for reseller in resellers:
            people = found.get(reseller, reseller).filtered(
                lambda person: (
                    person.active
                    and person.email
                    and person._get_reseller_notification(EVENT) != NONE
                )
            )
            if people:
                readers[reseller] = people
        return readers

    @api.model
    def _get_supervisors(self):
        """The group of supervisors.

        :return: id
        """
        return self.env["ir.model.data"].sudo()._xmlid_to_res_id(SUPERVISOR_GROUP)

    def action_send_reseller_figures(self):
        """Ask which period's figures these resellers are to get, and show who does.

        :return: action
        :raises AccessError: for anyone but sales administrators
        """
        if not self._is_reseller_program_manager():
            raise AccessError(_("Only sales administrators can do this."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_performance.crm_reseller_periodic_report_send_action"
        )
        action["context"] = {
            "active_model": "res.partner",
            "active_ids": self.commercial_partner_id.ids,
        }
        return action
