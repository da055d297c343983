from collections import defaultdict

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools.mail import html_sanitize

from ..const import IMPORT_LOG, INTERNAL_CALL, MAIL_GATEWAY, SKIP_INTAKE, WEBSITE_FORM


class CrmLead(models.Model):
    """Intake: one open lead for each customer."""

    _inherit = "crm.lead"

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

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Create a lead for each contact, or return the open lead of its customer.

        The context of what is returned names the leads that were there before in
        ``lead_intake_known``, a tuple of ids: other overrides of ``create`` leave those
        as they are.
        """
        if not self._wants_intake():
            return super().create(vals_list)
        leads, known = self._create_or_add(vals_list, super().create)
        if not known:
            return leads.with_env(self.env)
        marks = {"lead_intake_known": tuple(sorted(known))}
        if self._comes_from_website_form():
            marks[WEBSITE_FORM] = INTERNAL_CALL
        return leads.with_context(**marks)

    def write(self, vals):
        """What a website form adds to a lead that was open already is noted there.

        Once the lead is there, the form writes all its further questions and answers
        into the description.
        """
        from_form = self.env.context.get(WEBSITE_FORM) is INTERNAL_CALL
        if not from_form or "description" not in vals:
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

    def copy(self, default=None):
        """A copy is asked for on purpose."""
        copied = super(CrmLead, self.with_context(**{SKIP_INTAKE: True})).copy(default)
        return copied.with_context(**{SKIP_INTAKE: False})

    def _load_records(self, data_list, *args, **kwargs):
        """The external id of a row that went into an open lead is the contact's.

        So the same file imported again finds the contact and leaves the lead alone.

        :param list data_list: rows, see Odoo
        :param args: see Odoo, passed on
        :param kwargs: see Odoo, passed on
        :return: crm.lead, one for each row, in order
        """
        if not self.env.context.get("import_file") or not self._wants_intake():
            return super()._load_records(data_list, *args, **kwargs)
        names = [data["xml_id"] for data in data_list if data.get("xml_id")]
        taken = {
            contact.external_id: contact.lead_id
            for contact in self.env["crm.lead.contact"]
            .sudo()
            .search([("external_id", "in", names)])
        }
        log = defaultdict(list)
        rest = [data for data in data_list if data.get("xml_id") not in taken]
        loader = self.with_context(**{IMPORT_LOG: log})
        super(CrmLead, loader)._load_records(rest, *args, **kwargs)
        self._move_external_ids(rest, log)
        for data in data_list:
            if data.get("xml_id") in taken:
                data["record"] = self.browse(taken[data["xml_id"]].id)
        return self.browse(data["record"].id for data in data_list)

    @api.model
    def _move_external_ids(self, data_list, log):
        """Give the external ids of an import to the contacts that were taken in.

        :param list data_list: as ``_load_records`` takes it, with ``record``
        :param dict log: ids of the new contacts by lead id, see ``IMPORT_LOG``
        """
        Data = self.env["ir.model.data"].sudo()
        for data in data_list:
            contact_ids = log.get(data["record"].id)
            if not contact_ids:
                continue
            contact = self.env["crm.lead.contact"].sudo().browse(contact_ids.pop(0))
            if data.get("xml_id"):
                module, __, name = data["xml_id"].partition(".")
                contact.external_id = data["xml_id"]
                Data.search(
                    [
                        ("module", "=", module),
                        ("name", "=", name),
                        ("model", "=", self._name),
                        ("res_id", "=", data["record"].id),
                    ]
                ).unlink()

    # ------------------------------------------------------------
    # WHERE CONTACTS COME IN
    # ------------------------------------------------------------

    @api.model
    def intake(self, vals_list):
        """Take in new contacts: a new lead for each, or the open lead of its customer.

        For programs, which learn what became of each contact.

        :param list vals_list: values as for ``create``
        :return: for each contact ``{"lead_id": id, "created": bool}``, in order
        :raises AccessError: when the user may not create leads
        """
        self.env["crm.lead.contact"]._require_access(self.browse(), "create")
        if isinstance(vals_list, dict):
            vals_list = [vals_list]
        plain = self.with_context(**{SKIP_INTAKE: True})
        leads, known = self._create_or_add(vals_list, plain.create)
        seen = set(known)
        result = []
        for lead in leads:
            result.append({"lead_id": lead.id, "created": lead.id not in seen})
            seen.add(lead.id)
        return result

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail from a customer with an open lead goes into that lead's chatter."""
        gateway = self.with_context(**{MAIL_GATEWAY: INTERNAL_CALL})
        lead = super(CrmLead, gateway).message_new(msg_dict, custom_values)
        return lead.with_context(**{MAIL_GATEWAY: False})

    @api.model
    def _wants_intake(self):
        """Whether ``create`` looks for an open lead first.

        It does for people and programs that act with a user's rights, for the mail
        gateway and for website forms. Code that runs with elevated rights knows what
        it does, and calls ``intake`` where it wants to.

        :return: boolean
        """
        context = self.env.context
        if context.get(SKIP_INTAKE):
            return False
        return (
            not self.env.su
            or context.get(MAIL_GATEWAY) is INTERNAL_CALL
            or self._comes_from_website_form()
        )

    @api.model
    def _comes_from_website_form(self):
        """Whether the request is a form of Odoo's website.

        :return: bool
        """
        return bool(request) and request.httprequest.path.startswith("/website/form/")

    @api.model
    def _get_intake_source(self):
        """Where a contact came from. Hook.

        :return: a key of ``crm.lead.contact.source``
        """
        if self.env.context.get(MAIL_GATEWAY) is INTERNAL_CALL:
            return "email"
        if self.env.context.get("import_file"):
            return "import"
        if self._comes_from_website_form():
            return "website"
        if request and request.httprequest.path.startswith("/web/"):
            return "manual"
        return "program"

    # ------------------------------------------------------------
    # OPEN LEADS
    # ------------------------------------------------------------

    def _is_intake_open(self):
        """Whether this lead can take in what its customer says now.

        :return: boolean
        """
        return self.active and not self.stage_id.is_won

    def _pick_open_lead(self):
        """The open lead that takes a new contact: an owned one, else the newest.

        :return: recordset of one lead or none
        """
        return self.filtered(lambda lead: lead._is_intake_open()).sorted(
            lambda lead: (lead.user_id.active, lead.id), reverse=True
        )[:1]

    # ------------------------------------------------------------
    # ONE OPEN LEAD PER CUSTOMER
    # ------------------------------------------------------------

    @api.model
    def _create_or_add(self, vals_list, create):
        """Sort contacts into new leads and additions to open ones, then act.

        :param list vals_list: values as for ``create``
        :param create: what makes leads out of a list of values
        :return: one lead for each contact, and the ids of those that were there before
        """
        defaults = self._get_context_defaults()
        vals_list = [{**defaults, **vals} for vals in vals_list]
        customers = self._identify_contacts(vals_list)
        self.env["crm.contact.key"]._reserve({k for c in customers for k in c.keys})
        known = self._find_known_leads(customers)
        generic = self._learn_generic_addresses(customers, known)
        if generic:
            customers = self._identify_contacts(vals_list)
        places, to_create, twins = self._place_contacts(vals_list, customers, known)
        additions = [
            (place, vals)
            for place, vals in zip(places, vals_list, strict=True)
            if not isinstance(place, int) or to_create[place] is not vals
        ]
        self._refuse_hidden_leads(additions)
        created = create(to_create) if to_create else self.browse()
        leads = [created[p] if isinstance(p, int) else p for p in places]
        source = self._get_intake_source()
        for place, vals in additions:
            lead = created[place] if isinstance(place, int) else place
            lead._add_contact(vals, source)
        created._note_likely_twins(twins)
        if generic:
            self.browse(lead.id for lead in leads[-1:])._notify_generic(generic)
        known_ids = {place.id for place in places if not isinstance(place, int)}
        return self.browse(lead.id for lead in leads), known_ids

    @api.model
    def _place_contacts(self, vals_list, customers, known):
        """Decide which lead each contact goes to.

        :param list vals_list: values of the contacts; those that become leads get
            their ``previous_lead_ids``
        :param list customers: the ``Customer`` of each
        :param dict known: existing leads with their ``Customer``, by key
        :return: places (an open lead, or a position in the second item), values of
            the leads to create, and by position the likely twin with its ``Match``
        """
        compare = self.env["crm.contact.key"]._compare
        places, to_create, twins = [], [], {}
        fresh = defaultdict(list)  # what the batch itself says: place and customer
        for vals, customer in zip(vals_list, customers, strict=True):
            company_id = self._get_contact_company(vals)
            same, likely = self.sudo().browse(), None
            candidates = {
                p[0].id: p for key in customer.keys for p in known.get(key, ())
            }
            for lead, other in candidates.values():
                if not self._is_same_company(lead, company_id):
                    continue
                match = compare(customer, other)
                if match.is_proof:
                    same |= lead
                elif match.strength == "likely" and lead._is_intake_open():
                    likely = likely or (lead, match)
            place = same._pick_open_lead() or next(
                (
                    place
                    for key in customer.keys
                    for place, other in fresh[company_id, key]
                    if compare(customer, other).is_proof
                ),
                None,
            )
            if place is None:
                place = len(to_create)
                vals["previous_lead_ids"] = [(6, 0, same.ids)]
                to_create.append(vals)
                if likely:
                    twins[place] = likely
            for key in customer.keys:  # known to the next customer
                fresh[company_id, key].append((place, customer))
            places.append(place)
        return places, to_create, twins

    @api.model
    def _get_context_defaults(self):
        """The defaults of the context that say who a contact is: as good as sent.

        :return: dict of values as for ``create``
        """
        told = self._get_contact_fields()
        return {
            fname: self.env.context[f"default_{fname}"]
            for fname in (*told, "company_id")
            if self.env.context.get(f"default_{fname}")
        }

    @api.model
    def _identify_contacts(self, vals_list):
        """Who the contacts are, the partners read all at once.

        A contact for a company that the user is not in meets no one: creating its lead
        is refused, as it is without intake. So does one for a company that makes a lead
        of each contact.

        :param list vals_list: values as for ``create``
        :return: list of ``Customer``
        """
        Key = self.env["crm.contact.key"]
        partners = self.env["res.partner"].sudo()
        partners = partners.browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        )
        by_id = {partner.id: partner for partner in partners}
        identities = [
            self._get_contact_identity(
                vals, by_id.get(vals.get("partner_id"), partners[:0])
            )
            for vals in vals_list
        ]
        customers = Key._identify_all(identities)
        addresses = {address for customer in customers for address in customer.emails}
        unproving = self._get_unproving_addresses(addresses) if addresses else set()
        result = []
        for vals, identity, customer in zip(
            vals_list, identities, customers, strict=True
        ):
            if unproving.intersection(customer.emails):
                # forwarded by a colleague: what is theirs says nothing
                identity = self._get_contact_identity(
                    {k: v for k, v in vals.items() if k != "email_from"}, partners[:0]
                )
                customer = Key._identify(**identity)
            if not (
                self._may_use_company(vals)
                and self._get_intake_company_sudo(vals).lead_intake
            ):
                customer = Key._identify()
            result.append(customer)
        return result

    @api.model
    def _get_contact_identity(self, vals, partner):
        """What a contact says of its customer. Hook.

        :param dict vals: values as for ``create``
        :param partner: the partner they name, elevated, or none
        :return: dictionary as ``crm.contact.key._identify`` takes it
        """
        country = self.env["res.country"].browse(vals.get("country_id") or [])
        company_sudo = self._get_intake_company_sudo(vals)
        region = country or partner.country_id or company_sudo.country_id
        numbers = []
        for fname in self._phone_get_number_fields():
            number = vals.get(fname)
            if not number and fname in partner._fields:
                number = partner[fname]
            numbers.append(number or "")
        contact = vals.get("contact_name") or (
            "" if partner.is_company else partner.name or ""
        )
        return {
            "emails": [vals.get("email_from") or partner.email or ""],
            "phones": numbers,
            "website": vals.get("website") or partner.website or "",
            "vat": partner.vat or "",
            "company": vals.get("partner_name")
            or partner.commercial_company_name
            or "",
            "contact": contact,
            "region": region.code or "",
        }

    @api.model
    def _get_unproving_addresses(self, addresses):
        """Addresses of our own side: they do not say who the customer is. Hook.

        Colleagues forward mails, and a company's own address is in many lists.

        :param set addresses: bare addresses in lower case
        :return: the set of those that belong to internal users, companies or aliases
        """
        addresses = set(addresses)
        inherited = getattr(super(), "_get_unproving_addresses", None)
        found = set(inherited(addresses)) if inherited else set()
        people = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = [("email_normalized", "in", sorted(addresses))]
        companies = self.env["res.company"].sudo().search([("name", "!=", False)])
        ours = people.search(domain).filtered(
            lambda partner: partner in companies.partner_id
            or any(not user.share for user in partner.user_ids)
        )
        found.update(ours.mapped("email_normalized"))
        found.update(self._get_alias_addresses() & addresses)
        return found & addresses

    @api.model
    def _get_alias_addresses(self):
        """The addresses this database receives and sends mail with.

        :return: set of bare addresses in lower case
        """
        domains = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
        fnames = ("bounce_email", "catchall_email", "default_from_email")
        found = {domain[fname] for domain in domains for fname in fnames}
        aliases = self.env["mail.alias"].sudo().search([("alias_name", "!=", False)])
        found |= {
            f"{alias.alias_name}@{alias.alias_domain}"
            for alias in aliases
            if alias.alias_domain
        }
        return {address.lower() for address in found if address}

    @api.model
    def _find_known_leads(self, customers):
        """All leads, open and closed, that share a key with one of these customers.

        :param list customers: ``Customer`` objects
        :return: by key, pairs of an elevated lead and its ``Customer``, newest first
        """
        keys = {key for customer in customers for key in customer.keys}
        emails = [key[6:] for key in keys if key.startswith("email:")]
        phones = [key[6:] for key in keys if key.startswith("phone:")]
        known = defaultdict(list)
        if not (emails or phones):
            return known
        leads = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    *("|", "|"),
                    ("email_normalized", "in", emails),
                    ("contact_phone_key", "in", phones),
                    ("contact_phone_other_key", "in", phones),
                ],
                order="id desc",
            )
        )
        others = self.env["crm.contact.key"]._identify_records(leads)
        for lead in leads:
            for key in others[lead.id].keys:
                if key in keys:
                    known[key].append((lead, others[lead.id]))
        return known

    @api.model
    def _learn_generic_addresses(self, customers, known):
        """An address that meets its third different customer identifies no one.

        :param list customers: the ``Customer`` of each new contact
        :param dict known: as :meth:`_find_known_leads` returns it
        :return: new records of ``crm.contact.generic``
        """
        Key = self.env["crm.contact.key"]
        names = defaultdict(list)
        leads = self.sudo().browse(
            {lead.id for pairs in known.values() for lead, __ in pairs}
        )
        for key, pairs in known.items():
            names[key] += [other.name for __, other in pairs]
        no_partner = self.env["res.partner"]
        contacts = [
            self._get_contact_identity(contact.values or {}, no_partner)
            for contact in leads.contact_ids
        ]
        for customer in Key._identify_all(contacts):
            for key in customer.keys:
                if key in known:
                    names[key].append(customer.name)
        for customer in customers:
            for key in customer.keys:
                names[key].append(customer.name)
        return self.env["crm.contact.generic"]._learn(
            {key: self._count_names(found) for key, found in names.items()}
        )

    @api.model
    def _count_names(self, names):
        """The different customers among these names: those without a common word.

        :param list names: normalised names
        :return: set of names, one for each customer
        """
        different = []
        for words in {frozenset(name.split()) for name in names if name}:
            if not any(words & other for other in different):
                different.append(words)
        return {" ".join(sorted(words)) for words in different}

    @api.model
    def _may_use_company(self, vals):
        """Whether the user works in the company that a contact is meant for.

        :param dict vals: values as for ``create``
        :return: boolean
        """
        company_id = self._get_contact_company(vals)
        return self.env.su or not company_id or company_id in self.env.companies.ids

    @api.model
    def _get_intake_company_sudo(self, vals):
        """The company whose switch and country count for a contact.

        :param dict vals: values as for ``create``
        :return: res.company, elevated; the user's for a contact of any company
        """
        company = self.env["res.company"].browse(self._get_contact_company(vals) or [])
        return (company or self.env.company).sudo()

    @api.model
    def _is_same_company(self, lead, company_id):
        """Whether the contact's company may know of a lead.

        :param lead: one lead
        :param company_id: id of the contact's company, or false for none
        :return: boolean
        """
        companies = [company_id] if company_id else self.env.companies.ids
        return not lead.company_id or lead.company_id.id in companies

    @api.model
    def _get_contact_company(self, vals):
        """The company a contact is one of: that of its lead, if it made one.

        A mail to the team of another company is that company's.

        :param dict vals: values as for ``create``
        :return: its id; false for one of any company
        """
        if "company_id" in vals:
            return vals["company_id"] or False
        team_id = vals.get("team_id", self.env.context.get("default_team_id"))
        team = self.env["crm.team"].sudo().browse(team_id or [])
        return (team.company_id or self.env.company).id

    @api.model
    def _refuse_hidden_leads(self, additions):
        """A person who may not see the open lead cannot be handed it.

        What was entered goes into that lead all the same, in a transaction of its own,
        and the person learns who works the customer, but nothing else of the lead. An
        import is refused as a whole, so that it adds nothing.

        :param list additions: pairs of place and values
        :raises UserError: when one of the leads is out of the user's sight
        """
        if self.env.su:
            return
        found = self.browse(
            lead.id for lead, __ in additions if not isinstance(lead, int)
        )
        if not found:
            return
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
                self._get_hidden_message(lead, vals, notified=not importing)
                for lead, vals in hidden
            )
        )

    @api.model
    def _get_hidden_message(self, lead, vals, notified):
        """Who works the customer of this contact; the user may see no more.

        :param lead: the open lead
        :param dict vals: values of the contact
        :param bool notified: whether the salesperson has been notified
        :return: a sentence
        """
        contact = vals.get("name") or vals.get("contact_name") or _("New contact")
        user = lead._get_responsible_user()
        if not user:
            return _(
                '"%(contact)s": this customer already has an open lead, which you are '
                "not allowed to see.",
                contact=contact,
            )
        if notified:
            return _(
                '"%(contact)s": this customer already has an open lead. It is worked '
                "by %(user)s, who has been told.",
                contact=contact,
                user=user.name,
            )
        return _(
            '"%(contact)s": this customer already has an open lead. It is worked by '
            "%(user)s.",
            contact=contact,
            user=user.name,
        )
