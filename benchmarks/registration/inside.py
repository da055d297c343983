"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.measure import backend_pid, cpu_seconds
from benchmarks.portal.inside import _copy_rows

TURNS = 15
# how many leads and contacts a customer has who is known well
DEALS = 8


def fill(env: Any, leads: int, before: int) -> None:
    """Bring the database to so many leads, and half as many companies, in SQL."""
    _fill_companies(env, leads // 2, before // 2)
    _fill_leads(env, leads, before)
    # what PostgreSQL does by itself some time after such a change
    env.cr.commit()
    env.cr.execute("ANALYZE res_partner; ANALYZE crm_lead")


def _fill_companies(env: Any, count: int, before: int) -> None:
    model = env["res.partner"].create(
        {
            "name": "Bench Works GmbH",
            "is_company": True,
            "website": "https://www.bench0.example",
            "email": "info@bench0.example",
            "vat": "100000000",
            "country_id": env.ref("base.de").id,
        }
    )
    env.flush_all()
    env.cr.execute("SELECT max(id) FROM res_partner")
    first = env.cr.fetchone()[0] + 1
    _copy_rows(
        env,
        "res_partner",
        "t.id = %s",
        model.id,
        count - before,
        {"id": f"{first - 1} + n", "commercial_partner_id": f"{first - 1} + n"},
    )
    env.cr.execute(
        """
        SELECT setval('res_partner_id_seq', (SELECT max(id) FROM res_partner));
        UPDATE res_partner SET
            name = 'Works ' || mark, complete_name = 'Works ' || mark,
            commercial_company_name = 'Works ' || mark,
            contact_name_key = 'works ' || mark,
            website = 'https://www.works' || mark || '.example',
            registration_domain = 'works' || mark || '.example',
            email = 'info@works' || mark || '.example',
            email_normalized = 'info@works' || mark || '.example',
            contact_domain_key = 'works' || mark || '.example',
            vat = '0' || (100000000 + mark), contact_vat_key = '0' || (100000000 + mark)
          FROM (SELECT id AS key, %s + id - %s AS mark
                  FROM res_partner WHERE id >= %s) made
         WHERE id = key
        """,
        [before, first, first],
    )


def _fill_leads(env: Any, count: int, before: int) -> None:
    model = env["crm.lead"].create(
        {
            "name": "Bench",
            "type": "opportunity",
            "contact_name": "Carla Bench",
            "partner_name": "Bench Works GmbH",
            "email_from": "carla@bench0.example",
            "phone": "+49 30 1234567",
            "country_id": env.ref("base.de").id,
        }
    )
    env.flush_all()
    env.cr.execute("SELECT max(id) FROM crm_lead")
    first = env.cr.fetchone()[0] + 1
    _copy_rows(
        env,
        "crm_lead",
        "t.id = %s",
        model.id,
        count - before,
        {"id": f"{first - 1} + n"},
    )
    # eight leads each of so many customers, half of them companies we know
    env.cr.execute(
        """
        SELECT setval('crm_lead_id_seq', (SELECT max(id) FROM crm_lead));
        UPDATE crm_lead SET
            name = 'Deal ' || number,
            partner_name = 'Works ' || mark, contact_name_key = 'works ' || mark,
            email_from = 'p' || number || '@works' || mark || '.example',
            email_normalized = 'p' || number || '@works' || mark || '.example',
            contact_domain_key = 'works' || mark || '.example',
            phone = '+4930' || (1000000 + number),
            contact_phone_key = '+4930' || (1000000 + number)
          FROM (SELECT id AS key, %s + id - %s AS number,
                       (%s + id - %s) / %s AS mark
                  FROM crm_lead WHERE id >= %s) made
         WHERE id = key
        """,
        [before, first, before, first, DEALS, first],
    )


def submit(env: Any) -> dict[str, dict[str, Any]]:
    """Submit registrations of each kind of customer; nothing is kept."""
    level = env["crm.reseller.level"].create(
        {"name": "Bench", "max_open_registrations": 0, "can_register_deal": True}
    )
    mine, other = env["res.partner"].create(
        [
            {"name": name, "is_company": True, "reseller_level_id": level.id}
            for name in ("Bench Mine", "Bench Other")
        ]
    )
    found = {}
    for customer, first, by_other in (
        ("new", 900_000_000, False),
        ("known, with 8 leads", 1, False),
        ("registered by another", 901_000_000, True),
    ):
        times, computed, statements, answers = [], [], [], set()
        backend = backend_pid(env)
        for turn in range(TURNS + 3):
            mark = first + turn
            if by_other:
                _draft(env, other, mark)._submit()
            registration = _draft(env, mine, mark)
            env.flush_all()
            env.invalidate_all()
            count, started = env.cr.sql_log_count, time.perf_counter()
            before = cpu_seconds(backend)
            registration._submit()
            env.flush_all()
            times.append((time.perf_counter() - started) * 1000)
            computed.append((cpu_seconds(backend) - before) * 1000)
            statements.append(env.cr.sql_log_count - count)
            answers.add(registration.answer)
        # the first ones load everything
        found[customer] = {
            "answer": ", ".join(sorted(answers)),
            "ms": statistics.median(times[3:]),
            "CPU ms": statistics.mean(computed[3:]),
            "slowest ms": max(times[3:]),
            "SQL": max(statements[3:]),
        }
    env.cr.rollback()
    return found


def _draft(env: Any, reseller: Any, mark: int) -> Any:
    return env["crm.deal.registration"]._create_draft(
        reseller,
        reseller,
        {
            "name": f"Bench {mark}",
            "new_company": True,
            "company_name": f"Works {mark} GmbH",
            "website": f"www.works{mark}.example",
            "vat": f"{100_000_000 + mark:010d}",
            "new_contact": True,
            "first_name": "Carla",
            "last_name": "Bench",
            "email": f"carla@works{mark}.example",
        },
    )
