from itertools import product

from psycopg2 import IntegrityError

from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

USER = "crm_reseller_portal.group_reseller_user"
SUPERVISOR = "crm_reseller_portal.group_reseller_supervisor"


@tagged("post_install", "-at_install")
class TestAudience(TransactionCase):
    """Who sees a record, asked from both sides: of the record, and of the person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        env = cls.env
        env["res.lang"]._activate_lang("fr_FR")
        cls.values = {
            "level": env["crm.reseller.level"].create([{"name": "L1"}, {"name": "L2"}]),
            "activation": env["crm.reseller.activation"].create(
                [{"name": "A1"}, {"name": "A2"}]
            ),
            "type": env["crm.reseller.type"].create([{"name": "T1"}, {"name": "T2"}]),
            "direction": env["crm.reseller.direction"].create(
                [{"name": "D1"}, {"name": "D2"}]
            ),
            "lang": env["res.lang"].search([("code", "in", ("en_US", "fr_FR"))]),
        }
        cls.people = env["res.users"]
        cls.companies = env["res.partner"]
        for number, (first, second) in enumerate(product((0, 1), repeat=2)):
            company = env["res.partner"].create(
                {
                    "name": f"Company {number}",
                    "is_company": True,
                    "reseller_level_id": cls.values["level"][first].id,
                    "reseller_activation_id": cls.values["activation"][second].id,
                    "reseller_type_id": cls.values["type"][second].id
                    if first
                    else False,
                    "reseller_direction_ids": [
                        (6, 0, cls.values["direction"][: first + second].ids)
                    ],
                }
            )
            cls.companies |= company
            for group, lang in ((USER, "en_US"), (SUPERVISOR, "fr_FR")):
                login = f"audience_{number}_{lang}"
                person = env["res.partner"].create(
                    {
                        "name": login,
                        "parent_id": company.id,
                        "email": f"{login}@example.com",
                        "lang": lang,
                    }
                )
                cls.people |= new_test_user(
                    env, login, groups=group, partner_id=person.id, lang=lang
                )
        direction = env["crm.reseller.direction"].create({"name": "Of the test"})
        cls.portal = env["crm.reseller.portal"].create(
            {"direction_id": direction.id, "path": "of-the-test"}
        )

    def _create(self, **audience):
        self.portal.section_ids.unlink()
        vals = {
            f"audience_{kind}": value if isinstance(value, str) else [(6, 0, value.ids)]
            for kind, value in audience.items()
        }
        return self.env["crm.reseller.portal.section"].create(
            {"portal_id": self.portal.id, "key": "reseller_leads", **vals}
        )

    def _get_seen_by(self, section):
        """Return the logins of the people of this test who see a section."""
        seen = self.people.filtered(
            lambda user: section
            in section.sudo().search(section._get_audience_domain(user))
        )
        self.assertEqual(section._get_audience_people() & self.people, seen)
        return set(seen.mapped("login"))

    def test_one_by_one_and_both_sides_agree(self):
        levels, everyone = self.values["level"], set(self.people.mapped("login"))
        self.assertEqual(self._get_seen_by(self._create()), everyone)
        self.assertEqual(
            self._get_seen_by(self._create(level_ids=levels[0])),
            {login for login in everyone if login[9] in "01"},
        )
        self.assertEqual(self._get_seen_by(self._create(level_ids=levels)), everyone)
        self.assertEqual(
            self._get_seen_by(
                self._create(activation_ids=self.values["activation"][0])
            ),
            {login for login in everyone if login[9] in "02"},
        )
        # companies 0 and 1 are of no type
        self.assertEqual(
            self._get_seen_by(self._create(type_ids=self.values["type"])),
            {login for login in everyone if login[9] in "23"},
        )
        # company 0 works in no direction, company 3 in both
        first, second = self.values["direction"]
        self.assertEqual(
            self._get_seen_by(self._create(direction_ids=first)),
            {login for login in everyone if login[9] in "123"},
        )
        self.assertEqual(
            self._get_seen_by(self._create(direction_ids=second)),
            {login for login in everyone if login[9] == "3"},
        )
        self.assertEqual(
            self._get_seen_by(self._create(company_ids=self.companies[:2])),
            {login for login in everyone if login[9] in "01"},
        )
        french = self.values["lang"].filtered(lambda lang: lang.code == "fr_FR")
        self.assertEqual(
            self._get_seen_by(self._create(lang_ids=french)),
            {login for login in everyone if "fr_FR" in login},
        )
        for role, lang in (("user", "en_US"), ("supervisor", "fr_FR")):
            self.assertEqual(
                self._get_seen_by(self._create(role=role)),
                {login for login in everyone if lang in login},
            )

    def test_kinds_narrow_each_other(self):
        section = self._create(
            level_ids=self.values["level"][1],
            activation_ids=self.values["activation"],
            direction_ids=self.values["direction"][1],
            role="supervisor",
        )
        self.assertEqual(self._get_seen_by(section), {"audience_3_fr_FR"})
        self.assertEqual(section.audience_summary, "1 person will see this")
        section.audience_role = False
        self.assertEqual(section.audience_summary, "2 people will see this")
        section.audience_company_ids = self.companies[0]
        self.assertEqual(section.audience_summary, "0 people will see this")

    def test_a_chosen_direction_narrows(self):
        first, second = self.values["direction"]
        user = self.people.filtered(lambda u: u.login == "audience_3_en_US")
        section = self._create(direction_ids=second)
        for chosen, found in ((first, False), (second, True), (first + second, True)):
            domain = section._get_audience_domain(user, directions=chosen)
            self.assertEqual(section in section.search(domain), found, chosen.ids)

    def test_what_is_archived_opens_nothing(self):
        """A record for a level that was archived is not for everyone since."""
        for kind in ("level", "activation", "type", "direction"):
            value = self.values[kind].create({"name": f"Gone {kind}"})
            section = self._create(**{f"{kind}_ids": value})
            value.active = False
            self.env.invalidate_all()
            self.assertEqual(self._get_seen_by(section), set(), kind)

    def test_what_an_audience_names_cannot_be_deleted(self):
        for kind in ("level", "activation", "type", "direction"):
            value = self.values[kind].create({"name": f"Named {kind}"})
            self._create(**{f"{kind}_ids": value})
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError, msg=kind),
                self.cr.savepoint(),
            ):
                value.unlink()
                self.env.flush_all()

    def test_people_without_a_reseller_see_nothing(self):
        section = self._create()
        stranger = new_test_user(self.env, "nobody", groups="base.group_portal")
        salesman = new_test_user(
            self.env, "of_the_team", groups="sales_team.group_sale_salesman"
        )
        former = self.people[0]
        former.commercial_partner_id.active = False
        for user in (stranger, salesman, former):
            self.assertFalse(section.search(section._get_audience_domain(user)))
            self.assertNotIn(user, section._get_audience_people())
