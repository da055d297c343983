import csv
import random
from datetime import datetime, time, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import file_open, remove_accents

ADDON = "crm_reseller_base"
LEADS = "crm_reseller_base/demo/channel_leads.csv"
# name of the machine, usual price, what customers write about it
MACHINES = {
    "excavator": (
        "Excavator of 21 tonnes",
        148000,
        "We dig foundations for a new business park from next month on. Quick coupler "
        "and three buckets wanted. Please quote buying and leasing.",
        "Our excavator has 14,000 hours. Can you take it in payment? Rubber pads are a "
        "must, we work in streets.",
    ),
    "excavator_compact": (
        "Compact excavator with tilt rotator",
        62000,
        "For cable trenches in built-up areas, so short tail and below 3.5 tonnes with "
        "the trailer. A day to try it on site would help.",
        "Second machine for our garden team. Which buckets fit the ones we have "
        "(coupler S40)?",
    ),
    "excavator_wheeled": (
        "Wheeled excavator for road works",
        171000,
        "Works next to traffic: camera on both sides, road approval, trailer hitch. "
        "Delivery before the summer, if possible.",
        "We compare two makes. Please offer with a service contract for five years.",
    ),
    "rotator": (
        "Tilt rotator for six excavators",
        54000,
        "Six machines between 8 and 16 tonnes, two makes. Who fits it, and how long "
        "does each machine stand?",
        "Our drivers tried one at a fair. We would start with two machines and decide "
        "about the others in the autumn.",
    ),
    "loader": (
        "Wheel loader with weighing system",
        189000,
        "Loads lorries with gravel, certified weighing needed. Our present one is "
        "eleven years old and could be taken in payment.",
        "Quarry with three lines. We need a loader of about 20 tonnes with a rock "
        "bucket.",
    ),
    "skid_steer": (
        "Two skid-steer loaders with forks",
        74000,
        "For two stables with low doors, 2.05 m. Forks and one sweeper.",
        "We hire at present and want to know from how many hours buying pays.",
    ),
    "handler": (
        "Telescopic handler, 14 m",
        96000,
        "Platform with remote control included. Needed by the start of the season.",
        "Three building sites until spring: hire with an option to buy, please.",
    ),
    "dozer": (
        "Dozer with GPS control",
        232000,
        "Motorway lot of 4 km. The control must work with the system of our surveyor.",
        "Replaces a 20-year-old dozer. What does delivery and training cost?",
    ),
    "dumper": (
        "Articulated dumper, 30 tonnes",
        265000,
        "Soft ground, wide tyres wanted. Two from May on, perhaps a third.",
        "Please quote new and nearly new, and name your terms for buying back.",
    ),
    "hammer": (
        "Hydraulic hammer for hard rock",
        38000,
        "For a 25-tonne excavator, granite. Spare tool and dust suppression included.",
        "Our hammer broke on Monday. What could be here by the end of the week?",
    ),
    "crusher_bucket": (
        "Crusher buckets in two sizes",
        41000,
        "We recycle concrete on site and would like to see one at work first.",
        "For an excavator of 22 and one of 30 tonnes. Which grain sizes are possible?",
    ),
    "drill_rig": (
        "Drill rig for anchors",
        205000,
        "Anchors up to 24 m in sand and clay, low headroom version. We need it for a "
        "project of eight months.",
        "Two offers asked from you and another maker. Rods and first service included.",
    ),
    "roller": (
        "Tandem roller with oscillation",
        118000,
        "Bridges and narrow streets, so oscillation on the rear drum. Electric drive "
        "would be welcome.",
        "The city asks for documented compaction. Which recording do you offer?",
    ),
}
# what customers of the past year are called
SURNAMES = {
    "be": "Aerts Bastin Cools Delvaux Engels Feyen Goffin Hermans Istas Janssens",
    "fr": "Allard Besson Chauvin Durand Esnault Ferrand Giraud Hamon Imbert Jourdan",
    "de": "Albers Bergmann Clausen Dietz Eggert Förster Graf Hartwig Ihle Jung",
    "nl": "Aalders Bakker Coenen Dekker Evers Franken Geerts Hoekstra Imming Jonker",
    "us": "Abbott Brewer Collins Dawson Ellison Farrow Griggs Harmon Ingram Jarvis",
    "it": "Amato Bruni Conti Donati Esposito Ferraro Galli Innocenti Leone Marchi",
    "es": "Alonso Benítez Cano Duarte Esteban Fuentes Gallego Herrero Ibáñez Jurado",
    "uk": "Aston Barlow Cooper Dunn Ellis Fairley Gibbs Holden Irving Jessop",
}
TRADES = {
    "be": ("Terrassement SRL", "Grondwerken BV", "Carrières SA", "Wegenbouw NV"),
    "fr": ("BTP SAS", "Terrassement SARL", "Carrières SA", "Démolition SAS"),
    "de": ("Tiefbau GmbH", "Abbruch GmbH", "Steinbruch KG", "Straßenbau AG"),
    "nl": ("Grondverzet B.V.", "Infra B.V.", "Sloopwerken B.V.", "Bouw B.V."),
    "us": ("Excavating Inc.", "Paving LLC", "Demolition Co.", "Quarries Inc."),
    "it": ("Scavi S.r.l.", "Strade S.p.A.", "Cave S.r.l.", "Costruzioni S.p.A."),
    "es": ("Excavaciones S.L.", "Obras S.A.", "Canteras S.L.", "Derribos S.L."),
    "uk": ("Groundworks Ltd", "Plant Hire Ltd", "Demolition Ltd", "Quarries Ltd"),
}
FIRST_NAMES = ("Anna", "David", "Eva", "Jan", "Laura", "Martin", "Nina", "Simon")
LEADS_PER_YEAR = {"level_gold": 16, "level_silver": 10, "level_bronze": 6}
DECLINES = ("territory", "bought_elsewhere", "expertise", "capacity")


