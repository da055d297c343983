"""What runs in Odoo's processes during the races; see ``race.py``."""

from __future__ import annotations

import logging
import socket
from typing import Any

from psycopg2 import IntegrityError
from psycopg2.extensions import TransactionRollbackError

TRIES = 10
SECONDS = 120


def main(env: Any, step: str, **arguments: Any) -> Any:
    """Do one step of the races: ``prepare``, ``race`` or ``check``."""
    return {"prepare": prepare, "race": race, "check": check}[step](env, **arguments)


def prepare(env: Any, count: int) -> list[list[int]]:
    """Make two drafts about each customer, of two resellers; return their ids."""
    level = env["crm.reseller.level"].create(
        {"name": "Race", "max_open_registrations": 0, "can_register_deal": True}
    )
    resellers = env["res.partner"].create(
        [
            {
                "name": f"Racer {number}",
                "is_company": True,
                "reseller_level_id": level.id,
            }
            for number in range(2)
        ]
    )
    Registration = env["crm.deal.registration"]
    pairs = []
    for number in range(count):
        vals = {
            "name": f"Race {number}",
            "new_company": True,
            "company_name": f"Raced {number}",
            "website": f"www.raced{number}.example",
            "vat": f"{700_000_000 + number}",
        }
        pairs.append(
            [
                Registration._create_draft(reseller, reseller, vals).id
                for reseller in resellers
            ]
        )
    return pairs


def race(env: Any, ids: list[int], port: int) -> int:
    """Submit one registration after the other, each together with its rival.

    :return: how often a transaction started over
    """
    collided = 0
    # that transactions collide is what the race is about
    logging.getLogger("odoo.sql_db").setLevel(logging.CRITICAL)
    with socket.create_connection(("127.0.0.1", port), SECONDS) as rival:
        for registration_id in ids:
            for attempt in range(TRIES):
                try:
                    _submit(env, registration_id, None if attempt else rival)
                    break
                except (TransactionRollbackError, IntegrityError):
                    # the server repeats a request that collided
                    collided += 1
            else:
                raise RuntimeError(f"Registration {registration_id} gave up")
    return collided


def _submit(env: Any, registration_id: int, rival: Any) -> None:
    with env.registry.cursor() as cr:
        registration = env(cr=cr)["crm.deal.registration"].browse(registration_id)
        # the transaction sees what is there before the rival's end
        if registration.state != "draft":
            raise RuntimeError(f"Registration {registration_id} is no draft")
        if rival:
            rival.sendall(b"r")
            if not rival.recv(1):
                raise RuntimeError("The rival is gone")
        registration._submit()


def check(env: Any, pairs: list[list[int]]) -> dict[str, int]:
    """Count the pairs of which exactly one is protected once the team is late."""
    protected = told = 0
    for ids in pairs:
        pair = env["crm.deal.registration"].browse(ids)
        told += sorted(pair.mapped("answer")) == ["free", "known"]
        holders = pair.filtered("claim_ids")
        pair._on_decision_late()
        protected += (
            len(holders) == 1
            and set(pair.mapped("state")) == {"submitted"}
            and holders.protection == "provisional"
            and (pair - holders).protection == "none"
            and holders.answer == "free"
        )
    return {"races": len(pairs), "protected_once": protected, "told_apart": told}
