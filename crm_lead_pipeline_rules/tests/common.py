from odoo.tests.common import TransactionCase, new_test_user


class PipelineCase(TransactionCase):
    """A pipeline of its own, whatever stages the database has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context, tracking_disable=False, no_reset_password=True
            )
        )
        cls.Stage = cls.env["crm.stage"]
        cls.Lead = cls.env["crm.lead"]
        cls.team = cls.env["crm.team"].create({"name": "Pipeline Team"})
        cls.agent = cls._new_user(
            "pipe_agent", "sales_team.group_sale_salesman_all_leads"
        )
        cls.other = cls._new_user("pipe_other", "sales_team.group_sale_salesman")
        cls.manager = cls._new_user("pipe_manager", "sales_team.group_sale_manager")
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.team.id, "user_id": user.id}
                for user in (cls.agent, cls.other)
            ]
        )
        cls._drop_common_stages()
        cls.new = cls._stage("New", 101)
        cls.qualified = cls._stage("Qualified", 102)
        cls.negotiation = cls._stage("Negotiation", 103)
        cls.won = cls._stage("Won", 170, is_won=True)
        cls.lost = cls._stage("Lost", 180, is_lost=True, fold=True)
        cls.price = cls.env.ref("crm_lead_pipeline_rules.lost_reason_price")
        cls.reason_other = cls.env.ref("crm_lead_pipeline_rules.lost_reason_other")

    @classmethod
    def _new_user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,base.group_partner_manager,{group}",
            email=f"{login}@example.com",
        )

    @classmethod
    def _team_field(cls):
        return "team_ids" if "team_ids" in cls.Stage._fields else "team_id"

    @classmethod
    def _of_team(cls, team):
        """Values that make a stage the team's own, as this series wants them."""
        if cls._team_field() == "team_ids":
            return {"team_ids": [(6, 0, team.ids)]}
        return {"team_id": team.id}

    @classmethod
    def _stage(cls, name, sequence, team=None, **values):
        """A stage of our team alone, so that the database's own do not interfere."""
        return cls.Stage.create(
            {
                "name": name,
                "sequence": sequence,
                **cls._of_team(team or cls.team),
                **values,
            }
        )

    @classmethod
    def _drop_common_stages(cls):
        """Give the database's common stages to a team no one is in."""
        nobody = cls.env["crm.team"].create({"name": "Nobody"})
        common = cls.Stage.search([(cls._team_field(), "=", False)])
        common.write(cls._of_team(nobody))

    @classmethod
    def _lead(cls, stage=None, **values):
        values = {
            "name": "Lead",
            "type": "opportunity",
            "team_id": cls.team.id,
            "user_id": cls.agent.id,
            "stage_id": (stage or cls.new).id,
            **values,
        }
        if stage and stage.is_lost:
            values.setdefault("lost_reason_id", cls.price.id)
        return cls.Lead.with_context(tracking_disable=True).create(values)
