from odoo.tests import tagged

from odoo.addons.crm_reseller_portal.tests.common import (
    LOGIN,
    SECRET,
    RouteMatrix,
)

from .common import ResourceCase

RESELLERS = (LOGIN, 404, 200, 200, 200, 404)
ALDER = (LOGIN, 404, 404, 200, 200, 404)
IN_CHARGE = (LOGIN, 404, 404, 404, 303, 404)
# which answer each of ``people`` gets, for a resource that is meant for Alder
READING = {
    "/my/resources": RESELLERS,
    "/my/resources/page/<int:page>": RESELLERS,
    "/my/search": RESELLERS,
    "/my/resources/<int:resource_id>": ALDER,
    "/my/resources/<int:resource_id>/download": ALDER,
    "/my/resources/<int:resource_id>/play": (LOGIN, 404, 404, 303, 303, 404),
    "/my/resources/<int:resource_id>/favourite": (LOGIN, 404, 404, 303, 303, 404),
    "/my/opportunities/<int:lead_id>/resources/<int:resource_id>": IN_CHARGE,
}
WRITING = {
    "/my/resources/<int:resource_id>/favourite": (LOGIN, 404, 404, 303, 303, 404),
    "/my/opportunities/<int:lead_id>/resources/<int:resource_id>": IN_CHARGE,
}


@tagged("post_install", "-at_install")
class TestRoutes(RouteMatrix, ResourceCase):
    module = "odoo.addons.crm_reseller_resource."
    reading = READING
    writing = WRITING
    insiders = ("colleague", "in charge")
    form = {"favourite": "0", "used": "0"}
    unsigned = {"used": "1"}
    names = (
        *("search", "filterby", "sortby", "groupby", "who", "date_begin", "page"),
        *("favourite", "used", "resource_id", "context", "errors"),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "public": None,
            "stranger": cls.stranger,
            "other reseller": cls.bob,
            "colleague": cls.ben,
            "in charge": cls.anna,
            "team": cls.salesman,
        }
        cls.resource = cls._create_resource(
            SECRET, audience_company_ids=[(6, 0, cls.alder.ids)]
        )
        cls.deal = cls._create_deal(cls.anna)
        cls.deal.reseller_contact_id = cls.anna.partner_id

    def _fill(self, route, record_id=None):
        return (
            route.replace("<int:resource_id>", str(record_id or self.resource.id))
            .replace("<int:lead_id>", str(self.deal.id))
            .replace("<int:page>", "1")
        )

    def _get_state(self):
        return self.resource.favourite_partner_ids, self.deal.reseller_resource_use_ids

    def _is_compared(self, route):
        return "resource_id" in route and "lead_id" not in route

    def _check(self, response, visitor, status, route):
        if visitor == "team" and "<int:lead_id>" in route and status == 404:
            # our own people are sent to the lead in the backend, if any
            self.assertIn(response.status_code, (303, 404), route)
            return
        super()._check(response, visitor, status, route)

    def _check_written(self):
        self.assertFalse(self.resource.favourite_partner_ids)
        self.assertFalse(self.deal.reseller_resource_use_ids)

    def _check_unharmed(self):
        self.assertEqual(self.resource.name, SECRET)
        self.assertFalse(self.resource.favourite_partner_ids - self.anna.partner_id)
