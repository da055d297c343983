import re

from odoo.tests import HttpCase, new_test_user

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class ResellerPortalCase(HttpCase):
    """Two resellers: Alder with a user, a colleague and a supervisor; and Birch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.env["res.company"].sudo().search([]).write(
            {"reseller_hide_contact_details": False}
        )
        cls.level = cls.env["crm.reseller.level"].create(
            {"name": "Test level", "response_hours": 24}
        )
        cls.alder = cls.env["res.partner"].create(
            {
                "name": "Alder Ltd",
                "is_company": True,
                "reseller_level_id": cls.level.id,
            }
        )
        cls.birch = cls.env["res.partner"].create(
            {
                "name": "Birch GmbH",
                "is_company": True,
                "reseller_level_id": cls.level.id,
            }
        )
        cls.anna = cls._create_reseller_user("alder_anna", cls.alder)
        cls.ben = cls._create_reseller_user("alder_ben", cls.alder)
        cls.sue = cls._create_reseller_user(
            "alder_sue", cls.alder, "crm_reseller_portal.group_reseller_supervisor"
        )
        cls.bob = cls._create_reseller_user("birch_bob", cls.birch)
        cls.stranger = new_test_user(
            cls.env, "portal_stranger", groups="base.group_portal"
        )
        cls.salesman = new_test_user(
            cls.env, "portal_salesman", groups="sales_team.group_sale_salesman"
        )
        cls.reason = cls.env["crm.reseller.decline.reason"].create(
            {"name": "Not my territory (test)", "reassign": False}
        )
        cls.reason_explained = cls.env["crm.reseller.decline.reason"].create(
            {"name": "Other (test)", "comment_required": True, "reassign": False}
        )

    @classmethod
    def _create_reseller_user(
        cls, login, company, group="crm_reseller_portal.group_reseller_user"
    ):
        # in the company from the start: who comes from another one loses the role
        person = cls.env["res.partner"].create(
            {"name": login, "email": f"{login}@example.com", "parent_id": company.id}
        )
        return new_test_user(
            cls.env,
            login,
            groups=group,
            tz="UTC",
            partner_id=person.id,
            name=login,
            email=person.email,
        )

    @classmethod
    def _create_lead(cls, reseller=None, **vals):
        lead = cls.env["crm.lead"].create(
            {
                "name": "Forty pumps",
                "type": "lead",
                "contact_name": "Carla Customer",
                "partner_name": "Customer Inc",
                "email_from": "carla@customer.example",
                "phone": "+49 30 1234567",
                "street": "Secret Lane 5",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
                "description": "<p>We need forty pumps.</p>",
                "user_id": cls.salesman.id,
                **vals,
            }
        )
        if reseller:
            lead.assign_to_reseller(reseller)
        return lead

    @classmethod
    def _create_deal(cls, user, **vals):
        """Return an opportunity in the charge of a reseller's user."""
        lead = cls._create_lead(user.commercial_partner_id, **vals)
        mine = lead.with_user(user).sudo()
        mine.reseller_accept()
        mine.reseller_convert()
        return lead

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _get_main(self, response):
        """Return what a page says, without what stands around it."""
        text = response.text.partition("<main>")[2].partition("</main>")[0]
        return re.sub(r"\s+", " ", text)

    def _get(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(
            response.status_code, status, f"{url}: {self._get_main(response)}"
        )
        return response

    def _get_token(self):
        """Return the token that the forms of this session carry."""
        return CSRF.search(self.url_open("/my/security").text).group(1)

    def _post(self, page, url, status=200, files=None, **data):
        """Send a form found on `page`, as a browser without JavaScript does."""
        token = CSRF.search(self.url_open(page).text)
        self.assertTrue(token, f"no form on {page}")
        return self._send(url, status, files, csrf_token=token.group(1), **data)

    def _send(self, url, status=200, files=None, **data):
        response = self.url_open(url, data=data, files=files)
        self.assertEqual(
            response.status_code, status, f"{url}: {self._get_main(response)}"
        )
        return response

    def _post_as(self, user, url, status=200, files=None, **data):
        """Send a form from a page opened earlier: the token is this session's."""
        self._login(user)
        return self._post("/my/security", url, status, files, **data)
