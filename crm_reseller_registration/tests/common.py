from odoo.tests import new_test_user

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
