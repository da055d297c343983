import re

from odoo.tests import tagged

from .common import RegistrationCase

NEW = "/my/registrations/new"
POST = {
    "name": "Twelve presses",
    "new_company": "1",
    "company_name": "Quercus Werke GmbH",
    "website": "www.quercus.example",
    "vat": "123 456 789",
    "new_contact": "1",
    "first_name": "Carla",
    "last_name": "Quercus",
    "budget": "12,000",
    "comment": "They want it soon.",
}


@tagged("post_install", "-at_install")
class TestPages(RegistrationCase):
    def _find(self, name="Twelve presses"):
        return self.Registration.search([("name", "=", name)])

    def _register(self, user, status=200, files=None, **changes):
        self._login(user)
        data = {**POST, "representative_id": user.partner_id.id, **changes}
        return self._post(NEW, NEW, status, files, **data)

    def test_register_and_answer_a_question(self):
        self._login(self.anna)
        self.assertIn("Register an opportunity", self._get("/my").text)
        response = self._register(self.anna, then="submit")
        registration = self._find()
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(registration.vat, "123456789")
        self.assertEqual(registration.budget, 12000)
        page = self._get_main(response)
        self.assertIn("Submitted. Our team has been notified.", page)
        self.assertIn("No one has registered this customer before you.", page)
        self.assertIn("Our team decides by", page)
        self.assertIn("They want it soon.", page)
        registration._return_question("Which size?")
        self.assertIn(
            "Which size?",
            self._get("/my").text
            + self._get(f"/my/registrations/{registration.id}").text,
        )
        edit = f"/my/registrations/{registration.id}/edit"
        self.assertIn("Which size?", self._get(edit).text)
        self._post(
            edit,
            edit,
            **{
                **POST,
                "representative_id": self.anna.partner_id.id,
                "requirements": "Size L",
            },
        )
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(registration.requirements, "Size L")

    def test_enter_submits_but_while_a_company_is_searched(self):
        self._login(self.anna)
        buttons = re.findall(r'name="then"\s+value="(\w+)"', self._get(NEW).text)
        self.assertEqual(buttons[0], "enter", "Enter presses the first button")
        response = self._register(
            self.anna, then="enter", new_company="", company_search="Quercus"
        )
        self.assertIn("No company was found.", response.text)
        self.assertFalse(self._find())
        self._register(self.anna, then="enter", company_search="Quercus")
        self.assertEqual(self._find().state, "submitted")

    def test_the_same_form_sent_twice_is_one_registration(self):
        self._login(self.anna)
        key = re.search(r'name="form_key"\s+value="(\w+)"', self._get(NEW).text)[1]
        first = self._register(self.anna, then="submit", form_key=key)
        again = self._register(self.anna, then="submit", form_key=key)
        registration = self._find()
        self.assertEqual(len(registration), 1)
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(again.url, first.url)
        # a key tells nobody else anything
        self._register(self.ben, then="draft", form_key=key)
        self.assertEqual(len(self._find()), 2)

    def test_draft_is_kept_and_only_its_author_goes_on(self):
        self._register(self.anna, then="draft", vat="", website="", last_name="")
        registration = self._find()
        self.assertEqual(registration.state, "draft")
        self.assertIn(
            "Quercus Werke GmbH",
            self._get(f"/my/registrations/{registration.id}/edit").text,
        )
        self._login(self.ben)
        self._get(f"/my/registrations/{registration.id}/edit", 404)

    def test_mistakes_keep_what_was_typed_and_the_files(self):
        files = {"documents": ("plan.txt", b"the plan", "text/plain")}
        response = self._register(self.anna, 422, files, vat="12", then="submit")
        self.assertIn("A TIN has 9, 10 or 12 digits.", response.text)
        self.assertIn("Quercus Werke GmbH", response.text)
        draft = self._find()
        self.assertEqual(draft.state, "draft")
        self.assertEqual(draft._get_documents().mapped("name"), ["plan.txt"])
        url = re.search(r'action="(/my/registrations/\d+/edit)"', response.text).group(
            1
        )
        self._post(url, url, **{**POST, "representative_id": self.anna.partner_id.id})
        self.assertEqual(draft.state, "submitted")
        self.assertEqual(self._find(), draft)

    def test_mine_and_all(self):
        hers, his = self._submitted(self.anna), self._submitted(self.ben, name="Other")
        foreign = self._submitted(self.bob, name="Foreign")
        self._login(self.anna)
        page = self._get("/my/registrations").text
        self.assertIn(hers.name, page)
        self.assertNotIn(his.name, page)
        for other in (his, foreign):
            for end in ("", "/edit", "/withdraw", "/extend"):
                self._get(f"/my/registrations/{other.id}{end}", 404)
            for end in ("edit", "withdraw", "extend", "attach"):
                self._send(
                    f"/my/registrations/{other.id}/{end}",
                    404,
                    csrf_token=self._get_token(),
                    reason="x",
                    note="x",
                    days="5",
                )
        self._login(self.sue)
        page = self._get("/my/registrations").text
        self.assertIn(hers.name, page)
        self.assertIn(his.name, page)
        self.assertNotIn(foreign.name, page)
        self.assertNotIn(hers.name, self._get("/my/registrations?who=mine").text)
        self._get(f"/my/registrations/{his.id}")
        self._get(f"/my/registrations/{foreign.id}", 404)

    def test_withdraw_and_extend(self):
        registration = self._submitted()
        url = f"/my/registrations/{registration.id}/withdraw"
        self._login(self.anna)
        self._post(url, url, 422, reason="")
        self._post(url, url, reason="Customer went elsewhere")
        self.assertEqual(registration.state, "withdrawn")
        qualified = self._qualified()
        url = f"/my/registrations/{qualified.id}/extend"
        self._login(self.anna)
        response = self._post(url, url, days="30", reason="Budget in June")
        self.assertIn("Our team decides on it", response.text)
        self.assertEqual(qualified.extension_ids.days, 30)
        self._post(url, url, 409, days="30", reason="Again")

    def test_internal_notes_and_other_resellers_stay_inside(self):
        self._submitted(self.bob)
        registration = self._submitted()
        registration.message_post(
            body="InternalWord",
            subtype_xmlid="mail.mt_note",
            author_id=self.agent.partner_id.id,
        )
        registration.message_post(
            body="OpenWord",
            subtype_xmlid="mail.mt_comment",
            author_id=self.agent.partner_id.id,
        )
        self._login(self.anna)
        page = self._get(f"/my/registrations/{registration.id}").text
        self.assertIn("OpenWord", page)
        self.assertNotIn("InternalWord", page)
        self.assertNotIn("Birch", page)
        self.assertNotIn("birch", page)

    def test_company_search_shows_a_few_of_those_it_worked_with(self):
        companies = self.env["res.partner"].create(
            [
                {
                    "name": f"Salix {number}",
                    "is_company": True,
                    "email": "hidden@x.example",
                }
                for number in range(7)
            ]
        )
        foreign = self.env["res.partner"].create(
            {"name": "Salix Secret", "is_company": True}
        )
        for company in companies:
            self._create_deal(self.anna, partner_id=company.id)
        person = self.env["res.partner"].create(
            {"name": "Sally Salix", "parent_id": companies[0].id}
        )
        self._login(self.anna)

        def search(words):
            return self._post(NEW, NEW, name="x", then="search", company_search=words)

        found = search("salix")
        self.assertEqual(len(re.findall(r'name="partner_id"', found.text)), 5)
        self.assertNotIn(foreign.name, found.text)
        self.assertNotIn("hidden@", found.text)
        for words in ("sa", "%%%", "___", ""):
            self.assertNotIn('name="partner_id"', search(words).text, words)
        chosen = self._post(
            NEW, NEW, name="x", then="choose", partner_id=companies[0].id
        )
        self.assertIn("Sally Salix", chosen.text)
        self._post(
            NEW,
            NEW,
            name="Existing one",
            then="submit",
            partner_id=companies[0].id,
            contact_id=person.id,
            representative_id=self.anna.partner_id.id,
        )
        registration = self._find("Existing one")
        self.assertEqual(registration.contact_id, person)
        # not by its number either
        self._post(
            NEW,
            NEW,
            422,
            name="Stolen",
            then="submit",
            partner_id=foreign.id,
            contact_id=person.id,
            representative_id=self.anna.partner_id.id,
        )

    def test_searches_are_limited(self):
        self.env["crm.deal.registration.search"].create(
            [{"user_id": self.anna.id} for _number in range(30)]
        )
        company = self.env["res.partner"].create({"name": "Salix", "is_company": True})
        self._create_deal(self.anna, partner_id=company.id)
        self._login(self.anna)
        page = self._post(NEW, NEW, then="search", company_search="salix").text
        self.assertIn("try again in an hour", page)
        self.assertNotIn('name="partner_id"', page)

    def test_known_company_is_named_only_where_it_can_be_chosen(self):
        company = self.env["res.partner"].create(
            {
                "name": "QUERCUS Werke",
                "is_company": True,
                "website": "https://www.quercus.example/de",
            }
        )
        response = self._register(self.anna)
        self.assertIn("Our team", self._get_main(response))
        registration = self._find()
        self.assertEqual(registration.state, "submitted")
        self.assertTrue(registration.company_known)
        registration._withdraw("Test")
        self._create_deal(self.anna, partner_id=company.id)
        response = self._register(self.anna, 422, name="Second")
        self.assertIn("A company with this website is known", response.text)
        self.assertIn("A company with this name is known", response.text)
        self.assertNotIn("A company with this TIN is known", response.text)

    def test_level_without_registration(self):
        self.level.can_register_deal = False
        self._login(self.anna)
        self.assertNotIn("Register an opportunity", self._get("/my").text)
        response = self.url_open(NEW)
        self.assertIn("Your level does not allow registering deals", response.text)

    def test_others_find_nothing(self):
        registration = self._submitted()
        for user in (self.stranger, self.salesman):
            self._login(user)
            for url in ("", "/new", f"/{registration.id}", f"/{registration.id}/edit"):
                self._get(f"/my/registrations{url}", 404)

    def test_hand_typed_addresses(self):
        registration = self._submitted()
        self._login(self.anna)
        self._get("/my/registrations/99999999999", 404)
        self._get("/my/registrations/new?typed=1&errors=2&found=3&searched=x")
        self._get(f"/my/registrations/{registration.id}/withdraw?typed=1&errors=x")
        self._get("/my/registrations?filterby=x&sortby=y&groupby=z&who=9&page=-1")
        self._get("/my/registrations?groupby=state&search=presses&filterby=open")

    def test_documents_are_streamed_to_those_who_see_the_page(self):
        registration = self._submitted()
        registration.with_user(self.anna).sudo()._post_from_reseller(
            "Look", [("plan.txt", b"the plan")]
        )
        document = registration._get_documents()
        url = f"/my/registrations/{registration.id}/documents/{document.id}"
        self._login(self.anna)
        response = self._get(url)
        self.assertEqual(response.content, b"the plan")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self._login(self.bob)
        self._get(url, 404)
