from odoo.tests.common import HttpCase, tagged
from odoo.tools import file_path

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestPipelineTours(HttpCase):
    """The pipeline in a browser, with the database's own stages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._leave_out_missing_library()
        cls._build_assets()
        Stage = cls.env["crm.stage"]
        names = ("New", "Qualified", "Negotiation")
        for sequence, stage in enumerate(Stage.search([]), start=50):
            stage.write({"sequence": sequence, "name": f"Former {sequence}"})
        cls.stages = Stage.create(
            [
                {"name": name, "sequence": sequence}
                for sequence, name in enumerate(names, start=1)
            ]
        )
        Stage.search([("is_lost", "=", True)], limit=1).write(
            {"name": "Lost", "sequence": 80}
        )
        cls.agent = PipelineCase._new_user.__func__(
            cls, "pipe_tour", "sales_team.group_sale_salesman"
        )
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Tour Lead",
                "type": "opportunity",
                "user_id": cls.agent.id,
                "stage_id": cls.stages[0].id,
            }
        )

    @classmethod
    def _leave_out_missing_library(cls):
        """Some packages of Odoo lack a file that its mail addon asks for.

        The browser then prints an error on every page, which would fail every tour.
        """
        path = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
        try:
            file_path(path)
        except FileNotFoundError:
            cls.env["ir.asset"].create(
                {
                    "name": "Missing library",
                    "bundle": "web.assets_backend",
                    "directive": "remove",
                    "path": path,
                }
            )

    @classmethod
    def _build_assets(cls):
        """Before the browser asks for them: meanwhile no request would be answered."""
        for name in ("web.assets_web", "web.assets_tests"):
            bundle = cls.env["ir.qweb"]._get_asset_bundle(name, assets_params={})
            bundle.css()
            bundle.js()

    def _tour(self, name, url):
        self.start_tour(url, name, login="pipe_tour", timeout=180)
        self.env.invalidate_all()

    def _kanban_tour(self, name):
        action = self.env.ref("crm.action_your_pipeline")
        self._tour(name, f"/web#action={action.id}")

    def _form_tour(self, name):
        action = self.env.ref("crm.crm_lead_action_pipeline")
        self._tour(
            name,
            f"/web#id={self.lead.id}&model=crm.lead&view_type=form&action={action.id}",
        )

    def test_drag_forward(self):
        self._kanban_tour("crm_pipeline_drag_forward")
        self.assertEqual(self.lead.stage_id, self.stages[1])

    def test_forbidden_drag(self):
        self._kanban_tour("crm_pipeline_forbidden_drag")
        self.assertEqual(self.lead.stage_id, self.stages[0])

    def test_statusbar(self):
        self._form_tour("crm_pipeline_statusbar")
        self.assertEqual(self.lead.stage_id, self.stages[1])

    def test_claim(self):
        self.lead.user_id = False
        self._form_tour("crm_pipeline_claim")
        self.assertEqual(self.lead.user_id, self.agent)

    def test_log_call(self):
        self._form_tour("crm_pipeline_log_call")
        call = self.lead.call_log_ids
        self.assertEqual(
            (call.result, call.duration, call.user_id),
            ("no_answer", 2, self.agent),
        )
        self.assertTrue(call.activity_id)

    def test_lost(self):
        self._kanban_tour("crm_pipeline_lost")
        self.assertTrue(self.lead.stage_id.is_lost)
        self.assertFalse(self.lead.active)
        self.assertEqual(
            self.lead.lost_reason_id,
            self.env.ref("crm_lead_pipeline_rules.lost_reason_price"),
        )
