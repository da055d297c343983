import re
from dataclasses import dataclass

from markupsafe import Markup
from werkzeug.urls import url_quote_plus

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext, is_html_empty, plaintext2html

from .crm_reseller_outcome import OUTCOMES

STEP_TYPES = [
    ("call", "Call"),
    ("email", "E-mail"),
    ("visit", "Visit"),
    ("offer", "Offer"),
]
STEP_FIELDS = ("reseller_step_type", "reseller_step_date", "reseller_step_note")

# ------------------------------------------------------------
# OPERATIONS
# ------------------------------------------------------------

SUPERVISORS = frozenset({"supervisor"})
EVERYONE = frozenset({"user", "supervisor"})


@dataclass(frozen=True)
class Operation:
    """Who of a reseller may do something with a lead, and when.

    Which switch of the level allows it is in ``crm_reseller_level.OPERATIONS``.

    :param own: roles that may do it on leads that they or no one takes care of
    :param colleagues: roles that may do it on leads a colleague takes care of
    :param accepted: whether the reseller has to have accepted the lead
    :param open: whether the lead must be neither won nor lost
    :param team: whether internal users may do it, too, with their own rights; the
        method itself then checks the state of the lead
    """

    own: frozenset = EVERYONE
    colleagues: frozenset = SUPERVISORS
    accepted: bool = True
    open: bool = True
    team: bool = False


# the one table of what the roles may do on the portal; see ``_get_reseller_operations``
OPERATIONS = {
    "accept": Operation(team=True),
    "decline": Operation(team=True),
    "convert": Operation(team=True),
    "return": Operation(team=True),
    "ask": Operation(accepted=False),
    "attach": Operation(open=False),
    "remove": Operation(),
    "edit": Operation(),
    "contact": Operation(),
    "report": Operation(),
    "progress": Operation(),
    "task": Operation(),
    "delegate": Operation(own=SUPERVISORS, accepted=False, open=False),
}


