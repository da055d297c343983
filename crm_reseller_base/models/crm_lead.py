import re

from markupsafe import Markup

from odoo import Command, _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import (
    format_datetime,
    html2plaintext,
    is_html_empty,
    plaintext2html,
)

from .. import compat
from ..const import MAX_TEXT, NO_NOTICE, RESELLER_SYNC
from ..lib.redact import redact
from ..locks import lock_for_click
from .res_partner import POSITION

# In step with the offers: written by their life cycle only, never from outside,
# however it comes in (values, context defaults, import, copy, commands).
OFFER_FIELDS = frozenset(
    {
        "reseller_state",
        "reseller_offered_on",
        "reseller_due_on",
        "reseller_answered_on",
        "reseller_offer_ids",
        "reseller_excluded_ids",
        "reseller_assign_issue",
        "reseller_escalated_on",
        "reseller_round_started_on",
        "reseller_worked_on",
    }
)
# items of lists keep their lines in plain text
LIST_ITEM = re.compile(r"<li\b[^>]*>", re.I)
# characters of a lead's description in a mail
REQUEST_LENGTH = 600
# the context of our public methods; everything else from outside steers nothing
KEPT_CONTEXT = ("lang", "tz", "uid", "allowed_company_ids")

# the answers of resellers: the state of the offer before, and after
ANSWERS = {
    "accept": ("pending", "accepted"),
    "decline": ("pending", "declined"),
    "return": ("accepted", "returned"),
}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        domain="[('reseller_level_id', '!=', False)]",
        help="The lead was offered to this reseller, or accepted by it.",
    )
    reseller_contact_id = fields.Many2one(
        "res.partner",
        string="Person in Charge",
        copy=False,
        help="The person at the reseller who looks after this lead.",
    )
    reseller_state = fields.Selection(
        [
            ("none", "Not Offered"),
            ("pending", "Waiting for an Answer"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("expired", "Not Answered"),
        ],
        string="Reseller's Answer",
        default="none",
        required=True,
        copy=False,
    )
    reseller_offered_on = fields.Datetime(string="Offered on", copy=False)
    reseller_due_on = fields.Datetime(string="Answer due", copy=False)
    reseller_answered_on = fields.Datetime(string="Answered on", copy=False)
    reseller_excluded_ids = fields.Many2many(
        "res.partner",
        string="Not Offered Again To",
        compute="_compute_reseller_excluded_ids",
        search="_search_reseller_excluded_ids",
        help="They declined the lead, gave it back or did not answer in time: it is "
        "not offered to them again automatically.",
    )
    reseller_offer_ids = fields.One2many(
        "crm.reseller.offer", "lead_id", string="Offers", copy=False
    )
    reseller_direction_id = fields.Many2one(
        "crm.reseller.direction",
        string="Sales Direction",
        compute="_compute_reseller_direction_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Follows the sales team. Resellers of other directions do not get the "
        "lead automatically.",
    )
    reseller_product_id = fields.Many2one(
        "product.product",
        string="Product",
        index="btree_not_null",
        check_company=True,
        help="What the customer asks for.",
    )
    reseller_worked_on = fields.Datetime(
        string="Reseller's Last Activity",
        readonly=True,
        copy=False,
        help="Last answer, note, document, figure or step of the reseller.",
    )
    reseller_assign_issue = fields.Selection(
        [
            ("no_rule", "No assignment rule applies"),
            ("no_reseller", "No reseller found"),
            ("rounds", "Offered too often"),
            ("by_hand", "To be assigned manually"),
            ("own_request", "The customer is a reseller"),
            ("broken_rule", "An assignment rule has an invalid filter"),
            ("reseller_left", "The reseller left the program"),
        ],
        string="Assignment Issue",
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="Why the lead waits for the channel manager.",
    )
    reseller_escalated_on = fields.Datetime(
        string="Channel Manager Asked on", readonly=True, copy=False
    )
    reseller_round_started_on = fields.Datetime(
        string="Offers Counted Since",
        readonly=True,
        copy=False,
        help="Offers before this moment do not count towards the further offers "
        "allowed.",
    )
    reseller_manual_only = fields.Boolean(
        string="Don't Assign Automatically",
        copy=False,
        help="Set when an offer is withdrawn manually.",
    )

    reseller_offer_count = fields.Integer(
        string="Number of Offers", compute="_compute_reseller_offer"
    )
    reseller_explanation = fields.Html(
        string="Why This Reseller", compute="_compute_reseller_offer"
    )
    reseller_notice_partner_id = fields.Many2one(
        "res.partner",
        string="Reseller's Recipient",
        compute="_compute_reseller_notice_partner_id",
        help="Who gets the mails about this lead.",
    )
    reseller_due_text = fields.Char(
        string="Answer due, in Words",
        compute="_compute_reseller_due_text",
        help="Shown in the recipient's time zone, which is included.",
    )
    reseller_portal_url = fields.Char(compute="_compute_reseller_portal_url")
    reseller_contact_hidden = fields.Boolean(
        compute="_compute_reseller_contact_hidden",
        help="The reseller sees contact details once it has accepted the lead.",
    )
    reseller_title = fields.Char(
        string="Title Shown to Reseller",
        compute="_compute_reseller_title",
        help="Personal data is masked until the reseller accepts.",
    )
    reseller_request = fields.Text(
        string="Request Shown to Reseller",
        compute="_compute_reseller_request",
        help="The beginning of the lead's description; personal data is masked until "
        "the reseller accepts.",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("team_id")
    def _compute_reseller_direction_id(self):
        by_team = self.env["crm.reseller.direction"]._get_direction_ids_by_team()
        for lead in self:
            # a team without a direction does not undo a manual choice
            lead.reseller_direction_id = by_team.get(
                lead.team_id.id, lead.reseller_direction_id.id
            )

    @api.depends("reseller_id", "reseller_state", "reseller_offer_ids")
    @api.depends_context("uid", "lang")
    def _compute_reseller_offer(self):
        for lead in self:
            offers = lead.reseller_offer_ids
            current = offers.filtered(
                lambda offer, lead=lead: offer.reseller_id == lead.reseller_id
                and offer.state in ("pending", "accepted")
            ).sorted("id")[-1:]
            lead.reseller_offer_count = len(offers)
            lead.reseller_explanation = current.explanation_html

    @api.depends("reseller_offer_ids.state")
    def _compute_reseller_excluded_ids(self):
        Offer = self.env["crm.reseller.offer"]
        excluded = {}
        if self.ids:
            for offer in Offer.search(
                [("lead_id", "in", self.ids), *Offer._get_excluding_domain()]
            ):
                excluded.setdefault(offer.lead_id.id, []).append(offer.reseller_id.id)
        for lead in self:
            lead.reseller_excluded_ids = [(6, 0, excluded.get(lead._origin.id, []))]

    @api.model
    def _search_reseller_excluded_ids(self, operator, value):
        """Find leads by who must not get them again.

        :param str operator: of the search
        :param value: names or ids of resellers; False
        :return: domain
        """
        Offer = self.env["crm.reseller.offer"]
        excluding = Offer._get_excluding_domain()
        if operator not in ("=", "!=", "in", "not in"):
            leads = Offer.search(["&", *excluding, ("reseller_id", operator, value)])
            return [("id", "in", leads.lead_id.ids)]
        values = [value]
        if not isinstance(value, int | str) and value is not None:
            values = list(value)
        wanted = [reseller_id for reseller_id in values if reseller_id]
        positive = [
            (
                "id",
                "in",
                Offer.search(
                    ["&", *excluding, ("reseller_id", "in", wanted)]
                ).lead_id.ids,
            )
        ]
        if len(wanted) < len(values):  # those that no reseller is excluded from
            every = Offer.search(excluding).lead_id.ids
            positive = ["|", *positive, ("id", "not in", every)]
        return ["!", *positive] if operator in ("!=", "not in") else positive

    @api.depends("reseller_id", "team_id")
    def _compute_company_currency(self):
        """Amounts of resellers' leads have the same currency for all their readers."""
        ours = self.filtered(lambda lead: lead.reseller_id and not lead.company_id)
        for lead in ours:
            lead.company_currency = lead._get_reseller_company().currency_id
        return super(CrmLead, self - ours)._compute_company_currency()

    @api.depends("reseller_id", "reseller_contact_id")
    def _compute_reseller_notice_partner_id(self):
        # what is asked of each is read once
        resellers = self.sudo().reseller_id
        partners = resellers | resellers.child_ids
        partners.mapped("active")
        partners.mapped("user_ids")
        for lead in self:
            reseller = lead.reseller_id.sudo()
            people = (lead.reseller_contact_id | reseller).filtered("active")
            contacts = reseller.child_ids._filter_reseller_people()
            users = contacts.filtered("user_ids")
            reachable = (people | users | contacts).filtered("email")
            lead.reseller_notice_partner_id = (reachable or people)[:1]

    @api.depends("reseller_due_on", "reseller_notice_partner_id")
    @api.depends_context("lang")
    def _compute_reseller_due_text(self):
        for lead in self:
            zone = lead.reseller_notice_partner_id.sudo().tz
            lead.reseller_due_text = lead._describe_due(zone)

    def _describe_due(self, zone=None):
        """When the answer is due, in words.

        :param str zone: name of a time zone; that of the company's working calendar
            where there is none
        :return: text that names the zone; empty without a deadline
        """
        self.ensure_one()
        if not self.reseller_due_on:
            return ""
        company = self._get_reseller_company()
        zone = zone or company.resource_calendar_id.tz or "UTC"
        moment = format_datetime(
            self.env, self.reseller_due_on, tz=zone, dt_format="d MMM y HH:mm"
        )
        return f"{moment} ({zone})"

    def _compute_reseller_portal_url(self):
        for lead in self:
            lead.reseller_portal_url = lead._get_reseller_portal_url()

    @api.depends("reseller_state", "company_id", "reseller_id", "team_id")
    def _compute_reseller_contact_hidden(self):
        for lead in self:
            lead.reseller_contact_hidden = (
                lead.reseller_state != "accepted"
                and lead._get_reseller_company().reseller_hide_contact_details
            )

    @api.depends("name", "reseller_contact_hidden")
    def _compute_reseller_title(self):
        for lead in self:
            lead.reseller_title = (
                redact(lead.name or "", lead._get_reseller_secrets())
                if lead.reseller_contact_hidden
                else lead.name
            )

    @api.depends("description", "reseller_contact_hidden")
    def _compute_reseller_request(self):
        for lead in self:
            text = lead._get_reseller_request_text(lead.reseller_contact_hidden)
            if len(text) > REQUEST_LENGTH:
                text = f"{text[:REQUEST_LENGTH].rsplit(None, 1)[0]} …"
            lead.reseller_request = text

    def _get_reseller_request_text(self, hidden):
        """The lead's description as plain text.

        :param bool hidden: whether details of the customer are masked
        :return: text, empty where there is none
        """
        if is_html_empty(self.description):
            return ""
        # marks of bold words would only confuse
        markup = LIST_ITEM.sub("<br/>- ", self.description)
        text = html2plaintext(markup).replace("*", "").strip()
        return redact(text, self._get_reseller_secrets()) if hidden else text

    def _get_reseller_secrets(self):
        """The words that give away who the customer is. Hook.

        :return: list of texts, some of them empty
        """
        return [
            self.contact_name,
            self.partner_id.name if not self.partner_id.is_company else "",
            self.street,
        ]

    def _get_reseller_portal_url(self):
        """Where the reseller answers. Hook.

        :return: str; empty without a portal for resellers
        """
        self.ensure_one()
        return ""

    @api.constrains("reseller_contact_id", "reseller_id")
    def _check_reseller_contact(self):
        """Keep person in charge and reseller in step.

        :raises ValidationError: where the person works for another company, or left
        """
        for lead in self.sudo():
            person = lead.reseller_contact_id
            if person and not person.active:
                raise ValidationError(
                    _(
                        "%(person)s is archived. Choose somebody else.",
                        person=person.name,
                    )
                )
            if person and person.commercial_partner_id != lead.reseller_id:
                raise ValidationError(
                    _(
                        "%(person)s does not work for %(reseller)s.",
                        person=person.name,
                        reseller=lead.reseller_id.name or _("a reseller"),
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        guarded = self._get_guarded_defaults()
        default_reseller = guarded.pop("reseller_id", False)
        chosen = []
        cleaned = []
        for vals in vals_list:
            self._check_offer_fields(vals)
            vals = dict(vals)
            chosen.append(vals.pop("reseller_id", default_reseller))
            if default_reseller:
                vals["reseller_id"] = False
            # said in so many words, no default of the context or the user counts
            vals.update(guarded)
            cleaned.append(vals)
        leads = super().create(cleaned)
        # an inner override may have answered with leads that were there already
        wished = {}
        for lead, reseller_id in zip(leads, chosen, strict=True):
            if reseller_id and lead.reseller_state == "none":
                wished.setdefault(reseller_id, []).append(lead.id)
        for reseller_id, ids in wished.items():
            leads.browse(ids).assign_to_reseller(
                self.env["res.partner"].browse(reseller_id)
            )
        leads._assign_on_creation()
        return leads

    def write(self, vals):
        if self.env.context.get("reseller_sync") is RESELLER_SYNC:
            return super().write(vals)
        self._check_offer_fields(vals)
        places = {} if POSITION.intersection(vals) else self._get_places()
        before = self._get_reseller_situation()
        if "reseller_id" not in vals:
            result = super().write(vals)
            self._on_places_changed(places)
            self._on_reseller_situation_changed(before)
            self._date_won_deals()
            return result
        # imports, mass edits and automations: the offer follows
        vals = dict(vals)
        reseller = self.env["res.partner"].browse(vals.pop("reseller_id") or [])
        if reseller and "stage_id" in vals:
            self._check_not_won_by(vals, reseller)
        result = super().write(vals) if vals else True
        self._on_places_changed(places)
        self._on_reseller_situation_changed(before)
        self._date_won_deals()
        if reseller:
            self.filtered(lambda lead: lead.reseller_id != reseller).assign_to_reseller(
                reseller
            )
        else:
            self.filtered("reseller_id").reseller_withdraw()
        return result

    def _check_not_won_by(self, vals, reseller):
        """Refuse to win leads and to offer them in one write.

        The offer would be refused in the end, as it is for closed leads. An order that
        winning made elsewhere would stay by then.

        :param dict vals: values of ``write``, with a stage
        :param reseller: res.partner
        :raises UserError: with the name of the first such lead
        """
        stage_id = self._fields["stage_id"].convert_to_cache(vals["stage_id"], self)
        if stage_id not in self.env["crm.stage"]._get_won_ids():
            return
        for lead in self.filtered(lambda lead: lead.reseller_id != reseller):
            raise UserError(_("%(lead)s is closed: reopen it first.", lead=lead.name))

    @api.model
    def _get_guarded_defaults(self):
        """Values against defaults of the context or the user that would pretend offers.

        :return: dict by name: empty values for the columns that follow the offers; the
            default reseller, which is a choice like any other
        """
        neutral = {}
        for name, value in self.default_get([*OFFER_FIELDS, "reseller_id"]).items():
            if not value or value == "none":
                continue
            kind = self._fields[name].type
            if name == "reseller_id":
                neutral[name] = value
            elif name == "reseller_state":
                neutral[name] = "none"
            else:
                neutral[name] = [] if kind in ("one2many", "many2many") else False
        return neutral

    def _check_offer_fields(self, vals):
        """Keep what follows from the offers out of the reach of direct writes.

        Values that change nothing are let through: forms and merges send them.

        :param dict vals: values of ``create`` (on an empty recordset) or ``write``
        :raises UserError: for a value that would change something
        """
        for name in OFFER_FIELDS.intersection(vals):
            if self._fields[name].type in ("one2many", "many2many"):
                changes = bool(vals[name])
            elif self:
                changes = self._changes(name, vals[name])
            else:
                changes = vals[name] not in (False, None, "none")
            if changes:
                raise UserError(
                    _("The reseller's answer follows from the offers: use the buttons.")
                )

    def _changes(self, name, value):
        """Whether writing a value would change one of the leads.

        :param str name: of a field
        :param value: as for ``write``
        :return: bool
        """
        field = self._fields[name]
        for lead in self.sudo():
            if field.convert_to_cache(value, lead) != field.convert_to_cache(
                lead[name], lead
            ):
                return True
        return False

    def _write_offer_vals(self, vals):
        """Write what follows from the offers.

        :param dict vals: values of the columns named in ``OFFER_FIELDS`` and others
        :return: True
        """
        return self.with_context(reseller_sync=RESELLER_SYNC).write(vals)

    def _get_reseller_situation(self):
        """What has consequences for the reseller when a write changes it.

        :return: dict by lead (of those that are open and held): their company
        """
        return {
            lead: lead.company_id
            for lead in self.sudo()
            if lead.reseller_state in ("pending", "accepted")
            and lead._is_reseller_open()
        }

    def _on_reseller_situation_changed(self, before):
        """Decide what follows from a write by what is stored now.

        :param dict before: of ``_get_reseller_situation``
        """
        if not before:
            return
        leads = self.sudo().browse(lead.id for lead in before)
        closed = leads.filtered(lambda lead: not lead._is_reseller_open())
        if closed:
            closed._on_reseller_closed()
        moved = (leads - closed).filtered(
            lambda lead: lead.reseller_id and lead.company_id != before[lead]
        )
        if moved:
            moved._on_reseller_company_changed()

    def _date_won_deals(self):
        """Give won deals of resellers a closing date: figures count by it.

        Odoo removes it when the probability is edited, and gives none to the leads of a
        stage that becomes a won one.
        """
        won_ids = self.env["crm.stage"]._get_won_ids()
        for lead in self.sudo():
            if (
                lead.reseller_id
                and not lead.date_closed
                and lead.stage_id.id in won_ids
            ):
                moved_on = lead.date_last_stage_update or fields.Datetime.now()
                lead._write_offer_vals({"date_closed": moved_on})

    def _on_reseller_closed(self):
        """Leads were won, lost or archived, however it came: withdraw their offers.

        Accepted leads stay with their reseller. Hook.
        """
        self._withdraw_pending(_("The lead was closed."))

    def _on_reseller_company_changed(self):
        """Leads of resellers that do not work for their new company go back. Hook."""
        for lead in self:
            company = lead.reseller_id._get_reseller_company()
            if company and company != lead.company_id:
                text = _("The lead moved to another company.")
                lead._withdraw_pending(text)
                lead._release_accepted(text)

    # ------------------------------------------------------------
    # COMPANY AND STATE
    # ------------------------------------------------------------

    @api.model
    def _get_main_company(self):
        """The company of records without one.

        :return: res.company, elevated
        """
        # not env.ref(), which asks the database each time
        main_id = self.env["ir.model.data"]._xmlid_to_res_id("base.main_company")
        Company = self.env["res.company"].sudo()
        if main_id:
            return Company.browse(main_id)
        return Company.search([], order="id", limit=1)

    def _get_reseller_company(self):
        """The company whose settings, calendar and currency a lead follows.

        Its own, else its team's, else its reseller's, else the main one.

        :return: one res.company, elevated
        """
        self.ensure_one()
        lead = self.sudo()
        company = lead.company_id or lead.team_id.company_id
        if not company and lead.reseller_id:
            company = lead.reseller_id._get_reseller_company()
        return company or self._get_main_company()

    @api.model
    def _get_reseller_company_domain(self, companies):
        """Leads that follow some companies; see ``_get_reseller_company``.

        :param companies: res.company
        :return: domain
        """
        domain = [
            "|",
            ("company_id", "in", companies.ids),
            "&",
            ("company_id", "=", False),
            ("team_id.company_id", "in", companies.ids),
        ]
        if self._get_main_company() in companies:
            domain = [
                "|",
                *domain,
                "&",
                ("company_id", "=", False),
                "|",
                ("team_id", "=", False),
                ("team_id.company_id", "=", False),
            ]
        return domain

    @api.model
    def _get_reseller_open_domain(self):
        """Leads that count towards a reseller's capacity. Hook.

        The same as ``_is_reseller_open``, for leads that are offered or accepted.

        :return: domain
        """
        return [
            ("reseller_state", "in", ("pending", "accepted")),
            ("active", "=", True),
            "|",
            ("stage_id", "=", False),
            ("stage_id.is_won", "=", False),
        ]

    def _is_reseller_open(self):
        """Whether a lead is neither won nor lost nor archived. Hook.

        :return: bool
        """
        self.ensure_one()
        won_ids = self.env["crm.stage"]._get_won_ids()
        return self.active and self.stage_id._origin.id not in won_ids

    @api.model
    def _get_reseller_of_user(self):
        """The reseller the current user works for: a portal user's company.

        :return: res.partner, elevated; empty for everyone else
        """
        partner = self.env.user.partner_id.sudo().commercial_partner_id
        known = partner.reseller_level_id and partner.active
        return partner if known else partner.browse()

    # ------------------------------------------------------------
    # PUBLIC METHODS
    # ------------------------------------------------------------

    def _from_outside(self):
        """The leads with a context that steers nothing.

        Public methods start here: language, time zone, user and companies are kept,
        and our own objects, which no client can send.

        :return: crm.lead in another environment
        """
        context = {
            key: self.env.context[key]
            for key in KEPT_CONTEXT
            if key in self.env.context
        }
        if self.env.context.get("reseller_no_notice") is NO_NOTICE:
            context["reseller_no_notice"] = NO_NOTICE
        return self.with_env(self.env(context=context))

    @api.model
    def _clean_text(self, text, limit=MAX_TEXT):
        """Take a text that came from outside.

        :param text: anything
        :param int limit: characters
        :return: str without surrounding blanks; or False
        :raises UserError: for what is no text, or too long
        """
        if text is None or text is False:
            return False
        if not isinstance(text, str):
            raise UserError(_("A comment is a text."))
        text = text.replace("\x00", "").strip()
        if len(text) > limit:
            raise UserError(
                _("This text is too long: %(limit)s characters at most.", limit=limit)
            )
        return text or False

    def reseller_accept(self, comment=None):
        """The reseller that holds the offers takes the leads.

        May be called by a page for a user of that reseller (under ``sudo()``), by an
        internal user with write access, or by the system. Accepting twice counts once.

        :param str comment: a message to the team
        :return: True
        :raises UserError: when an offer was withdrawn, has expired or was declined
        :raises AccessError: when the leads are not offered to the user's reseller
        """
        leads = self._from_outside()
        comment = leads._clean_text(comment)
        leads._get_offers_to_answer("accept")._accept(comment)
        return True

    def reseller_decline(self, reason, comment=None, contacted=False):
        """The reseller does not want the leads; see reseller_accept for who may call.

        The reason decides whether the leads move on to another reseller.

        :param reason: record of crm.reseller.decline.reason or its id
        :param str comment: an explanation; some reasons require one
        :param bool contacted: whether the reseller spoke to the customer
        :return: True
        :raises UserError: as reseller_accept; when the reason is unknown or archived,
            or a required comment is missing
        :raises AccessError: as reseller_accept
        """
        leads = self._from_outside()
        comment = leads._clean_text(comment)
        # who may not answer learns nothing about the reasons
        offers = leads._get_offers_to_answer("decline")
        reason = leads._check_decline_reason(reason, comment)
        offers._decline(reason, comment, contacted=bool(contacted))
        return True

    def reseller_return(self, reason, comment=None):
        """The reseller gives accepted leads back; giving back twice counts once.

        The reason decides whether the leads move on to another reseller. They are
        never offered to this one again automatically.

        :param reason: record of crm.reseller.decline.reason or its id
        :param str comment: an explanation; some reasons require one
        :return: True
        :raises UserError: when a lead is closed or was not accepted; when the reason
            is unknown or archived, or a required comment is missing
        :raises AccessError: when the leads are not the user's reseller's
        """
        leads = self._from_outside()
        comment = leads._clean_text(comment)
        offers = leads._get_offers_to_answer("return")
        reason = leads._check_decline_reason(reason, comment)
        for lead in offers.lead_id:
            if not lead._is_reseller_open():
                raise UserError(_("%(lead)s is closed.", lead=lead.name))
        offers._return(reason, comment)
        return True

    def reseller_convert(self):
        """Turn accepted leads into opportunities; converting twice counts once.

        :return: True
        :raises UserError: when a lead was not accepted or is closed, or the reseller's
            level does not allow it
        :raises AccessError: when the leads are not the user's reseller's
        """
        leads = self._from_outside()._check_reseller_access("convert")
        lock_for_click(leads)
        for lead in leads:
            if lead.reseller_state != "accepted":
                raise UserError(
                    _("Accept %(lead)s before you convert it.", lead=lead.name)
                )
            if not lead._is_reseller_open():
                raise UserError(_("%(lead)s is closed.", lead=lead.name))
            lead._check_reseller_level("convert")
        for lead in leads.filtered(lambda lead: lead.type == "lead"):
            company = lead.company_id
            lead.convert_opportunity(lead.partner_id)
            if lead.type == "lead":
                # Odoo leaves leads alone that it takes for closed
                lead.write(
                    {"type": "opportunity", "date_conversion": fields.Datetime.now()}
                )
            if lead.company_id != company:
                lead.company_id = company
            lead._post_reseller_note(
                _(
                    "%(reseller)s converted this lead to an opportunity.",
                    reseller=lead.reseller_id.name,
                )
            )
        leads._on_reseller_work({"convert"})
        return True

    def reseller_withdraw(self, reason=None):
        """Take the leads back from their resellers. For internal users.

        :param str reason: why, for the lead's history
        :return: True
        :raises AccessError: for anyone without write access to the leads
        """
        leads = self._from_outside()
        leads._check_internal_access()
        reason = leads._clean_text(reason)
        leads = leads.sudo().filtered("reseller_id")
        lock_for_click(leads)
        leads._withdraw_pending(reason)
        leads._release_accepted(reason)
        leads._write_offer_vals({"reseller_manual_only": True})
        return True

    def _release_accepted(self, reason=None):
        """Take accepted leads back; their offers stay as they were answered.

        :param str reason: for the leads' history
        """
        accepted = self.filtered("reseller_id")
        if accepted:
            accepted._take_back(reason)
            accepted._write_offer_vals(accepted._get_no_offer_vals())

    def _note_taken_back(self, reason=None):
        """Accepted offers stay as they are; the history says who lost the lead.

        :param str reason: added to the sentence
        """
        texts = {}
        for lead in self:
            text = _(
                "Taken back from %(reseller)s, who had accepted it.",
                reseller=lead.reseller_id.name,
            )
            texts[lead.id] = f"{text} {reason}" if reason else text
        self._post_reseller_notes(texts)

    def _take_back(self, reason=None):
        """Accepted leads go to somebody else: the history says so, and a mail.

        :param str reason: for the leads' history
        """
        self._note_taken_back(reason)
        self._mail_taken_back(lambda self: _("This lead was taken back."))

    def _mail_taken_back(self, describe):
        """Let resellers know that they have these leads no longer: a mail per person.

        It belongs to no record, as the leads may be gone when it is sent.

        :param describe: function of the leads that returns a sentence; its argument is
            called ``self``, so that the text is in its language
        """
        vals_list = []
        for person, leads in self.sudo().grouped("reseller_notice_partner_id").items():
            if not person.email:
                continue
            text = describe(self.with_context(lang=person.lang or self.env.lang))
            lines = [f"{lead.reseller_title}: {text}" for lead in leads]
            company = leads[:1]._get_reseller_company()
            vals_list.append(
                {
                    "subject": lines[0],
                    "body_html": plaintext2html("\n".join(lines)),
                    "recipient_ids": [Command.link(person.id)],
                    "email_from": company.email_formatted or False,
                    "auto_delete": True,
                }
            )
        if vals_list:
            self.env["mail.mail"].sudo().create(vals_list)

    def _withdraw_pending(self, reason=None):
        """Withdraw what waits for an answer; accepted leads stay where they are.

        :param str reason: for the leads' history
        """
        self._pending_offers()._withdraw(reason)

    def _on_reseller_work(self, kinds):
        """A reseller worked on these leads. Hook.

        Every answer, note, document, figure, step and milestone reports here.

        :param set kinds: what was done: answer, convert, note, document, figures, step,
            contact, milestone, outcome, question
        """
        self.sudo()._write_offer_vals({"reseller_worked_on": fields.Datetime.now()})

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    def _check_internal_access(self):
        """Only people inside, with write access to the leads, pass.

        :raises AccessError: for anyone else
        """
        if self.env.su:
            return
        if self.env.user.share:
            raise AccessError(_("Only the team can do this."))
        compat.check_access(self, "write")

    def _check_reseller_access(self, operation):
        """Let the holder of the leads pass, and the team. Hook.

        :param str operation: a key of ``crm_reseller_level.OPERATIONS``
        :return: the leads, elevated
        :raises AccessError: for anyone else
        """
        if self.env.user.share and not self.env.user._is_superuser():
            # pages call under sudo; over RPC no one answers
            reseller = self.env.su and self._get_reseller_of_user()
            leads = self.sudo().exists()
            if not reseller or leads != self:
                raise AccessError(_("This lead is not offered to you."))
            for lead in leads:
                # resellers that had an offer learn what became of it
                holders = lead.reseller_id
                if operation in ANSWERS:
                    holders |= lead.reseller_offer_ids.reseller_id
                if reseller not in holders:
                    raise AccessError(_("This lead is not offered to you."))
            return leads
        self._check_internal_access()
        return self.sudo()

    def _check_reseller_level(self, operation):
        """Refuse what the level of the lead's reseller does not allow.

        :param str operation: a key of ``crm_reseller_level.OPERATIONS``
        :raises UserError: with the sentence people read
        """
        self.ensure_one()
        level = self.sudo().reseller_id.reseller_level_id
        if not level._allows(operation):
            if operation == "convert":
                raise UserError(
                    _(
                        "Resellers of level %(level)s cannot convert leads.",
                        level=level.name,
                    )
                )
            raise UserError(
                _("Resellers of level %(level)s cannot do this.", level=level.name)
            )

    # ------------------------------------------------------------
    # HELPERS OF THE ANSWERS
    # ------------------------------------------------------------

    def _pending_offers(self):
        """The offers of these leads that wait for an answer.

        :return: crm.reseller.offer, elevated
        """
        return (
            self.env["crm.reseller.offer"]
            .sudo()
            .search([("lead_id", "in", self.ids), ("state", "=", "pending")])
        )

    @api.model
    def _get_no_offer_vals(self):
        """What the columns of a lead without an offer hold.

        :return: dict of values
        """
        return (
            self.env["crm.reseller.offer"].sudo().new({"state": "withdrawn"})
        )._get_lead_vals()

    def _check_decline_reason(self, reason, comment):
        """Find an active reason.

        :param reason: record or id; over RPC anything may come
        :param str comment: cleaned
        :return: crm.reseller.decline.reason, elevated
        :raises UserError: when it is unknown or archived, or the comment is missing
        """
        Reason = self.env["crm.reseller.decline.reason"].sudo()
        if isinstance(reason, models.BaseModel):
            reason = reason.id
        known = isinstance(reason, int) and not isinstance(reason, bool)
        known = known and 0 < reason < 2**31
        reason = (
            Reason.search([("id", "=", reason), ("active", "=", True)])
            if known
            else Reason
        )
        if not reason:
            raise UserError(_("Choose one of the reasons."))
        if reason.comment_required and not comment:
            raise UserError(_("Please explain your answer in a few words."))
        return reason

    def _get_offers_to_answer(self, operation):
        """Lock the leads and find the offers an answer is meant for.

        :param str operation: a key of ``ANSWERS``
        :return: offers; empty where the same answer was given before
        :raises UserError: see ``reseller_accept``
        :raises AccessError: see ``reseller_accept``
        """
        required, target = ANSWERS[operation]
        Offer = self.env["crm.reseller.offer"].sudo()
        self._check_reseller_access(operation)
        domain = [("lead_id", "in", self.ids)]
        if self.env.user.share and not self.env.user._is_superuser():
            domain.append(("reseller_id", "=", self._get_reseller_of_user().id))
        lock_for_click(self)
        latest = {}
        for offer in Offer.search(domain, order="id"):
            # after a merge, later ones may be closed while an earlier one waits
            if latest.get(offer.lead_id.id, offer).state != required or (
                offer.state == required
            ):
                latest[offer.lead_id.id] = offer
        offer_ids = []
        for lead_id in self.ids:
            offer = latest.get(lead_id)
            if not offer:
                raise AccessError(_("This lead is not offered to you."))
            if offer.state == required and offer._is_current():
                offer_ids.append(offer.id)
            elif offer.state == required:
                raise UserError(_("This lead was taken back."))
            elif offer.state != target:
                raise UserError(self._stale_answer_message(offer))
        return Offer.browse(offer_ids)

    def _stale_answer_message(self, offer):
        """Why an answer to an offer comes too late.

        :param offer: crm.reseller.offer
        :return: sentence
        """
        return {
            "pending": _("Accept the lead first."),
            "accepted": _("This lead was accepted already."),
            "declined": _("This lead was declined already."),
            "expired": _("The time to answer is over: this lead moved on."),
            "withdrawn": _("This offer was withdrawn."),
            "returned": _("This lead was given back already."),
        }[offer.state]

    def _tag_as_spam(self, reason):
        """Tag leads that were declined for a reason that says so.

        :param reason: records of crm.reseller.decline.reason
        """
        tag = self.env.ref("crm_reseller_base.tag_spam", raise_if_not_found=False)
        if tag and any(reason.mapped("marks_spam")):
            self.write({"tag_ids": [(4, tag.id)]})

    def _post_reseller_note(self, text):
        """Log the same note on each lead.

        :param str text: plain text
        """
        self._post_reseller_notes(dict.fromkeys(self.ids, text))

    def _post_reseller_notes(self, texts):
        """Log internal notes by the acting user: other resellers never see them. Hook.

        :param dict texts: plain text by lead id
        """
        if texts:
            self.browse(texts)._message_log_batch(
                bodies={key: Markup("<p>%s</p>") % text for key, text in texts.items()},
                author_id=self.env.user.partner_id.id,
            )

    # ------------------------------------------------------------
    # MERGING
    # ------------------------------------------------------------

    def _merge_dependences(self, opportunities):
        """Keep the offers of both; one lead has one reseller at most.

        :param opportunities: leads that are about to be deleted
        :return: what ``super`` returns
        """
        result = super()._merge_dependences(opportunities)
        self.sudo()._from_outside()._merge_offers(opportunities.sudo()._from_outside())
        return result

    def _merge_get_fields(self):
        """Add the reseller program's own fields to those a merge keeps.

        :return: list of names of fields
        """
        return [
            *super()._merge_get_fields(),
            "reseller_direction_id",
            "reseller_product_id",
            "reseller_manual_only",
        ]

    def _merge_offers(self, tail):
        """The lead that stays keeps its reseller, or gets that of the others.

        An accepted one goes before a pending one, the latest before earlier ones.

        :param tail: leads that are about to be deleted
        """
        self.ensure_one()
        order = {"accepted": 0, "pending": 1}
        leads = self | tail
        offers = leads.reseller_offer_ids
        held = leads.filtered(lambda lead: lead.reseller_state in order)
        if not (offers or held or any(leads.mapped("reseller_worked_on"))):
            return
        winner = held.sorted(
            lambda lead: (
                order[lead.reseller_state],
                lead != self,
                -lead.reseller_offered_on.timestamp(),
            )
        )[:1]
        losers = leads - winner
        text = _("The lead was merged with another one.")
        held.filtered(
            lambda lead: lead.reseller_id != winner.reseller_id
        )._mail_taken_back(lambda self: _("The lead was merged with another one."))
        losers._withdraw_pending(text)
        losers.filtered("reseller_id")._note_taken_back(text)
        worked_on = max(
            (lead.reseller_worked_on for lead in leads if lead.reseller_worked_on),
            default=False,
        )
        person = winner.reseller_contact_id
        current = winner._get_current_offer()
        offers.filtered(lambda offer: offer.lead_id in tail).write({"lead_id": self.id})
        self.env.flush_all()
        vals = {"reseller_worked_on": worked_on}
        if winner:
            vals["reseller_assign_issue"] = False
            if winner != self:
                vals.update(current._get_lead_vals())
                vals["reseller_contact_id"] = person.id
        self._write_offer_vals(vals)
        if winner:
            self.env["crm.reseller.assigner"].sudo()._forget_problems(self.ids)

    def _get_current_offer(self):
        """The offer a lead's columns follow: of its reseller, in the lead's state.

        :return: crm.reseller.offer, elevated, at most one
        """
        lead = self.sudo()
        return lead.reseller_offer_ids.filtered(
            lambda offer: offer.reseller_id == lead.reseller_id
            and offer.state == lead.reseller_state
        ).sorted("id")[-1:]
