from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_contact_keys.compat import check_access

from ..const import SKIP_INTAKE


class CrmLeadContact(models.Model):
    """What a customer with an open lead said when it got in touch again.

    It is in the chatter too. It is kept as it came for the case that intake was wrong:
    two people may share an address or a number, and one may want two things.
    """

    _name = "crm.lead.contact"
    _inherit = "crm.contact.guard"
    _description = "Contact Taken into a Lead"
    _order = "id desc"

    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="lead_id.company_id")
    name = fields.Char("Subject", required=True, readonly=True)
    source = fields.Selection(
        [
            ("email", "E-mail"),
            ("import", "Import"),
            ("website", "Website Form"),
            ("manual", "Manual Entry"),
            ("program", "Program"),
        ],
        readonly=True,
    )
    external_id = fields.Char(
        "External ID",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What an import calls this row.",
    )
    user_id = fields.Many2one("res.users", string="Taken in by", readonly=True)
    note = fields.Html("What was said", readonly=True)
    values = fields.Json(readonly=True)
    filled = fields.Json(readonly=True)
    split_lead_id = fields.Many2one(
        "crm.lead",
        string="Lead of Its Own",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_split(self):
        """Make this contact a lead of its own, and take back what it has filled in.

        What has been changed in the meantime stays as it is.

        :return: the action that opens the new lead
        :raises UserError: when it has been done already
        """
        self.ensure_one()
        lead = self.lead_id
        self._require_access(lead, "write")
        if self.split_lead_id:
            raise UserError(
                _(
                    'This contact is a lead of its own already: "%(lead)s".',
                    lead=self.sudo().split_lead_id.name,
                )
            )
        on_purpose = lead.with_context(**{SKIP_INTAKE: True})
        split = on_purpose.create(self._prepare_split_vals())
        lead.write(dict.fromkeys(self._get_untouched_fields(), False))
        self.sudo().split_lead_id = split
        lead._log_with_link(
            _('The contact "%(contact)s" is a lead of its own now:', contact=self.name),
            split,
        )
        split._log_with_link(_("This contact had been taken into another lead:"), lead)
        return split.with_env(self.env).get_formview_action()

    @api.model
    def _require_access(self, records, operation):
        """Check rights and rules: any signed-in user can call a public method.

        :param records: recordset of any model
        :param str operation: ``read``, ``write`` or ``create``
        :raises AccessError: when the user may not do that
        """
        check_access(records, operation)

    def _prepare_split_vals(self):
        """Values of the new lead: what the contact said. Hook.

        :return: dictionary of values for ``crm.lead``
        """
        lead = self.lead_id
        said = {
            fname: self.values[fname]
            for fname in lead._get_contact_fields()
            if fname in self.values
        }
        return {
            "type": lead.type,
            "company_id": lead.company_id.id,
            **said,
            "name": self.name,
        }

    def _get_untouched_fields(self):
        """The fields of the lead that still say what this contact has filled in.

        :return: list of field names
        """
        lead = self.lead_id
        return [
            fname
            for fname in self.filled or ()
            if (field := lead._fields.get(fname))
            and field.convert_to_cache(self.values.get(fname), lead)
            == field.convert_to_cache(lead[fname], lead)
        ]
