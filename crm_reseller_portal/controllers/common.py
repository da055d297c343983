import ast
from datetime import datetime, time

import pytz

from odoo import _, fields
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.tools import SQL, escape_psql, format_date, format_datetime, groupby

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..lib.amounts import NumberFormat
from ..lib.dates import DateError, DateProblem, parse_date

LARGEST_ID = 2**31 - 1
# so soon a moment is named by its weekday
WEEKDAY_DAYS = 6


# Catch-alls of the routes are called `form`, never `kwargs`: Odoo's `_()` looks for a
# context in a caller's variable of that name, and a visitor can send a field `context`.


class ResellerPortal(CustomerPortal):
    """What the pages of a reseller share. It has no routes of its own."""

    _reseller_items_per_page = 20

    # ------------------------------------------------------------
    # Who is asking
    # ------------------------------------------------------------

    def _get_reseller_or_404(self):
        """Return the (elevated) company of the reseller who asks."""
        reseller_sudo = request.env.user._get_reseller_sudo()
        if not reseller_sudo:
            raise request.not_found()
        return reseller_sudo

    def _find_lead(self, lead_id):
        """Return a lead the user's own rights and rules let through, elevated.

        :return: the lead under sudo() of the user's own environment, or nothing
        """
        self._get_reseller_or_404()
        Lead = request.env["crm.lead"].with_context(active_test=False)
        if lead_id > LARGEST_ID:
            return Lead.sudo()
        # one statement for the rules and the columns
        return Lead.sudo().search_fetch(
            self._search_visible([("id", "=", lead_id)]),
            self._get_columns(Lead),
            order="id",
        )

    def _get_columns(self, model):
        """Return the names of the columns that one read brings along anyway."""
        return [
            name
            for name, field in model._fields.items()
            if field.store and field.column_type and field.prefetch is True
        ]

    def _search_visible(self, domain=()):
        """Narrow `domain` to the leads the user's own rights and rules let through.

        The result is for a search under sudo(), which also looks at fields that
        only the pages may read.
        """
        Lead = request.env["crm.lead"].with_context(active_test=False)
        return [("id", "in", Lead._search([])), *domain]

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _get_timezone(self):
        user = request.env.user
        return user.tz or user.company_id.partner_id.tz or "UTC"

    def _describe_moment(self, moment):
        """Return a moment the way people say it: "Friday 15:00"."""
        if not moment:
            return ""
        zone = pytz.timezone(self._get_timezone())
        today = pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()
        day = pytz.utc.localize(moment).astimezone(zone).date()
        near = abs((day - today).days) <= WEEKDAY_DAYS
        words = format_datetime(
            request.env,
            moment,
            tz=self._get_timezone(),
            dt_format="EEEE HH:mm" if near else "d MMMM y, HH:mm",
            lang_code=request.env.lang,
        )
        return words if self._get_timezone() != "UTC" else f"{words} UTC"

    def _describe_day(self, day):
        return format_date(request.env, day) if day else ""

    def _get_today(self):
        return fields.Date.context_today(
            request.env.user.with_context(tz=self._get_timezone())
        )

    def _get_lang_code(self):
        """Return the language the page is in: what it shows is what it reads."""
        return request.env.lang or request.env.user.lang or "en_US"

    def _get_number_format(self):
        lang = request.env["res.lang"]._lang_get(self._get_lang_code())
        # "[3,2,0]": three digits, then two, and so on
        sizes = tuple(
            size for size in ast.literal_eval(lang.grouping or "[]") if size > 0
        )
        return NumberFormat(lang.decimal_point, lang.thousands_sep or "", sizes or (3,))

    def _get_date_format(self):
        lang = request.env["res.lang"]._lang_get(self._get_lang_code())
        return lang.date_format

    def _read_date(self, text, **limits):
        """Return the day typed; see `parse_date`."""
        return parse_date(text, self._get_date_format(), **limits)

    def _explain_date_error(self, error):
        return {
            DateProblem.UNREADABLE: _(
                "This is not a date. Write it like %(example)s.",
                example=self._describe_day(self._get_today()),
            ),
            DateProblem.TOO_EARLY: _("This day is too long ago."),
            DateProblem.TOO_LATE: _("This day is too far ahead."),
        }[error.problem]

    # ------------------------------------------------------------
    # Pages
    # ------------------------------------------------------------

    def _prepare_reseller_values(self, reseller_sudo, page_name, title):
        """Values each page of a reseller needs. Hook."""
        values = self._prepare_portal_layout_values()
        values.update(
            page_name=page_name,
            # the browser's title, with and without Website
            title=f"{title} | {request.env.company.name}",
            heading=title,
            reseller=reseller_sudo,
            reseller_level=reseller_sudo.reseller_level_id,
            reseller_supervisor=request.env.user._is_reseller_supervisor(),
            preview=False,
            describe_moment=self._describe_moment,
            describe_day=self._describe_day,
            reseller_crumbs=[],
            errors={},
            typed={},
            done=None,
            get_field_id=self._get_field_ids().get,
        )
        return values

    def _get_field_ids(self):
        """Return where on the page each field is that may be wrong. Hook."""
        return {}

    def _mark_errors(self, values):
        """Let the browser's title say that something is wrong, as it is read first."""
        if values["errors"]:
            values["title"] = _("Please check: %(title)s", title=values["title"])

    def _prepare_reseller_page(self, page_name, title, **extra):
        """Values of a page with the two big buttons and their counts."""
        values = self._prepare_reseller_values(
            self._get_reseller_or_404(), page_name, title
        )
        return {**values, "reseller_counts": self._count_reseller_leads(), **extra}

    def _count_reseller_leads(self):
        """Return how many leads wait, were accepted, and are worked as deals."""
        Lead = request.env["crm.lead"].sudo()
        counts = {"waiting": 0, "accepted": 0, "leads": 0, "opportunities": 0}
        groups = Lead._read_group(
            self._search_visible(self._get_open_domain()),
            ["reseller_state", "type"],
            ["__count"],
        )
        for state, lead_type, count in groups:
            if state == "pending":
                counts["waiting"] += count
            elif lead_type == "lead":
                counts["accepted"] += count
            else:
                counts["opportunities"] += count
        counts["leads"] = counts["waiting"] + counts["accepted"]
        return counts

    def _get_open_domain(self):
        won = ("stage_id", "in", self._search_won_stages())
        return [("active", "=", True), "|", ("stage_id", "=", False), "!", won]

    @staticmethod
    def _search_won_stages():
        """The stages of won deals, without a join: one pass can count many choices."""
        return request.env["crm.stage"].sudo()._search([("is_won", "=", True)])

    def _get_leads_domain(self):
        """Offers waiting for an answer, and accepted leads not yet converted."""
        return [
            *self._get_open_domain(),
            "|",
            ("reseller_state", "=", "pending"),
            "&",
            ("reseller_state", "=", "accepted"),
            ("type", "=", "lead"),
        ]

    def _get_opportunities_domain(self):
        """The deals: open, won and lost."""
        return [("reseller_state", "=", "accepted"), ("type", "=", "opportunity")]

    def _render_gone(self, lead_id):
        """Answer for a lead that is not, or no longer, this user's.

        Whose company never held it reads that nothing is there, be it somebody
        else's or nobody's; whose company did is told what became of it, and nothing
        else.
        """
        reseller_sudo = self._get_reseller_or_404()
        offer_sudo = request.env["crm.reseller.offer"].sudo()
        if lead_id <= LARGEST_ID:
            offer_sudo = offer_sudo.search(
                [("lead_id", "=", lead_id), ("reseller_id", "=", reseller_sudo.id)],
                order="id desc",
                limit=1,
            )
        values = self._prepare_reseller_page(
            "reseller_gone",
            _("Nothing left to do here") if offer_sudo else _("There is nothing here"),
            explanation=(
                self._explain_gone(offer_sudo)
                if offer_sudo
                else _(
                    "This lead is not among yours. It may have been merged with "
                    "another one or removed, or the address is not complete."
                )
            ),
        )
        return request.render(
            "crm_reseller_portal.portal_lead_gone", values, status=404
        )

    def _explain_gone(self, offer_sudo):
        """Say in a sentence what became of an offer."""
        moment = self._describe_moment(offer_sudo.answered_on)
        if offer_sudo.state == "declined":
            return _("Your company declined this lead on %(moment)s.", moment=moment)
        if offer_sudo.state == "expired":
            return _(
                "The time to answer was over on %(moment)s, so the lead was passed on.",
                moment=moment,
            )
        lead_sudo = offer_sudo.lead_id
        if (
            lead_sudo.reseller_id == offer_sudo.reseller_id
            and lead_sudo.reseller_contact_id
        ):
            return _(
                "Your colleague %(name)s takes care of this lead.",
                name=lead_sudo.reseller_contact_id.name,
            )
        return _("Our team has taken this lead back.")

    def _render_refused(self, sentence, lead_id):
        """Answer when what was asked for can no longer be done: say why."""
        values = self._prepare_reseller_page(
            "reseller_gone",
            _("This could not be done"),
            explanation=sentence,
            lead=self._find_lead(lead_id),
        )
        return request.render(
            "crm_reseller_portal.portal_lead_gone", values, status=409
        )

    def _run(self, function, *args, **named):
        """Call one method of the model; undo all of it when it refuses.

        :return: None, or the sentence why not
        """
        try:
            with request.env.cr.savepoint():
                function(*args, **named)
        except (AccessError, UserError) as error:
            return str(error.args[0])
        return None

    # ------------------------------------------------------------
    # Lists
    # ------------------------------------------------------------

    def _prepare_list_values(self, values, options, form):
        """Values of a searched, sorted, filtered, grouped and paged list.

        :param dict values: of the page; extended
        :param dict options: url, domain, and dictionaries `sortings`, `filters` and
            `groupings` from a key to label and meaning; the first of each is taken
            for an unknown key
        :param dict form: what the visitor asked for, as text
        """
        choice = {
            name: form[name] if form.get(name) in options[plural] else default
            for name, plural in (
                ("sortby", "sortings"),
                ("filterby", "filters"),
                ("groupby", "groupings"),
            )
            for default in [next(iter(options[plural]))]
        }
        who = form.get("who")
        mine = values["reseller_supervisor"] and who == "mine"
        search = (form.get("search") or "").replace("\x00", "").strip()[:100]
        dates, date_errors = self._read_date_range(form)
        found = [
            *options["domain"],
            *(self._get_search_domain(search) if search else []),
            *(("reseller_offered_on", operator, moment) for operator, moment in dates),
        ]
        filters = {key: each["domain"] for key, each in options["filters"].items()}
        whose = {"all": [], "mine": self._get_mine_domain()}
        person = whose["mine" if mine else "all"]
        chosen = filters[choice["filterby"]]
        # one statement counts what each choice would bring
        counts = self._count_choices(
            found,
            {
                **{("filter", key): each + person for key, each in filters.items()},
                **{("whose", key): chosen + each for key, each in whose.items()},
            },
        )
        total = counts["filter", choice["filterby"]]
        domain = self._search_visible([*found, *chosen, *person])

        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        url_args = {
            **{
                name: key
                for name, key in choice.items()
                if name in form and key == form[name]
            },
            **({"search": search} if search else {}),
            **({"who": "mine"} if who == "mine" else {}),
            **{
                name: form[name]
                for name in ("date_begin", "date_end")
                if form.get(name) and name not in date_errors
            },
        }
        pager = portal_pager(
            url=options["url"],
            url_args=url_args,
            total=total,
            page=form.get("page") or 1,
            step=self._reseller_items_per_page,
        )
        grouping = options["groupings"][choice["groupby"]]
        order = options["sortings"][choice["sortby"]]["order"]
        if grouping.get("order"):
            order = f"{grouping['order']}, {order}"
        leads = Lead.search_fetch(
            domain,
            self._get_columns(Lead),
            order=order,
            limit=self._reseller_items_per_page,
            offset=pager["offset"],
        )
        key = grouping.get("key")
        values.update(
            choice,
            leads=leads,
            lead_groups=(
                [(name, Lead.concat(*group)) for name, group in groupby(leads, key)]
                if key
                else [("", leads)]
            ),
            total=total,
            filter_counts={key: counts["filter", key] for key in filters},
            whose_labels={
                "all": _("All (%(count)s)", count=counts["whose", "all"]),
                "mine": _("My (%(count)s)", count=counts["whose", "mine"]),
            },
            pager=pager,
            search=search,
            who=who,
            now=fields.Datetime.now(),
            date_begin=form.get("date_begin") or "",
            date_end=form.get("date_end") or "",
            errors=date_errors,
            options=options,
            list_url=options["url"],
            narrowed=bool(search or dates or mine or choice["filterby"] != "all"),
        )
        return values

    def _get_mine_domain(self):
        return [("reseller_contact_id", "=", request.env.user.partner_id.id)]

    def _count_choices(self, domain, choices):
        """Count the visible leads of a domain for each choice, in one statement.

        :param list domain: what all the choices have in common
        :param dict choices: from a key to the domain that a choice adds
        :return: dict of key and number
        """
        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        table = SQL.identifier(Lead._table)
        columns = []
        for choice in choices.values():
            query = Lead._search(choice)
            condition = query.where_clause or SQL("TRUE")
            if query.from_clause != table:
                condition = SQL(
                    "%s IN %s", SQL.identifier(Lead._table, "id"), query.subselect()
                )
            columns.append(SQL("COUNT(*) FILTER (WHERE %s)", condition))
        query = Lead._search(self._search_visible(domain))
        request.env.flush_all()
        request.env.cr.execute(query.select(*columns))
        return dict(zip(choices, request.env.cr.fetchone(), strict=True))

    def _get_search_domain(self, search):
        """Where the words of the search box are looked for. Hook."""
        words = escape_psql(search)
        shown = [[(name, "ilike", words)] for name in ("partner_name", "city", "zip")]
        personal = [[(name, "ilike", words)] for name in ("name", "contact_name")]
        if (
            request.env["res.company"]
            .sudo()
            .search_count([("reseller_hide_contact_details", "=", True)], limit=1)
        ):
            # to find a lead by what is hidden would be to find out
            accepted = ("reseller_state", "=", "accepted")
            personal = [["&", accepted, *leaf] for leaf in personal]
        terms = shown + personal
        return ["|"] * (len(terms) - 1) + [leaf for term in terms for leaf in term]

    def _read_date_range(self, form):
        """Return the conditions of the date range, and what cannot be read."""
        conditions, errors = [], {}
        zone = pytz.timezone(self._get_timezone())
        for name, operator, moment in (
            ("date_begin", ">=", time.min),
            ("date_end", "<=", time.max),
        ):
            text = (form.get(name) or "").strip()
            if not text:
                continue
            try:
                day = self._read_date(text)
            except DateError as error:
                errors[name] = self._explain_date_error(error)
                continue
            local = zone.localize(datetime.combine(day, moment))
            conditions.append(
                (operator, local.astimezone(pytz.utc).replace(tzinfo=None))
            )
        return conditions, errors
