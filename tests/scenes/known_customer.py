"""A customer whose open lead a reseller works on, and who is entered again."""

from __future__ import annotations

from .people import make_reseller, make_user

MAIL = "pat@known-customer.example"


def main(env):
    """Create and import the customer again; return what became of the open lead."""
    env.company.lead_intake = True
    first_reseller = make_reseller(env, "Known first")
    other = make_reseller(env, "Known other")
    manager, agent = (
        make_user(env, login, group)
        for login, group in (
            ("known_manager", "sales_team.group_sale_manager"),
            ("known_agent", "sales_team.group_sale_salesman_all_leads"),
        )
    )
    Lead = env(user=manager.id)["crm.lead"]
    lead = Lead.create(
        {
            "name": "Pumps",
            "email_from": MAIL,
            "user_id": manager.id,
            "expected_revenue": 500,
        }
    )
    lead.assign_to_reseller(first_reseller)
    lead.sudo().reseller_accept()
    history = len(lead.message_ids)
    again = Lead.create({"name": "Again", "email_from": MAIL, "reseller_id": other.id})
    for _time in range(2):
        Lead.with_context(import_file=True).load(
            ["id", "name", "email_from", "user_id", "expected_revenue"],
            [["__import__.known_1", "Again", MAIL, agent.name, "99"]],
        )
    env.flush_all()
    return {
        "same": again == lead,
        "leads": env["crm.lead"].search_count([("email_from", "=", MAIL)]),
        "name": lead.name,
        "salesperson": lead.user_id.login,
        "revenue": lead.expected_revenue,
        "reseller": lead.reseller_id.name,
        "state": lead.reseller_state,
        "offers": lead.reseller_offer_ids.mapped("state"),
        "told": len(lead.message_ids) > history,
    }
