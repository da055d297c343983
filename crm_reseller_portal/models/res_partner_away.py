from odoo import _, api, fields, models
from odoo.osv.expression import FALSE_DOMAIN
from odoo.tools import format_date

from odoo.addons.crm_reseller_base.compat import get_all_groups_field

from .res_users import USER_GROUP


class ResPartner(models.Model):
    """Resellers and their people who are away: no automatic leads meanwhile."""

    _inherit = "res.partner"

    reseller_away_from = fields.Datetime(
        string="Away from", readonly=True, copy=False, groups="base.group_user"
    )
    reseller_away_until = fields.Datetime(
        string="Away until",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The reseller says so on the portal, for the company or a person. "
        "Meanwhile the company gets no automatic leads, and offers that would expire "
        "go on to others. A company is away, too, while all its people are.",
    )
    reseller_away = fields.Boolean(
        string="Away Now",
        compute="_compute_reseller_away",
        search="_search_reseller_away",
        groups="base.group_user",
    )
    reseller_away_text = fields.Char(
        string="Absence", compute="_compute_reseller_away", groups="base.group_user"
    )

    # ------------------------------------------------------------
    # WHO IS AWAY
    # ------------------------------------------------------------

    @api.depends("reseller_away_from", "reseller_away_until")
    @api.depends_context("lang", "tz")
    def _compute_reseller_away(self):
        absences = self._get_reseller_absences()
        for partner in self:
            spans = absences.get(partner._origin.id)
            partner.reseller_away = bool(spans)
            own = partner.reseller_away_from, partner.reseller_away_until
            start, end = spans or own
            text = ""
            if end and end >= fields.Datetime.now():
                text = _(
                    "Away from %(start)s until %(end)s",
                    start=partner._format_away(start),
                    end=partner._format_away(end),
                )
            partner.reseller_away_text = text

    def _format_away(self, moment):
        """A day of an absence, in the zone of who reads it.

        :param datetime moment: naive, in UTC
        :return: text
        """
        local = fields.Datetime.context_timestamp(self, moment)
        return format_date(self.env, local.date())

    @api.model
    def _search_reseller_away(self, operator, value):
        """Find companies and people who are away now.

        :param str operator: operator of the search
        :param value: what is looked for
        :return: domain
        """
        wants_away = (operator in ("=", "in")) == bool(value)
        away = list(self._get_reseller_absences())
        return [("id", "in" if wants_away else "not in", away)]

    @api.model
    def _get_reseller_absences(self, now=None):
        """The companies and people who are away at a moment.

        A company is away when it says so, and while all its people are.

        :param datetime now: naive, in UTC
        :return: dict from the id of a partner to the pair of first and last moment
        """
        now = now or fields.Datetime.now()
        away = self.sudo().search(
            [("reseller_away_until", ">=", now), ("reseller_away_from", "<=", now)]
        )
        spans = {
            partner.id: (partner.reseller_away_from, partner.reseller_away_until)
            for partner in away
        }
        people = away.filtered(lambda partner: partner.parent_id)
        companies = people.commercial_partner_id.filtered(
            lambda company: company.reseller_level_id and company.id not in spans
        )
        if not companies:
            return spans
        present = (
            self.env["res.users"]
            .sudo()
            .search(self._get_present_users_domain(companies, people))
            .partner_id.commercial_partner_id
        )
        for company in companies - present:
            theirs = [
                spans[person.id]
                for person in people
                if person.commercial_partner_id == company
            ]
            spans[company.id] = (
                max(start for start, _end in theirs),
                min(end for _start, end in theirs),
            )
        return spans

    @api.model
    def _get_present_users_domain(self, companies, people):
        """Who can answer for some resellers while some people are away.

        :param companies: res.partner
        :param people: res.partner who are away
        :return: domain of res.users
        """
        group_id = self.env["ir.model.data"].sudo()._xmlid_to_res_id(USER_GROUP)
        if not group_id:
            return FALSE_DOMAIN
        return [
            ("partner_id.commercial_partner_id", "in", companies.ids),
            ("partner_id", "not in", people.ids),
            (get_all_groups_field(self.env.user), "in", [group_id]),
        ]

    def _is_away_at(self, moment):
        """Whether this partner said to be away at a moment.

        :param datetime moment: naive, in UTC
        :return: bool
        """
        start, end = self.reseller_away_from, self.reseller_away_until
        return bool(start and end) and start <= moment <= end

    # ------------------------------------------------------------
    # WHAT THEY SAY
    # ------------------------------------------------------------

    def _reseller_set_away(self, start, end):
        """Say when this person, or this company, is away.

        The team reads it on the company; leads that would expire go on.

        :param datetime start: naive, in UTC
        :param datetime end: naive, in UTC; the last moment
        :raises AccessError: for others than oneself, and for users for the company
        """
        self._check_may_be_away()
        person = self.sudo()
        now = fields.Datetime.now()
        before = person.reseller_away_from
        # what has begun begins no second time
        if start <= now and person._is_away_at(now):
            start = before
        if (before, person.reseller_away_until) == (start, end):
            return
        person.write({"reseller_away_from": start, "reseller_away_until": end})
        self._log_away("_get_away_words")
        self._on_reseller_away()

    def _reseller_end_away(self):
        """This person, or this company, is there again."""
        self._check_may_be_away()
        if not self.sudo().reseller_away_until:
            return
        self.sudo().write({"reseller_away_from": False, "reseller_away_until": False})
        self._log_away("_get_back_words")

    def _check_may_be_away(self):
        """Everyone for oneself, supervisors for the company.

        :raises AccessError: for anything else
        """
        self.ensure_one()
        if self != self.env.user.partner_id:
            self._check_reseller_supervisor()

    def _on_reseller_away(self):
        """Let offers go on that would expire meanwhile, where it begins now."""
        Lead = self.env["crm.lead"].sudo()
        # what follows is the system's: the reseller neither withdraws nor assigns
        leads = Lead.with_user(self.env.ref("base.user_root"))._search_absent(
            self.commercial_partner_id
        )
        leads._move_on_absent()

    def _log_away(self, get_words):
        """Note an absence in the history of the company, for the team.

        :param str get_words: name of the method that puts it into words
        """
        reseller = self.sudo().commercial_partner_id
        manager = reseller._get_reseller_channel_manager()
        team = self.sudo().with_context(lang=manager.lang or self.env.lang)
        reseller._message_log(
            body=getattr(team, get_words)(), author_id=self.env.user.partner_id.id
        )

    def _get_away_words(self):
        """The note that somebody is going to be away.

        :return: plain text in the language of the context
        """
        return _(
            "%(name)s is away from %(start)s until %(end)s.",
            name=self.name,
            start=self._format_away(self.reseller_away_from),
            end=self._format_away(self.reseller_away_until),
        )

    def _get_back_words(self):
        """The note that somebody is there again.

        :return: plain text in the language of the context
        """
        return _("%(name)s is back.", name=self.name)

    @api.depends("reseller_away_until")
    def _compute_display_name(self):
        """Add to the load of a reseller that it is away."""
        super()._compute_display_name()
        if not self.env.context.get("reseller_show_load"):
            return
        absences = self._get_reseller_absences()
        for partner in self.filtered("reseller_level_id"):
            if partner.id in absences:
                partner.display_name = _(
                    "%(name)s, away until %(day)s",
                    name=partner.display_name,
                    day=partner._format_away(absences[partner.id][1]),
                )
