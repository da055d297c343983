"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from benchmarks.measure import measured


def prepare(env: Any, resellers: int) -> None:
    """Resellers of one country; who else is in the database gets no leads."""
    env["res.partner"].search([("reseller_level_id", "!=", False)]).write(
        {"reseller_performance_factor": 0}
    )
    env["crm.reseller.assignment.rule"].search([]).active = False
    env["crm.reseller.assignment.rule"].create({"name": "Everything"})
    country = env.ref("base.be").id
    level = env.ref("crm_reseller_base.level_gold").id
    partners = env["res.partner"].create(
        [
            {
                "name": f"Bench {number}",
                "is_company": True,
                "email": f"bench{number}@example.com",
                "country_id": country,
                "reseller_level_id": level,
                "reseller_weight": 1 + number % 5,
            }
            for number in range(resellers)
        ]
    )
    group = env.ref("base.group_portal")
    field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    # all of them can sign in: the notice is a mail, not an invitation
    env["res.users"].with_context(no_reset_password=True).create(
        [
            {
                "name": partner.name,
                "login": f"bench-{partner.id}",
                "partner_id": partner.id,
                field: [(6, 0, group.ids)],
            }
            for partner in partners
        ]
    )


def _leads(env: Any, size: int) -> Any:
    return (
        env["crm.lead"]
        .with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        .create(
            [
                {
                    "name": f"Bench {number}",
                    "type": "lead",
                    "country_id": env.ref("base.be").id,
                    "user_id": False,
                    "team_id": False,
                }
                for number in range(size)
            ]
        )
    )


def _assign(leads: Any) -> Any:
    return leads._assign_by_rules(rng=random.Random(7), inline=False)


def turns(env: Any, size: int) -> dict[str, dict[str, float]]:
    """Measure each turn on leads of its own."""
    reason = env.ref("crm_reseller_base.decline_reason_territory")
    found = {}
    _assign(_leads(env, 5))  # everything is loaded
    env.flush_all()
    leads = _leads(env, size)
    found["assigned"] = measured(env, lambda: _assign(leads))
    env.cr.commit()

    def ready() -> Any:
        leads = _leads(env, size)
        _assign(leads)
        env.cr.commit()
        return leads

    expired = ready()
    env.cr.execute(
        "UPDATE crm_reseller_offer SET due_on = %s WHERE lead_id = ANY(%s)",
        [env.cr.now() - timedelta(days=1), expired.ids],
    )
    env.cr.commit()
    env.invalidate_all()
    found["expired, offered on"] = measured(env, lambda: expired._expire_offers())
    env.cr.commit()
    declined = ready()
    found["declined, offered on"] = measured(
        env, lambda: declined.reseller_decline(reason)
    )
    env.cr.commit()
    if hasattr(type(declined), "reseller_return"):
        returned = ready()
        returned.reseller_accept()
        env.cr.commit()
        found["given back, offered on"] = measured(
            env, lambda: returned.reseller_return(reason)
        )
        env.cr.commit()
    accepted = ready()
    found["accepted"] = measured(env, lambda: accepted.reseller_accept())
    env.cr.commit()
    withdrawn = ready()
    found["withdrawn"] = measured(env, lambda: withdrawn.reseller_withdraw("Ours"))
    env.cr.commit()
    told = ready()
    found["told by mail"] = measured(
        env, lambda: told.reseller_offer_ids._send_notices()
    )
    env.cr.commit()
    found.update(_floors(env, told))
    return found


def _floors(env: Any, leads: Any) -> dict[str, dict[str, float]]:
    """What Odoo's own calls cost for as many leads: a note each, a mail each."""
    template = env["mail.template"].create(
        {
            "name": "Bench",
            "model_id": env.ref("crm.model_crm_lead").id,
            "subject": "Bench {{ object.name }}",
            "body_html": "<p>Bench <t t-out='object.name'/></p>",
            "partner_to": "{{ object.reseller_notice_partner_id.id }}",
        }
    )
    notes = dict.fromkeys(leads.ids, "Bench")
    found = {
        "Odoo: a note each": measured(env, lambda: leads._message_log_batch(notes)),
        "Odoo: a mail each": measured(
            env,
            lambda: template.send_mail_batch(
                leads.ids, email_layout_xmlid="mail.mail_notification_light"
            ),
        ),
    }
    env.cr.rollback()
    return found
