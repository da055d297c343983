import json

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import email_normalize_all, is_html_empty
from odoo.tools.mail import html_sanitize

from ..const import DOOR, MAIL_GATEWAY, SKIP_INTAKE, WEBSITE_FORM

ADDRESS_FIELDS = ("street", "street2", "zip", "city", "state_id", "country_id")
# What a new contact can add to a lead that is open already. The customer is told in the
# chatter only: linking one makes Odoo overwrite what the lead says.
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


class CrmLead(models.Model):
    """Intake: one open lead for each customer."""

    _inherit = "crm.lead"

    phone_sanitized_other = fields.Char(
        "Other Sanitized Number",
        compute="_compute_phone_sanitized_other",
        store=True,
        index="btree_not_null",
        help="The lead's second number in the international format.",
    )
    previous_lead_ids = fields.Many2many(
        "crm.lead",
        "crm_lead_previous_rel",
        "lead_id",
        "previous_lead_id",
        string="Previous Leads",
        readonly=True,
        copy=False,
        context={"active_test": False},
        help="Closed leads of the same customer when this one came in.",
    )
    previous_lead_count = fields.Integer(compute="_compute_previous_lead_count")

    contact_ids = fields.One2many("crm.lead.contact", "lead_id", string="Contacts")
    contact_count = fields.Integer(compute="_compute_contact_count")

    @api.depends(lambda self: self._phone_get_sanitize_triggers())
    def _compute_phone_sanitized_other(self):
        for lead in self:
            numbers = lead._get_sanitized_numbers()
            lead.phone_sanitized_other = numbers[1] if len(numbers) > 1 else False

    @api.depends("previous_lead_ids")
    def _compute_previous_lead_count(self):
        for lead in self:
            lead.previous_lead_count = len(lead.previous_lead_ids)

    @api.depends("contact_ids")
    def _compute_contact_count(self):
        counts = dict(
            self.env["crm.lead.contact"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.contact_count = counts.get(lead._origin, 0)

    def _get_sanitized_numbers(self):
        """The lead's numbers in E.164, each once, in the order Odoo prefers them."""
        numbers = (
            self._phone_format(fname=fname)
            for fname in self._phone_get_number_fields()
            if self[fname]
        )
        return list(dict.fromkeys(number for number in numbers if number))

    # ------------------------------------------------------------------
    # Doors
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self._wants_intake():
            return super().create(vals_list)
        leads, known = self._take_in(vals_list, super().create)
        if known and self._comes_from_website_form():
            return leads.with_context(**{WEBSITE_FORM: DOOR})
        return leads if known else leads.with_env(self.env)

    def write(self, vals):
        """What a website form adds to a lead that was open already is told there.

        Once the lead is there, the form writes all its further questions and answers
        into the description.
        """
        if self.env.context.get(WEBSITE_FORM) is not DOOR or "description" not in vals:
            return super().write(vals)
        vals = dict(vals)
        described = self.filtered(lambda lead: not lead._is_field_empty("description"))
        answers = vals.pop("description")
        if described and answers:
            described._message_log_batch(
                bodies=dict.fromkeys(described.ids, Markup(html_sanitize(answers)))
            )
        if blank := self - described:
            super(CrmLead, blank).write(dict(vals, description=answers))
        return super(CrmLead, described).write(vals)

    @api.model
    def intake(self, vals_list):
        """Take in new contacts: a new lead for each, or the open lead of its customer.

        For programs, which get told what became of each contact.

        :param list vals_list: values as for ``create``
        :return: for each contact ``{"lead_id": id, "created": bool}``, in order
        """
        self.browse()._require_access("create")
        if isinstance(vals_list, dict):
            vals_list = [vals_list]
        plain = self.with_context(**{SKIP_INTAKE: True})
        if not self.env.company.lead_intake:
            return [
                {"lead_id": lead.id, "created": True}
                for lead in plain.create(vals_list)
            ]
        leads, known = self._take_in(vals_list, plain.create)
        seen = set(known)
        result = []
        for lead in leads:
            result.append({"lead_id": lead.id, "created": lead.id not in seen})
            seen.add(lead.id)
        return result

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail from a customer with an open lead goes into that lead's chatter."""
        gateway = self.with_context(**{MAIL_GATEWAY: DOOR})
        lead = super(CrmLead, gateway).message_new(msg_dict, custom_values)
        return lead.with_context(**{MAIL_GATEWAY: False})

    def copy(self, default=None):
        """A copy is asked for on purpose."""
        copied = super(CrmLead, self.with_context(**{SKIP_INTAKE: True})).copy(default)
        return copied.with_context(**{SKIP_INTAKE: False})

    @api.model
    def _wants_intake(self):
        """Whether ``create`` looks for an open lead first.

        It does for people and programs that act with a user's rights, for the mail
        gateway and for website forms. Code that runs with elevated rights knows what
        it does, and calls ``intake`` where it wants to.
        """
        context = self.env.context
        if context.get(SKIP_INTAKE) or not self.env.company.lead_intake:
            return False
        return (
            not self.env.su
            or context.get(MAIL_GATEWAY) is DOOR
            or self._comes_from_website_form()
        )

    @api.model
    def _comes_from_website_form(self):
        return bool(request) and request.httprequest.path.startswith("/website/form/")

    @api.model
    def _get_intake_source(self):
        """Where a contact came from, in words. Hook."""
        if self.env.context.get(MAIL_GATEWAY) is DOOR:
            return _("e-mail")
        if self.env.context.get("import_file"):
            return _("import")
        if self._comes_from_website_form():
            return _("website form")
        if request and request.httprequest.path.startswith("/web/"):
            return _("manual entry")
        return _("program")

    # ------------------------------------------------------------------
    # Taking in
    # ------------------------------------------------------------------

    @api.model
    def _take_in(self, vals_list, create):
        """Sort contacts into new leads and additions to open ones, then act.

        :param create: what makes leads out of a list of values
        :return: one lead for each contact, and the ids of those that were there before
        """
        keys_list = self._get_contact_keys_list(vals_list)
        self.env["crm.lead.intake.key"]._take(set().union(*keys_list))
        known = self._find_known_leads(keys_list)
        to_create, additions, fresh = [], [], {}
        places = []  # per contact: an open lead, or the position of one to be created
        for vals, keys in zip(vals_list, keys_list, strict=True):
            leads = self._filter_same_company(keys, known, vals)
            company = self._get_contact_company(vals)
            open_lead = leads._pick_open_lead()
            place = open_lead or next(
                (fresh[company, key] for key in keys if (company, key) in fresh), None
            )
            if place is None:
                place = len(to_create)
                to_create.append(dict(vals, previous_lead_ids=[(6, 0, leads.ids)]))
            else:
                additions.append((place, vals))
            for key in keys:  # what is new of a known customer tells the next one
                fresh.setdefault((company, key), place)
            places.append(place)
        self._refuse_hidden_leads(additions)
        created = create(to_create) if to_create else self.browse()
        for place, vals in additions:
            lead = created[place] if isinstance(place, int) else place
            lead._add_contact(vals, self._get_intake_source())
        ids = [
            created[place].id if isinstance(place, int) else place.id
            for place in places
        ]
        met = {place.id for place in places if not isinstance(place, int)}
        return self.browse(ids), met

    @api.model
    def _get_contact_keys_list(self, vals_list):
        """What tells the customer of each contact, the partners read all at once."""
        default = self.env.context.get("default_partner_id")
        partner_ids = [vals.get("partner_id", default) or False for vals in vals_list]
        partners = self.env["res.partner"].sudo().browse(filter(None, partner_ids))
        by_id = {partner.id: partner for partner in partners}
        return [
            self._get_contact_keys(vals, by_id.get(partner_id, partners.browse()))
            for vals, partner_id in zip(vals_list, partner_ids, strict=True)
        ]

    @api.model
    def _get_contact_keys(self, vals, partner):
        """What tells customers apart: addresses and numbers, normalised. Hook."""
        defaults = self.env.context
        emails = vals.get("email_from", defaults.get("default_email_from"))
        country = self.env["res.country"].browse(vals.get("country_id") or [])
        keys = [
            f"email:{email}"
            for email in email_normalize_all(emails or partner.email or "")
        ]
        for fname in self._phone_get_number_fields():
            number = vals.get(fname, defaults.get(f"default_{fname}"))
            if not number and fname in partner._fields:
                number = partner[fname]
            sanitized = number and self.browse()._phone_format(
                number=number, country=country or partner.country_id
            )
            if sanitized:
                keys.append(f"phone:{sanitized}")
        return list(dict.fromkeys(keys))

    @api.model
    def _find_known_leads(self, keys_list):
        """All leads, open and closed, of the customers behind these keys: by key."""
        keys = set().union(*keys_list)
        emails = [key[6:] for key in keys if key.startswith("email:")]
        phones = [key[6:] for key in keys if key.startswith("phone:")]
        known = {}
        if not keys:
            return known
        leads = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    "|",
                    "|",
                    ("email_normalized", "in", emails),
                    ("phone_sanitized", "in", phones),
                    ("phone_sanitized_other", "in", phones),
                ],
                order="id desc",
            )
        )
        for lead in leads:
            for key in (
                f"email:{lead.email_normalized}",
                f"phone:{lead.phone_sanitized}",
                f"phone:{lead.phone_sanitized_other}",
            ):
                if key in keys:
                    known[key] = known.get(key, leads.browse()) | lead
        return known

    @api.model
    def _filter_same_company(self, keys, known, vals):
        """The customer's leads that the contact's company may know of."""
        company_id = self._get_contact_company(vals)
        companies = [company_id] if company_id else self.env.companies.ids
        leads = self.sudo().browse()
        for key in keys:
            leads |= known.get(key, leads)
        return leads.filtered(
            lambda lead: not lead.company_id or lead.company_id.id in companies
        )

    @api.model
    def _get_contact_company(self, vals):
        """The company a contact is one of; false for one of any company."""
        default = self.env.context.get("default_company_id", self.env.company.id)
        return vals.get("company_id", default) or False

    def _pick_open_lead(self):
        """The open lead that takes a new contact: an owned one, else the newest."""
        open_leads = self.filtered(
            lambda lead: lead.active and lead.pipeline_status == "open"
        )
        return open_leads.sorted(
            lambda lead: (bool(lead.user_id), lead.id), reverse=True
        )[:1]

    @api.model
    def _refuse_hidden_leads(self, additions):
        """A person who may not see the open lead cannot be handed it.

        What was entered goes into that lead all the same, in a transaction of its own,
        and the person is told who works the customer, but nothing else of the lead. An
        import is refused as a whole, so that it adds nothing.

        :raises UserError: when one of the leads is out of the user's sight
        """
        if self.env.su:
            return
        found = self.browse(
            lead.id for lead, __ in additions if not isinstance(lead, int)
        )
        visible = self.with_context(active_test=False).search([("id", "in", found.ids)])
        hidden = [
            (lead, vals)
            for lead, vals in additions
            if not isinstance(lead, int) and lead not in visible
        ]
        if not hidden:
            return
        source = self._get_intake_source()
        importing = bool(self.env.context.get("import_file"))
        if not importing:
            with self.env.registry.cursor() as cr:
                for lead, vals in hidden:
                    lead.with_env(lead.env(cr=cr))._add_contact(vals, source)
        raise UserError(
            "\n".join(
                self._get_hidden_message(lead, vals, told=not importing)
                for lead, vals in hidden
            )
        )

    @api.model
    def _get_hidden_message(self, lead, vals, told):
        """Who works the customer of this contact, of whom the user may see no more."""
        contact = vals.get("name") or vals.get("contact_name") or _("New contact")
        if not lead.user_id:
            return _(
                '"%(contact)s": this customer has an open lead already, which you may '
                "not see.",
                contact=contact,
            )
        if told:
            return _(
                '"%(contact)s": this customer has an open lead already. It is worked '
                "by %(user)s, who has been told.",
                contact=contact,
                user=lead.user_id.name,
            )
        return _(
            '"%(contact)s": this customer has an open lead already. It is worked by '
            "%(user)s.",
            contact=contact,
            user=lead.user_id.name,
        )

    def _add_contact(self, vals, source):
        """Add a new contact of the same customer to this open lead.

        Empty fields are filled and nothing is overwritten. All the facts go into the
        chatter with their source, and the owner is notified.
        """
        self.ensure_one()
        lead = self.sudo()
        filled = {
            fname: vals[fname]
            for fname in FILLED_FIELDS
            if fname in lead._fields and vals.get(fname) and lead._is_field_empty(fname)
        }
        if not any(lead[fname] for fname in ADDRESS_FIELDS):  # never mix two addresses
            filled.update(
                (fname, vals[fname]) for fname in ADDRESS_FIELDS if vals.get(fname)
            )
        if filled:
            lead.write(filled)
        owner = lead.user_id.partner_id
        author = self.env.user.partner_id
        note = lead._get_contact_note(vals, source)
        lead.contact_ids.create(lead._prepare_contact_vals(vals, source, note, filled))
        if source == _("manual entry"):
            lead._tell_where_contact_went(author)
        lead.message_post(
            body=note,
            author_id=author.id,
            partner_ids=(owner - author).ids,
            subtype_xmlid="mail.mt_note",
        )

    def _is_field_empty(self, fname):
        if self._fields[fname].type == "html":
            return is_html_empty(self[fname])
        return not self[fname]

    def _prepare_contact_vals(self, vals, source, note, filled):
        """Values of the record a contact can be split off from again. Hook."""
        return {
            "lead_id": self.id,
            "name": vals.get("name") or vals.get("contact_name") or self.name,
            "source": source,
            "user_id": self.env.uid,
            "note": note,
            "values": json.loads(json.dumps(vals, default=str)),
            "filled": sorted(filled),
        }

    def _tell_where_contact_went(self, partner):
        """Say to who has typed a customer in why another lead is on the screen."""
        message = {
            "type": "warning",
            "sticky": False,  # the screen is needed for what comes next
            "title": _("One Open Lead per Customer"),
            "message": _(
                'This customer has an open lead already: "%(lead)s". What you entered '
                "is in its history. Under Contacts it can be made a lead of its own.",
                lead=self.name,
            ),
        }
        if hasattr(partner, "_bus_send"):  # from Odoo 18 on
            partner._bus_send("simple_notification", message)
        else:
            self.env["bus.bus"]._sendone(partner, "simple_notification", message)

    @api.model
    def _get_contact_fields(self):
        """Names of the fields that say something of the customer. Hook.

        They are those of Odoo, and those somebody has added to the database by hand.
        """
        manual = (name for name, field in self._fields.items() if field.manual)
        return [*(name for name in TOLD_FIELDS if name in self._fields), *manual]

    def _get_contact_note(self, vals, source):
        told = self._get_contact_fields()
        labels = self.fields_get(told, ["string"])
        facts = Markup().join(
            Markup("<li>%s: %s</li>") % (labels[fname]["string"], text)
            for fname in told
            if fname in labels and (text := self._get_fact_text(fname, vals.get(fname)))
        )
        return Markup("<p>%s</p><ul>%s</ul>") % (
            _("The customer got in touch again (source: %(origin)s).", origin=source),
            facts,
        )

    def _get_fact_text(self, fname, value):
        """A value as people read it; nothing where there is nothing to read."""
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

    def action_view_contacts(self):
        """Open what the customer said each time it got in touch again."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_pipeline_rules.crm_lead_contact_action"
        )
        action["domain"] = [("lead_id", "=", self.id)]
        return action

    def _log_with_link(self, text, lead):
        """Note a sentence that ends with a link to another lead."""
        self._message_log(body=Markup("<p>%s %s</p>") % (text, lead._get_html_link()))

    def _merge_dependences(self, opportunities):
        """Calls, contacts and former leads outlive the leads that are merged away."""
        result = super()._merge_dependences(opportunities)
        merged = opportunities.sudo()
        merged.call_log_ids.write({"lead_id": self.id})
        merged.contact_ids.write({"lead_id": self.id})
        former = merged.previous_lead_ids - self - merged
        self.sudo().previous_lead_ids |= former
        return result

    def action_view_previous_leads(self):
        """Open the closed leads of the same customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.crm_lead_opportunities"
        )
        action["name"] = _("Previous Leads")
        action["domain"] = [("id", "in", self.previous_lead_ids.ids)]
        action["context"] = {"active_test": False, "create": False}
        return action
