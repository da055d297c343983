from datetime import datetime

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.tools import SQL

from .crm_reseller_onboarding_step_kinds import ANSWERED_IN_TIME

STATES = [("open", "In Progress"), ("done", "Done"), ("stopped", "Stopped")]
# steps that need nothing more
FINISHED = ("done", "skipped")
# what a step is before it is observed
WANTED = ("pending", "reopened")
# news on the home page at once
MOST_NEWS = 3
TEMPLATE = "crm_reseller_onboarding.mail_template_onboarding_done"


class CrmResellerOnboarding(models.Model):
    """A reseller on its way through a track.

    Nothing is ticked by the reseller: each step is done when what it asks for was
    observed. ``_observe`` looks, at the events and once a night. While an onboarding is
    open, it limits how many leads the reseller may hold.
    """

    _name = "crm.reseller.onboarding"
    _inherit = "crm.reseller.bundle.mixin"
    _description = "Onboarding of a Reseller"
    _order = "started_on desc, id desc"
    _rec_name = "reseller_id"

    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        help="The only company the reseller works for. Empty: all companies.",
    )
    track_id = fields.Many2one(
        "crm.reseller.onboarding.track",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    activation_id = fields.Many2one(
        related="track_id.activation_id", string="Activation"
    )
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, index=True
    )
    started_on = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    finished_on = fields.Datetime(readonly=True)
    progress_ids = fields.One2many(
        "crm.reseller.onboarding.progress", "onboarding_id", string="Steps"
    )
    current_step_id = fields.Many2one(
        "crm.reseller.onboarding.step",
        string="Current Step",
        compute="_compute_progress",
        store=True,
        index=True,
        group_expand="_expand_steps",
        help="The first step that is not done.",
    )
    done_count = fields.Integer(
        string="Steps Done", compute="_compute_progress", store=True
    )
    step_count = fields.Integer(string="Steps", compute="_compute_progress", store=True)
    done_share = fields.Float(
        string="Done (%)", compute="_compute_progress", store=True, group_operator="avg"
    )
    is_waiting = fields.Boolean(
        string="Waiting for Approval", compute="_compute_progress", store=True
    )
    answered_count = fields.Integer(
        string="Leads Answered in Time",
        readonly=True,
        help="Offers that were answered in time since the start.",
    )
    capacity_limit = fields.Integer(
        string="Open Leads at Most",
        compute="_compute_capacity_limit",
        store=True,
        help="How many open leads the onboarding allows now. 0: it does not limit.",
    )
    moved_on = fields.Datetime(
        string="Last Step on", readonly=True, help="When a step was done or skipped."
    )
    first_offer_id = fields.Many2one(
        "crm.reseller.offer",
        string="First Accepted Lead",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    first_accepted_on = fields.Datetime(readonly=True, index="btree_not_null")
    first_accepted_days = fields.Float(
        string="Days to the First Accepted Lead",
        readonly=True,
        digits=(8, 1),
        group_operator="avg",
        help="From the start of the reseller's first track.",
    )

    def init(self):
        # a reseller goes one track at a time, even when two transactions start it
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_onboarding_one_open "
            "ON crm_reseller_onboarding (reseller_id) WHERE state = 'open'"
        )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("progress_ids.state", "progress_ids.sequence")
    def _compute_progress(self):
        for onboarding in self:
            progress = onboarding.progress_ids.sorted(
                lambda each: (each.sequence, each.step_id.id)
            )
            finished = progress.filtered(lambda each: each.state in FINISHED)
            onboarding.current_step_id = (progress - finished)[:1].step_id
            onboarding.done_count = len(finished)
            onboarding.step_count = len(progress)
            onboarding.done_share = (
                100.0 * len(finished) / len(progress) if progress else 0.0
            )
            onboarding.is_waiting = any(each.state == "waiting" for each in progress)

    @api.depends(
        "state",
        "answered_count",
        "track_id.start_capacity",
        "track_id.lead_gain",
        "progress_ids.state",
        "progress_ids.step_id.capacity_gain",
    )
    def _compute_capacity_limit(self):
        for onboarding in self:
            track = onboarding.track_id
            limit = 0
            if onboarding.state == "open" and track.start_capacity:
                finished = onboarding.progress_ids.filtered(
                    lambda each: each.state in FINISHED
                )
                limit = (
                    track.start_capacity
                    + sum(finished.step_id.mapped("capacity_gain"))
                    + onboarding.answered_count * track.lead_gain
                )
            onboarding.capacity_limit = limit

    @api.model
    def _expand_steps(self, steps, domain, *args):
        """Show a column on the board for each step of the tracks shown.

        :param steps: crm.reseller.onboarding.step of the records found
        :param list domain: of the search
        :param args: see ``base``
        :return: crm.reseller.onboarding.step
        """
        tracks = steps.track_id or self.env["crm.reseller.onboarding.track"].search(
            [], limit=None
        )
        return steps.search([("track_id", "in", tracks.ids)])

    # ------------------------------------------------------------
    # START AND END
    # ------------------------------------------------------------

    @api.model
    def _start(self, resellers):
        """Start the tracks that the activations of resellers ask for.

        Those who are on such a track already, or went it before, are left alone.

        :param resellers: res.partner
        :return: crm.reseller.onboarding, elevated, those that were started
        """
        resellers = resellers.sudo().filtered(
            lambda partner: partner.active and partner.reseller_level_id
        )
        Onboarding = self.sudo()
        tracks = self.env["crm.reseller.onboarding.track"]._get_tracks(resellers)
        known = {
            (each.reseller_id, each.track_id)
            for each in Onboarding.search(
                [
                    ("reseller_id", "in", [reseller.id for reseller in tracks]),
                    ("state", "in", ("open", "done")),
                ]
            )
        }
        started = Onboarding.create(
            [
                {
                    "reseller_id": reseller.id,
                    "company_id": reseller._get_reseller_company().id,
                    "track_id": track.id,
                }
                for reseller, track in tracks.items()
                if (reseller, track) not in known
            ]
        )
        started._observe()
        return started

    def _stop(self):
        """End tracks that no longer fit the resellers' activations."""
        self.sudo().filtered(lambda each: each.state == "open").write(
            {"state": "stopped", "finished_on": fields.Datetime.now()}
        )

    def _finish(self):
        """All steps are done: the next activation follows, and the resellers know."""
        finished = self.filtered(lambda each: each.state == "open")
        if not finished:
            return
        finished.write({"state": "done", "finished_on": fields.Datetime.now()})
        followed = finished.browse()
        by_next = finished.grouped(lambda each: each.track_id.next_activation_id)
        for activation, group in by_next.items():
            # a manager may have gone ahead meanwhile
            group = group.filtered(
                lambda each: each.reseller_id.reseller_activation_id
                == each.track_id.activation_id
            )
            if activation.active and group:
                group.reseller_id.reseller_activation_id = activation
                followed |= group
        robot = self.env.ref("base.partner_root")
        for onboarding in finished:
            reseller = onboarding.reseller_id
            lang = reseller._get_reseller_channel_manager().lang or self.env.lang
            reseller._message_log(
                body=onboarding.with_context(lang=lang)._get_done_text(
                    onboarding in followed
                ),
                author_id=robot.id,
            )
        finished._send_done_mails()

    def _get_done_text(self, followed):
        """What the reseller's history says when all steps are done.

        :param bool followed: whether the next activation was given
        :return: text in the language of the context
        """
        self.ensure_one()
        if not followed:
            return _("All steps of %(track)s are done.", track=self.track_id.name)
        return _(
            "All steps of %(track)s are done. The activation is now %(activation)s.",
            track=self.track_id.name,
            activation=self.track_id.next_activation_id.name,
        )

    def _send_done_mails(self):
        """Notify the resellers that their onboarding is done."""
        told = self.filtered(lambda each: each._get_people())
        told._queue_template_mails(TEMPLATE, is_internal=True)

    def _get_people(self):
        """Who at the reseller hears of the onboarding.

        :return: res.partner, elevated: the people with access, else the company, where
            it has an e-mail address
        """
        self.ensure_one()
        reseller = self.sudo().reseller_id
        people = reseller._get_reseller_users_sudo().partner_id
        return (people or reseller).filtered("email")

    def _has_next_activation(self):
        """Whether another activation followed.

        :return: bool
        """
        self.ensure_one()
        reseller = self.reseller_id
        return reseller.reseller_activation_id == self.track_id.next_activation_id

    # ------------------------------------------------------------
    # WHAT IS OBSERVED
    # ------------------------------------------------------------

    @api.model
    def _observe_resellers(self, resellers, *kinds):
        """Look at the open steps of some resellers. Called at each event.

        :param resellers: res.partner
        :param str kinds: the kinds of steps that the event is about; all if left out
        """
        if not resellers:
            return
        self.sudo().search(
            [("reseller_id", "in", resellers.ids), ("state", "=", "open")]
        )._observe(kinds)

    def _observe(self, kinds=()):
        """Look whether steps are done, and go on from there.

        The number of statements does not grow with the number of onboardings.

        :param kinds: keys of kinds of steps to look at; all if empty
        """
        waiting = self.sudo().filtered(lambda each: each.state == "open")
        if not waiting:
            return
        waiting._add_missing_progress()
        waiting._count_answers()
        by_kind = waiting.progress_ids.filtered(
            lambda each: each.state != "skipped"
        ).grouped(lambda each: each.step_id.kind)
        for kind, progress in by_kind.items():
            if kinds and kind not in kinds:
                continue
            steps = progress.step_id
            evidence = steps._observe_kind(kind, progress.reseller_id)
            if evidence is not None:
                progress._apply_evidence(
                    evidence, steps._get_onboarding_step_types()[kind].lasts
                )
        waiting.filtered(
            lambda each: each.progress_ids and not each.current_step_id
        )._finish()

    def _add_missing_progress(self):
        """Give each onboarding a row for each step of its track."""
        rows = []
        for onboarding in self:
            missing = onboarding.track_id.step_ids - onboarding.progress_ids.step_id
            rows += [
                {"onboarding_id": onboarding.id, "step_id": step.id} for step in missing
            ]
        if rows:
            self.env["crm.reseller.onboarding.progress"].create(rows)

    def _count_answers(self):
        """Count the offers answered in time, and note the first accepted lead."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT onboarding.id, COUNT(*)
                  FROM crm_reseller_onboarding AS onboarding
                  JOIN crm_reseller_offer AS offer
                    ON offer.reseller_id = onboarding.reseller_id
                   AND offer.answered_on >= onboarding.started_on
                 WHERE onboarding.id = ANY(%s) AND %s
              GROUP BY onboarding.id
                """,
                self.ids,
                SQL(ANSWERED_IN_TIME),
            )
        )
        counts = dict(self.env.cr.fetchall())
        changed = self.filtered(
            lambda each: each.answered_count != counts.get(each.id, 0)
        )
        for count, group in changed.grouped(
            lambda each: counts.get(each.id, 0)
        ).items():
            group.answered_count = count
        self._note_first_accepted()

    def _note_first_accepted(self):
        """Keep when the resellers accepted their first lead, on their first track.

        Leads accepted before the start make a reseller no newcomer.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE crm_reseller_onboarding AS onboarding
               SET first_offer_id = first.id,
                   first_accepted_on = first.answered_on,
                   first_accepted_days = EXTRACT(
                       EPOCH FROM first.answered_on - onboarding.started_on) / 86400
              FROM (SELECT DISTINCT ON (offer.reseller_id)
                           offer.id, offer.reseller_id, offer.answered_on
                      FROM crm_reseller_offer AS offer
                     WHERE offer.reseller_id = ANY(%s)
                       AND offer.state IN ('accepted', 'returned')
                       AND offer.method NOT IN ('registered', 'imported')
                  ORDER BY offer.reseller_id, offer.answered_on, offer.id) AS first
             WHERE onboarding.first_offer_id IS NULL
               AND onboarding.id = (
                       SELECT own.id FROM crm_reseller_onboarding AS own
                        WHERE own.reseller_id = first.reseller_id
                     ORDER BY own.started_on, own.id LIMIT 1)
               AND first.answered_on >= onboarding.started_on
            """,
            [self.reseller_id.ids],
        )
        if self.env.cr.rowcount:
            self.invalidate_model(
                ["first_offer_id", "first_accepted_on", "first_accepted_days"],
                flush=False,
            )

    @api.model
    def _cron_observe_onboarding(self, auto_commit=False):
        """Look at all open onboardings: what no event reported is found here.

        :param bool auto_commit: commit per bundle
        """
        waiting = self.sudo().search([("state", "=", "open")], order="id", limit=None)
        self._in_bundles(
            waiting.ids, lambda onboardings: onboardings._observe(), auto_commit
        )

    # ------------------------------------------------------------
    # THE PORTAL
    # ------------------------------------------------------------

    @api.model
    def _get_portal_sql(self, reseller):
        """The steps of a reseller's open onboarding, with what pages show of them.

        :param reseller: res.partner, elevated
        :return: SQL, a row for each step, see ``_read_for_portal``
        """
        Step = self.env["crm.reseller.onboarding.step"]
        Track = self.env["crm.reseller.onboarding.track"]
        return SQL(
            """
            SELECT %s AS track, entry.capacity_limit AS "limit",
                   reseller.reseller_capacity AS capacity,
                   reseller.reseller_max_open_leads AS own, step.id AS step,
                   %s AS name, %s AS description, step.kind, step.profile_field,
                   step.resource_id, step.agreement_id, step.capacity_gain AS gain,
                   progress.state, progress.done_on
              FROM crm_reseller_onboarding AS entry
              JOIN res_partner AS reseller ON reseller.id = entry.reseller_id
              JOIN crm_reseller_onboarding_track AS track
                ON track.id = entry.track_id
              JOIN crm_reseller_onboarding_progress AS progress
                ON progress.onboarding_id = entry.id
              JOIN crm_reseller_onboarding_step AS step ON step.id = progress.step_id
             WHERE entry.reseller_id = %s AND entry.state = 'open'
          ORDER BY progress.sequence, progress.id
            """,
            Track._field_to_sql("track", "name"),
            Step._field_to_sql("step", "name"),
            Step._field_to_sql("step", "description"),
            reseller.id,
        )

    @api.model
    def _read_for_portal(self, reseller):
        """What pages show of a reseller's open onboarding, in one statement.

        :param reseller: res.partner, elevated
        :return: dict with ``name`` (of the track), ``limit`` (that of the onboarding),
            ``capacity`` (that applies), ``own`` (the reseller's own limit) and
            ``rows``: list of dict with ``step`` (id), ``name``, ``description``,
            ``kind``, ``profile_field``, ``resource_id``, ``agreement_id``, ``gain``,
            ``state`` and ``done_on``, in their order; None without an open onboarding
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT json_agg(entry) FROM (%s) AS entry",
                self._get_portal_sql(reseller),
            )
        )
        return self._parse_portal_rows(self.env.cr.fetchone()[0])

    @api.model
    def _read_home(self, user, today):
        """What the home page shows beyond the portal's own, in one statement.

        :param user: res.users of a reseller
        :param date today: the person's day
        :return: dict with ``onboarding`` (see ``_read_for_portal``), ``guide`` (title
            of one that the person has not seen, or None) and ``news`` (list of dict
            with ``id``, ``name`` and ``body``)
        """
        News = self.env["crm.reseller.announcement"].sudo()
        Guide = self.env["crm.reseller.guide"].sudo()
        news = News._search(
            News._get_home_domain(user, today), order="published_on desc, id desc"
        )
        guides = Guide._search(user._get_reseller_guide_domain(unseen=True))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT (SELECT json_agg(entry) FROM (%(steps)s) AS entry),
                       (SELECT %(guide)s FROM crm_reseller_guide AS guide
                         WHERE guide.id IN %(guides)s
                      ORDER BY guide.sequence, guide.id LIMIT 1),
                       (SELECT json_agg(news)
                          FROM (SELECT news.id, %(name)s AS name, %(body)s AS body
                                  FROM crm_reseller_announcement AS news
                                 WHERE news.id IN %(news)s
                              ORDER BY news.published_on DESC, news.id DESC
                                 LIMIT %(most)s) AS news)
                """,
                steps=self._get_portal_sql(user._get_reseller_sudo()),
                guide=Guide._field_to_sql("guide", "name"),
                guides=guides.subselect(),
                name=News._field_to_sql("news", "name"),
                body=News._field_to_sql("news", "body"),
                news=news.subselect(),
                most=MOST_NEWS,
            )
        )
        rows, guide, news = self.env.cr.fetchone()
        return {
            "onboarding": self._parse_portal_rows(rows),
            "guide": guide,
            # the texts were sanitized when they were stored
            "news": [{**each, "body": Markup(each["body"])} for each in news or []],
        }

    @api.model
    def _parse_portal_rows(self, rows):
        """The rows of ``_get_portal_sql``, as pages take them.

        :param list rows: dicts, or None
        :return: see ``_read_for_portal``
        """
        if not rows:
            return None
        for row in rows:
            moment = row["done_on"]
            row["done_on"] = moment and datetime.fromisoformat(moment)
        first = rows[0]
        return {
            "name": first["track"],
            "limit": first["limit"] or 0,
            "capacity": first["capacity"] or 0,
            "own": first["own"] or 0,
            "rows": rows,
        }

    @api.model
    def _get_capacity_text(self, entry):
        """How many leads a newcomer may hold, and what raises it.

        :param dict entry: see ``_read_for_portal``
        :return: text in the language of the context; empty without a limit
        """
        capacity = entry["capacity"]
        if not entry["limit"] or not capacity:
            return ""
        limit = (
            _("You may hold 1 open lead at once.")
            if capacity == 1
            else _("You may hold %(count)s open leads at once.", count=capacity)
        )
        # where the reseller's own limit is reached, no step raises it
        if capacity < entry["limit"] or capacity == entry["own"]:
            return limit
        for row in entry["rows"]:
            if row["state"] not in WANTED or not row["gain"]:
                continue
            if row["gain"] == 1:
                return _(
                    "%(limit)s Finish “%(step)s” for one more.",
                    limit=limit,
                    step=row["name"],
                )
            return _(
                "%(limit)s Finish “%(step)s” for %(gain)s more.",
                limit=limit,
                step=row["name"],
                gain=row["gain"],
            )
        return limit

    def action_open_reseller(self):
        """Open the reseller of this onboarding.

        :return: action
        :raises AccessError: for users who may not read the onboarding
        """
        self.ensure_one()
        self.read(["reseller_id"])
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.reseller_id.id,
            "view_mode": "form",
        }
