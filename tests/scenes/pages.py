"""A reseller's leads and opportunities in every state, for looking at all pages."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta

from .people import make_leads, make_reseller, make_reseller_user

STATES = ("Waiting", "Accepted", "Deal", "Reported", "Won", "Lost", "Closed", "Gone")


def main(env, login):
    """Return the routes that show pages, and the leads' ids by state."""
    leads = make_all_leads(env, login)
    user = env["res.users"].search([("login", "=", login)])
    return {
        "routes": page_routes(env),
        **{lead.name.lower(): lead.id for lead in leads},
        **{
            name: env.ref(f"crm_reseller_portal.milestone_{name}").id
            for name in ("contacted", "qualified", "quoted", "ordered")
        },
        **make_registrations(env, user),
        **make_performance(env, user.commercial_partner_id),
        **make_signed_links(leads, user.partner_id),
        **make_directions(env),
        **make_resources(env, leads),
        **make_company(env, user),
        **make_onboarding(env, user.commercial_partner_id),
    }


def make_signed_links(leads, person):
    """The pages that need no account: an offer, and the thanks for an answer.

    :return: dict of ``answer`` and ``answered`` to addresses
    """
    waiting, accepted = leads[:2].mapped("reseller_offer_ids")
    return {
        "answer": waiting._get_answer_path("answer", person),
        "answered": accepted._get_answer_path("answered", person),
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
        can_manage_people=True,
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
    for name in ("contacted", "qualified"):
        mine._reseller_progress(env.ref(f"crm_reseller_portal.milestone_{name}"))
    env["crm.reseller.task"].create(
        [
            {"lead_id": deal.id, "name": f"Task {day}", "due_on": day}
            for day in ("2021-01-31", "2031-01-31")
        ]
    )
    reported.with_user(user).sudo()._reseller_report_outcome("won", None, "SO-4711")
    won.action_set_won()
    lost_reason = env["crm.lost.reason"].search([], limit=1)
    closed.action_set_lost(lost_reason_id=lost_reason.id)
    lost.action_set_lost(lost_reason_id=lost_reason.id)
    return leads


def make_directions(env):
    """A reseller of two sales directions with portals, and a person of it.

    :return: dict of ``viewed``, the person's user id
    """
    directions = env["crm.reseller.direction"].create(
        [{"name": "Axe north"}, {"name": "Axe south"}]
    )
    for direction in directions:
        Portal = env["crm.reseller.portal"]
        Portal.create(
            {
                "direction_id": direction.id,
                "path": direction.name.lower().replace(" ", "-"),
                "active": True,
                "welcome": "<p>Welcome to this direction.</p>",
                "contact_id": env.ref("base.user_admin").id,
                "section_ids": Portal._prepare_sections(),
            }
        )
    company = make_reseller(
        env, "Axe directions", response_hours=24, can_register_deal=True
    )
    company.reseller_direction_ids = directions
    user = make_reseller_user(env, "axe_directions", company)
    leads = make_leads(env, ("North", "South"))
    leads.assign_to_reseller(company)
    leads[0].reseller_direction_id = directions[0]
    return {"viewed": user.id}


def make_company(env, user):
    """An absence, an open invitation and a proposal of the supervisor's company.

    :return: dict of ``colleague`` to the id of a colleague
    """
    company = user.commercial_partner_id.with_user(user).sudo()
    env["crm.reseller.people.change"].create(
        {
            "reseller_id": company.id,
            "author_id": user.partner_id.id,
            "kind": "invited",
            "state": "done",
            "name": "Nora New",
            "email": "nora@new.example",
            "role": "user",
        }
    )
    company._reseller_propose({"street": "New Street 2", "phone": "+49 30 7654321"})
    start = datetime.now().replace(microsecond=0) + timedelta(days=30)
    company._reseller_set_away(start, start + timedelta(days=7))
    colleagues = user._get_reseller_colleagues_sudo() - user.partner_id
    return {"colleague": colleagues[:1].id}


def make_registrations(env, user):
    """A draft and a protected deal that the reseller's person registered.

    :return: dict of ``draft`` and ``protected`` to ids, and of ``link`` to the address
        that a mail about the protected deal has
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
    token = drafts[1]._get_reseller_link_token("extend", user.partner_id, hours=24)
    return {
        "draft": drafts[0].id,
        "protected": drafts[1].id,
        "link": f"/my/registrations/link/{drafts[1].id}/extend/{token}",
    }


def make_performance(env, company):
    """A level at risk, a higher one to reach, a factor, and a disputed offer.

    :return: dict of ``offer`` and ``review`` to ids
    """
    level = company.reseller_level_id
    higher = level.copy({"name": "Axe star", "sequence": level.sequence - 1})
    lower = level.copy({"name": "Axe start", "sequence": level.sequence + 1})
    env["crm.reseller.level.criterion"].create(
        [
            {"level_id": higher.id, "measure": key, "target": target, "floor": target}
            for key, target in (("pick_rate", 50), ("conversion_rate", 90))
        ]
    )
    env["res.company"].search([]).reseller_weight_by_performance = True
    env["crm.reseller.score"].sudo()._update_scores(company)
    review = env["crm.reseller.level.review"].create(
        {
            "reseller_id": company.id,
            "company_id": env.company.id,
            "level_id": level.id,
            "proposed_level_id": lower.id,
            "direction": "down",
            "evidence": "[]",
        }
    )
    review.action_warn()
    offers = env["crm.reseller.offer"].search(
        [("reseller_id", "=", company.id)], order="id"
    )
    env["crm.reseller.dispute"].sudo()._dispute(
        offers[-1], company, "We called.", "offers"
    )
    return {"offer": offers[0].id, "review": review.id}


def make_resources(env, leads):
    """A file that fits a deal, an answer that opens in place, and a video that plays.

    :return: dict of ``resource``, ``faq`` and ``video`` to ids
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
            {"name": "Axe film", "kind": "video", "summary": "A walk around the pump"},
        ]
    )
    contents = (
        {"link": "https://example.com/prices"},
        {"body": "<p>An answer</p>"},
        {"file": b64encode(b"a film"), "file_name": "film.mp4"},
    )
    for resource, content in zip(resources, contents, strict=True):
        version = env["crm.reseller.resource.version"].create(
            {"resource_id": resource.id, **content}
        )
        version.action_publish()
    return dict(zip(("resource", "faq", "video"), resources.ids, strict=True))


