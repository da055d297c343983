"""Two workers at once, with real connections and committed data."""

import random
import threading
import time
import uuid
from contextlib import contextmanager

from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.crm_reseller_base.const import NO_NOTICE

TRIES = 10


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """No test transaction here: whatever is made is committed, and removed again."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.mark = uuid.uuid4().hex
        self.addCleanup(self.remove)

    @contextmanager
    def env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"reseller_no_notice": NO_NOTICE})

    def prepare(self, leads, resellers, **rule):
        """Commit a channel that only our own leads find."""
        with self.env() as env:
            country = env.ref("base.be").id
            self.rule_id = (
                env["crm.reseller.assignment.rule"]
                .create(
                    {
                        "name": self.mark,
                        "sequence": -1000,
                        "lead_domain": f"[('referred', '=', '{self.mark}')]",
                        "reseller_domain": f"[('ref', '=', '{self.mark}')]",
                        **rule,
                    }
                )
                .id
            )
            self.reseller_ids = (
                env["res.partner"]
                .create(
                    [
                        {
                            "name": f"Reseller {number}",
                            "ref": self.mark,
                            "is_company": True,
                            "country_id": country,
                            "reseller_level_id": env.ref(
                                "crm_reseller_base.level_gold"
                            ).id,
                            **vals,
                        }
                        for number, vals in enumerate(resellers)
                    ]
                )
                .ids
            )
            env.cr.execute(
                """
                INSERT INTO crm_lead (name, type, active, country_id, referred,
                                      reseller_state, priority, create_date, create_uid)
                     SELECT 'Concurrent ' || n, 'lead', TRUE, %s, %s, 'none', '0',
                            now(), 1
                       FROM generate_series(1, %s) AS n
                  RETURNING id
                """,
                [country, self.mark, leads],
            )
            self.lead_ids = sorted(row[0] for row in env.cr.fetchall())

    def remove(self):
        with self.env() as env:
            env["crm.lead"].with_context(active_test=False).search(
                [("referred", "=", self.mark)]
            ).unlink()
            env["crm.reseller.assignment.rule"].search(
                [("name", "=", self.mark)]
            ).unlink()
            env["res.partner"].with_context(active_test=False).search(
                [("ref", "=", self.mark)]
            ).unlink()

    def run_together(self, *works):
        """Run each work in a thread and a transaction of its own, at one moment.

        A work that lost a race is run again, as Odoo does with requests.
        """
        barrier = threading.Barrier(len(works))
        errors = []

        def run(work):
            for attempt in range(TRIES):
                try:
                    with self.env() as env:
                        # the transaction sees the database as it is now
                        env.cr.execute("SELECT 1 FROM crm_lead LIMIT 1")
                        if not attempt:
                            barrier.wait(timeout=60)
                        work(env)
                        env.flush_all()
                    return
                except TransactionRollbackError:
                    continue
                except Exception as error:  # noqa: BLE001 - reported by the test
                    errors.append(error)
                    return
            errors.append(AssertionError(f"Lost {TRIES} races in a row"))

        threads = [threading.Thread(target=run, args=[work]) for work in works]
        for thread in threads:
            thread.dbname = get_db_name()
            thread.start()
        for thread in threads:
            thread.join(timeout=180)
        self.assertFalse(errors, errors)

    def pending(self):
        with self.env() as env:
            env.cr.execute(
                "SELECT lead_id, reseller_id FROM crm_reseller_offer "
                "WHERE lead_id = ANY(%s) AND state = 'pending'",
                [self.lead_ids],
            )
            return env.cr.fetchall()

    def assign(self, seed, lead_ids=None):
        def work(env):
            env["crm.lead"].browse(lead_ids or self.lead_ids)._assign_by_rules(
                rng=random.Random(seed), inline=False
            )

        return work

    def test_two_workers_same_leads(self):
        """2,000 leads, two workers: each lead has exactly one pending offer."""
        self.prepare(2000, [{}, {}, {}])
        self.run_together(self.assign(1), self.assign(2))
        pending = self.pending()
        self.assertEqual(len(pending), 2000)
        self.assertEqual(
            sorted(lead_id for lead_id, _reseller in pending), self.lead_ids
        )
        with self.env() as env:
            env.cr.execute(
                "SELECT count(*) FROM crm_lead lead "
                "JOIN crm_reseller_offer offer ON offer.lead_id = lead.id "
                "WHERE lead.id = ANY(%s) AND offer.state = 'pending' "
                "AND offer.reseller_id = lead.reseller_id "
                "AND lead.reseller_state = 'pending'",
                [self.lead_ids],
            )
            self.assertEqual(env.cr.fetchone(), (2000,))

    def test_capacity_under_concurrency(self):
        """Capacity 3, four workers with leads of their own: three leads, never four."""
        self.prepare(40, [{"reseller_max_open_leads": 3}])
        parts = [self.lead_ids[number::4] for number in range(4)]
        self.run_together(
            *(self.assign(number, part) for number, part in enumerate(parts))
        )
        self.assertEqual(len(self.pending()), 3)

    def test_capacity_by_hand_under_concurrency(self):
        """The same for leads given by hand while the rules run."""
        self.prepare(12, [{"reseller_max_open_leads": 3}])
        refused = []

        def by_hand(lead_id):
            def work(env):
                lead = env["crm.lead"].browse(lead_id)
                try:
                    lead.assign_to_reseller(self.reseller_ids[0])
                except Exception as error:
                    if isinstance(error, TransactionRollbackError):
                        raise
                    refused.append(str(error))

            return work

        self.run_together(
            *(by_hand(lead_id) for lead_id in self.lead_ids[:4]),
            self.assign(1, self.lead_ids[4:]),
        )
        self.assertEqual(len(self.pending()), 3)
        self.assertTrue(all("no room" in text for text in refused), refused)

    def test_round_robin_under_concurrency(self):
        """Turns are not lost: three workers, equal weights, equal shares."""
        self.prepare(30, [{}, {}], method="round_robin")
        parts = [self.lead_ids[number::3] for number in range(3)]
        self.run_together(
            *(self.assign(number, part) for number, part in enumerate(parts))
        )
        given = [reseller_id for _lead, reseller_id in self.pending()]
        self.assertEqual(
            [given.count(key) for key in self.reseller_ids], [15, 15], given
        )

    def test_a_person_waits_for_a_run(self):
        """A run that began when the lead was created is over in a moment."""
        self.prepare(1, [{}])
        held = threading.Event()

        def hold():
            with self.env() as env:
                env.cr.execute(
                    "SELECT id FROM crm_lead WHERE id = ANY(%s) FOR UPDATE",
                    [self.lead_ids],
                )
                held.set()
                time.sleep(1)

        thread = threading.Thread(target=hold)
        thread.dbname = get_db_name()
        thread.start()
        self.assertTrue(held.wait(timeout=60))
        with self.env() as env:
            reseller = env["res.partner"].browse(self.reseller_ids)
            env["crm.lead"].browse(self.lead_ids).assign_to_reseller(reseller)
        thread.join(timeout=60)
        self.assertEqual(self.pending(), [(self.lead_ids[0], self.reseller_ids[0])])

    def test_answer_against_withdrawal(self):
        """Accepted or withdrawn, but never both."""
        self.prepare(1, [{}])
        self.run_together(self.assign(1))
        said = []

        def accept(env):
            try:
                env["crm.lead"].browse(self.lead_ids).reseller_accept()
            except Exception as error:
                if isinstance(error, TransactionRollbackError):
                    raise
                said.append(str(error))

        def withdraw(env):
            env["crm.lead"].browse(self.lead_ids).reseller_withdraw()

        self.run_together(accept, withdraw)
        with self.env() as env:
            lead = env["crm.lead"].browse(self.lead_ids)
            offer = lead.reseller_offer_ids
            self.assertIn(offer.state, ("accepted", "withdrawn"))
            self.assertEqual(len(said), offer.state == "withdrawn")
            self.assertFalse(lead.reseller_id)
            self.assertEqual(lead.reseller_state, "none")

    def test_cron_starts_again_after_a_lost_race(self):
        """The cron's bundles are run again when another worker was faster."""
        self.prepare(20, [{"reseller_max_open_leads": 8}], automatic=True)

        def cron(env):
            env["crm.lead"]._in_bundles(
                self.lead_ids,
                lambda leads: leads._assign_by_rules(automatic=True, inline=False),
                auto_commit=True,
                size=4,
            )

        self.run_together(cron, cron)
        self.assertEqual(len(self.pending()), 8)

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_reseller_bundle_mixin")
    def test_cron_keeps_what_it_did_beside_a_bad_lead(self):
        """What was done for the others is committed, before and after the bad one."""
        self.prepare(10, [{}], automatic=True)
        bad = self.lead_ids[4]

        def work(leads):
            leads._assign_by_rules(automatic=True, inline=False)
            if bad in leads.ids:
                raise ValueError("bad lead")

        def cron(env):
            env["crm.lead"]._in_bundles(self.lead_ids, work, auto_commit=True, size=4)

        self.run_together(cron)
        self.assertEqual(
            sorted(lead_id for lead_id, _reseller in self.pending()),
            [key for key in self.lead_ids if key != bad],
        )
