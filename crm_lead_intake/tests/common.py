import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests.common import BaseCase, TransactionCase, get_db_name, new_test_user


class IntakeCase(TransactionCase):
    """A sales team of three, whose leads no one else has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context, tracking_disable=False, no_reset_password=True
            )
        )
        cls.Lead = cls.env["crm.lead"]
        cls.team = cls.env["crm.team"].create({"name": "Intake Team"})
        cls.agent = cls._new_user(
            "intake_agent", "sales_team.group_sale_salesman_all_leads"
        )
        cls.other = cls._new_user("intake_other", "sales_team.group_sale_salesman")
        cls.manager = cls._new_user("intake_manager", "sales_team.group_sale_manager")
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.team.id, "user_id": user.id}
                for user in (cls.agent, cls.other)
            ]
        )
        cls.won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Price"})

    @classmethod
    def _new_user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,base.group_partner_manager,{group}",
            email=f"{login}@staff.example.com",
        )

    @classmethod
    def _lead(cls, **values):
        return cls.Lead.with_context(tracking_disable=True).create(
            {
                "name": "Lead",
                "type": "opportunity",
                "team_id": cls.team.id,
                "user_id": cls.agent.id,
                **values,
            }
        )


class TwoTransactionsCase(BaseCase):
    """Two real connections, each with its own transaction, that commit for real."""

    def setUp(self):
        super().setUp()
        self.dbname = get_db_name()
        self.addCleanup(self.clean_up)
        self.made = []

    def new_env(self, uid=SUPERUSER_ID):
        cr = db_connect(self.dbname).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, uid, {})

    def keep(self, records):
        """Remove these records when the test is over."""
        self.made.append((records._name, records.ids))
        return records

    def clean_up(self):
        env = self.new_env()
        for model, ids in reversed(self.made):
            records = env[model].with_context(active_test=False).browse(ids).exists()
            partners = (
                records.partner_id if model == "res.users" else env["res.partner"]
            )
            records.unlink()
            partners.unlink()
        env.cr.commit()

    def while_waiting(self, first, second):
        """Run ``second`` in a thread; commit ``first`` once the other waits for it."""
        thread = threading.Thread(target=second)
        thread.start()
        watch = db_connect(self.dbname).cursor()
        try:
            for __ in range(200):
                watch.execute(
                    """
                    SELECT 1 FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """
                )
                waiting = watch.fetchone()
                watch.rollback()
                if waiting or not thread.is_alive():
                    break
                time.sleep(0.05)
            self.assertTrue(waiting, "the second transaction never met the first")
            first.cr.commit()
            thread.join(30)
            self.assertFalse(thread.is_alive())
        finally:
            watch.close()