class DemoOffer(NamedTuple):
    """An offer of the story; all moments in UTC, without time zone."""

    reseller: models.Model
    state: str
    reason: models.Model
    offered_on: datetime
    due_on: datetime | None
    answered_on: datetime | None


class CrmResellerDemo(models.AbstractModel):
    """Writes the demo data of a channel that has been at work for a year.

    Called by the demo data only. The leads of the last weeks are listed one by one in
    ``demo/channel_leads.csv``, those of the months before are made up from the names
    above, always the same ones. All dates count back from today, on working days.
    """

    _name = "crm.reseller.demo"
    _description = "Demo Data of the Reseller Channel"

    @api.model
    def _is_first_load(self, part):
        """Whether a part of the demo data is loaded for the first time.

        Installing what is installed loads them again. The mark goes with the addon.

        :param str part: technical name of the addon, a dot, and a word for the part
        :return: bool
        """
        name = f"{part}_demo_is_loaded"
        if self.env.ref(name, raise_if_not_found=False):
            return False
        Parameter = self.env["ir.config_parameter"].sudo()
        mark = Parameter.create({"key": name, "value": "1"})
        self.env["ir.model.data"].sudo()._update_xmlids(
            [{"xml_id": name, "record": mark, "noupdate": True}]
        )
        return True

    @api.model
    def _load_channel(self):
        """Write the leads and their offers, of today and of the past year."""
        if not self._is_first_load(f"{ADDON}.channel"):
            return
        demo = self.sudo().with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            mail_activity_automation_skip=True,
        )
        demo._archive_furniture_leads()
        demo._hand_leads_to_agent()
        with file_open(LEADS) as source:
            rows = list(csv.DictReader(source))
        demo._load_rows(rows)
        demo._load_rows(demo._make_up_rows(rows))

    @api.model
    def _archive_furniture_leads(self):
        """Hide the leads of Odoo's own demo data: this channel sells machines.

        In SQL, because they are neither lost nor does anything follow from it. The
        filter *Archived* shows them.
        """
        data = self.env["ir.model.data"].search(
            [("model", "=", "crm.lead"), ("module", "=", "crm")]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET active = FALSE, probability = GREATEST(probability, 1)"
            " WHERE id = ANY(%s)",
            [data.mapped("res_id")],
        )
        self.env.invalidate_all()

    @api.model
    def _hand_leads_to_agent(self):
        """Give the leads that other demo data gave to Odoo's salesman to our agent."""
        salesman = self.env.ref("base.user_demo", raise_if_not_found=False)
        if salesman:
            self.env["crm.lead"].search([("user_id", "=", salesman.id)]).write(
                {"user_id": self._ref("demo_user_agent").id}
            )

    # ------------------------------------------------------------
    # THE PAST YEAR
    # ------------------------------------------------------------

    @api.model
    def _make_up_rows(self, rows):
        """Make up the leads of a year that were won, lost or refused since.

        :param list[dict] rows: the rows of today, for their towns
        :return: list of rows of the same kind, older than two months
        """
        draw = random.Random(17)
        resellers = self._get_resellers()
        made = []
        for key, reseller in resellers.items():
            country = reseller.country_id.code.lower().replace("gb", "uk")
            towns = [row for row in rows if row["country"] == country]
            level = reseller.reseller_level_id.get_external_id()
            level = level[reseller.reseller_level_id.id].split(".")[-1]
            likely = draw.uniform(0.45, 0.85)  # how often this one accepts
            for _number in range(LEADS_PER_YEAR.get(level, 4)):
                age = draw.randint(45, 255)  # working days
                state = "accepted" if draw.random() < likely else "declined"
                state = "expired" if draw.random() < 0.12 else state
                reason = draw.choice(DECLINES) if state == "declined" else "-"
                offers = [f"{key} {state} {reason} {age}"]
                others = [
                    other
                    for other, company in resellers.items()
                    if other != key and company.country_id == reseller.country_id
                ]
                if state != "accepted" and others and draw.random() < 0.6:
                    offers.append(f"{draw.choice(others)} accepted - {age - 5}")
                    state = "accepted"
                won = state == "accepted" and draw.random() < 0.45
                name = draw.choice(SURNAMES[country].split())
                town = draw.choice(towns)
                made.append(
                    {
                        **{name: town[name] for name in ("zip", "city", "country")},
                        **{name: town[name] for name in ("latitude", "longitude")},
                        "key": f"history_{len(made) + 1}",
                        "machine": draw.choice(list(MACHINES)),
                        "customer": f"{name} {draw.choice(TRADES[country])}",
                        "contact": f"{draw.choice(FIRST_NAMES)} {name}",
                        "owner": "agent" if "meunier acc" in offers[-1] else "manager",
                        "stage": "4" if won else "lost",
                        "age": age + 1,
                        "offers": " | ".join(offers),
                        "comment": "",
                    }
                )
        return made

    # ------------------------------------------------------------
    # ROWS TO RECORDS
    # ------------------------------------------------------------

    @api.model
    def _load_rows(self, rows):
        """Create leads with their offers, and give each an external id.

        :param list[dict] rows: ``key``, ``machine``, ``customer``, ``contact``,
            ``zip``, ``city``, ``country`` (code), ``latitude``, ``longitude``,
            ``owner`` (a demo user or nothing), ``stage`` (nothing for a lead, 1 to 4,
            ``lost``), ``age`` in working days, ``offers`` (``reseller state reason
            age``, separated by ``|``), ``comment`` of the first answer
        """
        leads = self.env["crm.lead"].create(
            [self._prepare_lead_vals(row, number) for number, row in enumerate(rows)]
        )
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"{ADDON}.demo_lead_{row['key']}",
                    "record": lead,
                    "noupdate": True,
                }
                for row, lead in zip(rows, leads, strict=True)
            ]
        )
        stories = [self._get_offers(row) for row in rows]
        current = self.env["crm.reseller.offer"]
        for row, lead, offers in zip(rows, leads, stories, strict=True):
            current |= self._create_offers(lead, offers, row["comment"])
        current._sync_leads()
        for row, lead, offers in zip(rows, leads, stories, strict=True):
            self._date_lead(lead, row, offers)
        self.env.invalidate_all()

    @api.model
    def _prepare_lead_vals(self, row, number):
        """What a lead's row says, as values of ``create``.

        :param dict row: a row, see :meth:`_load_rows`
        :param int number: position of the row; spreads prices, texts and sources
        :return: dict
        """
        machine, price, *requests = MACHINES[row["machine"]]
        first_name, last_name = row["contact"].split(" ", 1)
        mail = f"{first_name}.{last_name}@{row['key'].replace('_', '-')}.example.com"
        stage = {"lost": "2", "": "1"}.get(row["stage"], row["stage"])
        vals = {
            "name": f"{machine}, {row['city']}",
            "type": "opportunity" if row["stage"] else "lead",
            "partner_name": row["customer"],
            "contact_name": row["contact"],
            "email_from": self._to_ascii(mail),
            "phone": row["owner"] != "manager" and self._get_phone(row, number),
            "zip": row["zip"],
            "city": row["city"],
            "country_id": self.env.ref(f"base.{row['country']}").id,
            "partner_latitude": float(row["latitude"]),
            "partner_longitude": float(row["longitude"]),
            "description": f"<p>{requests[number % len(requests)]}</p>",
            "expected_revenue": round(price * (0.85 + number % 7 / 20), -3),
            "priority": "2" if number % 5 == 0 else str(number % 2),
            "team_id": self.env.ref("sales_team.team_sales_department").id,
            "user_id": row["owner"] and self._ref(f"demo_user_{row['owner']}").id,
            "stage_id": self.env.ref(f"crm.stage_lead{stage}").id,
            "source_id": self._get_source(number).id,
            # direct business: the team's own, and what waits in the pool
            "reseller_manual_only": not row["offers"] and row["owner"] != "manager",
        }
        if row["stage"] == "lost":
            reason = self.env.ref(f"crm.lost_reason_{number % 3 + 1}")
            vals.update(active=False, probability=0, lost_reason_id=reason.id)
        return vals

    @api.model
    def _get_offers(self, row):
        """Read the offers of a row.

        :param dict row: a row, see :meth:`_load_rows`
        :return: list of ``DemoOffer``
        """
        resellers = self._get_resellers()
        offers = []
        for text in filter(None, row["offers"].split(" | ")):
            key, state, reason, age = text.split()
            reseller = resellers[key]
            lead_hash = sum(map(ord, row["key"]))
            offered_on = self._moment(int(age), 8 + lead_hash % 7, lead_hash * 7 % 60)
            due_on = self._get_due_date(reseller, offered_on)
            answered_on = None
            if state == "pending":
                if due_on and due_on <= fields.Datetime.now():
                    offered_on = fields.Datetime.now() - timedelta(minutes=20)
                    due_on = self._get_due_date(reseller, offered_on)
            elif state == "expired":
                answered_on = due_on or offered_on + timedelta(days=3)
            else:
                share = 0.1 + lead_hash % 8 / 10
                hours = reseller.reseller_level_id.response_hours or 24
                answered_on = self._plan_hours(hours * share, offered_on)
            reason = reason != "-" and self._ref(f"decline_reason_{reason}")
            offers.append(
                DemoOffer(
                    reseller,
                    state,
                    reason or self.env["crm.reseller.decline.reason"],
                    offered_on,
                    due_on,
                    answered_on,
                )
            )
        return offers

    @api.model
    def _create_offers(self, lead, offers, comment):
        """Write the offers of a lead.

        :param lead: the ``crm.lead``
        :param list[DemoOffer] offers: from the oldest to the newest
        :param str comment: what was said with the first answer, or nothing
        :return: the current one, which the lead's columns have to follow
        """
        by_hand = self._ref("demo_user_manager")
        bought_elsewhere = self._ref("decline_reason_bought_elsewhere")
        vals_list = []
        for number, offer in enumerate(offers):
            user = self._get_answering_user(offer)
            vals = {
                "lead_id": lead.id,
                "reseller_id": offer.reseller.id,
                "company_id": lead._get_reseller_company().id,
                "method": "weighted" if number or not lead.active else "manual",
                "offered_on": offer.offered_on,
                "offered_by_id": by_hand.id,
                "due_on": offer.due_on,
                "state": offer.state,
                "answered_on": offer.answered_on,
                "answered_by_id": user.id,
                "decline_reason_id": offer.reason.id,
                "contacted": offer.reason == bought_elsewhere,
                "notified_on": offer.offered_on,
            }
            said = comment if not number else False
            if offer.state == "returned":
                vals.update(
                    returned_on=self._plan_hours(26, offer.answered_on),
                    returned_by_id=user.id,
                    return_comment=said,
                )
            else:
                vals["comment"] = said
            vals_list.append(vals)
        records = self.env["crm.reseller.offer"].create(vals_list)
        records._store_response_hours()
        return records[-1:]

    @api.model
    def _date_lead(self, lead, row, offers):
        """Put the days of a lead where the story has them. In SQL, for no form can.

        :param lead: the ``crm.lead``
        :param dict row: its row
        :param list[DemoOffer] offers: its offers
        """
        created = self._moment(int(row["age"]), 7, lead.id % 60)
        if offers:
            created = min(created, offers[0].offered_on - timedelta(minutes=30))
        # a few weeks from the last answer to the end
        end = self._moment(max(int(row["age"]) - 15 - lead.id % 25, 1), 14)
        closed = end if row["stage"] in ("4", "lost") else None
        stage_since = self._moment(max(int(row["age"]) // 2, 1), 11)
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE crm_lead
               SET create_date = %(created)s,
                   date_open = CASE WHEN user_id IS NULL THEN NULL
                               ELSE %(created)s + interval '2 hours' END,
                   date_conversion = CASE WHEN type = 'opportunity'
                                     THEN %(stage_since)s END,
                   date_last_stage_update = COALESCE(%(closed)s, %(stage_since)s),
                   date_closed = %(closed)s,
                   date_deadline = CASE WHEN type = 'opportunity'
                                   THEN %(deadline)s::date END,
                   day_open = 0.1,
                   day_close = EXTRACT(EPOCH FROM %(closed)s - %(created)s) / 86400
             WHERE id = %(id)s
            """,
            {
                "id": lead.id,
                "created": created,
                "closed": closed,
                "stage_since": max(created, stage_since),
                "deadline": closed
                or fields.Date.today() + timedelta(20 + lead.id % 30),
            },
        )

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    @api.model
    def _ref(self, name):
        """A record of this addon by its external id.

        :param str name: external id without the addon's name
        :return: the record
        """
        return self.env.ref(f"{ADDON}.{name}")

    @api.model
    def _get_resellers(self):
        """The resellers of the demo data by the last part of their external id.

        :return: dict of res.partner by text
        """
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", ADDON),
                ("model", "=", "res.partner"),
                ("name", "=like", "demo_reseller_%"),
            ],
            order="id",
        )
        return {
            line.name[len("demo_reseller_") :]: self.env["res.partner"].browse(
                line.res_id
            )
            for line in data
        }

    @api.model
    def _get_answering_user(self, offer):
        """Who answered: the first portal user of the reseller, if it has one.

        :param DemoOffer offer: an offer of the story
        :return: res.users, one or none
        """
        if offer.state == "withdrawn":
            return self._ref("demo_user_manager")
        users = self.env["res.users"]
        if offer.state in ("pending", "expired"):
            return users
        return users.search(
            [("partner_id", "child_of", offer.reseller.id)], order="id desc", limit=1
        )

    @api.model
    def _get_source(self, number):
        """Where a lead came from; two of five say nothing.

        :param int number: position of the lead's row
        :return: utm.source, one or none
        """
        names = ("utm_source_search_engine", "utm_source_newsletter", None, None)
        name = (*names, "utm_source_mailing")[number % 5]
        return self.env.ref(f"utm.{name}") if name else self.env["utm.source"]

    @api.model
    def _get_phone(self, row, number):
        """An invented phone number, another one for each lead of today.

        :param dict row: a row, see :meth:`_load_rows`
        :param int number: position of the row
        :return: text, False for a lead of the history
        """
        code = self.env.ref(f"base.{row['country']}").phone_code
        history = row["key"].startswith("history_")
        return f"+{code} 55 501 {number:04d}" if not history else False

    @api.model
    def _to_ascii(self, text):
        """A mail address without accents and spaces.

        :param str text: the address as the names make it
        :return: text in lower case
        """
        text = remove_accents(text).lower().replace(" ", "-").replace("'", "")
        return text.replace("ß", "ss")

    @api.model
    def _moment(self, days, hour, minute=0):
        """A moment of a working day, never in the future.

        :param int days: how many working days ago; Saturdays and Sundays do not count
        :param int hour: hour of the day, UTC
        :param int minute: minute of the hour
        :return: datetime, naive, in UTC
        """
        day = fields.Date.today()
        while days or day.weekday() > 4:
            day -= timedelta(days=1)
            if day.weekday() <= 4 and days:
                days -= 1
        moment = datetime.combine(day, time(hour, minute))
        return min(moment, fields.Datetime.now() - timedelta(minutes=15))

    @api.model
    def _plan_hours(self, hours, start):
        """A moment a number of working hours later.

        :param float hours: working hours of the company's calendar
        :param datetime start: UTC
        :return: datetime, naive, in UTC
        """
        calendar = self.env.ref("base.main_company").resource_calendar_id
        start = start.replace(tzinfo=None)
        planned = calendar.plan_hours(hours, start, compute_leaves=True)
        return planned or start + timedelta(hours=hours)

    @api.model
    def _get_due_date(self, reseller, offered_on):
        """Until when a reseller has to answer, by its level.

        :param reseller: the ``res.partner``
        :param datetime offered_on: UTC
        :return: datetime, naive, in UTC, or None without a deadline
        """
        hours = reseller.reseller_level_id.response_hours
        return self._plan_hours(hours, offered_on) if hours else None
