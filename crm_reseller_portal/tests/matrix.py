"""What the tests that look at everything share: visitors, records, secrets."""

from contextlib import contextmanager

from odoo.http import Request
from odoo.tests import new_test_user
from odoo.tools import SQL

from .common import ResellerPortalCase

OURS = "odoo.addons.crm_reseller_portal."
# what no one outside may change; compared row by row
GUARDED_TABLES = (
    "crm_lead",
    "crm_reseller_offer",
    "crm_reseller_outcome",
    "crm_reseller_progress",
    "crm_reseller_task",
    "mail_activity",
    "res_partner",
    "crm_reseller_people_change",
    "crm_reseller_proposal",
    "crm_reseller_notification_choice",
)


class SecretsCase(ResellerPortalCase):
    """Leads of several people, each full of words that stand nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.write(
            {
                "can_convert": True,
                "can_edit_opportunity": True,
                "can_report_outcome": True,
                "can_manage_people": True,
            }
        )
        cls.manager = new_test_user(
            cls.env, "portal_manager", groups="sales_team.group_sale_manager"
        )
        cls.visitors = {
            "public": None,
            "stranger": cls.stranger,
            "other reseller": cls.bob,
            "colleague": cls.ben,
            "in charge": cls.anna,
            "supervisor": cls.sue,
            "salesman": cls.salesman,
            "manager": cls.manager,
        }
        cls.stage = cls.env["crm.stage"].create({"name": "StageWordQuark"})
        cls.milestone = cls.env["crm.reseller.milestone"].create({"name": "Visited"})
        # secret: the visitors who may read it
        cls.secrets = {
            "StageWordQuark": {"manager"},
            "alder_ben": {"colleague", "in charge", "supervisor", "manager"},
            "alder_anna": {"colleague", "in charge", "supervisor", "manager"},
            "birch_bob": {"other reseller", "manager"},
            "Birch GmbH": {"other reseller", "manager"},
            "Alder Ltd": {"colleague", "in charge", "supervisor", "manager"},
        }
        cls.former = cls.env["res.partner"].create(
            {
                "name": "Former Corp",
                "is_company": True,
                "reseller_level_id": cls.level.id,
            }
        )
        cls.former_user = cls._create_reseller_user("former_frank", cls.former)
        cls.secrets["Former Corp"] = cls.secrets["former_frank"] = set()
        cls.records = cls._create_records()
        cls.invitation = cls.env["crm.reseller.people.change"].create(
            {
                "reseller_id": cls.alder.id,
                "kind": "invited",
                "state": "refused",
                "name": "InvitedPaula",
                "email": "invitedpaula@example.com",
                "problem": "InvitedProblem",
                "role": "user",
            }
        )
        cls.env["crm.reseller.proposal"].create(
            {
                "reseller_id": cls.alder.id,
                "author_id": cls.sue.partner_id.id,
                "changes": [["name", "Alder Ltd", "ProposedName"]],
            }
        )
        cls.secrets["ProposedName"] = {
            "colleague",
            "in charge",
            "supervisor",
            "manager",
        }
        cls.secrets["InvitedPaula"] = cls.secrets["invitedpaula"] = {
            "supervisor",
            "manager",
        }
        cls.secrets["InvitedProblem"] = set()

    @classmethod
    def _create_records(cls):
        """Return one lead of every kind, each with secrets of its own."""
        alder = {"in charge", "supervisor", "manager"}
        everybody = alder | {"colleague"}
        offer = cls._create_secret_lead("Offer", alder, cls.alder)
        offer.reseller_contact_id = cls.anna.partner_id
        lead = cls._create_secret_lead("Lead", alder, cls.alder)
        lead.with_user(cls.anna).sudo().reseller_accept()
        deal = cls._create_secret_deal("Deal", alder, cls.anna)
        shared = cls._create_secret_lead("Shared", everybody, cls.alder)
        foreign = cls._create_secret_deal(
            "Foreign", {"other reseller", "manager"}, cls.bob
        )
        free = cls._create_secret_lead("Free", set(), None)
        cls.env.flush_all()
        return {
            "offer": offer,
            "lead": lead,
            "deal": deal,
            "shared": shared,
            "foreign": foreign,
            "free": free,
        }

    @classmethod
    def _create_secret_deal(cls, word, readers, user):
        deal = cls._create_secret_lead(word, readers, user.commercial_partner_id)
        mine = deal.with_user(user).sudo()
        mine.reseller_accept()
        mine.reseller_convert()
        deal.stage_id = cls.stage
        mine._reseller_post(f"{word}Note", [(f"{word}File.txt", b"words")])
        mine._reseller_plan_step("call", f"{word}Step", "2031-01-31")
        cls.env["crm.reseller.task"].create(
            {"lead_id": deal.id, "name": f"{word}Task", "due_on": "2031-01-31"}
        )
        words = [f"{word}{kind}" for kind in ("Note", "File", "Step", "Task")]
        cls.secrets.update(dict.fromkeys(words, readers))
        return deal

    @classmethod
    def _create_secret_lead(cls, word, readers, reseller):
        """Create a lead; what it tells is for `readers`, the rest for no one."""
        digits = f"{sum(map(ord, word)) % 9000 + 1000}"
        told = {
            "name": f"{word}Name",
            "contact_name": f"{word}Contact",
            "partner_name": f"{word}Company",
            "email_from": f"{word.lower()}mail@customer.example",
            "phone": f"+49 30 77{digits}5",
            "street": f"{word}Street 5",
            "description": f"<p>{word}Request</p>",
        }
        lead = cls._create_lead(None, **told)
        told["email_from"] = f"{word.lower()}mail"
        told["street"] = f"{word}Street"
        told["description"] = f"{word}Request"
        cls.secrets.update(dict.fromkeys(told.values(), readers))
        # someone had it before, and said why not
        lead.assign_to_reseller(cls.former)
        lead.with_user(cls.former_user).sudo().reseller_decline(
            cls.reason.id, f"{word}Declined"
        )
        if reseller:
            lead.assign_to_reseller(reseller)
            lead.reseller_offer_ids[:1].sudo().explanation = f"{word}Explanation"
        lead.message_post(
            body=f"{word}Internal",
            subtype_xmlid="mail.mt_note",
            author_id=cls.salesman.partner_id.id,
            attachments=[(f"{word}Margin.txt", b"words")],
        )
        lead.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=f"{word}Todo",
            user_id=cls.salesman.id,
        )
        for kind in ("Declined", "Explanation", "Internal", "Margin", "Todo"):
            cls.secrets[f"{word}{kind}"] = set()
        return lead

    @contextmanager
    def _rolled_back(self):
        """Undo in the end what happens inside, whatever its outcome."""
        self.env.flush_all()
        self.env.cr.execute("SAVEPOINT matrix")
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)
            self.env.cr.execute("ROLLBACK TO SAVEPOINT matrix")
            self.env.cr.execute("RELEASE SAVEPOINT matrix")

    def _digest(self, tables=GUARDED_TABLES):
        """Return a digest of all rows that outsiders must not change."""
        self.env.flush_all()
        digests = []
        for table in tables:
            query = SQL(
                "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM %s t",
                SQL.identifier(table),
            )
            self.env.cr.execute(query)
            digests += self.env.cr.fetchone()
        self.env.cr.execute(
            "SELECT count(*) FROM mail_message WHERE model = 'crm.lead' UNION ALL "
            "SELECT count(*) FROM ir_attachment WHERE res_model = 'crm.lead'"
        )
        return [*digests, self.env.cr.fetchall()]

    def _enter(self, visitor):
        user = self.visitors[visitor]
        self.authenticate(user and user.login, user and user.login)

    def _csrf_token(self):
        return Request.csrf_token(self)

    def _leaks(self, visitor, text):
        """Return the secrets in a text which this visitor must not read."""
        return [
            secret
            for secret, readers in self.secrets.items()
            if visitor not in readers and secret in text
        ]

    def _get_routes(self):
        """Return address and endpoint of each route whose code is this addon's."""
        return self._get_addon_routes(OURS)
