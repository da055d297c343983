import json

from markupsafe import Markup

from odoo import _, api, models
from odoo.tools import is_html_empty
from odoo.tools.mail import html_sanitize

from ..compat import send_notification
from ..const import IMPORT_LOG

ADDRESS_FIELDS = ("street", "street2", "zip", "city", "state_id", "country_id")
# What a new contact can add to a lead that is open already. The customer is noted in
# the chatter only: linking one makes Odoo overwrite what the lead says.
FILLED_FIELDS = (
    "contact_name",
    "partner_name",
    "email_from",
    "phone",
    "mobile",
    "website",
    "function",
    "title",
    "lang_id",
    "referred",
    "description",
    "expected_revenue",
    "date_deadline",
    "source_id",
    "medium_id",
    "campaign_id",
)
TOLD_FIELDS = (
    *("name", "partner_id", *FILLED_FIELDS, *ADDRESS_FIELDS),
    *("priority", "tag_ids"),
)
# How the lead was meant to be worked: noted, never done.
WISHED_FIELDS = ("user_id", "team_id", "stage_id", "probability")


class CrmLead(models.Model):
    """What an open lead learns when its customer gets in touch again."""

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # ADDING
    # ------------------------------------------------------------

    def _add_contact(self, vals, source):
        """Add a new contact of the same customer to this open lead.

        Empty fields are filled and nothing is overwritten. All the facts go into the
        chatter with their source, and the salesperson is notified.

        :param dict vals: values as for ``create``
        :param str source: a key of ``crm.lead.contact.source``
        """
        self.ensure_one()
        lead = self.sudo()
        if source == "import" and lead._has_imported(vals):
            return
        filled = {
            fname: vals[fname]
            for fname in FILLED_FIELDS
            if fname in lead._fields and vals.get(fname) and lead._is_field_empty(fname)
        }
        if not any(lead[fname] for fname in ADDRESS_FIELDS):  # never mix two addresses
            filled.update(
                (fname, vals[fname]) for fname in ADDRESS_FIELDS if vals.get(fname)
            )
        note = lead._get_contact_note(vals, source)
        if filled:
            lead.write(filled)
        contact = lead.contact_ids.create(
            lead._prepare_contact_vals(vals, source, note, filled)
        )
        if (log := self.env.context.get(IMPORT_LOG)) is not None:
            log[lead.id].append(contact.id)
        author = self.env.user.partner_id
        if source == "manual":
            lead._show_where_contact_went(author)
        responsible = lead._get_responsible_user().partner_id
        lead.message_post(
            body=note,
            author_id=author.id,
            partner_ids=(responsible - author).ids,
            subtype_xmlid="mail.mt_note",
        )

    def _has_imported(self, vals):
        """Whether a row of an import says nothing that is not here already.

        :param dict vals: values as for ``create``
        :return: boolean
        """
        values = self._get_stored_values(vals)
        if any(contact.values == values for contact in self.contact_ids):
            return True
        return all(
            self._fields[fname].convert_to_cache(value, self)
            == self._fields[fname].convert_to_cache(self[fname], self)
            for fname, value in vals.items()
            if value
            and fname in self._get_contact_fields()
            and self._fields[fname].type not in ("many2many", "html")
        )

    @api.model
    def _get_stored_values(self, vals):
        """Values as ``crm.lead.contact.values`` keeps them.

        :param dict vals: values as for ``create``
        :return: dictionary of what JSON can hold
        """
        return json.loads(json.dumps(vals, default=str))

    def _get_responsible_user(self):
        """Who is notified of what happens to this lead, without people who left. Hook.

        :return: the salesperson, else the team's leader, if active; an elevated
            recordset of one user or none
        """
        candidates = self.sudo().user_id + self.sudo().team_id.user_id
        return candidates.filtered("active")[:1]

    def _is_field_empty(self, fname):
        """Whether a field of the lead is empty; HTML without text is.

        :param str fname: name of a field
        :return: bool
        """
        if self._fields[fname].type == "html":
            return is_html_empty(self[fname])
        return not self[fname]

    def _prepare_contact_vals(self, vals, source, note, filled):
        """Values of the record a contact can be split off from again. Hook.

        :param dict vals: values as for ``create``
        :param str source: a key of ``crm.lead.contact.source``
        :param note: the text in the chatter
        :param dict filled: what the contact has filled in
        :return: dictionary of values for ``crm.lead.contact``
        """
        return {
            "lead_id": self.id,
            "name": vals.get("name") or vals.get("contact_name") or self.name,
            "source": source,
            "user_id": self.env.uid,
            "note": note,
            "values": self._get_stored_values(vals),
            "filled": sorted(filled),
        }

    # ------------------------------------------------------------
    # SAYING
    # ------------------------------------------------------------

    def _show_where_contact_went(self, partner):
        """Explain to the person at the screen why another lead is on it.

        :param partner: the person's partner
        """
        send_notification(
            self.env,
            partner,
            {
                "type": "warning",
                "sticky": False,  # the screen is needed for what comes next
                "title": _("One Open Lead per Customer"),
                "message": _(
                    'This customer has an open lead already: "%(lead)s". What you '
                    "entered is in its history. Under Contacts it can be made a lead "
                    "of its own.",
                    lead=self.name,
                ),
            },
        )

    @api.model
    def _get_contact_fields(self):
        """Names of the fields that say something of the customer. Hook.

        :return: list of those of Odoo, and of those added to the database by hand
        """
        manual = (name for name, field in self._fields.items() if field.manual)
        return [*(name for name in TOLD_FIELDS if name in self._fields), *manual]

    @api.model
    def _get_wish_fields(self):
        """Names of the fields that say how a lead is worked: a wish is noted. Hook.

        :return: list of field names
        """
        return [name for name in WISHED_FIELDS if name in self._fields]

    def _get_contact_note(self, vals, source):
        """What the chatter says of a contact.

        :param dict vals: values as for ``create``
        :param str source: a key of ``crm.lead.contact.source``
        :return: safe HTML
        """
        origins = {
            "email": _("e-mail"),
            "import": _("import"),
            "website": _("website form"),
            "manual": _("manual entry"),
            "program": _("program"),
        }
        parts = [
            Markup("<p>%s</p><ul>%s</ul>")
            % (
                _(
                    "The customer got in touch again (source: %(origin)s).",
                    origin=origins.get(source, source),
                ),
                self._get_facts(vals, self._get_contact_fields()),
            )
        ]
        wishes = {
            fname: vals[fname]
            for fname in self._get_wish_fields()
            if vals.get(fname) and self._is_wish(fname, vals[fname])
        }
        if wishes:
            parts.append(
                Markup("<p>%s</p><ul>%s</ul>")
                % (_("Asked for, and not changed:"), self._get_facts(wishes, wishes))
            )
        return Markup().join(parts)

    def _is_wish(self, fname, value):
        """Whether a value would change how the lead is worked.

        What a form fills in for everyone, such as its own user, is none.

        :param str fname: name of a field
        :param value: as for ``create``
        :return: boolean
        """
        if fname == "user_id" and value == self.env.uid:
            return False
        field = self._fields[fname]
        return field.convert_to_cache(value, self) != field.convert_to_cache(
            self[fname], self
        )

    def _get_facts(self, vals, fnames):
        """A list of labelled values.

        :param dict vals: values as for ``create``
        :param fnames: names of the fields to show, in order
        :return: safe HTML
        """
        labels = self.fields_get(list(fnames), ["string"])
        return Markup().join(
            Markup("<li>%s: %s</li>") % (labels[fname]["string"], text)
            for fname in fnames
            if fname in labels and (text := self._get_fact_text(fname, vals.get(fname)))
        )

    def _get_fact_text(self, fname, value):
        """A value as people read it; nothing where there is nothing to read.

        :param str fname: name of a field
        :param value: as for ``create``
        :return: text or safe HTML
        """
        field = self._fields[fname]
        if not value or field.type in ("binary", "one2many", "properties"):
            return ""
        if field.type == "html":
            return Markup(html_sanitize(value))
        if field.type in ("many2one", "many2many"):
            records = self.sudo().new({fname: value})[fname]
            return ", ".join(records._origin.mapped("display_name"))
        if field.type == "selection":
            if value == "0":  # the lowest priority is none
                return ""
            return dict(field._description_selection(self.env)).get(value, str(value))
        return _("yes") if value is True else str(value)

    def _note_likely_twins(self, twins):
        """Name, on new leads, the lead that may be of the same customer.

        :param dict twins: by position in ``self``, pairs of a lead and a ``Match``
        """
        if not twins:
            return
        ids = [lead.id for lead, __ in twins.values()]
        visible = self.env["crm.lead"].search([("id", "in", ids)])
        for position, (twin, match) in twins.items():
            signs = ", ".join(dict.fromkeys(value for __, value in match.reasons))
            lead = self[position].sudo()
            if twin in visible:
                text = _(
                    "Same %(signs)s, but other names. Perhaps a twin of:", signs=signs
                )
                lead._log_with_link(text, twin)
            else:
                user = twin._get_responsible_user()
                lead._message_log(
                    body=_(
                        "Another open lead has the same %(signs)s, but other names. It "
                        "is worked by %(user)s.",
                        signs=signs,
                        user=user.name or _("no one yet"),
                    )
                )

    def _notify_generic(self, generic):
        """Notify the team that an address no longer identifies a customer.

        :param generic: new records of ``crm.contact.generic``
        """
        for lead in self.sudo():
            leader = lead.team_id.user_id.filtered("active") or (
                lead._get_responsible_user()
            )
            lead.message_post(
                body=_(
                    "%(addresses)s is used by several customers and does not identify "
                    "one any more. Check the leads that have it. The list is under "
                    "Configuration, Generic Addresses.",
                    addresses=", ".join(generic.mapped("name")),
                ),
                partner_ids=leader.partner_id.ids,
                subtype_xmlid="mail.mt_note",
            )

    def _log_with_link(self, text, lead):
        """Note a sentence that ends with a link to another lead.

        :param str text: the sentence
        :param lead: the lead to link to
        """
        self._message_log(body=Markup("<p>%s %s</p>") % (text, lead._get_html_link()))

    # ------------------------------------------------------------
    # MERGE
    # ------------------------------------------------------------

    def _merge_dependences(self, opportunities):
        """Keep contacts and former leads of the leads that are merged away.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        """
        result = super()._merge_dependences(opportunities)
        merged = opportunities.sudo()
        merged.contact_ids.write({"lead_id": self.id})
        former = merged.previous_lead_ids - self - merged
        self.sudo().previous_lead_ids |= former
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_contacts(self):
        """Open what the customer said each time it got in touch again.

        :return: action
        :raises AccessError: for users who may not read the lead
        """
        self.ensure_one()
        self.env["crm.lead.contact"]._require_access(self, "read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_intake.crm_lead_contact_action"
        )
        action["domain"] = [("lead_id", "=", self.id)]
        return action

    def action_view_previous_leads(self):
        """Open the closed leads of the same customer.

        :return: action
        :raises AccessError: for users who may not read the lead
        """
        self.ensure_one()
        self.env["crm.lead.contact"]._require_access(self, "read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.crm_lead_opportunities"
        )
        action["name"] = _("Previous Leads")
        action["domain"] = [("id", "in", self.previous_lead_ids.ids)]
        action["context"] = {"active_test": False, "create": False}
        return action
