from odoo.tests import new_test_user

from odoo.addons.crm_reseller_base.tests.common import prepare_backend
from odoo.addons.crm_reseller_portal.tests.common import ResellerPortalCase


class RegistrationCase(ResellerPortalCase):
    """Alder and Birch register deals; an agent decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Registration = cls.env["crm.deal.registration"]
        cls.agent = new_test_user(
            cls.env,
            "registration_agent",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        cls.env["crm.deal.registration.rule"].search([]).active = False
        cls.env["crm.deal.registration.rule"].create(
            {"name": "Everything", "user_id": cls.agent.id}
        )
        cls.company = cls.env.ref("base.main_company")
        cls.company.write(
            {
                "reseller_registration_hours": 16,
                "reseller_registration_search": "worked",
            }
        )
        cls.level.write(
            {
                "can_register_deal": True,
                "max_open_registrations": 0,
                "protection_days": 90,
                "lease_idle_days": 30,
                "decision_hours": 0,
            }
        )
        cls.reject_reason = cls.env.ref(
            "crm_reseller_registration.reason_other_reseller"
        )

    @classmethod
    def _draft(cls, user=None, **vals):
        """Return a draft about a new company that nobody knows."""
        user = user or cls.anna
        return (
            cls.Registration.with_user(user)
            .sudo()
            ._create_draft(
                user.commercial_partner_id,
                user.partner_id,
                {
                    "name": "Twelve presses",
                    "new_company": True,
                    "company_name": "Quercus Werke GmbH",
                    "website": "https://www.quercus.example/",
                    "vat": "123456789",
                    "new_contact": True,
                    "first_name": "Carla",
                    "last_name": "Quercus",
                    "email": "carla@quercus.example",
                    "representative_id": user.partner_id.id,
                    "budget": 12000.0,
                    "requirements": "Twelve presses by May.",
                    **vals,
                },
            )
        )

    @classmethod
    def _submitted(cls, user=None, **vals):
        registration = cls._draft(user, **vals)
        registration._submit()
        return registration

    @classmethod
    def _qualified(cls, user=None, **vals):
        registration = cls._submitted(user, **vals)
        agent = cls.env(user=cls.agent.id, context={})
        registration.with_env(agent).action_qualify()
        return registration


class RegistrationToursCase(RegistrationCase):
    """The life of a registration in a browser, the reseller's and the agent's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prepare_backend(cls.env)

    def _play(self, tour, url="/my/registrations", user=None):
        """Let a person do something.

        :param str tour: its name, after that of the addon
        :param str url: where it begins
        :param user: res.users; Anna unless another one is given
        """
        self.start_tour(
            url,
            f"crm_reseller_registration_{tour}",
            login=(user or self.anna).login,
            timeout=180,
        )
        self.env.invalidate_all()

    def _decide(self, tour, registration=None):
        """Let the agent do something.

        :param str tour: see ``_play``
        :param registration: whose form is open; else the list of what is to decide is
        """
        action = self.env.ref("crm_reseller_registration.crm_deal_registration_action")
        url = f"/web#action={action.id}"
        if registration:
            url += f"&id={registration.id}&model={registration._name}&view_type=form"
        self._play(tour, url, self.agent)

    def _read(self, registration, user=None):
        """Return what a reseller's person reads on the page of a registration.

        :param registration: the registration
        :param user: res.users; Anna unless another one is given
        :return: html text
        """
        self._login(user or self.anna)
        return self._get_main(self._get(registration._get_reseller_path()))

    def _find(self):
        """Return what the reseller has registered in its browser."""
        registration = self.Registration.search([("name", "=", "Twelve presses")])
        registration.ensure_one()
        return registration
