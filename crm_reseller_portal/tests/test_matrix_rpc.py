import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .matrix import GUARDED_TABLES, SecretsCase

REFUSALS = {
    "odoo.exceptions.AccessError",
    "odoo.exceptions.AccessDenied",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
    # of the framework: a private method, or one of a model that is not there
    "werkzeug.exceptions.NotFound",
}
PORTAL_VISITORS = (
    "stranger",
    "other reseller",
    "colleague",
    "in charge",
    "supervisor",
)
TABLES = (*GUARDED_TABLES, "res_partner", "res_users", "mail_followers")


@tagged("post_install", "-at_install")
class TestMatrixRpc(SecretsCase):
    """What a portal user's login can do over RPC: look for its leads, no more."""

    def test_no_field_of_a_lead_can_be_written(self):
        deal = self.records["deal"]
        values = {
            "reseller_id": self.birch.id,
            "reseller_contact_id": self.ben.partner_id.id,
            "reseller_state": "accepted",
            "user_id": self.salesman.id,
            "partner_id": self.birch.id,
            "stage_id": self.env["crm.stage"].search([], limit=1).id,
            "team_id": self.env["crm.team"].search([], limit=1).id,
            "active": False,
            "type": "lead",
            "expected_revenue": 1.0,
            "probability": 100.0,
            "description": "<p>Changed</p>",
        }
        digest = self._digest(TABLES)
        for visitor in PORTAL_VISITORS:
            self._enter(visitor)
            names = deal._fields if visitor == "in charge" else values
            for name in names:
                with self.subTest(visitor=visitor, field=name):
                    vals = {name: values.get(name, False)}
                    self._assert_refused("crm.lead", "write", [deal.ids, vals])
            for method, arguments in (
                ("create", [{"name": "New", "reseller_id": self.alder.id}]),
                ("copy", [deal.ids]),
                ("unlink", [deal.ids]),
                ("web_save", [deal.ids, {"name": "New"}, {}]),
                ("message_post", [deal.ids]),
                ("message_subscribe", [deal.ids, self.birch.ids]),
                ("action_set_won", [deal.ids]),
                ("toggle_active", [deal.ids]),
            ):
                with self.subTest(visitor=visitor, method=method):
                    self._assert_error("crm.lead", method, arguments)
        self.assertEqual(self._digest(TABLES), digest)

    def test_models_of_the_suite_are_closed(self):
        models = self._get_our_models()
        self.assertIn("crm.reseller.offer", models)
        self.assertIn("crm.reseller.outcome", models)
        for visitor in ("stranger", "supervisor"):
            self._enter(visitor)
            for model in models:
                record = self.env[model].search([], limit=1)
                for method, arguments in (
                    ("search_read", [[], ["id"]]),
                    ("search_count", [[]]),
                    ("create", [{}]),
                    ("read", [record.ids or [1], ["id"]]),
                    ("write", [record.ids or [1], {}]),
                    ("unlink", [record.ids or [1]]),
                ):
                    with self.subTest(visitor=visitor, model=model, method=method):
                        self._assert_refused(model, method, arguments)

    def test_what_hangs_on_leads_cannot_be_made_or_read(self):
        deal = self.records["deal"]
        margin = self.env["ir.attachment"].search([("name", "=", "DealMargin.txt")])
        internal = self.env["mail.message"].search([("body", "like", "DealInternal")])
        todo = self.env["mail.activity"].search([("summary", "=", "DealTodo")])
        lead_model = self.env["ir.model"]._get_id("crm.lead")
        on_deal = {"res_model": "crm.lead", "res_id": deal.id}
        cases = [
            ("ir.attachment", "create", [{"name": "x", "raw": "eA==", **on_deal}]),
            ("ir.attachment", "read", [margin.ids, ["name", "datas"]]),
            ("ir.attachment", "write", [margin.ids, {"name": "x"}]),
            ("ir.attachment", "unlink", [margin.ids]),
            (
                "mail.message",
                "create",
                [{"model": "crm.lead", "res_id": deal.id, "body": "x"}],
            ),
            ("mail.message", "read", [internal.ids, ["body"]]),
            ("mail.message", "write", [internal.ids, {"body": "x"}]),
            (
                "mail.activity",
                "create",
                [{"res_model_id": lead_model, "res_id": deal.id, "summary": "x"}],
            ),
            ("mail.activity", "read", [todo.ids, ["summary"]]),
            ("mail.activity", "action_done", [todo.ids]),
            (
                "mail.followers",
                "create",
                [{**on_deal, "partner_id": self.birch.id}],
            ),
            ("res.partner", "write", [self.alder.ids, {"reseller_weight": 99}]),
            ("res.partner", "write", [self.birch.ids, {"reseller_level_id": False}]),
            ("res.partner", "create", [{"name": "x", "reseller_level_id": 1}]),
            ("res.partner", "unlink", [self.birch.ids]),
            ("crm.stage", "write", [self.stage.ids, {"name": "x"}]),
            ("crm.stage", "read", [self.stage.ids, ["name"]]),
            ("crm.team", "search_read", [[], ["name"]]),
            ("crm.lead.lost", "create", [{"lead_ids": [(6, 0, deal.ids)]}]),
            ("crm.lost.reason", "create", [{"name": "x"}]),
            ("portal.wizard", "create", [{}]),
            ("ir.config_parameter", "search_read", [[], ["value"]]),
        ]
        digest = self._digest(TABLES)
        for visitor in PORTAL_VISITORS:
            self._enter(visitor)
            group = self.env.ref("crm_reseller_portal.group_reseller_supervisor")
            user = self.visitors[visitor]
            groups = "groups_id" if "groups_id" in user._fields else "group_ids"
            self._assert_refused(
                "res.users", "write", [user.ids, {groups: [(4, group.id)]}]
            )
            for model, method, arguments in cases:
                with self.subTest(visitor=visitor, model=model, method=method):
                    self._assert_refused(model, method, arguments)
        self.assertEqual(self._digest(TABLES), digest)

    def test_reading_a_lead_tells_nothing_of_it(self):
        leads = self.env["crm.lead"].browse(lead.id for lead in self.records.values())
        asked = [
            ("read", [leads.ids]),
            ("read", [leads.ids, ["name", "email_from"]]),
            ("search_read", [[]]),
            ("search_read", [[("id", "in", leads.ids)], ["display_name"]]),
            ("search_read", [[("name", "ilike", "Name")], ["id"]]),
            ("search_read", [[("partner_id.name", "ilike", "a")], ["id"]]),
            ("search_read", [[], ["id"], 0, None, "name"]),
            ("name_search", ["Name"]),
            ("export_data", [leads.ids, ["name", "phone", "message_ids/body"]]),
            ("web_read", [leads.ids, {"name": {}, "partner_id": {"fields": {}}}]),
            ("read_group", [[], ["name"], ["contact_name"]]),
            ("read_group", [[], ["expected_revenue:sum"], ["type"]]),
            ("get_formview_action", [leads.ids]),
            ("message_get_suggested_recipients", [leads.ids]),
        ]
        for visitor in PORTAL_VISITORS:
            self._enter(visitor)
            for method, arguments in asked:
                with self.subTest(visitor=visitor, method=method, asked=arguments):
                    text = self._call("crm.lead", method, arguments)["text"]
                    # an error may name who caused it
                    text = text.replace(self.visitors[visitor].login, "")
                    told = [secret for secret in self.secrets if secret in text]
                    self.assertEqual(told, [], f"{visitor}, {method}: {text[:2000]}")

    def test_no_model_tells_what_leads_are_about(self):
        """What a login may read of all models has no words of others."""
        # what a salesperson's notice is called is the lead's name
        for lead in self.records.values():
            lead.message_post(
                body="x",
                author_id=self.manager.partner_id.id,
                partner_ids=self.salesman.partner_id.ids,
            )
        self.env.flush_all()
        seen = set()
        for visitor in PORTAL_VISITORS:
            user = self.visitors[visitor]
            for model in sorted(self.env.registry):
                Model = self.env[model].with_user(user)
                if Model._abstract or Model._transient:
                    continue
                text = self._read_everything(Model)
                if text:
                    seen.add(model)
                with self.subTest(visitor=visitor, model=model):
                    self.assertEqual(self._leaks(visitor, text), [])
        # so that the test is known to have looked
        for model in ("res.partner", "res.users", "res.country"):
            self.assertIn(model, seen)

    def _read_everything(self, Model):
        """Return as text what a user can read of a model, field by field."""
        texts = []
        try:
            with self.env.cr.savepoint(flush=False):
                records = Model.with_context(active_test=False).search(
                    [], limit=2000, order="id desc"
                )
                names = [
                    name
                    for name, field in Model.fields_get(attributes=["type"]).items()
                    if field["type"] not in ("binary", "image")
                ]
        except AccessError:
            return ""
        self.env.invalidate_all()
        for name in names if records else ():
            try:
                texts.append(str(records.read([name])))
            except AccessError:
                continue
        return " ".join(texts)

    def test_odoos_own_file_routes(self):
        """Neither up nor down: documents of leads come and go on their pages."""
        deal, foreign = self.records["deal"], self.records["foreign"]
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "in", (deal | foreign).ids)]
        )
        self.assertGreater(len(files), 3)
        for visitor in PORTAL_VISITORS:
            self._enter(visitor)
            token, digest = self._csrf_token(), self._digest()
            for lead in deal | foreign:
                for address, data in (
                    (
                        "/portal/attachment/add",
                        {
                            "name": "x.txt",
                            "res_model": "crm.lead",
                            "res_id": lead.id,
                            "thread_model": "crm.lead",
                            "thread_id": lead.id,
                        },
                    ),
                    (
                        "/mail/attachment/upload",
                        {"thread_model": "crm.lead", "thread_id": lead.id},
                    ),
                    ("/web/binary/upload_attachment", {"model": "crm.lead", "id": 1}),
                ):
                    with self.subTest(visitor=visitor, lead=lead, address=address):
                        name = "file" if "portal" in address else "ufile"
                        self.url_open(
                            address,
                            data={**data, "csrf_token": token},
                            files=[(name, ("x.txt", b"words"))],
                        )
                        self.assertEqual(self._digest(), digest)
                for field in ("name", "description", "email_from"):
                    for kind in ("content", "image"):
                        address = f"/web/{kind}/crm.lead/{lead.id}/{field}"
                        with self.subTest(visitor=visitor, address=address):
                            answer = self.url_open(address)
                            told = [s for s in self.secrets if s in answer.text]
                            self.assertEqual(told, [])
            for file in files:
                for address in (
                    f"/web/content/{file.id}",
                    f"/web/content/{file.id}?download=1&access_token=x",
                    f"/web/image/{file.id}",
                    f"/web/content/ir.attachment/{file.id}/raw",
                ):
                    with self.subTest(visitor=visitor, address=address):
                        answer = self.url_open(address)
                        self.assertNotEqual(answer.content, b"words")
                        self.assertEqual(self._leaks(visitor, answer.text), [])

    def test_odoos_own_message_routes(self):
        """What the portal's chatter would show is what the pages show, or less."""
        for visitor in PORTAL_VISITORS:
            self._enter(visitor)
            for key, lead in self.records.items():
                thread = {"thread_model": "crm.lead", "thread_id": lead.id}
                record = {"res_model": "crm.lead", "res_id": lead.id}
                post = {"body": "x", "message_type": "comment"}
                digest = self._digest(TABLES)
                for route, params in (
                    ("/mail/chatter_init", record),
                    ("/mail/chatter_fetch", record),
                    ("/mail/chatter_fetch", thread),
                    ("/portal/chatter_init", thread),
                    ("/mail/thread/messages", thread),
                    ("/mail/thread/data", {**thread, "request_list": ["activities"]}),
                    ("/mail/read_subscription_data", {"follower_id": 1}),
                    ("/mail/chatter_post", {**record, "message": "x"}),
                    ("/mail/message/post", {**thread, "post_data": post}),
                ):
                    with self.subTest(visitor=visitor, record=key, route=route):
                        answer = self._ask(route, params)
                        told = self._leaks(visitor, answer["text"])
                        self.assertEqual(told, [])
                        self.assertEqual(self._digest(TABLES), digest)

    # ------------------------------------------------------------

    def _ask(self, route, params):
        """Send a JSON-RPC request; return its text and the kind of its error."""
        response = self.url_open(
            route,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        error = None
        if response.status_code != 200:
            error = f"HTTP {response.status_code}"
        elif "error" in response.json():
            error = response.json()["error"]["data"]["name"]
        return {"text": response.text, "error": error}

    def _call(self, model, method, arguments):
        return self._ask(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": arguments, "kwargs": {}},
        )

    def _assert_refused(self, model, method, arguments):
        answer = self._call(model, method, arguments)
        self.assertIn(answer["error"], REFUSALS, answer["text"][:500])

    def _assert_error(self, model, method, arguments):
        """Like the above, for methods that one series or the other does not have."""
        self.assertTrue(self._call(model, method, arguments)["error"])

    def _get_our_models(self):
        return [
            name
            for name, model in self.env.registry.items()
            if not model._abstract
            and str(model._original_module or "").startswith("crm_reseller_")
        ]
