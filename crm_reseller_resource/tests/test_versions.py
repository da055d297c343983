from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ResourceCase


@tagged("post_install", "-at_install")
class TestVersions(ResourceCase):
    """Which version resellers get on which day, and who decides."""

    def _valid(self, resource):
        self.env.invalidate_all()
        return resource.version_id.name or ""

    def test_one_version_a_day(self):
        with freeze_time("2031-01-10 12:00:00"):
            resource = self._create_resource(publish=False)
            draft = resource.version_ids
            self.assertEqual(self._valid(resource), "")
            self.assertNotIn("Price list", self._seen_by(self.anna))
            draft.write({"name": "A", "valid_from": "2031-01-10"})
            draft.with_user(self.editor).action_publish()
            self.assertEqual(self._valid(resource), "A")
            self.assertIn("Price list", self._seen_by(self.anna))
            self._publish(
                resource, name="B", valid_from="2031-02-01", valid_until="2031-03-31"
            )
            self.assertEqual(self._valid(resource), "A")
        for day, name in (
            ("2031-01-31", "A"),
            ("2031-02-01", "B"),
            ("2031-03-31", "B"),
            # what was replaced does not come back
            ("2031-04-01", ""),
        ):
            with freeze_time(f"{day} 12:00:00"):
                self.assertEqual(self._valid(resource), name, day)
                self.assertEqual(resource.has_valid_version, bool(name))
                found = self.Resource.search([("has_valid_version", "=", True)])
                self.assertEqual(resource in found, bool(name))
                self.assertEqual("Price list" in self._seen_by(self.anna), bool(name))

    def test_the_day_is_the_readers(self):
        resource = self._create_resource(publish=False)
        resource.version_ids.valid_from = "2031-02-01"
        resource.version_ids.with_user(self.editor).action_publish()
        self.anna.tz, self.ben.tz = "Asia/Tokyo", "America/New_York"
        with freeze_time("2031-01-31 20:00:00"):
            self.assertIn("Price list", self._seen_by(self.anna))
            self.assertNotIn("Price list", self._seen_by(self.ben))

    def test_withdrawn(self):
        with freeze_time("2031-01-10 12:00:00"):
            resource = self._create_resource()
            old = resource.version_ids
            coming = self._publish(resource, name="B", valid_from="2031-02-01")
            coming.with_user(self.editor).action_withdraw()
            self.assertFalse(old.replaced_on, "it never came")
            now = self._publish(resource, name="C", valid_from="2031-01-10")
            self.assertEqual(self._valid(resource), "C")
            now.with_user(self.editor).action_withdraw()
            self.assertEqual(self._valid(resource), "", "the old one stays replaced")
            self.assertNotIn("Price list", self._seen_by(self.anna))

    def test_what_was_published_stays_as_it_was(self):
        resource = self._create_resource()
        version = resource.version_ids.with_user(self.editor)
        for vals in (
            {"body": "<p>x</p>"},
            {"file": False},
            {"valid_from": "2031-01-01"},
        ):
            with self.assertRaises(UserError):
                version.write(vals)
        version.valid_until = "2099-01-01"
        version.notes = "Spelling"
        for vals in ({"state": "draft"}, {"approved_by_id": self.second.id}):
            with self.assertRaises(UserError):
                version.write(vals)
        with self.assertRaises(UserError):
            version.unlink()
        with self.assertRaises(UserError):
            resource.with_user(self.editor).unlink()
        forged = self.Version.with_user(self.editor).with_context(
            default_state="published", default_published_on="2020-01-01"
        )
        for vals in ({}, {"state": "published", "approved_by_id": self.second.id}):
            made = forged.create({"resource_id": resource.id, **vals})
            self.assertEqual(made.state, "draft")
            self.assertFalse(made.published_on or made.approved_by_id)
        copied = version.copy()
        self.assertEqual((copied.state, copied.published_on), ("draft", False))
        copied.unlink()

    def test_content_is_asked_for(self):
        resource = self._create_resource(publish=False, content={"body": False})
        version = resource.version_ids.with_user(self.editor)
        with self.assertRaises(UserError):
            version.action_publish()
        with self.assertRaises(ValidationError):
            version.link = "javascript:alert(1)"
        with self.assertRaises(ValidationError):
            version.write({"valid_from": "2031-02-01", "valid_until": "2031-01-01"})
        version.link = "https://example.com/film"
        version.action_publish()
        self.assertEqual(version.state, "published")

    def test_a_second_person_approves(self):
        self.company.reseller_resource_approval = True
        self.company.reseller_channel_manager_id = self.second
        resource = self._create_resource()
        version = resource.version_ids.with_user(self.editor)
        self.assertEqual(version.state, "waiting")
        self.assertNotIn("Price list", self._seen_by(self.anna))
        self.assertEqual(resource.activity_ids.user_id, self.second)
        self.assertIn(resource, self.Resource.search([("has_waiting_version", "=", 1)]))
        with self.assertRaises(UserError):
            version.action_approve()
        version.action_reset()
        self.assertEqual(version.state, "draft")
        self.assertFalse(resource.activity_ids)
        version.action_publish()
        version.with_user(self.second).action_approve()
        self.assertEqual(version.state, "published")
        self.assertEqual(version.approved_by_id, self.second)
        self.assertFalse(resource.activity_ids)
        self.assertIn("Price list", self._seen_by(self.anna))
        # once more changes nothing
        version.with_user(self.second).action_approve()

    def test_salespeople_read_only(self):
        resource = self._create_resource(publish=False)
        version = resource.version_ids.with_user(self.salesman)
        self.assertEqual(version.resource_id.name, "Price list")
        for act in ("action_publish", "action_approve", "action_withdraw"):
            with self.assertRaises(AccessError):
                getattr(version, act)()
        with self.assertRaises(AccessError):
            version.resource_id.name = "x"

    def test_a_copied_version_is_a_draft_of_today(self):
        version = self._create_resource().version_ids.with_user(self.editor)
        action = version.action_new_version()
        new = self.Version.browse(action["res_id"])
        self.assertEqual(new.state, "draft")
        self.assertFalse(new.file_size)
        self.assertEqual(version.file_size > 0, True)

    # ------------------------------------------------------------
    # WHAT EDITORS LOOK FOR
    # ------------------------------------------------------------

    def test_expiring_and_unused(self):
        with freeze_time("2031-01-10 12:00:00"):
            names = ("Ends", "Followed", "Endless")
            ends, followed, endless = (self._create_resource(name) for name in names)
            (ends | followed).version_ids.write({"valid_until": "2031-01-31"})
            self._publish(followed, valid_from="2031-02-01")
            expiring = self.Resource.search([("is_expiring", "=", True)])
            self.assertEqual(expiring & (ends | followed | endless), ends)
            self.assertTrue(ends.is_expiring)
            self.assertFalse(followed.is_expiring)
            self.assertNotIn(ends, self.Resource.search([("is_expiring", "!=", True)]))
            unused = self.Resource.search([("is_unused", "=", True)])
            self.assertFalse(unused & endless, "it is too new to be unused")
        with freeze_time("2031-06-10 12:00:00"):
            self.env.invalidate_all()
            unused = self.Resource.search([("is_unused", "=", True)])
            self.assertIn(endless, unused)
            self.assertTrue(endless.is_unused)
            self._fetch(endless.version_ids, self.anna, day="2031-05-01")
            self.env.invalidate_all()
            self.assertFalse(endless.is_unused)
            self.assertEqual(endless.download_count, 1)

    def test_audience_and_company(self):
        other = self.env["crm.reseller.level"].create({"name": "Other level"})
        company = self.env["res.company"].create({"name": "Other company"})
        self._create_resource("For all")
        self._create_resource("For level", audience_level_ids=[(6, 0, other.ids)])
        self._create_resource(
            "For Birch", audience_company_ids=[(6, 0, self.birch.ids)]
        )
        self._create_resource("Chiefs", audience_role="supervisor")
        archived = self._create_resource("Archived")
        archived.active = False
        foreign = self._create_resource("Foreign")
        foreign.company_id = company
        # a reseller without a company works with all of them
        self.assertEqual(self._seen_by(self.anna), {"For all", "Foreign"})
        self.level.company_id = self.company
        self.env.invalidate_all()
        self.assertEqual(self._seen_by(self.anna), {"For all"})
        self.assertEqual(self._seen_by(self.sue), {"For all", "Chiefs"})
        self.assertEqual(self._seen_by(self.bob), {"For all", "For Birch"})
        for user in (self.stranger, self.salesman):
            self.assertEqual(self._seen_by(user), set())
        self.alder.reseller_level_id = False
        self.assertEqual(self._seen_by(self.anna), set())

    def test_the_access_matrix_agrees(self):
        """What the search finds is what the values say, resource by resource."""
        other = self.env["crm.reseller.level"].create({"name": "Other level"})
        direction = self.env["crm.reseller.direction"].create({"name": "Pumps"})
        for number, audience in enumerate(
            (
                {},
                {"audience_level_ids": [(6, 0, other.ids)]},
                {"audience_level_ids": [(6, 0, (other | self.level).ids)]},
                {"audience_direction_ids": [(6, 0, direction.ids)]},
                {"audience_company_ids": [(6, 0, self.birch.ids)]},
                {"audience_role": "supervisor"},
                {"audience_role": "user"},
            )
        ):
            self._create_resource(f"Resource {number}", **audience)
        self._create_resource("Draft", publish=False)
        matrix = self.env["crm.reseller.access.matrix"]
        kind = next(k for k in matrix._get_access_kinds() if k["key"] == "resources")
        counts = set()
        for user in (self.anna, self.sue, self.bob):
            reached = self.Resource.search(kind["reached"](user))
            self.assertEqual(reached, self.Resource.search(kind["allowed"](user)))
            counts.add(len(reached))
            cells = {each["key"]: each for each in matrix._read_access(user)}
            cell = cells["resources"]
            self.assertEqual((cell["count"], cell["leaks"]), (len(reached), 0))
        self.assertEqual(counts, {3, 4})

    def test_sections_of_a_portal(self):
        """Where no portal of a person's directions shows resources, none are found."""
        self._create_resource()
        direction = self.env["crm.reseller.direction"].create({"name": "Pumps"})
        portal = self.env["crm.reseller.portal"].create(
            {"direction_id": direction.id, "path": "pumps-test", "active": True}
        )
        self.alder.reseller_direction_ids = direction
        self.env["crm.reseller.portal"]._add_section_everywhere("reseller_resources")
        self.env["crm.reseller.portal"]._add_section_everywhere("reseller_resources")
        section = portal.section_ids.filtered(lambda s: s.key == "reseller_resources")
        self.assertEqual(len(section), 1)
        self.assertEqual(self._seen_by(self.anna), {"Price list"})
        section.unlink()
        self.env.invalidate_all()
        self.assertEqual(self._seen_by(self.anna), set())
        self.assertEqual(self._seen_by(self.bob), {"Price list"})
