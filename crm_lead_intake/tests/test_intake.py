from odoo.exceptions import AccessError, UserError
from odoo.service.model import retrying
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from .common import IntakeCase, TwoTransactionsCase

NUMBER = "+32 470 12 34 56"


@tagged("post_install", "-at_install")
class TestIntake(IntakeCase):
    def setUp(self):
        super().setUp()
        self.agent_leads = self.Lead.with_user(self.agent)
        self.lead = self.Lead.create(
            {
                "name": "Open",
                "team_id": self.team.id,
                "user_id": self.agent.id,
                "type": "opportunity",
                "email_from": '"Jo Doe" <Jo.Doe@Example.com>',
                "phone": NUMBER,
                "contact_name": "Jo Doe",
            }
        )

    def _again(self, user=None, **values):
        return self.Lead.with_user(user or self.agent).create(
            {"name": "Again", "type": "opportunity", **values}
        )

    # Who is the same customer

    def test_same_address(self):
        for email in (
            "jo.doe@example.com",
            "JO.DOE@EXAMPLE.COM",
            "J <jo.doe@example.com>",
        ):
            self.assertEqual(self._again(email_from=email), self.lead)

    def test_same_number(self):
        belgium = self.env.ref("base.be").id
        for values in (
            {"phone": "0032470123456"},
            {"phone": "+32470/12.34.56"},
            {"phone": "0470 12 34 56", "country_id": belgium},
        ):
            self.assertEqual(self._again(**values), self.lead)

    def test_same_number_in_another_field(self):
        if "mobile" not in self.Lead._fields:  # gone from Odoo 19 on
            self.assertFalse(self.lead.contact_phone_other_key)
            return
        self.lead.mobile = "+32 471 00 00 01"
        self.assertEqual(self._again(mobile=NUMBER), self.lead)
        self.assertEqual(self._again(phone="+32471000001"), self.lead)

    def test_same_partner(self):
        partner = self.env["res.partner"].create(
            {"name": "Jo", "email": "jo.doe@example.com"}
        )
        self.assertEqual(self._again(partner_id=partner.id), self.lead)

    def test_another_customer(self):
        for values in (
            {"email_from": "joe.doe@example.com"},
            {"phone": "+32 470 12 34 57"},
            {"phone": "nonsense"},
            {"email_from": "not an address"},
            {},
        ):
            self.assertNotEqual(self._again(**values), self.lead)

    def test_same_customer_twice_in_one_batch(self):
        leads = self.agent_leads.create(
            [
                {"name": "One", "email_from": "new@example.com"},
                {"name": "Two", "email_from": "NEW@example.com", "function": "Boss"},
                {"name": "Three", "email_from": "jo.doe@example.com"},
                {"name": "Four"},
            ]
        )
        self.assertEqual(leads[0], leads[1])
        self.assertEqual(leads[0].function, "Boss")
        self.assertEqual(leads[2], self.lead)
        self.assertEqual(len(set(leads.ids)), 3)

    def test_what_a_batch_learns_of_a_customer_counts_in_it(self):
        """Rows of one customer, of which the first and the last share nothing."""
        rows = [
            {"name": "One", "email_from": "row@example.com"},
            {"name": "Two", "email_from": "ROW@example.com", "phone": "+32470999999"},
            {"name": "Three", "phone": "0032 470 99 99 99"},
        ]
        self.assertEqual(len(set(self.agent_leads.create(rows).ids)), 1)
        number = "+32 2 511 11 11"
        rows = [
            {"name": "Known", "email_from": "jo.doe@example.com", "phone": number},
            {"name": "By number", "phone": number},
        ]
        self.assertEqual(set(self.agent_leads.create(rows).ids), {self.lead.id})

    def test_contact_of_no_company_meets_none_of_another(self):
        """Whoever leaves the company out is not told of companies out of reach."""
        company = self.env["res.company"].create({"name": "Second"})
        theirs = self.Lead.create(
            {
                "name": "Theirs",
                "email_from": "their@example.com",
                "company_id": company.id,
                "team_id": False,
                "user_id": False,
            }
        )
        nobodys = dict.fromkeys(("company_id", "team_id", "user_id"), False)
        lead = self._again(email_from="their@example.com", **nobodys)
        self.assertNotEqual(lead, theirs)

    def test_companies_do_not_share_customers(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.agent.company_ids |= company
        self.lead.company_id = self.env.company
        lead = self.agent_leads.with_company(company).create(
            {"name": "Theirs", "email_from": "jo.doe@example.com"}
        )
        self.assertNotEqual(lead, self.lead)

    def _create_company(self):
        """Another company with a team; the agent works in both."""
        company = self.env["res.company"].create({"name": "Second"})
        self.agent.company_ids |= company
        team = self.env["crm.team"].create({"name": "T", "company_id": company.id})
        return company, team

    def test_a_mail_to_a_team_is_its_companys(self):
        """Also for a customer with an open lead in the company of the gateway."""
        company, team = self._create_company()
        self.lead.company_id = self.env.company
        told = len(self.lead.message_ids)
        for number in (1, 2):
            self.Lead.message_process(
                "crm.lead",
                f"From: jo.doe@example.com\nTo: second@x.example\nSubject: {number}\n"
                f"Message-Id: <{number}@second.example>\n\nPlease call me",
                custom_values={"team_id": team.id},
            )
        found = self.Lead.search([("email_normalized", "=", "jo.doe@example.com")])
        theirs = found - self.lead
        self.assertEqual(len(theirs), 1, "the second mail meets the first one's lead")
        self.assertEqual(theirs.company_id, company)
        self.assertEqual(len(self.lead.message_ids), told)

    def test_numbers_are_read_as_in_the_country_of_their_company(self):
        """Whatever company the user is in at the moment."""
        company, team = self._create_company()
        company.country_id = self.env.ref("base.de")
        self.env.company.country_id = self.env.ref("base.be")
        both = (self.env.company | company).ids
        leads = self.agent_leads.with_context(allowed_company_ids=both)
        number = {"team_id": team.id, "country_id": False, "phone": "0152 29350768"}
        lead = leads.create({"name": "N", **number, "phone": "+49 152 29350768"})
        self.assertEqual(leads.create({"name": "Again", **number}), lead)
        lead.phone = number["phone"]
        self.assertEqual(lead.contact_phone_key, "+4915229350768")

    def test_each_company_has_its_own_switch(self):
        company, team = self._create_company()
        both = (self.env.company | company).ids
        leads = self.agent_leads.with_context(allowed_company_ids=both)
        for switched_on in (False, True):
            company.lead_intake = switched_on
            self.env.company.lead_intake = not switched_on
            values = [
                {"name": "N", "email_from": f"{switched_on}@example.com", **place}
                for place in (
                    {"team_id": team.id},
                    {"company_id": company.id, "team_id": False},
                )
            ]
            first, second = leads.create(values)
            self.assertEqual(first == second, switched_on)
            self.assertEqual(second.company_id, company)
            told = leads.intake(values)
            self.assertEqual([t["created"] for t in told], [not switched_on] * 2)

    # What happens with the new contact

    def test_empty_fields_are_filled_and_nothing_is_overwritten(self):
        self._again(
            email_from="jo.doe@example.com",
            phone="+32 2 000 00 00",
            contact_name="Somebody Else",
            function="Boss",
            street="Main Street 1",
            city="Ghent",
        )
        self.assertEqual(self.lead.phone, NUMBER)
        self.assertEqual(self.lead.contact_name, "Jo Doe")
        self.assertEqual(self.lead.function, "Boss")
        self.assertEqual((self.lead.street, self.lead.city), ("Main Street 1", "Ghent"))

    def test_addresses_are_not_mixed(self):
        self.lead.city = "Ghent"
        self._again(
            email_from="jo.doe@example.com", street="Main Street 1", city="Bruges"
        )
        self.assertFalse(self.lead.street)
        self.assertEqual(self.lead.city, "Ghent")

    def test_chatter_tells_the_facts_and_their_source(self):
        self._again(
            user=self.manager,
            email_from="jo.doe@example.com",
            function="<b>Boss</b>",
            description="<p>Wants <script>alert(1)</script>a van</p>",
        )
        message = self.lead.message_ids[0]
        self.assertIn("got in touch again (source: program)", message.body)
        self.assertIn("&lt;b&gt;Boss&lt;/b&gt;", message.body)
        self.assertIn("a van", message.body)
        self.assertNotIn("script", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)

    def test_chatter_tells_whatever_was_said(self):
        """Other fields too, in words; how the lead is to be worked is but a wish."""
        tag = self.env["crm.tag"].create({"name": "Electric"})
        self._again(
            email_from="jo.doe@example.com",
            tag_ids=[(4, tag.id)],
            priority="2",
            user_id=self.manager.id,
        )
        body = self.lead.message_ids[0].body
        priorities = dict(
            self.Lead._fields["priority"]._description_selection(self.env)
        )
        for fact in ("Electric", priorities["2"]):
            self.assertIn(fact, body)
        self.assertIn("Asked for, and not changed:", body)
        self.assertIn(self.manager.name, body)
        self.assertEqual(self.lead.user_id, self.agent)

    def test_contact_is_made_a_lead_of_its_own(self):
        """The way back from intake: what it filled in goes, what was changed stays."""
        self._again(
            user=self.manager,
            name="Somebody else's van",
            email_from="jo.doe@example.com",
            contact_name="Ann Doe",
            function="Boss",
            website="https://ann.example.com",
            street="Main Street 1",
        )
        self.assertEqual(self.lead.contact_count, 1)
        self.lead.website = "https://jo.example.com"
        action = self.lead.with_user(self.agent).action_view_contacts()
        contact = self.env[action["res_model"]].search(action["domain"])
        self.assertIn("Ann Doe", contact.note)
        split = self.Lead.browse(contact.with_user(self.agent).action_split()["res_id"])
        self.assertNotEqual(split, self.lead)
        self.assertEqual(
            (split.name, split.contact_name, split.function, split.street),
            ("Somebody else's van", "Ann Doe", "Boss", "Main Street 1"),
        )
        self.assertEqual((split.user_id, split.stage_id.is_won), (self.agent, False))
        self.assertFalse(self.lead.function or self.lead.street)
        self.assertEqual(self.lead.website, "https://jo.example.com")
        self.assertEqual(self.lead.contact_name, "Jo Doe")
        self.assertIn(split.name, self.lead.message_ids[0].body)
        self.assertIn(self.lead.name, split.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "a lead of its own already"):
            contact.with_user(self.agent).action_split()

    def test_contact_that_filled_in_nothing_is_split_off(self):
        self._again(email_from="jo.doe@example.com", contact_name="Ann Doe")
        contact = self.lead.contact_ids.with_user(self.agent)
        split = self.Lead.browse(contact.action_split()["res_id"])
        self.assertEqual(split.contact_name, "Ann Doe")

    def test_contacts_are_seen_by_who_sees_the_lead(self):
        self._again(email_from="jo.doe@example.com")
        contact = self.lead.contact_ids
        Contact = self.env["crm.lead.contact"]
        domain = [("id", "=", contact.id)]
        self.assertTrue(Contact.with_user(self.agent).search(domain))
        self.assertFalse(Contact.with_user(self.other).search(domain))
        with self.assertRaises(AccessError):
            contact.with_user(self.other).action_split()
        with self.assertRaises(AccessError):
            contact.with_user(self.agent).write({"name": "Other"})
        employee = new_test_user(self.env, "intake_employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            Contact.with_user(employee).search(domain)

    def test_owner_is_notified(self):
        self._again(user=self.manager, email_from="jo.doe@example.com")
        notified = self.lead.message_ids[0].notified_partner_ids
        self.assertIn(self.agent.partner_id, notified)

    def test_owned_lead_comes_first(self):
        self.Lead.create(
            {"name": "Unowned", "email_from": "jo.doe@example.com", "user_id": False}
        )
        self.assertEqual(self._again(email_from="jo.doe@example.com"), self.lead)

    def test_returning_customer_gets_a_new_lead(self):
        """Won and lost leads do not block; the new lead links to them."""
        other = self._lead(
            name="Won", email_from="jo.doe@example.com", stage_id=self.won.id
        )
        self.lead.action_set_lost(lost_reason_id=self.reason.id)
        lead = self._again(email_from="jo.doe@example.com")
        self.assertNotIn(lead, self.lead | other)
        self.assertEqual(lead.previous_lead_ids, self.lead | other)
        self.assertEqual(lead.previous_lead_count, 2)
        action = lead.action_view_previous_leads()
        self.assertEqual(action["domain"], [("id", "in", lead.previous_lead_ids.ids)])

    # Where contacts come in

    def test_programs_are_told_what_became_of_each(self):
        result = self.agent_leads.intake(
            [
                {"name": "A", "email_from": "jo.doe@example.com"},
                {"name": "B", "email_from": "b@example.com"},
                {"name": "B2", "email_from": "b@example.com"},
            ]
        )
        self.assertEqual([entry["created"] for entry in result], [False, True, False])
        self.assertEqual(result[0]["lead_id"], self.lead.id)
        self.assertEqual(result[1]["lead_id"], result[2]["lead_id"])
        single = self.Lead.intake({"name": "A", "email_from": "jo.doe@example.com"})
        self.assertEqual(single, [{"lead_id": self.lead.id, "created": False}])

    def test_intake_needs_access(self):
        employee = new_test_user(self.env, "intake_employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.Lead.with_user(employee).intake([{"name": "X"}])

    def test_mail_gateway(self):
        mail = (
            "From: Jo <jo.doe@example.com>\nTo: sales@example.com\nSubject: Me again\n"
            "Message-Id: <pipe-intake@example.com>\n\nStill interested"
        )
        lead_id = self.env["mail.thread"].message_process("crm.lead", mail)
        self.assertEqual(lead_id, self.lead.id)
        bodies = " ".join(self.lead.message_ids.mapped("body"))
        self.assertIn("source: e-mail", bodies)
        self.assertIn("Still interested", bodies)

    def test_import(self):
        result = self.agent_leads.with_context(import_file=True).load(
            ["name", "email_from", "function"],
            [
                ["Row 1", "jo.doe@example.com", "Boss"],
                ["Row 2", "fresh@example.com", "Clerk"],
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(result["ids"][0], self.lead.id)
        self.assertIn("source: import", self.lead.message_ids[0].body)
        self.assertEqual(self.lead.function, "Boss")

    def test_elevated_code_creates_what_it_says(self):
        lead = self.Lead.create({"name": "Code", "email_from": "jo.doe@example.com"})
        self.assertNotEqual(lead, self.lead)

    def test_copy_is_a_copy(self):
        copied = self.lead.with_user(self.agent).copy()
        self.assertNotEqual(copied, self.lead)
        self.assertFalse(copied.previous_lead_ids)

    def test_switch_and_bypass(self):
        bypass = self.agent_leads.with_context(skip_lead_intake=True)
        values = {"name": "Twin", "email_from": "jo.doe@example.com"}
        self.assertNotEqual(bypass.create(values), self.lead)
        self.env.company.lead_intake = False
        self.assertNotEqual(self.agent_leads.create(values), self.lead)
        self.assertTrue(self.agent_leads.intake([values])[0]["created"])

    def test_merge_has_a_rule_for_each_field(self):
        """What customers said and their former leads outlive the lead merged away."""
        rules = {"contact_ids": "moved", "previous_lead_ids": "joined"}
        ours = {
            name
            for name, field in self.Lead._fields.items()
            if field._module == "crm_lead_intake" and (field.store or name in rules)
        }
        self.assertEqual(ours, set(rules))
        former = self._lead(name="Former")
        tail = self._lead(name="Tail", email_from="tail@example.com")
        tail.previous_lead_ids = former
        self._again(email_from="tail@example.com", function="Boss")
        contact = tail.contact_ids
        merged = (self.lead | tail).merge_opportunity()
        self.assertEqual(merged.contact_ids, contact)
        self.assertEqual(merged.previous_lead_ids, former)

    def test_settings(self):
        settings = self.env["res.config.settings"].create({"lead_intake": False})
        settings.execute()
        self.assertFalse(self.env.company.lead_intake)

    def test_lead_out_of_sight(self):
        """A person who may not see the open lead is told who works the customer."""
        self._let_new_cursors_share_our_transaction()
        said = ""
        try:
            self._again(
                user=self.other, email_from="jo.doe@example.com", function="Boss"
            )
        except UserError as error:
            said = str(error)
        self.assertIn('"Again"', said)
        self.assertIn(f"{self.agent.name}, who has been told", said)
        self.assertNotIn('"Open"', said)
        self.env.invalidate_all()
        self.assertEqual(self.lead.function, "Boss")
        self.assertIn("got in touch again", self.lead.message_ids[0].body)
        self.assertEqual(self.lead.message_ids[0].author_id, self.other.partner_id)

    def test_import_of_a_customer_out_of_sight(self):
        """It says who works the customer at the row, and leaves no trace."""
        self.Lead.flush_model()
        before = len(self.lead.message_ids)
        result = (
            self.Lead.with_user(self.other)
            .with_context(import_file=True)
            .load(["name", "email_from"], [["Row 1", "jo.doe@example.com"]])
        )
        message = result["messages"][0]["message"]
        self.assertIn(f"worked by {self.agent.name}.", message)
        self.assertNotIn("told", message)
        self.assertEqual(len(self.lead.message_ids), before)

    def _let_new_cursors_share_our_transaction(self):
        if hasattr(self, "registry_enter_test_mode"):  # from Odoo 18 on
            self.registry_enter_test_mode()
        else:
            self.registry.enter_test_mode(self.cr)
            self.addCleanup(self.registry.leave_test_mode)

    def test_import_costs_the_same_for_each_row(self):
        """Nothing is read row by row: not even the partners the rows name."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Row {i}", "email": f"import-{i}@example.com"}
                for i in range(220)
            ]
        )

        def cost(rows):
            rows = [{"name": p.name, "partner_id": p.id} for p in rows]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            customers = self.agent_leads._identify_contacts(rows)
            self.env["crm.contact.key"]._reserve(k for c in customers for k in c.keys)
            self.agent_leads._find_known_leads(customers)
            return self.env.cr.sql_log_count - before

        cost(partners[:1])  # warms up
        self.assertEqual(cost(partners[:10]), cost(partners[10:]))


@tagged("post_install", "-at_install")
class TestIntakeRace(TwoTransactionsCase):
    def test_same_customer_at_once(self):
        """Two requests with one customer, neither of which sees the other's lead."""
        first, second = self.new_env(), self.new_env()
        values = {"name": "Race", "email_from": "intake-race@example.com"}
        results = []
        # both transactions have begun, so that the second has an old snapshot
        self.assertFalse(
            second["crm.lead"].search([("email_normalized", "=", values["email_from"])])
        )
        results += first["crm.lead"].intake([values])
        first.flush_all()

        def take_second():
            results.extend(
                retrying(lambda: second["crm.lead"].intake([values]), second)
            )

        self.keep(first["crm.lead"].browse(results[0]["lead_id"]))
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            self.while_waiting(first, take_second)
        self.assertEqual([entry["created"] for entry in results], [True, False])
        self.assertEqual(results[0]["lead_id"], results[1]["lead_id"])
        found = self.new_env()["crm.lead"].search(
            [("email_normalized", "=", values["email_from"])]
        )
        self.assertEqual(len(found), 1)
        self.assertIn("got in touch again", found.message_ids[0].body)