def make_onboarding(env, company):
    """A newcomer with steps in each state, an agreement, a guide and news.

    :return: dict of ``agreement`` to its id
    """
    start, after = env["crm.reseller.activation"].create(
        [{"name": "Axe start"}, {"name": "Axe after"}]
    )
    agreement = env["crm.reseller.agreement"].create({"name": "Axe contract"})
    env["crm.reseller.agreement.version"].create(
        {"agreement_id": agreement.id, "body": "<p>Words of the contract.</p>"}
    ).action_publish()
    track = env["crm.reseller.onboarding.track"].create(
        {
            "name": "Axe track",
            "activation_id": start.id,
            "next_activation_id": after.id,
            "start_capacity": 20,
            "step_ids": [
                (
                    0,
                    0,
                    {"name": f"Step {kind}", "sequence": place, "kind": kind, **more},
                )
                for place, (kind, more) in enumerate(
                    (
                        ("signed_in", {"description": "Once is enough."}),
                        ("agreement", {"agreement_id": agreement.id}),
                        ("profile", {"profile_field": "phone", "needs_approval": True}),
                        ("custom", {}),
                    )
                )
            ],
        }
    )
    company.phone = "+49 30 7654321"
    company.reseller_activation_id = start
    rows = track.onboarding_ids.progress_ids
    rows[:1]._skip("Known to us")
    env["crm.reseller.guide"].create(
        {"name": "Axe guide", "body": "<p>Words of the guide.</p>"}
    )
    env["crm.reseller.announcement"].create(
        {"name": "Axe news", "body": "<p>Words of the news.</p>", "by_mail": False}
    ).action_publish()
    return {"agreement": agreement.id}


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
