"""What a visitor enters in the contact form of Odoo's website meets the intake."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.remote import Browser, Remote
from engine.server import OdooServer

FIELDS = [
    *("user_id", "team_id", "stage_id", "type", "phone", "function", "description"),
    *("name", "email_from", "active"),
]


@pytest.fixture(scope="module")
def site(odoo, databases, serve) -> OdooServer:
    """A website of a company that works with the suite, and its visitors' server."""
    name = databases(odoo, "suite")
    odoo.install(name, ["website_crm"])
    return serve(odoo, database=name)


@pytest.fixture(scope="module")
def admin(site: OdooServer) -> Remote:
    """Someone who sees all leads."""
    return Remote(site.url, site.database, "admin", "admin")


def send(site: OdooServer, **values: str) -> int:
    """Fill in the contact form as a stranger and send it.

    :return: the id of the lead the visitor's words went to
    """
    visitor = Browser(site.url)
    visitor.get("/contactus")
    assert visitor.status == 200
    answer = json.loads(visitor.post("/website/form/crm.lead", **values))
    assert visitor.status == 200
    assert answer.get("id"), answer
    return answer["id"]


def see(admin: Remote, lead: int) -> dict:
    """What the lead's form shows."""
    [found] = admin("crm.lead", "read", [lead], FIELDS)
    return found


def count(admin: Remote, email: str) -> int:
    """How many leads there are of a customer, closed ones included."""
    domain = [["email_from", "ilike", email], ["active", "in", [True, False]]]
    return admin("crm.lead", "search_count", domain)


def chatter(admin: Remote, lead: int) -> str:
    """All that the lead's chatter says."""
    domain = [["model", "=", "crm.lead"], ["res_id", "=", lead]]
    messages = admin("mail.message", "search_read", domain, ["body"])
    return "\n".join(message["body"] for message in messages)


def test_a_stranger_becomes_a_lead_in_the_first_stage(site, admin) -> None:
    """With the team of the website, whatever stage the request asks for."""
    stages = admin("crm.stage", "search_read", [], ["name"], order="sequence, id")
    later = next(stage for stage in stages if stage["name"] == "Negotiation")
    lead = see(
        admin,
        send(
            site,
            name="Vans",
            contact_name="Ada",
            email_from="ada@visitor.example",
            description="I need <three> vans",
            stage_id=str(later["id"]),
        ),
    )
    assert lead["stage_id"][1] == "New"
    assert lead["team_id"]
    assert "&lt;three&gt; vans" in lead["description"]
    assert count(admin, "ada@visitor.example") == 1


def test_a_customer_with_an_open_lead_gets_no_second_one(site, admin) -> None:
    """The new facts are told, empty fields filled, nothing is overwritten."""
    [owner] = admin("res.users", "search", [["login", "=", "demo"]])
    first = send(
        site,
        name="Trucks",
        email_from="bob@visitor.example",
        phone="+32 470 00 00 01",
        description="Two trucks",
    )
    admin("crm.lead", "write", [first], {"user_id": owner})

    again = send(
        site,
        name="Trailers too",
        email_from='"Bob" <BOB@visitor.example>',
        phone="+32 470 00 00 02",
        description="And a trailer",
        Colour="Red <b>and</b> blue",
    )

    assert again == first
    assert count(admin, "bob@visitor.example") == 1
    lead = see(admin, first)
    assert lead["name"] == "Trucks"
    assert lead["phone"] == "+32 470 00 00 01"
    assert lead["user_id"][0] == owner
    assert "Two trucks" in lead["description"]
    assert "trailer" not in lead["description"]
    told = chatter(admin, first)
    assert "source: website form" in told
    assert "And a trailer" in told
    assert "+32 470 00 00 02" in told
    assert "Colour : Red &lt;b&gt;and&lt;/b&gt; blue" in told
    notices = admin(
        "mail.notification",
        "search_count",
        [
            ["mail_message_id.model", "=", "crm.lead"],
            ["mail_message_id.res_id", "=", first],
            ["mail_message_id.body", "ilike", "got in touch again"],
            ["res_partner_id.user_ids", "in", [owner]],
        ],
    )
    assert notices == 1


def test_what_the_form_adds_fills_an_empty_description(site, admin) -> None:
    """An open lead without a description takes the one of the form."""
    lead = send(site, name="Quiet", email_from="eve@visitor.example")
    assert not see(admin, lead)["description"]
    send(site, name="Loud", email_from="eve@visitor.example", Budget="Ten thousand")
    assert "Budget : Ten thousand" in see(admin, lead)["description"]


def test_a_returning_customer_gets_a_new_lead(site, admin) -> None:
    """One whose lead was lost starts again, linked to the lost one."""
    lead = send(site, name="Before", email_from="cas@visitor.example")
    [reason] = admin("crm.lost.reason", "search", [], limit=1)
    admin("crm.lead", "action_set_lost", [lead], lost_reason_id=reason)
    again = send(site, name="After", email_from="cas@visitor.example")
    assert again != lead
    [found] = admin("crm.lead", "read", [again], ["previous_lead_ids", "stage_id"])
    assert found["previous_lead_ids"] == [lead]
    assert found["stage_id"][1] == "New"


def test_an_impatient_visitor_makes_one_lead(site, admin) -> None:
    """The button pressed several times at once."""

    def press(_number: int) -> int:
        return send(site, name="Now", email_from="dan@visitor.example")

    with ThreadPoolExecutor(max_workers=4) as pool:
        leads = list(pool.map(press, range(4)))
    assert len(set(leads)) == 1
    assert count(admin, "dan@visitor.example") == 1


def test_switched_off_every_contact_is_a_lead(site, admin) -> None:
    """As without the addon."""
    companies = admin("res.company", "search", [])
    admin("res.company", "write", companies, {"lead_intake": False})
    try:
        values = {"name": "Twice", "email_from": "fay@visitor.example"}
        assert send(site, **values) != send(site, **values)
    finally:
        admin("res.company", "write", companies, {"lead_intake": True})
