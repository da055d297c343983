from odoo import fields, models

from ..lib.assignment import Turns


class CrmResellerRoundRobin(models.Model):
    """When each reseller of a rule was last served, carried on from run to run."""

    _name = "crm.reseller.round.robin"
    _description = "Round Robin Turn"
    _log_access = False

    rule_id = fields.Many2one(
        "crm.reseller.assignment.rule", required=True, ondelete="cascade"
    )
    reseller_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    last_turn = fields.Float(required=True, digits=False)

    _sql_constraints = [
        (
            "rule_reseller_unique",
            "UNIQUE (rule_id, reseller_id)",
            "One turn per reseller and rule.",
        ),
    ]

    def _load_turns(self, rules):
        """Read the turns.

        :param rules: crm.reseller.assignment.rule
        :return: ``lib.assignment.Turns`` by rule id
        """
        if not rules:
            return {}
        self.flush_model()
        self.env.cr.execute(
            "SELECT rule_id, reseller_id, last_turn FROM crm_reseller_round_robin "
            "WHERE rule_id = ANY(%s)",
            [rules.ids],
        )
        turns = {rule.id: {} for rule in rules}
        for rule_id, reseller_id, last_turn in self.env.cr.fetchall():
            turns[rule_id][reseller_id] = last_turn
        return {rule_id: Turns(last) for rule_id, last in turns.items()}

    def _store_turns(self, turns_by_rule):
        """Store what changed. Fails, to be run again, when another run was faster.

        :param dict turns_by_rule: ``lib.assignment.Turns`` by rule id
        """
        rows = sorted(
            (rule_id, key, turns.last[key])
            for rule_id, turns in turns_by_rule.items()
            for key in turns.changed
        )
        if not rows:
            return
        self.env.cr.execute(
            """
            INSERT INTO crm_reseller_round_robin (rule_id, reseller_id, last_turn)
                 SELECT * FROM unnest(%s::int[], %s::int[], %s::float8[])
            ON CONFLICT (rule_id, reseller_id)
              DO UPDATE SET last_turn = EXCLUDED.last_turn
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )
        for turns in turns_by_rule.values():
            turns.changed.clear()
        self.invalidate_model(["last_turn"])
