from odoo.tests import tagged

from odoo.addons.crm_reseller_portal.tests.common import (
    LOGIN,
    SECRET,
    RouteMatrix,
)

from .common import OnboardingCase

RESELLERS = (LOGIN, 404, 200, 200, 404)
REDIRECTED = (LOGIN, 404, 303, 303, 404)
ALDER = (LOGIN, 404, 404, 200, 404)
TO_ALDER = (LOGIN, 404, 404, 303, 404)
# which answer each of ``people`` gets, for an agreement and news that are for Alder
READING = {
    "/my/onboarding": RESELLERS,
    "/my/guide": RESELLERS,
    "/my/guide/done": REDIRECTED,
    "/my/guide/skip": REDIRECTED,
    "/my/agreements/<int:agreement_id>": ALDER,
    "/my/agreements/<int:agreement_id>/accept": ALDER,
    "/my/announcements/<int:announcement_id>/read": TO_ALDER,
}
WRITING = {
    "/my/guide/done": REDIRECTED,
    "/my/guide/skip": REDIRECTED,
    "/my/agreements/<int:agreement_id>/accept": (LOGIN, 404, 404, 422, 404),
    "/my/announcements/<int:announcement_id>/read": TO_ALDER,
}


@tagged("post_install", "-at_install")
class TestRoutes(RouteMatrix, OnboardingCase):
    module = "odoo.addons.crm_reseller_onboarding."
    reading = READING
    writing = WRITING
    unsigned = {"agreed": "1"}
    names = ("agreed", "version_id", "done", "agreement_id", "context", "form")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "public": None,
            "stranger": cls.stranger,
            "other reseller": cls.bob,
            "colleague": cls.anna,
            "team": cls.salesman,
        }
        cls.agreement = cls._publish_agreement(SECRET)
        cls._add_step("agreement", agreement_id=cls.agreement.id)
        cls._begin()
        cls.news = cls.env["crm.reseller.announcement"].create(
            {
                "name": SECRET,
                "body": f"<p>{SECRET}</p>",
                "audience_company_ids": [(6, 0, cls.alder.ids)],
            }
        )
        cls.news.action_publish()

    def _fill(self, route, record_id=None):
        return route.replace(
            "<int:agreement_id>", str(record_id or self.agreement.id)
        ).replace("<int:announcement_id>", str(record_id or self.news.id))

    def _get_state(self):
        return self.news.dismissed_count, self.agreement.version_ids.acceptance_ids

    def _check_written(self):
        self.assertEqual(self.news.dismissed_count, 1)
        self.assertFalse(self.agreement.version_ids.acceptance_ids)

    def _check_unharmed(self):
        self.assertFalse(self.agreement.version_ids.acceptance_ids)
