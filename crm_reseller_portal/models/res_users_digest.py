from datetime import timedelta

from odoo import _, api, models

LINES = 5
# a deal on which nothing was done for so long is called idle
IDLE_DAYS = 14
# older messages of the team no longer wait for an answer
MESSAGE_DAYS = 60
MESSAGES_READ = 50
# the most leads of a person that are looked at
MOST = 200
COLUMNS = [
    "name",
    "type",
    "partner_name",
    "city",
    "country_id",
    "company_id",
    "team_id",
    "reseller_id",
    "reseller_state",
    "reseller_due_on",
    "reseller_step_type",
    "reseller_step_note",
    "reseller_step_date",
    "reseller_worked_on",
]
# a channel manager hears of offers that are due within
SOON_HOURS = 24


class ResUsers(models.Model):
    """What waits for a person: the start page shows it, and the digest mails it.

    A section, made by ``_prepare_digest_section``, is a dict with ``key``, ``title``
    (plain text), ``url`` (of the whole list), ``total``, ``more`` (text of the link to
    the whole list), ``sequence``, ``colour`` (``danger``, ``warning``, ``info`` or
    ``secondary``), ``icon`` (class of an icon, such as ``fa-inbox``) and ``lines``:
    dicts with ``title``, ``url``, ``detail`` (plain text) and ``deadline``
    (``Deadline`` or None).
    """

    _inherit = "res.users"

    @api.model
    def _prepare_digest_section(
        self,
        key,
        title,
        lines,
        *,
        url,
        sequence,
        icon,
        total=None,
        more="",
        colour="info",
    ):
        """Return a section of what waits for a person.

        :param str key: name of the section
        :param str title: plain text
        :param list lines: dicts with ``title``, ``url``, and where there are any
            ``detail`` (plain text) and ``deadline`` (``Deadline``)
        :param str url: of the whole list
        :param int sequence: its place among the sections
        :param str icon: class of an icon, such as ``fa-inbox``
        :param int total: how many there are in all; as many as lines if left out
        :param str more: text of the link to the whole list; without it there is none
        :param str colour: ``danger``, ``warning``, ``info`` or ``secondary``
        :return: dict, see the class
        """
        return {
            "key": key,
            "title": title,
            "url": url,
            "total": len(lines) if total is None else total,
            "more": more,
            "sequence": sequence,
            "colour": colour,
            "icon": icon,
            "lines": [{"detail": "", "deadline": None, **line} for line in lines],
        }

    # ------------------------------------------------------------
    # PEOPLE OF RESELLERS
    # ------------------------------------------------------------

    def _get_reseller_digest_sections(self, formats, limit=LINES):
        """What waits for a person of a reseller, in the language of the context. Hook.

        Each section is one search in the person's own domain: who may see what is
        decided there, so it is asked person by person.

        :param formats: ``PageFormats`` of the person
        :param int limit: the most lines of a section
        :return: list of sections, see the class; none of them is empty
        """
        self.ensure_one()
        if not self._get_reseller_sudo():
            return []
        waiting, due, idle = self._find_digest_leads(formats)
        sections = [
            self._get_offers_section(formats, waiting, limit),
            self._get_messages_section(formats, limit),
            self._get_steps_section(formats, due, limit),
            self._get_idle_section(formats, idle, limit),
        ]
        return [section for section in sections if section["lines"]]

    def _find_digest_leads(self, formats):
        """What waits for the person: three kinds of leads in one search.

        :param formats: ``PageFormats`` of the person
        :return: tuple of crm.lead, elevated: offers, the most urgent first; deals whose
            next step is due; accepted leads on which nothing was done for long and
            nothing is planned
        """
        Lead = self.env["crm.lead"].sudo().with_context(active_test=False)
        leads = Lead.search_fetch(
            [
                *self._get_reseller_lead_domain(),
                *Lead._get_reseller_open_domain(),
                "|",
                "|",
                ("reseller_state", "=", "pending"),
                ("reseller_step_date", "<=", formats.today),
                "&",
                ("reseller_step_date", "=", False),
                ("reseller_worked_on", "<", formats.now - timedelta(days=IDLE_DAYS)),
            ],
            COLUMNS,
            # offers first: "pending" comes after "accepted"
            order="reseller_state desc, reseller_due_on, id",
            limit=MOST,
        )
        pending = leads.filtered(lambda lead: lead.reseller_state == "pending")
        due = (leads - pending).filtered("reseller_step_date")
        return (
            pending,
            due.sorted("reseller_step_date"),
            (leads - pending - due).sorted("reseller_worked_on"),
        )

    def _get_offers_section(self, formats, waiting, limit):
        """Offers that wait for an answer, the most urgent first.

        :param formats: ``PageFormats`` of the person
        :param waiting: crm.lead, elevated
        :param int limit: the most lines
        :return: dict, see the class
        """
        total = len(waiting)
        # what the others hold is not read
        leads = waiting.browse(waiting.ids[:limit])
        first = formats.deadline(leads[:1].reseller_due_on)
        return self._prepare_digest_section(
            "waiting",
            self._describe_waiting(total, first),
            [
                {
                    "title": lead.reseller_title,
                    "url": f"/my/leads/{lead.id}",
                    "detail": ", ".join(
                        filter(
                            None, (lead.partner_name, lead.city, lead.country_id.name)
                        )
                    ),
                    "deadline": formats.deadline(lead.reseller_due_on),
                }
                for lead in leads
            ],
            url="/my/leads?filterby=waiting",
            sequence=10,
            icon="fa-inbox",
            total=total,
            more=_("Show all %(count)s", count=total),
            colour="danger" if first and first.overdue else "warning",
        )

    def _describe_waiting(self, count, first):
        """A sentence about the offers that wait for an answer.

        :param int count: how many
        :param first: ``Deadline`` of the most urgent one, or None
        :return: text in the language of the reader
        """
        if count == 1 and not first:
            return _("1 lead is waiting for your answer")
        if not first:
            return _("%(count)s leads are waiting for your answer", count=count)
        names = {"count": count, "moment": first.words}
        if count == 1 and first.overdue:
            return _(
                "1 lead is waiting for your answer; it was due %(moment)s", **names
            )
        if count == 1:
            return _("1 lead is waiting for your answer; it is due %(moment)s", **names)
        if first.overdue:
            return _(
                "%(count)s leads are waiting for your answer; the first was due "
                "%(moment)s",
                **names,
            )
        return _(
            "%(count)s leads are waiting for your answer; the first is due %(moment)s",
            **names,
        )

    def _get_messages_section(self, formats, limit):
        """What the team wrote on accepted leads since the reseller did anything.

        :param formats: ``PageFormats`` of the person
        :param int limit: the most lines
        :return: dict, see the class
        """
        Lead = self.env["crm.lead"].sudo().with_context(active_test=False)
        mine = Lead._search(
            [
                *self._get_reseller_lead_domain(),
                *Lead._get_reseller_open_domain(),
                ("reseller_state", "=", "accepted"),
            ]
        )
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        messages = (
            self.env["mail.message"]
            .sudo()
            .search_fetch(
                [
                    ("reseller_id", "=", self._get_reseller_sudo().id),
                    ("reseller_from_team", "=", True),
                    ("model", "=", "crm.lead"),
                    "|",
                    ("reseller_visible", "=", True),
                    "&",
                    "&",
                    ("subtype_id", "=", comment),
                    ("is_internal", "=", False),
                    ("date", ">", formats.now - timedelta(days=MESSAGE_DAYS)),
                    ("res_id", "in", mine),
                ],
                ["res_id", "author_id", "date"],
                order="id desc",
                limit=MESSAGES_READ,
            )
        )
        newest = {}
        for message in messages:
            newest.setdefault(message.res_id, message)
        waiting = []
        for lead in Lead.browse(newest):
            message = newest[lead.id]
            # read: something was done since
            if lead.reseller_worked_on and lead.reseller_worked_on >= message.date:
                continue
            waiting.append((lead, message))
        total = len(waiting)
        return self._prepare_digest_section(
            "messages",
            (
                _("Our team wrote to you about 1 lead")
                if total == 1
                else _("Our team wrote to you about %(count)s leads", count=total)
            ),
            [
                {
                    "title": lead.reseller_title,
                    "url": f"{lead._get_reseller_path()}#history",
                    "detail": f"{message.author_id.name}, "
                    f"{formats.moment(message.date)}",
                }
                for lead, message in waiting[:limit]
            ],
            url="/my/opportunities",
            sequence=20,
            icon="fa-comment",
            total=total,
            more=_("Show all opportunities"),
        )

    def _get_steps_section(self, formats, due, limit):
        """Next steps whose day has come.

        :param formats: ``PageFormats`` of the person
        :param due: crm.lead, elevated
        :param int limit: the most lines
        :return: dict, see the class
        """
        total = len(due)
        leads = due.browse(due.ids[:limit])
        late = any(lead.reseller_step_date < formats.today for lead in leads[:1])
        return self._prepare_digest_section(
            "steps",
            (
                _("1 next step is due")
                if total == 1
                else _("%(count)s next steps are due", count=total)
            ),
            self._get_deal_lines(leads, self._get_step_detail, formats),
            url="/my/opportunities" + ("?filterby=overdue" if late else ""),
            sequence=30,
            icon="fa-calendar-check-o",
            total=total,
            more=_("Show all opportunities"),
            colour="warning" if late else "info",
        )

    def _get_deal_lines(self, leads, get_detail, formats):
        """A line for each of some deals.

        :param leads: crm.lead, elevated
        :param get_detail: method that says more of a lead
        :param formats: ``PageFormats`` of the person
        :return: list of dict, see the class
        """
        return [
            {
                "title": lead.reseller_title,
                "url": lead._get_reseller_path(),
                "detail": get_detail(lead, formats),
            }
            for lead in leads
        ]

    # a sentence is put together where self is known, and with it the reader's language:
    # inside a list or a lambda without it, it stays English

    def _get_step_detail(self, lead, formats):
        """What is next on a deal, and when.

        :param lead: crm.lead
        :param formats: ``PageFormats`` of the person
        :return: sentence
        """
        return _(
            "%(step)s (%(day)s)",
            step=lead._get_step_text(),
            day=formats.day(lead.reseller_step_date),
        )

    def _get_idle_detail(self, lead, formats):
        """Since when nothing was done on a deal.

        :param lead: crm.lead
        :param formats: ``PageFormats`` of the person
        :return: sentence
        """
        return _(
            "nothing new since %(day)s",
            day=formats.day(lead.reseller_worked_on.date()),
        )

    def _get_idle_section(self, formats, idle, limit):
        """Accepted leads on which nothing was done for long, and nothing is planned.

        :param formats: ``PageFormats`` of the person
        :param idle: crm.lead, elevated
        :param int limit: the most lines
        :return: dict, see the class
        """
        total = len(idle)
        leads = idle.browse(idle.ids[:limit])
        return self._prepare_digest_section(
            "idle",
            (
                _("1 lead has been quiet for long")
                if total == 1
                else _("%(count)s leads have been quiet for long", count=total)
            ),
            self._get_deal_lines(leads, self._get_idle_detail, formats),
            url="/my/opportunities",
            sequence=40,
            icon="fa-hourglass-half",
            total=total,
            more=_("Show all opportunities"),
            colour="secondary",
        )

    # ------------------------------------------------------------
    # CHANNEL MANAGERS
    # ------------------------------------------------------------

    def _get_channel_domain(self):
        """The leads a channel manager looks after: of a direction or a company.

        :return: domain of crm.lead; None for anybody else
        """
        self.ensure_one()
        companies = (
            self.env["res.company"]
            .sudo()
            .search([("reseller_channel_manager_id", "=", self.id)])
        )
        directions = (
            self.env["crm.reseller.direction"]
            .sudo()
            .search([("user_id", "=", self.id)])
        )
        mine = [("reseller_direction_id", "in", directions.ids)]
        if not companies:
            return mine if directions else None
        # a direction with a manager of its own is that manager's
        return [
            "|",
            *mine,
            "&",
            "|",
            ("reseller_direction_id", "=", False),
            ("reseller_direction_id.user_id", "=", False),
            *self.env["crm.lead"]._get_reseller_company_domain(companies),
        ]

    def _get_channel_digest_sections(self, formats, limit=LINES):
        """What a channel manager should look at, within the manager's rights. Hook.

        :param formats: ``PageFormats`` of the manager
        :param int limit: the most lines of a section
        :return: list of sections, see the class; none of them is empty
        """
        self.ensure_one()
        scope = self._get_channel_domain()
        if scope is None:
            return []
        soon = formats.now + timedelta(hours=SOON_HOURS)
        idle = formats.now - timedelta(days=IDLE_DAYS)
        pending = ("reseller_state", "=", "pending")
        accepted = ("reseller_state", "=", "accepted")
        reported = (
            self.env["crm.reseller.outcome"]
            .sudo()
            ._search([("state", "=", "reported")])
        )
        found = [
            self._get_channel_section(
                "unassigned",
                lambda count, self=self: _(
                    "Leads without a reseller: %(count)s", count=count
                ),
                [*scope, ("reseller_assign_issue", "!=", False)],
                "create_date, id",
                lambda lead: formats.moment(lead.create_date),
                limit,
            ),
            self._get_channel_section(
                "due",
                lambda count, self=self: _(
                    "Offers due within a day: %(count)s", count=count
                ),
                [*scope, pending, ("reseller_due_on", "<", soon)],
                "reseller_due_on, id",
                lambda lead: formats.moment(lead.reseller_due_on),
                limit,
            ),
            self._get_channel_section(
                "reported",
                lambda count, self=self: _(
                    "Reported results to confirm: %(count)s", count=count
                ),
                [*scope, ("reseller_outcome_ids", "in", reported)],
                "id",
                lambda lead: "",
                limit,
            ),
            self._get_channel_section(
                "idle",
                lambda count, self=self: _(
                    "Leads that went quiet: %(count)s", count=count
                ),
                [
                    *scope,
                    accepted,
                    ("reseller_worked_on", "<", idle),
                    ("stage_id.is_won", "=", False),
                ],
                "reseller_worked_on, id",
                lambda lead: formats.moment(lead.reseller_worked_on),
                limit,
            ),
        ]
        return [section for section in found if section["lines"]]

    def _get_channel_section(self, key, describe, domain, order, get_moment, limit):
        """A section of a channel manager's digest.

        :param str key: of the section
        :param describe: function of a number to the title
        :param list domain: of crm.lead
        :param str order: as for a search
        :param get_moment: function of a lead to a text
        :param int limit: the most lines
        :return: dict, see the class
        """
        Lead = (
            self.env["crm.lead"]
            .with_user(self)
            .with_context(allowed_company_ids=self.sudo().company_ids.ids)
        )
        leads = Lead.search(domain, order=order, limit=limit + 1)
        total = len(leads)
        if total > limit:
            total = Lead.search_count(domain)
        return self._prepare_digest_section(
            key,
            describe(total),
            [
                {
                    "title": lead.name,
                    "url": f"/mail/view?model=crm.lead&res_id={lead.id}",
                    "detail": ", ".join(
                        filter(None, (lead.reseller_id.sudo().name, get_moment(lead)))
                    ),
                }
                for lead in leads[:limit]
            ],
            url="/web#action=crm_reseller_base.crm_reseller_offer_action",
            sequence=10,
            icon="fa-users",
            total=total,
            more=_("Show the offers"),
        )
