from markupsafe import Markup
from werkzeug.urls import url_quote_plus

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext, is_html_empty, plaintext2html

from odoo.addons.crm_reseller_base.lib.redact import redact

from .crm_reseller_outcome import OUTCOMES


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

    # ------------------------------------------------------------
    # Who answers at the reseller
    # ------------------------------------------------------------

    def write(self, vals):
        held = {}
        if {"reseller_id", "reseller_contact_id"}.intersection(vals):
            held = {
                lead: (lead.reseller_id, lead.reseller_contact_id)
                for lead in self.sudo()
                if lead.reseller_id
            }
        result = super().write(vals)
        if held:
            self._follow_reseller_person(held)
        return result

    def _on_reseller_closed(self):
        result = super()._on_reseller_closed()
        self._settle_reseller_reports()
        return result

    def _settle_reseller_reports(self):
        """Decide the reports on leads that are closed now, however that came.

        A deal won or lost as its reseller reported confirms the report; one that
        ended otherwise does not. Either way the reseller is told.
        """
        reports = (
            self.env["crm.reseller.outcome"]
            .sudo()
            .search([("lead_id", "in", self.ids), ("state", "=", "reported")])
        )
        for report in reports:
            lead = report.lead_id
            if lead.active and not lead.stage_id.is_won:
                continue
            end = "won" if lead.active else "lost"
            report._decide("confirmed" if end == report.outcome else "rejected")
            lead._tell_reseller(report)

    def _follow_reseller_person(self, held):
        """Let the person in charge hear of a lead, and those before no longer.

        :param dict held: reseller and person of each lead before
        """
        for lead, (reseller, person) in held.items():
            if lead.reseller_id != reseller:
                lead._forget_reseller(reseller)
            elif lead.reseller_contact_id != person:
                lead.message_unsubscribe(person.ids)
            if lead.reseller_contact_id and lead.reseller_contact_id != person:
                lead.message_subscribe(lead.reseller_contact_id.ids)

    def _free_of_reseller_person(self, person):
        """Put nobody in charge, and keep in the history what that person planned."""
        self.write({"reseller_contact_id": False})
        steps = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "crm.lead"),
                    ("res_id", "in", self.ids),
                    ("user_id.partner_id", "=", person.id),
                ]
            )
        )
        planned = {
            step.res_id: step.summary or step.activity_type_id.name for step in steps
        }
        steps.unlink()
        bodies = {}
        for lead in self:
            team = lead.with_context(lang=lead._get_reseller_team_lang())
            text = team._get_person_left_text(person, planned.get(lead.id))
            bodies[lead.id] = plaintext2html(text)
        self._message_log_batch(bodies=bodies)

    def _get_person_left_text(self, person, step):
        text = _("%(person)s no longer takes care of this lead.", person=person.name)
        if step:
            text += " " + _("What was planned: %(step)s", step=step)
        return text

    def _forget_reseller(self, reseller):
        """Take a reseller's people off leads that are theirs no longer."""
        leads = self.sudo()
        people = leads.message_partner_ids.filtered(
            lambda partner: partner.commercial_partner_id == reseller
        )
        leads.message_unsubscribe(people.ids)
        leads._get_reseller_activities(reseller).unlink()
        leads.reseller_outcome_ids._decide("withdrawn")

    def _get_reseller_activities(self, reseller):
        """Return the next steps a reseller's people planned on these leads."""
        return (
            self.env["mail.activity"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", "crm.lead"),
                    ("res_id", "in", self.ids),
                    ("user_id.partner_id.commercial_partner_id", "=", reseller.id),
                ],
                ["activity_type_id", "summary", "date_deadline", "res_id"],
                order="date_deadline, id",
            )
        )

    def _check_reseller_person(self):
        """Let only those people of a reseller through who see the leads.

        :raises AccessError: for a user without a reseller's portal rights
        :raises UserError: when a colleague is in charge
        """
        user = self.env.user
        if not user.share or user._is_superuser():
            return
        if not user._get_reseller_sudo():
            raise AccessError(_("This lead is not offered to you."))
        if user._is_reseller_supervisor():
            return
        nobody = user.commercial_partner_id | user.partner_id
        for lead in self.sudo().filtered(
            lambda lead: lead.reseller_id == user.commercial_partner_id
        ):
            if lead.reseller_contact_id - nobody:
                raise UserError(
                    _(
                        "Your colleague %(name)s takes care of this lead.",
                        name=lead.reseller_contact_id.name,
                    )
                )

    def _check_reseller_access(self, operation):
        self._check_reseller_person()
        return super()._check_reseller_access(operation)

    # ------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------

    def _get_reseller_team_users(self):
        """Return who in the team hears of a reseller's doings at once. Hook."""
        lead = self[:1].sudo()
        user = lead.user_id or lead.team_id.user_id
        return user.filtered(lambda user: user.active and not user.share)

    def _get_reseller_team_lang(self):
        """Return the language the team's people read."""
        user = self._get_reseller_team_users()[:1]
        return user.lang or self.env.company.partner_id.lang or "en_US"

    def _post_reseller_notes(self, texts):
        # written by the reseller, and told to the salesperson at once
        if not self.env.user.share:
            return super()._post_reseller_notes(texts)
        for lead_id, text in texts.items():
            self.browse(lead_id)._post_as_reseller(plaintext2html(text))
        return None

    def _post_as_reseller(self, body, attachments=(), people=None):
        """Post a message by the reseller's person who acts, and tell the team.

        It is internal, so that neither the customer nor the next reseller gets it;
        the pages show it to the author's own company.

        :param body: escaped text or markup
        :param list attachments: pairs of name and content
        :param people: more partners to tell
        """
        self.ensure_one()
        partners = self._get_reseller_team_users().partner_id
        if people:
            partners |= people
        return self.sudo().message_post(
            body=body,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
            partner_ids=partners.ids,
            attachments=list(attachments),
        )

    def _notify_get_recipients_groups(
        self, message, model_description, *args, **kwargs
    ):
        """Lead the reseller's people to the lead's page, not to the backend."""
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
        """Return the page of a lead or deal on the portal."""
        self.ensure_one()
        if self.reseller_state == "accepted" and self.type == "opportunity":
            return f"/my/opportunities/{self.id}"
        return f"/my/leads/{self.id}"

    def _get_reseller_portal_url(self):
        """Return the address of the lead's page, for mails."""
        self.ensure_one()
        if not self.sudo().reseller_id:
            return ""
        return self.get_base_url() + self.sudo()._get_reseller_path()

    def action_view_as_reseller(self):
        """Open the lead's page the way its reseller sees it. For managers."""
        self.ensure_one()
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(_("Only sales administrators can do this."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_reseller_portal/preview/{self.id}",
            "target": "new",
        }

    def _get_access_action(self, access_uid=None, force_website=False):
        """Lead a reseller's user to the lead's page, whatever link was followed."""
        self.ensure_one()
        user = self.env["res.users"].sudo().browse(access_uid or self.env.uid)
        if user.share and user._get_reseller_sudo():
            return {
                "type": "ir.actions.act_url",
                "url": self.sudo()._get_reseller_path(),
                "target": "self",
                "target_type": "public",
                "res_id": self.id,
            }
        return super()._get_access_action(
            access_uid=access_uid, force_website=force_website
        )

    # ------------------------------------------------------------
    # What a reseller is shown
    # ------------------------------------------------------------

    def _get_reseller_view(self):
        """Return what the reseller that holds the lead may see of it. Hook.

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
        """Return the names of state, country, source and tags in one statement.

        Record by record they take five, and the page is for phones.
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
        if is_html_empty(self.description):
            return Markup()
        if not hidden:
            return self.description
        # what marks bold words in plain text would only confuse
        text = html2plaintext(self.description).replace("*", "")
        return plaintext2html(redact(text, self._get_reseller_secrets()))

    def _get_reseller_website(self):
        """Return the customer's site, if it is one."""
        site = self.website or ""
        return site if site.lower().startswith(("http://", "https://")) else ""

    def _get_reseller_map_url(self, view):
        """Return a link to a map of what is known of the place. Hook."""
        place = [view["street"], view["city"], view["state"], view["country"]]
        if not (view["street"] or view["city"]):
            return ""
        query = url_quote_plus(", ".join(filter(None, place)))
        return f"https://www.openstreetmap.org/search?query={query}"

    def _get_reseller_offers(self):
        """Return all offers of the lead, whoever got them, newest first."""
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
        """Return the messages a reseller may read, newest first.

        Its own people's, what is addressed to them, and what is not internal; nothing
        from, to or about another reseller, and nothing before the answer as long as
        the contact is hidden.

        :param offers: all offers of the lead, if they were read already
        :param int limit: how many of the newest to look at; None for all
        """
        return self._get_newest_reseller_messages(reseller, offers, limit)[0]

    def _get_newest_reseller_messages(self, reseller, offers=None, limit=None):
        """See `_get_reseller_messages`.

        :return: the messages, and whether there are older ones
        """
        self.ensure_one()
        Message = self.env["mail.message"].sudo()
        if self.reseller_contact_hidden:
            return Message, False
        if offers is None:
            offers = self._get_reseller_offers()
        others = offers.reseller_id - reseller
        domain = [
            ("model", "=", "crm.lead"),
            ("res_id", "=", self.id),
            ("message_type", "in", ("comment", "email", "notification")),
            "|",
            "|",
            ("author_id.commercial_partner_id", "=", reseller.id),
            ("partner_ids.commercial_partner_id", "=", reseller.id),
            "&",
            "&",
            ("is_internal", "=", False),
            ("subtype_id.internal", "=", False),
            ("message_type", "!=", "notification"),
        ]
        messages = Message.search_fetch(
            domain,
            ["author_id", "body", "date", "email_from", "model", "res_id"],
            order="id desc",
            limit=limit and limit + 1,
        )
        older = bool(limit) and len(messages) > limit
        messages = messages[:limit]
        none = others.browse()
        names = [name.lower() for name in others.mapped("name") if name]

        def is_shown(message):
            people = message.author_id | (message.partner_ids if others else none)
            if others and people.commercial_partner_id & others:
                return False
            text = html2plaintext(message.body or "").lower()
            if not text.strip() and not message.attachment_ids:
                return False
            return not any(name in text for name in names)

        return messages.filtered(is_shown), older
