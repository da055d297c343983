import io
import json
from contextlib import contextmanager
from unittest.mock import patch

import requests

from odoo.addons.base.tests.common import BaseCommon


class StandIn:
    """Answers in place of the network: a list of answers, and what was asked.

    Only for what is ours alone; the dialogue with a dealer is tested with a real Odoo.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def send(self, _session, request, **options):
        """What `requests.Session.send` is replaced by."""
        self.requests.append((request, options))
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, requests.Response):
            answer = self.make(answer, json.loads(request.body)["id"])
        answer.request, answer.url = request, request.url
        return answer

    @staticmethod
    def make(result, number=None, status=200, kind="application/json", **headers):
        """An HTTP answer with this JSON-RPC result, or with these bytes as its body."""
        response = requests.Response()
        response.status_code = status
        response.headers.update({"Content-Type": kind, **headers})
        body = result
        if not isinstance(result, bytes):
            answer = {"jsonrpc": "2.0", "id": number}
            if not (isinstance(result, dict) and "error" in result):
                result = {"result": result}
            body = json.dumps({**answer, **result}).encode()
        response.raw = io.BytesIO(body)
        return response

    @contextmanager
    def active(self):
        """Put the stand-in between us and the network."""

        def send(session, request, **options):
            return self.send(session, request, **options)

        with patch.object(requests.Session, "send", send):
            yield self


def refusal(name, message=""):
    """The error object of Odoo's JSON-RPC."""
    return {"error": {"code": 200, "data": {"name": name, "message": message}}}


class PushCommon(BaseCommon):
    """A dealership, a vehicle and a lead; own transactions stay inside the test's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(
            "crm_dealer_push.allowed_http_hosts", "dealer.test, plain.test:8070"
        )
        cls.dealership = cls.env["crm.dealership"].create(
            {
                "name": "Garage Test",
                "odoo_url": "http://dealer.test",
                "odoo_database": "dealer",
                "odoo_login": "service",
                "odoo_api_key": "s3cret-key-of-the-test",
            }
        )
        cls.vehicle = cls.env["crm.vehicle.model"].create(
            {"name": "T 1", "brand": "Test", "default_code": "TEST-T1"}
        )
        cls.stage_won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.stage_open = cls.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        cls.salesperson = cls._make_user(
            "salesperson", "sales_team.group_sale_salesman"
        )
        cls.manager = cls._make_user("push_manager", "sales_team.group_sale_manager")
        cls.lead = cls._make_lead()

    def setUp(self):
        super().setUp()
        # The push opens transactions of its own: the harness lays them into this one.
        if hasattr(self, "registry_enter_test_mode"):
            self.registry_enter_test_mode()
        else:
            self.registry.enter_test_mode(self.cr)
            self.addCleanup(self.registry.leave_test_mode)

    @classmethod
    def _make_user(cls, login, group):
        users = cls.env["res.users"].with_context(no_reset_password=True)
        groups = "group_ids" if "group_ids" in users._fields else "groups_id"
        return users.create(
            {
                "name": login.title(),
                "login": login,
                "email": f"{login}@example.com",
                groups: [(4, cls.env.ref(group).id)],
            }
        )

    @classmethod
    def _make_lead(cls, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Test lead",
                "type": "opportunity",
                "contact_name": "Tess Tester",
                "email_from": "tess@example.com",
                "stage_id": cls.stage_open.id,
                "user_id": cls.salesperson.id,
                "dealership_id": cls.dealership.id,
                "vehicle_model_id": cls.vehicle.id,
                **values,
            }
        )
