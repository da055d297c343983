from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import plaintext2html

from odoo.addons.crm_reseller_base.compat import check_access
from odoo.addons.crm_reseller_base.locks import lock_for_click

from ..const import ANSWERS, OPEN_STATES, PROTECTED, PROTECTIONS, STATES
from ..lib.tin import get_prefix_country

# what people of the team change themselves; all else follows from decisions
EDITABLE = frozenset(
    {
        "activity_ids",
        "contact_id",
        "message_follower_ids",
        "message_ids",
        "partner_id",
        "user_id",
    }
)
# what the reseller fills in
FORM_FIELDS = (
    "name",
    "direction_id",
    "product_id",
    "product_text",
    "new_company",
    "partner_id",
    "company_name",
    "website",
    "vat",
    "new_contact",
    "contact_id",
    "first_name",
    "last_name",
    "middle_name",
    "email",
    "phone",
    "representative_id",
    "budget",
    "currency_id",
    "date_deadline",
    "requirements",
)
TEXT_LENGTH = 2000


class CrmDealRegistration(models.Model):
    """A deal that a reseller registers: its state, and who decides.

    Rows are made and changed by the methods below, which pages of the portal call
    elevated and people of the team through buttons.
    """

    _name = "crm.deal.registration"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "crm.reseller.bundle.mixin",
        "crm.reseller.guard.mixin",
        "crm.reseller.link.mixin",
    ]
    _description = "Deal Registration"
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    author_id = fields.Many2one(
        "res.partner", string="Registered by", readonly=True, index=True
    )
    form_key = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The form on the portal that was sent: sent twice, it is one "
        "registration.",
    )
    representative_id = fields.Many2one(
        "res.partner",
        string="Partner Representative",
        readonly=True,
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    direction_id = fields.Many2one(
        "crm.reseller.direction",
        string="Sales Direction",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The reseller's home direction, or the one it chose. Its opportunity "
        "belongs to the same.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Decided by",
        domain=[("share", "=", False)],
        index="btree_not_null",
        tracking=True,
        help="Who decides on this registration.",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, tracking=True
    )
    protection = fields.Selection(
        PROTECTIONS, default="none", required=True, readonly=True, tracking=True
    )

    # the customer
    new_company = fields.Boolean(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Company",
        index="btree_not_null",
        domain=[("is_company", "=", True)],
        help="The existing company. Choose one here when the company is known, so that "
        "no second one is created.",
    )
    company_name = fields.Char(readonly=True)
    website = fields.Char(string="Company Website", readonly=True)
    vat = fields.Char(string="Company TIN", readonly=True)
    company_known = fields.Boolean(
        readonly=True,
        help="A company with this name, website or tax number exists already.",
    )
    new_contact = fields.Boolean(readonly=True)
    contact_id = fields.Many2one("res.partner", string="Contact")
    first_name = fields.Char(readonly=True)
    last_name = fields.Char(readonly=True)
    middle_name = fields.Char(readonly=True)
    email = fields.Char(string="Contact E-mail", readonly=True)
    phone = fields.Char(string="Contact Phone", readonly=True)
    customer_name = fields.Char(compute="_compute_customer_name", store=True)

    # the deal
    product_id = fields.Many2one(
        "product.product", string="Service or Product", readonly=True
    )
    product_text = fields.Char(string="Other Service or Product", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    budget = fields.Monetary(currency_field="currency_id", readonly=True)
    date_deadline = fields.Date(string="Estimated Closing", readonly=True)
    requirements = fields.Text(string="Customer Requirements", readonly=True)
    lead_id = fields.Many2one(
        "crm.lead",
        string="Opportunity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # the decision
    submitted_on = fields.Datetime(
        readonly=True, copy=False, help="When it was submitted for the first time."
    )
    decision_due_on = fields.Datetime(
        string="Decision Due", readonly=True, copy=False, index=True
    )
    decided_on = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Closed by", readonly=True, copy=False
    )
    decision_hours = fields.Float(
        string="Hours until Decision",
        readonly=True,
        copy=False,
        group_operator="avg",
        help="Working hours between submission and decision.",
    )
    decided_in_time = fields.Boolean(readonly=True, copy=False)
    reminded_on = fields.Datetime(
        readonly=True, copy=False, help="When a decision or an answer was reminded of."
    )
    escalated_on = fields.Datetime(readonly=True, copy=False)
    question = fields.Text(readonly=True, copy=False)
    returned_on = fields.Datetime(readonly=True, copy=False)
    return_count = fields.Integer(string="Questions Asked", readonly=True, copy=False)
    reason_id = fields.Many2one(
        "crm.deal.registration.reason",
        string="Reason for Rejection",
        readonly=True,
        ondelete="restrict",
    )
    reason_text = fields.Text(string="Explanation", readonly=True, copy=False)

    # what was found about the customer
    answer = fields.Selection(
        ANSWERS,
        readonly=True,
        copy=False,
        help="What the reseller was told when it registered the deal.",
    )
    answer_until = fields.Datetime(readonly=True, copy=False)
    conflict_ids = fields.One2many(
        "crm.deal.registration.conflict", "registration_id", readonly=True
    )
    conflict_count = fields.Integer(
        string="Conflicts", compute="_compute_conflict_count", store=True
    )
    claim_ids = fields.One2many(
        "crm.deal.registration.claim", "registration_id", readonly=True
    )

    # protection
    granted_on = fields.Datetime(readonly=True, copy=False)
    protected_until = fields.Datetime(readonly=True, copy=False, tracking=True)
    idle_days = fields.Integer(
        string="Idle Days Allowed",
        readonly=True,
        copy=False,
        help="The protection ends after so many days without work. 0: never.",
    )
    worked_on = fields.Datetime(
        string="Last Work", readonly=True, copy=False, help="Last work on the deal."
    )
    lapses_on = fields.Datetime(
        string="Protection Ends",
        compute="_compute_lapses_on",
        store=True,
        index="btree_not_null",
        help="The end of the protection, or of the idle time if that comes first.",
    )
    warned_on = fields.Datetime(
        readonly=True, copy=False, help="When the end of the protection was announced."
    )
    lapsed_on = fields.Datetime(readonly=True, copy=False)
    lapsed_idle = fields.Boolean(
        string="Lapsed Without Work", readonly=True, copy=False
    )
    extension_ids = fields.One2many(
        "crm.deal.registration.extension", "registration_id", readonly=True
    )
    # not stored: it would cost each write of a lead's stage a statement
    is_won = fields.Boolean(string="Won", related="lead_id.stage_id.is_won")

    @api.depends("new_company", "company_name", "partner_id.name")
    def _compute_customer_name(self):
        for registration in self:
            registration.customer_name = (
                registration.company_name
                if registration.new_company
                else registration.partner_id.name
            )

    @api.depends("conflict_ids")
    def _compute_conflict_count(self):
        for registration in self:
            registration.conflict_count = len(registration.conflict_ids)

    @api.depends(
        "protection", "granted_on", "protected_until", "idle_days", "worked_on"
    )
    def _compute_lapses_on(self):
        for registration in self:
            if registration.protection not in PROTECTED:
                registration.lapses_on = False
                continue
            ends = registration.protected_until
            start = registration.worked_on or registration.granted_on
            if registration.protection == "granted" and registration.idle_days:
                ends = min(ends, start + timedelta(days=registration.idle_days))
            registration.lapses_on = ends

    @api.constrains("contact_id", "partner_id")
    def _check_contact(self):
        for registration in self.sudo():
            person, company = registration.contact_id, registration.partner_id
            if (
                person
                and company
                and (person.commercial_partner_id != company.commercial_partner_id)
            ):
                raise ValidationError(
                    _(
                        "%(person)s does not work for %(company)s.",
                        person=person.name,
                        company=company.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            self._check_editable(vals)
        return super().write(vals)

    def _check_editable(self, vals):
        """Let people change who decides and which company it is, while it is open.

        :param dict vals: values to write
        :raises AccessError: for any other field
        """
        if not EDITABLE.issuperset(vals):
            raise AccessError(_("Registrations are changed by their buttons."))
        if {"partner_id", "contact_id"} & set(vals):
            closed = self.filtered(lambda each: each.state not in OPEN_STATES)
            if closed:
                raise AccessError(_("This registration is closed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        if self.filtered(lambda registration: registration.state != "draft"):
            raise UserError(_("Only drafts can be deleted."))

    # ------------------------------------------------------------
    # THE RESELLER
    # ------------------------------------------------------------

    @api.model
    def _create_draft(self, reseller, person, vals, form_key=None):
        """Keep what a person of a reseller filled in.

        :param reseller: res.partner, the company
        :param person: res.partner, who fills in the form
        :param dict vals: values of ``FORM_FIELDS``
        :param str form_key: see ``_find_sent``
        :return: the registration, elevated
        :raises UserError: when the reseller's level does not allow registrations
        """
        reseller._check_can_register()
        company = reseller._get_reseller_company()
        company = company or self.env["crm.lead"]._get_main_company()
        form = self._get_form_vals(vals)
        home = reseller.sudo().reseller_direction_id
        return (
            self.sudo()
            .with_context(mail_create_nosubscribe=True)
            .create(
                {
                    "currency_id": company.currency_id.id,
                    **form,
                    "direction_id": form.get("direction_id") or home.id,
                    "reseller_id": reseller.id,
                    "author_id": person.id,
                    "company_id": company.id,
                    "form_key": form_key,
                }
            )
        )

    @api.model
    def _find_sent(self, person, form_key):
        """What a form that a person sent before has become.

        Waits for the same form that is being sent at this moment, by a second click.

        :param person: res.partner
        :param str form_key: drawn with the form
        :return: pair of id and state, or None
        """
        self.env.cr.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s))",
            [f"crm_deal_registration {form_key}"],
        )
        # this transaction may have begun before the other one was done
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT id, state FROM crm_deal_registration "
                "WHERE form_key = %s AND author_id = %s",
                [form_key, person.id],
            )
            return cr.fetchone()

    def _get_form_vals(self, vals):
        return {name: vals[name] for name in FORM_FIELDS if name in vals}

    def _update_draft(self, vals):
        """Change a draft, or a registration that was returned with a question.

        :param dict vals: values of ``FORM_FIELDS``
        :raises UserError: in any other state
        """
        self.ensure_one()
        self._lock_rows()
        if self.state not in ("draft", "returned"):
            raise UserError(_("This registration was submitted: it cannot be changed."))
        form = self._get_form_vals(vals)
        if not form.get("direction_id", True):
            # a draft that was kept without a choice stays where it is
            del form["direction_id"]
        self.sudo().write(form)

    def _submit(self):
        """Submit a registration to the team; twice counts once.

        Of two transactions about one customer the second starts over and finds the
        first.

        :raises UserError: when the state, the level or the limit does not allow it
        """
        self.ensure_one()
        registration = self.sudo()
        self.env["crm.contact.key"]._reserve(registration._get_claim_keys())
        registration._lock_rows()
        if registration.state == "submitted":
            return
        if registration.state not in ("draft", "returned"):
            raise UserError(_("This registration is closed."))
        registration.reseller_id._check_can_register()
        if registration.state == "draft":
            registration.reseller_id._check_registration_limit(registration.company_id)
        now = fields.Datetime.now()
        registration._update_conflicts()
        registration.write(
            {
                "state": "submitted",
                "submitted_on": registration.submitted_on or now,
                "decision_due_on": registration._get_decision_due(now),
                "user_id": registration._get_decider().id,
                "escalated_on": False,
                "reminded_on": False,
            }
        )
        registration._claim_customer()
        registration._close_activities()
        registration._ask_for_decision()
        registration._tell_received()

    def _answer_question(self, answer, person):
        """Answer the team's question with a comment, and submit again.

        :param str answer: plain text
        :param person: res.partner who answers
        :raises UserError: when no question is open
        """
        self.ensure_one()
        self._lock_rows()
        if self.state != "returned":
            raise UserError(_("This question was answered already."))
        self._post_from_reseller(answer, person=person)
        self._submit()

    def _withdraw(self, reason):
        """The reseller takes the registration back, with a reason.

        :param str reason: why
        :raises UserError: without a reason, or after the decision
        """
        if not reason:
            raise UserError(_("Please say why you withdraw the registration."))
        registrations = self.sudo()
        registrations._lock_rows()
        for registration in registrations:
            if registration.state == "withdrawn":
                continue
            if registration.state not in ("draft", *OPEN_STATES):
                raise UserError(_("This registration was decided already."))
            registration._close("withdrawn", reason_text=reason[:TEXT_LENGTH])
            registration._tell_team(
                _("The reseller withdrew this registration: %(reason)s", reason=reason)
            )

    # ------------------------------------------------------------
    # THE TEAM
    # ------------------------------------------------------------

    def _check_team(self):
        """Let people of the team pass who can change the registrations.

        :return: the registrations, elevated
        :raises AccessError: for anyone else
        """
        if not self.env.su:
            if self.env.user.share:
                raise AccessError(_("Only the team can do this."))
            check_access(self, "write")
        return self.sudo()

    def action_qualify(self):
        """Qualify registrations; what cannot be done is named, the rest is done.

        :return: a notification with the results, or None
        """
        return self._decide_each(lambda registration: registration._qualify())

    def action_open_return(self):
        """Open the form to ask the reseller a question."""
        return self._open_decision("return")

    def action_open_reject(self):
        """Open the form to reject the registrations."""
        return self._open_decision("reject")

    def action_open_override(self):
        """Open the form to move the customer's protection to this registration."""
        self.ensure_one()
        return self._open_decision("override")

    def action_open_lead(self):
        """Open the opportunity."""
        self.ensure_one()
        check_access(self, "read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "view_mode": "form",
        }

    def _open_decision(self, kind):
        self._check_team()
        wizard = self.env["crm.deal.registration.decide"].create(
            {"kind": kind, "registration_ids": [(6, 0, self.ids)]}
        )
        return wizard._open()

    def _decide_each(self, decide, wizard=None):
        """Decide on each registration, undoing only what fails.

        :param decide: function of one registration, elevated
        :param wizard: the crm.deal.registration.decide that shows the results, if there
            is one already
        :return: an action that shows the result of each, or None for a single one
        :raises UserError: when there is one registration, and it failed
        """
        results = []
        for registration in self._check_team():
            try:
                with self.env.cr.savepoint():
                    decide(registration)
            except UserError as error:
                if len(self) == 1:
                    raise
                results.append((registration, False, error.args[0]))
            else:
                results.append((registration, True, ""))
        if len(self) == 1:
            return None
        wizard = wizard or self.env["crm.deal.registration.decide"].create(
            {"kind": "qualify", "registration_ids": [(6, 0, self.ids)]}
        )
        return wizard._show_results(results)

    def _qualify(self, kind="qualified"):
        """Make the deal an opportunity of the reseller; twice counts once.

        :param str kind: which mail tells the reseller, see ``const.MAILS``
        :raises UserError: unless the registration was submitted
        """
        self.ensure_one()
        self.env["crm.contact.key"]._reserve(self._get_claim_keys())
        self._lock_rows()
        if self.state == "qualified":
            return
        if self.state != "submitted":
            raise UserError(_("Only a submitted registration can be qualified."))
        self._update_conflicts(keep_answer=True)
        self.partner_id = self.partner_id or self._find_or_create_company()
        self.contact_id = self.contact_id or self._find_or_create_contact()
        self.lead_id = self._create_opportunity()
        # the company is known by its number now, and maybe by more than was typed
        self._claim_customer()
        self._close("qualified", keep_claims=True)
        self._grant_protection()
        self._tell_reseller(
            kind,
            lambda self: (
                _(
                    "Your registration was qualified. The deal is protected until "
                    "%(day)s as long as you work on it.",
                    day=self._format_day(self.protected_until),
                )
                if self.protection == "granted"
                else _("Your registration was qualified.")
            ),
        )

    def _return_question(self, question):
        """Ask the reseller for more information.

        :param str question: what is missing
        :raises UserError: without a question, or when it was asked too often
        """
        self.ensure_one()
        self._lock_rows()
        if not question:
            raise UserError(_("Write what is missing."))
        if self.state != "submitted":
            raise UserError(_("Only a submitted registration can be returned."))
        limit = self.company_id.reseller_registration_max_returns
        if self.return_count >= limit:
            raise UserError(
                _(
                    "This registration was returned %(count)s times: qualify or "
                    "reject it.",
                    count=self.return_count,
                )
            )
        self.write(
            {
                "state": "returned",
                "question": question[:TEXT_LENGTH],
                "returned_on": fields.Datetime.now(),
                "return_count": self.return_count + 1,
                "decision_due_on": False,
                "reminded_on": False,
            }
        )
        self._close_activities()
        self._tell_reseller(
            "returned",
            lambda self: _(
                "We need more information: %(question)s", question=self.question
            ),
        )

    def _reject(self, reason, text=None):
        """Reject the registration with a reason, which the reseller reads.

        :param reason: crm.deal.registration.reason
        :param str text: an explanation
        :raises UserError: without a reason, or in a wrong state
        """
        self.ensure_one()
        self._lock_rows()
        if self.state not in OPEN_STATES:
            raise UserError(_("This registration was decided already."))
        if not reason:
            raise UserError(_("Choose a reason."))
        self._close(
            "rejected", reason_id=reason.id, reason_text=(text or "")[:TEXT_LENGTH]
        )
        self._tell_reseller(
            "rejected",
            lambda self: " ".join(
                filter(
                    None,
                    [
                        _(
                            "Your registration was not accepted: %(reason)s.",
                            reason=self.reason_id.name,
                        ),
                        self.reason_text,
                    ],
                )
            ),
        )

    def _close(self, state, keep_claims=False, **vals):
        """Bring a registration to its end.

        :param str state: the last one
        :param bool keep_claims: whether the customer stays with the registration
        :param vals: more values
        """
        self.ensure_one()
        now = fields.Datetime.now()
        hours = 0.0
        if self.submitted_on:
            span = (self.submitted_on, now)
            hours = self.company_id._count_reseller_hours([span])[span]
        due = self.decision_due_on
        self.write(
            {
                "state": state,
                "decided_on": now,
                "decided_by_id": self.env.uid,
                "decision_hours": hours,
                "decided_in_time": bool(due and now <= due),
                **vals,
            }
        )
        if not keep_claims:
            self._release_customer()
        self._close_activities()

    def _lock_rows(self):
        """Keep others off the registrations until the transaction ends."""
        self.flush_recordset()
        lock_for_click(self)
        self.invalidate_recordset()

    # ------------------------------------------------------------
    # WHAT A QUALIFIED DEAL BECOMES
    # ------------------------------------------------------------

    def _find_or_create_company(self):
        """Return the customer's company: one that is known, or a new one."""
        known = self._find_known_companies()
        if known:
            return known[:1]
        # the form has checked the number, by the rules the company has chosen
        Partner = self.env["res.partner"].sudo().with_context(no_vat_validation=True)
        return Partner.create(self._prepare_company_vals())

    def _prepare_company_vals(self):
        """Return the values of the new company. Hook.

        :return: dict of values for ``res.partner``
        """
        code = get_prefix_country(self.vat or "")
        country = self.env["res.country"].search([("code", "=", code)], limit=1)
        return {
            "name": self.company_name,
            "country_id": code and country.id,
            "is_company": True,
            "website": self.website,
            "vat": self.vat,
            "company_id": self.reseller_id._get_reseller_company().id,
        }

    def _find_or_create_contact(self):
        """Return the customer's person: one with the same address, or a new one."""
        Partner = self.env["res.partner"].sudo()
        if not (self.first_name or self.last_name):
            return Partner
        if self.email:
            known = Partner.search(
                [
                    ("commercial_partner_id", "=", self.partner_id.id),
                    ("email_normalized", "=", self.email.strip().lower()),
                    ("is_company", "=", False),
                ],
                limit=1,
            )
            if known:
                return known
        return Partner.create(
            {
                "name": self._get_contact_name(),
                "parent_id": self.partner_id.id,
                "email": self.email,
                "phone": self.phone,
                "company_id": self.partner_id.company_id.id,
            }
        )

    def _get_contact_name(self):
        return " ".join(
            filter(None, [self.first_name, self.middle_name, self.last_name])
        )

    def _create_opportunity(self):
        """Create the opportunity and give it to the reseller, who has accepted it."""
        Lead = self.env["crm.lead"].sudo().with_context(mail_create_nosubscribe=True)
        lead = Lead.create(self._prepare_opportunity_vals())
        offers = lead._offer_registered(self.reseller_id)
        offers._accept()
        person = self.representative_id or self.author_id
        lead.write({"reseller_manual_only": False})
        if lead._is_reseller_contact(person):
            lead.reseller_contact_id = person
        documents = self._get_documents()
        lead.message_post(
            body=plaintext2html(self.requirements or self.name),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
            attachments=[(document.name, document.raw) for document in documents],
        )
        return lead

    def _prepare_opportunity_vals(self):
        """Return the values of the opportunity. Hook.

        :return: dict of values for ``crm.lead``
        """
        company = self.reseller_id._get_reseller_company()
        currency = self.company_id.currency_id
        amount = self.currency_id._convert(
            self.budget, currency, self.company_id, fields.Date.context_today(self)
        )
        direction = self.direction_id
        return {
            # without one it follows its sales team
            **({"reseller_direction_id": direction.id} if direction else {}),
            "name": self.name,
            "type": "opportunity",
            "company_id": company.id,
            "partner_id": (self.contact_id or self.partner_id).id,
            "partner_name": self.partner_id.name,
            "contact_name": self.contact_id.name or False,
            "email_from": self.contact_id.email or self.email,
            "phone": self.contact_id.phone or self.phone,
            "website": self.partner_id.website,
            "expected_revenue": amount,
            "date_deadline": self.date_deadline,
            "description": plaintext2html(
                "\n".join(filter(None, [self.product_text, self.requirements]))
            ),
            "reseller_product_id": self.product_id.id,
            "user_id": self.user_id.id,
            # the reseller is known: no rule looks for one
            "reseller_manual_only": True,
        }

    def _get_documents(self):
        """Return the documents of the registration: ir.attachment, elevated."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                order="id",
            )
        )
