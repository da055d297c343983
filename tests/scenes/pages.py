"""A reseller's leads and opportunities in every state, for looking at all pages."""

from __future__ import annotations

from .people import make_leads, make_reseller, make_reseller_user

STATES = ("Waiting", "Accepted", "Deal", "Reported", "Won", "Lost", "Closed", "Gone")


def main(env, login):
    """Return the routes that show pages, and the leads' ids by state."""
    leads = make_all_leads(env, login)
    user = env["res.users"].search([("login", "=", login)])
    return {
        "routes": page_routes(env),
        **{lead.name.lower(): lead.id for lead in leads},
        **make_registrations(env, user),
        **make_resources(env, leads),
    }


def make_all_leads(env, login):
    """One lead for each of :data:`STATES`, of the reseller whose supervisor signs in.

    :param login: the supervisor's login
    """
    company = make_reseller(
        env,
        "Axe",
        response_hours=24,
        can_convert=True,
        can_edit_opportunity=True,
        can_report_outcome=True,
        can_register_deal=True,
        protection_days=90,
    )
    env["res.company"].search([]).write({"reseller_hide_contact_details": False})
    user = make_reseller_user(env, login, company, "supervisor")
    make_reseller_user(env, "axe_colleague", company, "supervisor")
    leads = make_leads(
        env,
        STATES,
        email_from="carla@customer.example",
        street="Long Lane 5",
        zip="10115",
        tag_ids=[(4, env["crm.tag"].create({"name": "Axe tag"}).id)],
        website="https://customer.example",
        function="Buyer",
        description="<p>We need forty pumps.</p><p>Soon, please.</p>",
    )
    leads.assign_to_reseller(company)
    waiting, _accepted, deal, reported, won, lost, closed, gone = leads
    reason = env["crm.reseller.decline.reason"].search(
        [("comment_required", "=", False)], limit=1
    )
    gone.with_user(user).sudo().reseller_decline(reason.id)
    for lead in leads - waiting - gone:
        lead.with_user(user).sudo().reseller_accept()
    for lead in deal | reported | won | lost:
        lead.with_user(user).sudo().reseller_convert()
    mine = deal.with_user(user).sudo()
    mine.expected_revenue = 12500
    mine._reseller_post("They want to see it", [("drawing.txt", b"words")])
    mine._reseller_plan_step("call", "Call again", "2031-01-31")
    reported.with_user(user).sudo()._reseller_report_outcome("won", None, "SO-4711")
    won.action_set_won()
    lost_reason = env["crm.lost.reason"].search([], limit=1)
    closed.action_set_lost(lost_reason_id=lost_reason.id)
    lost.action_set_lost(lost_reason_id=lost_reason.id)
    return leads


def make_registrations(env, user):
    """A draft and a protected deal that the reseller's person registered.

    :return: dict of ``draft`` and ``protected`` to ids
    """
    Registration = env["crm.deal.registration"].with_user(user).sudo()
    drafts = [
        Registration._create_draft(
            user.commercial_partner_id,
            user.partner_id,
            {
                "name": name,
                "new_company": True,
                "company_name": f"{name} GmbH",
                "website": f"https://www.{name.lower()}.example/",
                "vat": vat,
                "new_contact": True,
                "first_name": "Carla",
                "last_name": "Customer",
                "representative_id": user.partner_id.id,
            },
        )
        for name, vat in (("Draft", "123456789"), ("Protected", "987654321"))
    ]
    drafts[1]._submit()
    env["crm.deal.registration"].browse(drafts[1].id).action_qualify()
    return {"draft": drafts[0].id, "protected": drafts[1].id}


def make_resources(env, leads):
    """A file that fits a deal, and an answer that opens in place.

    :return: dict of ``resource`` and ``answer`` to ids
    """
    resources = env["crm.reseller.resource"].create(
        [
            {
                "name": "Axe price list",
                "kind": "price_list",
                "summary": "Net prices",
                "tag_ids": [(6, 0, leads.tag_ids.ids)],
            },
            {"name": "Axe question", "kind": "faq"},
        ]
    )
    contents = ({"link": "https://example.com/prices"}, {"body": "<p>An answer</p>"})
    for resource, content in zip(resources, contents, strict=True):
        version = env["crm.reseller.resource.version"].create(
            {"resource_id": resource.id, **content}
        )
        version.action_publish()
    return dict(zip(("resource", "answer"), resources.ids, strict=True))


def page_routes(env):
    """The addresses of the suite that answer GET with a page, in Odoo's notation."""
    from odoo.http import _generate_routing_rules

    rules = _generate_routing_rules(sorted(env.registry._init_modules), nodb_only=False)
    return sorted(
        {
            url
            for url, endpoint in rules
            if endpoint.original_endpoint.__module__.startswith("odoo.addons.crm_")
            and "GET" in (endpoint.routing["methods"] or ["GET"])
            and endpoint.routing["type"] == "http"
        }
    )