class CrmLead(models.Model):
    """Who at the reseller looks after a lead, and what the reseller is shown."""

    _inherit = "crm.lead"

    reseller_outcome_ids = fields.One2many(
        "crm.reseller.outcome", "lead_id", string="Reported Results"
    )
    reseller_reported_outcome_id = fields.Many2one(
        "crm.reseller.outcome",
        string="Result to Confirm",
        compute="_compute_reseller_reported_outcome_id",
        groups="sales_team.group_sale_salesman",
    )
    reseller_reported_outcome = fields.Selection(
        OUTCOMES,
        string="Reported Result",
        compute="_compute_reseller_reported_outcome_id",
        groups="sales_team.group_sale_salesman",
    )

    reseller_reported_text = fields.Char(
        string="What Was Reported",
        compute="_compute_reseller_reported_outcome_id",
        groups="sales_team.group_sale_salesman",
    )
    reseller_step_type = fields.Selection(
        STEP_TYPES,
        string="Reseller's Next Step",
        readonly=True,
        copy=False,
        help="What the reseller plans to do next.",
    )
    reseller_step_date = fields.Date(
        string="Date of Next Step", readonly=True, copy=False
    )
    reseller_step_note = fields.Char(
        string="Note on Next Step", readonly=True, copy=False
    )

    @api.depends("reseller_outcome_ids.state")
    def _compute_reseller_reported_outcome_id(self):
        reports = self.env["crm.reseller.outcome"].search(
            [("lead_id", "in", self.ids), ("state", "=", "reported")]
        )
        by_lead = {report.lead_id.id: report for report in reports}
        for lead in self:
            report = by_lead.get(lead._origin.id)
            lead.reseller_reported_outcome_id = report
            lead.reseller_reported_outcome = report and report.outcome
            lead.reseller_reported_text = report and report._get_details_text()

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        before = self._get_reseller_people()
        told = self._get_reseller_told_values()
        result = super().write(vals)
        self._on_reseller_people_changed(before)
        self._on_reseller_told_changed(told)
        return result

    def _get_reseller_people(self):
        """Who holds and who works the leads of resellers.

        :return: dict from leads, elevated, to pairs of reseller and person in charge
        """
        return {
            lead: (lead.reseller_id, lead.reseller_contact_id)
            for lead in self.sudo()
            if lead.reseller_id
        }

    def _on_reseller_people_changed(self, before):
        """Do what follows when leads left their reseller or were handed on.

        :param dict before: see ``_get_reseller_people``
        """
        leads = self.sudo()
        released, left, joined = {}, {}, {}
        for lead in leads:
            contact = lead.reseller_contact_id
            reseller, person = before.get(lead, (lead.reseller_id, contact.browse()))
            if reseller != lead.reseller_id:
                released[lead.id] = reseller.id
            elif person and person != contact:
                left[lead.id] = person.id
            if contact != person and lead._is_reseller_contact(contact):
                joined.setdefault(contact, []).append(lead.id)
        if released:
            leads.browse(released)._release_from_resellers(released)
        if left:
            leads._unfollow(
                [("partner_id", "in", list(set(left.values())))],
                lambda follower: follower.partner_id.id == left.get(follower.res_id),
            )
        for person, ids in joined.items():
            leads.browse(ids).message_subscribe(person.ids)

    def _unfollow(self, domain, is_meant):
        """Remove followers of these leads, different ones of each.

        :param list domain: narrows the followers down
        :param is_meant: function from a ``mail.followers``: whether it is removed
        """
        self.env["mail.followers"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), *domain]
        ).filtered(is_meant).unlink()

    def _is_reseller_contact(self, person):
        """Whether a person is an active contact of the lead's reseller.

        :param person: res.partner
        :return: bool
        """
        self.ensure_one()
        return (
            bool(person)
            and person.active
            and person.commercial_partner_id == self.reseller_id
        )

    def _on_reseller_closed(self):
        """Settle the reports of resellers that no longer wait for anything. Hook.

        :return: None
        """
        result = super()._on_reseller_closed()
        self._settle_reseller_reports()
        return result

    def _settle_reseller_reports(self):
        """Decide the reports on leads that are closed now, in any way.

        A deal won or lost as its reseller reported confirms the report; one that
        ended otherwise does not. The reseller is notified in both cases.
        """
        reports = (
            self.env["crm.reseller.outcome"]
            .sudo()
            .search([("lead_id", "in", self.ids), ("state", "=", "reported")])
        )
        for report in reports:
            lead = report.lead_id
            if lead._is_reseller_open():
                continue
            end = "won" if lead.active else "lost"
            report._decide("confirmed" if end == report.outcome else "rejected")
            lead._notify_report_author(report)

    # ------------------------------------------------------------
    # PEOPLE OF THE RESELLER
    # ------------------------------------------------------------

    def _unassign_reseller_contact(self, person):
        """Put no one in charge any more; the next step stays for a colleague.

        :param person: res.partner that worked the leads
        """
        self.write({"reseller_contact_id": False})
        bodies = {}
        for lead in self:
            team = lead.with_context(lang=lead._get_reseller_team_lang())
            bodies[lead.id] = plaintext2html(team._get_person_left_text(person))
        self._message_log_batch(bodies=bodies)

    def _get_person_left_text(self, person):
        """The sentence for the team when a person no longer takes care of a lead.

        :param person: res.partner
        :return: text in the language of the context
        """
        self.ensure_one()
        text = _("%(person)s no longer takes care of this lead.", person=person.name)
        if self.reseller_step_type:
            text += " " + _("What was planned: %(step)s", step=self._get_step_text())
        return text

    def _release_from_resellers(self, holders):
        """Take the people, next steps and reports of resellers off leads they lost.

        :param dict holders: id of the reseller that held the lead, by the lead's id
        """
        leads = self.sudo()
        leads._unfollow(
            [("partner_id.commercial_partner_id", "in", list(set(holders.values())))],
            lambda follower: (
                follower.partner_id.commercial_partner_id.id
                == holders.get(follower.res_id)
            ),
        )
        planned = leads.filtered("reseller_step_type")
        if planned:
            planned.write(dict.fromkeys(STEP_FIELDS, False))
        leads.reseller_outcome_ids.filtered(
            lambda report: report.reseller_id.id == holders.get(report.lead_id.id)
        )._decide("withdrawn")

    # ------------------------------------------------------------
    # WHO MAY DO WHAT
    # ------------------------------------------------------------

    @api.model
    def _get_reseller_operations(self):
        """What resellers can do on the portal, and who of them may. Hook.

        :return: dict from the names of operations to ``Operation``
        """
        return dict(OPERATIONS)

    def _check_reseller_access(self, operation):
        """Let the people of the leads' resellers pass, as their roles allow.

        :param str operation: one of ``_get_reseller_operations``
        :return: the leads, elevated
        :raises AccessError: for anyone else, and for shared users who do not come from
            a page of the portal
        :raises UserError: with the reason why the operation is not allowed
        """
        leads = super()._check_reseller_access(operation)
        leads._check_reseller_role(operation)
        rule = self._get_reseller_operations()[operation]
        if not rule.team:
            for lead in leads:
                lead._check_reseller_level(operation)
                lead._check_reseller_operation(rule)
        return leads

    def _check_reseller_role(self, operation):
        """Check what the user's role allows on leads in charge of whom.

        :param str operation: one of ``_get_reseller_operations``
        :raises AccessError: for users without a role at the leads' reseller
        :raises UserError: when a colleague is in charge
        """
        rule = self._get_reseller_operations()[operation]
        user = self.env.user
        if user._is_superuser() or (not user.share and rule.team):
            return
        reseller = user._get_reseller_sudo()
        if not reseller:
            raise AccessError(_("This lead is not offered to you."))
        role = user._get_reseller_role()
        mine = user.partner_id | reseller
        for lead in self.sudo():
            if not rule.team and lead.reseller_id != reseller:
                raise AccessError(_("This lead is not offered to you."))
            colleague = lead.reseller_id == reseller and lead.reseller_contact_id - mine
            if role in (rule.colleagues if colleague else rule.own):
                continue
            if role not in rule.own:
                raise AccessError(_("Only supervisors can do this."))
            raise UserError(
                _(
                    "Your colleague %(name)s takes care of this lead.",
                    name=lead.reseller_contact_id.name,
                )
            )

    def _get_reseller_allowed(self):
        """Return what the user's role and the reseller's level allow with the lead.

        Managers who look at a page as its reseller sees it see what supervisors see.

        :return: frozenset of names of operations, see ``_get_reseller_operations``;
            the state of the lead may still be in their way
        """
        self.ensure_one()
        level = self.sudo().reseller_id.reseller_level_id
        return frozenset(
            operation
            for operation in self._get_reseller_operations()
            if level
            and level._allows(operation)
            and self._is_reseller_role_allowed(operation)
        )

    def _is_reseller_role_allowed(self, operation):
        """Whether the role of the user allows an operation; people inside have none.

        :param str operation: key of an operation
        :return: bool
        """
        if not self.env.user.share:
            return True
        try:
            self._check_reseller_role(operation)
        except UserError:
            return False
        return True

    def _check_reseller_operation(self, rule):
        """Check what the state of a lead allows.

        :param rule: ``Operation``
        :raises UserError: with the sentence the reseller reads
        """
        self.ensure_one()
        if rule.accepted and self.reseller_state != "accepted":
            raise UserError(_("Accept the lead first."))
        if rule.open and not self._is_reseller_open():
            raise UserError(_("This deal is closed: nothing can be changed."))

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _get_reseller_team_users(self):
        """Who in the team is notified at once of what a reseller does. Hook.

        :return: the salesperson; the team leader where that is no active user
        """
        lead = self[:1].sudo()
        users = lead.user_id | lead.team_id.user_id
        return users.filtered(lambda user: user.active and not user.share)[:1]

    def _get_reseller_team_lang(self):
        """The language of the first person of the team.

        :return: code of a language, such as ``de_DE``
        """
        user = self._get_reseller_team_users()[:1]
        return user.lang or self.env.company.partner_id.lang or "en_US"

    def _post_reseller_notes(self, texts):
        """Post texts as the reseller where a shared user acts, so that the team is
        notified.

        :param dict texts: plain text by id of lead
        :return: what ``super`` returns for a user of the team, None for a shared user
        """
        # written by the reseller, and sent to the salesperson at once
        if not self.env.user.share:
            return super()._post_reseller_notes(texts)
        for lead_id, text in texts.items():
            self.browse(lead_id)._post_as_reseller(plaintext2html(text))
        return None

    def _post_as_reseller(self, body, attachments=(), people=None):
        """Post a message by the reseller's person who acts, and notify the team.

        It is internal, so that neither the customer nor the next reseller gets it;
        the pages show it to the author's own company.

        :param body: escaped text or markup
        :param list attachments: pairs of name and content
        :param people: more partners to notify
        :return: the posted mail.message, elevated
        """
        self.ensure_one()
        partners = self._get_reseller_team_users().partner_id
        if people:
            partners |= people
        return self.sudo().message_post(
            body=body,
            author_id=self._get_reseller_author().id,
            subtype_xmlid="mail.mt_note",
            partner_ids=partners.ids,
            attachments=list(attachments),
        )

    def _get_reseller_author(self):
        """The person of the reseller that acts. Hook.

        :return: res.partner
        """
        return self.env.user.partner_id

    def _notify_get_recipients_groups(
        self, message, model_description, *args, **kwargs
    ):
        """Lead the reseller's people to the lead's page, not to the backend.

        :param message: the mail.message to send
        :param model_description: name of the model, for the mail
        :param args: further arguments of Odoo, passed on
        :param kwargs: further arguments of Odoo, passed on
        :return: list of triples of name, filter of recipients and dict, as Odoo defines
            it
        """
        groups = super()._notify_get_recipients_groups(
            message, model_description, *args, **kwargs
        )
        if len(self) != 1 or not self.sudo().reseller_id:
            return groups
        lead = self.sudo()
        people = set(
            self.env["res.partner"]
            .sudo()
            .search([("commercial_partner_id", "=", lead.reseller_id.id)])
            .ids
        )
        opportunity = lead.reseller_state == "accepted" and lead.type == "opportunity"
        access = {
            "url": self.get_base_url() + lead._get_reseller_path(),
            "title": _("Open the opportunity") if opportunity else _("Open the lead"),
        }
        group = (
            "reseller",
            lambda pdata: pdata["type"] != "user" and pdata["id"] in people,
            {"active": True, "has_button_access": True, "button_access": access},
        )
        return [group, *groups]

    def _get_reseller_path(self):
        """The path of a lead's or deal's page on the portal.

        :return: path below the portal's address
        """
        self.ensure_one()
        if self.reseller_state == "accepted" and self.type == "opportunity":
            return f"/my/opportunities/{self.id}"
        return f"/my/leads/{self.id}"

    def _get_reseller_portal_url(self):
        """The address of the lead's page, for mails.

        :return: URL, empty without a reseller
        """
        self.ensure_one()
        if not self.sudo().reseller_id:
            return ""
        return self.get_base_url() + self.sudo()._get_reseller_path()

    def action_view_as_reseller(self):
        """Open the lead's page the way its reseller sees it. For managers.

        :return: action of type ``ir.actions.act_url``
        :raises AccessError: for users who are not sales administrators
        """
        self.ensure_one()
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(_("Only sales administrators can do this."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_reseller_portal/preview/{self.id}",
            "target": "new",
        }

    # ------------------------------------------------------------
    # WHAT A RESELLER IS SHOWN
    # ------------------------------------------------------------

    def _get_reseller_view(self):
        """What the reseller that holds the lead may see of it. Hook.

        Everything personal passes through here, so that it is left out, not hidden,
        while it must not be seen.

        :return: dict of plain values for the pages
        """
        self.ensure_one()
        hidden = self.reseller_contact_hidden
        state, country, source, tags = self._get_reseller_words()
        view = {
            "hidden": hidden,
            "title": self.reseller_title,
            "company": self.partner_name
            or self.partner_id.commercial_partner_id.filtered("is_company").name
            or "",
            "city": " ".join(filter(None, [self.zip, self.city])),
            "state": state or "",
            "country": country or "",
            "source": source or "",
            "tags": tags,
            "description": self._get_reseller_description(hidden),
            "street": "",
            "contact": "",
            "function": "",
            "email": "",
            "phones": [],
            "website": "",
        }
        if not hidden:
            phones = [self.phone, "mobile" in self._fields and self.mobile]
            view.update(
                contact=self.contact_name
                or self.partner_id.filtered(lambda p: not p.is_company).name
                or "",
                function=self.function or "",
                email=self.email_from or "",
                phones=list(dict.fromkeys(filter(None, phones))),
                website=self._get_reseller_website(),
                street=", ".join(filter(None, [self.street, self.street2])),
            )
        view["map_url"] = self._get_reseller_map_url(view)
        return view

    def _get_reseller_words(self):
        """The names of state, country, source and tags in one statement.

        Record by record they take five, and the page is for phones.

        :return: tuple of the three names, each None when empty, and the list of the
            tags' names
        """
        self.ensure_one()
        self.flush_recordset(["state_id", "country_id", "source_id", "tag_ids"])
        names = [
            self.env[model]._field_to_sql(alias, "name")
            for model, alias in (
                ("res.country.state", "state"),
                ("res.country", "country"),
                ("utm.source", "source"),
                ("crm.tag", "tag"),
            )
        ]
        self.env.cr.execute(
            SQL(
                """
                SELECT %s, %s, %s, ARRAY(
                    SELECT %s
                      FROM crm_tag_rel AS rel
                      JOIN crm_tag AS tag ON tag.id = rel.tag_id
                     WHERE rel.lead_id = lead.id
                     ORDER BY tag.id)
                  FROM crm_lead AS lead
             LEFT JOIN res_country_state AS state ON state.id = lead.state_id
             LEFT JOIN res_country AS country ON country.id = lead.country_id
             LEFT JOIN utm_source AS source ON source.id = lead.source_id
                 WHERE lead.id = %s
                """,
                *names,
                self.id,
            )
        )
        return self.env.cr.fetchone()

    def _get_reseller_description(self, hidden):
        """The lead's description as its reseller may read it.

        :param bool hidden: whether details of the customer are masked
        :return: Markup, empty when there is no text
        """
        if is_html_empty(self.description):
            return Markup()
        if not hidden:
            return self.description
        return plaintext2html(self._get_reseller_request_text(hidden))

    def _get_reseller_website(self):
        """The customer's site, where it is an address on the web.

        :return: URL or empty text
        """
        site = self.website or ""
        return site if site.lower().startswith(("http://", "https://")) else ""

    def _get_reseller_map_url(self, view):
        """A link to a map of the known address. Hook.

        :param dict view: what the page shows of the lead; read are ``street``,
            ``city``, ``state`` and ``country``, all texts
        :return: URL, empty without street and city
        """
        place = [view["street"], view["city"], view["state"], view["country"]]
        if not (view["street"] or view["city"]):
            return ""
        query = url_quote_plus(", ".join(filter(None, place)))
        return f"https://www.openstreetmap.org/search?query={query}"

    def _get_reseller_offers(self):
        """All offers of the lead to all resellers, newest first.

        :return: crm.reseller.offer, elevated
        """
        self.ensure_one()
        return (
            self.env["crm.reseller.offer"]
            .sudo()
            .search_fetch(
                [("lead_id", "=", self.id)],
                ["reseller_id", "method", "distance_km", "state"],
                order="id desc",
            )
        )

    def _get_reseller_messages(self, reseller, offers=None, limit=None):
        """The messages a reseller may read, newest first.

        Its own people's, what is addressed to them, and what is not internal; nothing
        from, to or about another reseller, and nothing before the answer as long as
        the contact is hidden.

        :param reseller: res.partner, the company that reads
        :param offers: all offers of the lead, if they were read already
        :param int limit: how many of the newest to look at; None for all
        :return: mail.message, elevated
        """
        return self._get_newest_reseller_messages(reseller, offers, limit)[0]

    def _get_newest_reseller_messages(self, reseller, offers=None, limit=None):
        """The newest messages a reseller may read, and whether there are older ones.

        :param reseller: res.partner, the company that reads
        :param offers: all offers of the lead, if they were read already
        :param int limit: how many of the newest to look at; None for all
        :return: the messages, and whether there are older ones
        """
        self.ensure_one()
        Message = self.env["mail.message"].sudo()
        if offers is None:
            offers = self._get_reseller_offers()
        others = offers.reseller_id - reseller
        domain = [
            ("model", "=", "crm.lead"),
            ("res_id", "=", self.id),
            ("message_type", "in", ("comment", "email", "notification")),
        ]
        own = [
            "|",
            ("author_id.commercial_partner_id", "=", reseller.id),
            # the team wrote to this reseller
            "&",
            ("reseller_visible", "=", True),
            ("reseller_id", "=", reseller.id),
        ]
        if self.reseller_contact_hidden:
            # what the customer wrote may say who it is
            domain += own
        else:
            domain += [
                "|",
                "|",
                *own,
                ("partner_ids.commercial_partner_id", "=", reseller.id),
                "&",
                "&",
                ("is_internal", "=", False),
                ("subtype_id.internal", "=", False),
                ("message_type", "!=", "notification"),
            ]
        messages = Message.search_fetch(
            domain,
            [
                "author_id",
                "body",
                "date",
                "email_from",
                "model",
                "res_id",
                "reseller_id",
            ],
            order="id desc",
            limit=limit and limit + 1,
        )
        older = bool(limit) and len(messages) > limit
        messages = messages[:limit]
        names = self._get_whole_names(others)

        def is_shown(message):
            """Whether the reseller may read a message.

            :param message: mail.message
            :return: bool
            """
            people = message.author_id | message.partner_ids if others else others
            if people.commercial_partner_id & others:
                return False
            # the team wrote it when another reseller held the lead
            if message.reseller_id & others and self._is_from_team(message):
                return False
            text = html2plaintext(message.body or "")
            if not text.strip() and not message.attachment_ids:
                return False
            return not (names and names.search(text))

        return messages.filtered(is_shown), older

    def _is_from_team(self, message):
        """Whether a person of the team wrote a message.

        :param message: mail.message
        :return: bool
        """
        return any(not user.share for user in message.author_id.user_ids)

    def _get_whole_names(self, resellers):
        """A pattern that finds the whole names of resellers.

        :param resellers: res.partner
        :return: compiled pattern that ignores case, None without names
        """
        names = [re.escape(name.strip()) for name in resellers.mapped("name") if name]
        if not names:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE)

    def _get_step_text(self):
        """The next step in words: its kind and note.

        :return: text in the language of the context, empty without a step
        """
        self.ensure_one()
        kinds = dict(
            self._fields["reseller_step_type"]._description_selection(self.env)
        )
        kind = kinds.get(self.reseller_step_type, "")
        note = self.reseller_step_note
        return f"{kind}: {note}" if note else kind

    # ------------------------------------------------------------
    # MERGING
    # ------------------------------------------------------------

    def _merge_dependences(self, opportunities):
        """Keep all reports, and the next step of the lead that is worked.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        """
        tail = opportunities.sudo()
        steps = {
            lead: [lead[name] for name in STEP_FIELDS]
            for lead in self.sudo() | tail
            if lead.reseller_step_type
        }
        holders = {lead: lead.reseller_id for lead in steps}
        reports = tail.reseller_outcome_ids
        result = super()._merge_dependences(opportunities)
        head = self.sudo()
        self._merge_reseller_reports(reports)
        fitting = [lead for lead in steps if holders[lead] == head.reseller_id]
        if fitting and head.reseller_id:
            chosen = head if head in fitting else fitting[0]
            head.write(dict(zip(STEP_FIELDS, steps[chosen], strict=True)))
        return result

    def _merge_reseller_reports(self, reports):
        """Move reports to the lead that stays; one of them at most waits.

        :param reports: crm.reseller.outcome of the leads that go
        """
        head = self.sudo()
        waiting = (head.reseller_outcome_ids | reports).filtered(
            lambda report: report.state == "reported"
        )
        kept = waiting.filtered(
            lambda report: report.reseller_id == head.reseller_id
        ).sorted(lambda report: (report.lead_id != head, -report.id))[:1]
        (waiting - kept)._decide("withdrawn")
        if reports:
            # one statement for the lead that stays needs the others to be closed
            self.env.flush_all()
            reports.write({"lead_id": head.id})
        if kept:
            head._ask_to_confirm_result()
