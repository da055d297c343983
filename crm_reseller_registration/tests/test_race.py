"""Two people register one customer at the same moment, with committed transactions."""

import logging
import os
import threading
import uuid
from contextlib import contextmanager

from psycopg2 import IntegrityError
from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

_logger = logging.getLogger(__name__)

# `REGISTRATION_RACES=1000 make test ARGS=…/test_race.py` for the long run
RACES = int(os.environ.get("REGISTRATION_RACES", "20"))
TRIES = 10


@tagged("post_install", "-at_install")
class TestRace(BaseCase):
    """No test transaction here: whatever is made is committed, and removed again."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._remove)
        self.reseller_ids, self.registration_ids = [], []
        with self._env() as env:
            level = env["crm.reseller.level"].create(
                {"name": "Race", "max_open_registrations": 0}
            )
            self.level_id = level.id
            self.reseller_ids = (
                env["res.partner"]
                .create(
                    [
                        {
                            "name": f"Racer {number}",
                            "is_company": True,
                            "reseller_level_id": level.id,
                        }
                        for number in range(2)
                    ]
                )
                .ids
            )

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _remove(self):
        with self._env() as env:
            registrations = env["crm.deal.registration"].browse(self.registration_ids)
            registrations.write({"state": "draft"})
            registrations.unlink()
            env["res.partner"].browse(self.reseller_ids).unlink()
            env["crm.reseller.level"].browse(self.level_id).unlink()

    def _prepare(self, number):
        mark = uuid.uuid4().hex[:12]
        with self._env() as env:
            ids = []
            for reseller in env["res.partner"].browse(self.reseller_ids):
                registration = env["crm.deal.registration"]._create_draft(
                    reseller,
                    reseller,
                    {
                        "name": f"Race {number}",
                        "new_company": True,
                        "company_name": f"Customer {mark}",
                        "website": f"www.{mark}.example",
                        "vat": f"{number:09d}",
                    },
                )
                ids.append(registration.id)
        self.registration_ids += ids
        return ids

    def _submit(self, registration_id, barrier, failures):
        try:
            for attempt in range(TRIES):
                try:
                    with self._env() as env:
                        registration = env["crm.deal.registration"].browse(
                            registration_id
                        )
                        # the transaction sees what is there before the other's end
                        self.assertEqual(registration.state, "draft")
                        if not attempt:
                            barrier.wait(30)
                        registration._submit()
                    return
                except (TransactionRollbackError, IntegrityError):
                    # the server repeats a request that collided
                    continue
            failures.append("gave up")
        except Exception as error:  # noqa: BLE001 - the thread must tell the test
            failures.append(repr(error))

    @mute_logger("odoo.sql_db")
    def test_exactly_one_is_protected(self):
        for number in range(RACES):
            ids = self._prepare(number)
            barrier, failures = threading.Barrier(2), []
            threads = [
                threading.Thread(target=self._submit, args=(each, barrier, failures))
                for each in ids
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            self.assertFalse(failures)
            with self._env() as env:
                pair = env["crm.deal.registration"].browse(ids)
                self.assertEqual(set(pair.mapped("state")), {"submitted"})
                holders = pair.filtered("claim_ids")
                self.assertEqual(len(holders), 1)
                self.assertEqual(
                    sorted(pair.mapped("answer")),
                    ["free", "known"],
                    "who was told what",
                )
                # the team's deadline passes for both
                pair.write({"decision_due_on": fields.Datetime.now()})
                pair._on_decision_late()
                self.assertEqual(
                    sorted(pair.mapped("protection")), ["none", "provisional"]
                )
                self.assertEqual(holders.protection, "provisional")
        _logger.info("%s races: exactly one protected each time", RACES)
