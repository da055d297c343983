from odoo import _, api, models

from odoo.addons.crm_reseller_base.compat import get_all_groups_field
from odoo.addons.crm_reseller_portal.models.res_users import SUPERVISOR_GROUP

from .crm_reseller_resource_version_recall import EVENT


class ResPartner(models.Model):
    """People of resellers, and the versions of resources they fetched."""

    _inherit = "res.partner"

    @api.model
    def _get_reseller_notification_events(self):
        """The events a reseller's person is notified of, recalls included. Hook.

        :return: dict from the key of an event to a dict with ``label``
        """
        return {
            **super()._get_reseller_notification_events(),
            EVENT: {"label": _("A resource you fetched is replaced or withdrawn")},
        }

    def _filter_reseller_open_deals(self):
        """Those of these people who work an open deal.

        Deals without a person in charge are everyone's of the company; supervisors work
        all of them.

        :return: res.partner, elevated
        """
        people = self.sudo().filtered("active")
        Lead = self.env["crm.lead"].sudo()
        groups = Lead._read_group(
            [
                *Lead._get_reseller_open_domain(),
                ("reseller_state", "=", "accepted"),
                ("type", "=", "opportunity"),
                ("reseller_id", "in", people.commercial_partner_id.ids),
            ],
            ["reseller_id"],
            ["reseller_contact_id:array_agg"],
        )
        in_charge = {reseller: set(ids) for reseller, ids in groups}
        Users = self.env["res.users"].sudo()
        group_id = self.env["ir.model.data"].sudo()._xmlid_to_res_id(SUPERVISOR_GROUP)
        supervisors = Users.search(
            [
                ("partner_id", "in", people.ids),
                (get_all_groups_field(Users), "in", [group_id]),
            ]
        ).partner_id
        return people.filtered(
            lambda person: (
                person.commercial_partner_id in in_charge
                and (
                    person in supervisors
                    or {None, False, person.id, person.commercial_partner_id.id}
                    & in_charge[person.commercial_partner_id]
                )
            )
        )
