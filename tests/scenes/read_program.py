"""All that an import may have changed, as plain values."""

from __future__ import annotations

LEADS = ("waiting", "converted", "archived", "refused", "passed on", "unknown holder")


def main(env):
    """Return levels, resellers, leads, and how much was registered and sent."""
    everything = env(context={**env.context, "active_test": False})
    leads = everything["crm.lead"].search([("name", "in", LEADS)])
    return {
        "levels": {
            level.name: [level.weight, level.active]
            for level in everything["crm.reseller.level"].search([])
        },
        "resellers": {
            partner.name: reseller_values(partner)
            for partner in everything["res.partner"].search(
                [("reseller_level_id", "!=", False)]
            )
        },
        "leads": {lead.name: lead_values(lead) for lead in leads},
        "origins": env["ir.model.data"].search_count(
            [("name", "=like", "reseller_%from_%")]
        ),
        "messages": env["mail.mail"].search_count([]),
        "pending on": [
            str(lead.reseller_offered_on)
            for lead in leads
            if lead.name == "waiting" and lead.reseller_offered_on
        ],
    }


def reseller_values(partner):
    """Level, weight, whether it is the reseller's own, activation and two dates."""
    return [
        partner.reseller_level_id.name,
        partner.reseller_weight,
        partner.reseller_weight_custom,
        partner.reseller_activation_id.name or "",
        str(partner.reseller_partnership_date or ""),
        str(partner.reseller_review_date or ""),
    ]


def lead_values(lead):
    """Holder, person, state, who is excluded, the imported offers, and the deadline."""
    return [
        lead.reseller_id.name or "",
        lead.reseller_contact_id.name or "",
        lead.reseller_state,
        sorted(lead.reseller_excluded_ids.mapped("name")),
        [
            [offer.reseller_id.name, offer.state]
            for offer in lead.reseller_offer_ids.sorted("id")
            if offer.method == "imported"
        ],
        str(lead.reseller_due_on or ""),
    ]
