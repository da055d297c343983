"""Exactly one order for each won lead, whatever is cut, killed or clicked twice."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.remote import RemoteError

from .faults import proxy as faults
from .faults.proxy import Call
from .faults.run import FaultRun
from .faults.stage import Stage

pytestmark = pytest.mark.stage(timeout_seconds=2)


def once(fault: str, method: str, model: str = "sale.order"):
    """A plan that does harm to the first call of this kind."""
    lock, left = threading.Lock(), [True]

    def plan(call: Call) -> str | None:
        with lock:
            if left and (call.model, call.method) == (model, method):
                left.clear()
                return fault
        return None

    return plan


def win_until_done(stage: Stage, lead: int, tries: int = 3) -> int:
    """Press Won until it works; return how often it was pressed."""
    for pressed in range(1, tries + 1):
        try:
            stage.win([lead])
        except RemoteError:
            continue
        return pressed
    raise AssertionError(f"lead {lead} was not won in {tries} tries")


STEPS = [
    ("search_read", "sale.order"),
    ("search_read", "res.partner"),
    ("load", "res.partner"),
    ("load", "sale.order"),
]


@pytest.mark.parametrize(("method", "model"), STEPS, ids=lambda value: value)
@pytest.mark.parametrize("fault", faults.ALL)
def test_one_fault_at_one_step(
    stage: Stage, fault: str, method: str, model: str
) -> None:
    """Any one fault at any one step ends in one order, at most one press later."""
    [lead] = stage.make_leads(1, mark=f"{fault}{method}{model}")
    stage.proxy.plan = once(fault, method, model)
    pressed = win_until_done(stage, lead)
    assert [done[1] for done in stage.proxy.done] == [fault]
    assert pressed <= 2
    [order] = stage.orders([lead])[lead]
    assert order["state"] == "draft"
    assert stage.see(lead)["dealer_so_name"] == order["name"]
    customers = stage.dealers(
        "res.partner",
        "search_count",
        [["email", "=", f"{fault}{method}{model}.0@customers.example.com"]],
    )
    assert customers == 1


def test_a_lost_answer_is_looked_for_at_once(stage: Stage) -> None:
    """When the order was made and only its answer is lost, one press is enough."""
    [lead] = stage.make_leads(1, mark="lostanswer")
    stage.proxy.plan = once(faults.AFTER, "load")
    assert win_until_done(stage, lead) == 1


def test_an_order_that_appears_after_we_gave_up_is_cancelled(stage: Stage) -> None:
    """The lead stayed where it was; reconciliation cancels what came later."""
    [lead] = stage.make_leads(1, mark="late")

    def plan(call: Call) -> str | None:
        # the order is made, and nothing is heard of the dealer from then on
        if call.method == "load" and call.model == "sale.order":
            stage.proxy.plan = lambda call: faults.BEFORE
            return faults.AFTER
        return None

    stage.proxy.plan = plan
    with pytest.raises(RemoteError, match="did not arrive"):
        stage.win([lead])
    stage.proxy.forget()
    assert not stage.see(lead)["won"]
    assert [push["state"] for push in stage.pushes([lead])] == ["unknown"]
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["draft"]
    stage.run_cron("ir_cron_reconcile")  # too early: someone may be at work
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["draft"]
    stage.reconcile()
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["cancel"]
    assert [push["state"] for push in stage.pushes([lead])] == ["cancelled"]
    # and won again it is the same order
    stage.win([lead])
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["draft"]


def test_killed_between_the_dealers_commit_and_ours(stage: Stage) -> None:
    """Our process dies with the order made: nothing is lost, nothing doubled."""
    swept, pressed = stage.make_leads(2, mark="killed")
    for lead in (swept, pressed):

        def kill(call: Call) -> None:
            if call.method == "load" and call.model == "sale.order":
                stage.proxy.hook = lambda call: None
                stage.kill()

        stage.proxy.hook = kill
        with pytest.raises(OSError):
            stage.win([lead])
        stage.revive()
        assert not stage.see(lead)["won"]
        assert len(stage.orders([lead])[lead]) == 1
    assert {push["state"] for push in stage.pushes([swept, pressed])} == {"sending"}
    # pressed again before reconciliation comes by, the order is found
    stage.win([pressed])
    stage.reconcile()
    orders = stage.orders([swept, pressed])
    assert [order["state"] for order in orders[swept]] == ["cancel"]
    assert [order["state"] for order in orders[pressed]] == ["draft"]
    assert stage.see(pressed)["dealer_so_id"] == orders[pressed][0]["id"]


FAIL_TRIGGER = """
CREATE SEQUENCE push_fail_count;
CREATE FUNCTION push_fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('push_fail_count') <= {times} THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER push_fail AFTER UPDATE ON crm_lead {when}
   FOR EACH ROW WHEN (NEW.dealer_so_id IS DISTINCT FROM OLD.dealer_so_id)
   EXECUTE FUNCTION push_fail();
"""
DROP_TRIGGER = """
DROP TRIGGER push_fail ON crm_lead;
DROP FUNCTION push_fail;
DROP SEQUENCE push_fail_count;
"""


@pytest.mark.parametrize(
    "when",
    ["NOT DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"],
    ids=["before_commit", "at_commit"],
)
def test_our_own_commit_fails(stage: Stage, when: str) -> None:
    """The framework starts over, or gives up at commit: the order is found again."""
    [lead] = stage.make_leads(1, mark=f"serial{len(when)}")
    psql, database = stage.channel.odoo.cluster.psql, stage.channel.database
    psql(database, FAIL_TRIGGER.format(times=1, when=when))
    try:
        win_until_done(stage, lead, tries=2)
    finally:
        psql(database, DROP_TRIGGER)
    [order] = stage.orders([lead])[lead]
    assert stage.see(lead)["dealer_so_id"] == order["id"]
    assert stage.pushes([lead])[0]["attempts"] == 2
    assert [call.method for call in stage.proxy.calls].count("load") == 2


def test_two_people_press_won(stage: Stage) -> None:
    """Two real transactions at the same moment, several times: one order each."""
    leads = stage.make_leads(4, mark="race")
    for lead in leads:
        gate = threading.Barrier(2)

        def press(
            person: str, lead: int = lead, gate: threading.Barrier = gate
        ) -> None:
            remote = stage.remote(person)
            gate.wait()
            remote("crm.lead", "action_set_won", [lead])

        with ThreadPoolExecutor(2) as people:
            list(people.map(press, ("admin", "demo")))
    for lead, orders in stage.orders(leads).items():
        assert len(orders) == 1
        assert stage.see(lead)["dealer_so_id"] == orders[0]["id"]
    made = [call for call in stage.proxy.calls if call.method == "load"]
    assert len(made) == 2 * len(leads)


def test_reconciliation_leaves_those_alone_that_are_under_way(stage: Stage) -> None:
    """An attempt in progress is no one's orphan, however old it looks."""
    [lead] = stage.make_leads(1, mark="underway")
    stage.write_dealership(timeout_seconds=60)
    seen = []

    def reconcile_meanwhile(call: Call) -> None:
        if call.method == "load" and call.model == "sale.order":
            stage.proxy.hook = lambda call: None
            stage.reconcile()
            seen.append(stage.orders([lead])[lead][0]["state"])

    stage.proxy.hook = reconcile_meanwhile
    try:
        stage.win([lead])
    finally:
        stage.write_dealership(timeout_seconds=2)
    assert seen == ["draft"]
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["draft"]
    assert stage.see(lead)["won"]


def test_a_lead_moved_on_meanwhile(stage: Stage) -> None:
    """Won in the background, moved away, deleted: no order stays behind."""
    moved, deleted = stage.make_leads(2, mark="moved")
    stage.win([moved, deleted])
    stage.admin("crm.lead", "write", [moved], {"stage_id": stage.stage(won=False)})
    stage.admin("crm.lead", "unlink", [deleted])
    stage.reconcile()
    for orders in stage.orders([moved, deleted]).values():
        assert [order["state"] for order in orders] == ["cancel"]


def test_an_extra_order_with_the_key_is_cancelled(stage: Stage) -> None:
    """Someone at the dealer's copied the reference onto another order."""
    [lead] = stage.make_leads(1, mark="extra")
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    [there] = stage.dealers(
        "sale.order", "read", [order["id"]], ["partner_id", "client_order_ref"]
    )
    stage.dealers(
        "sale.order",
        "create",
        {
            "partner_id": there["partner_id"][0],
            "client_order_ref": there["client_order_ref"],
        },
    )
    stage.run_cron("ir_cron_read_back")
    stage.reconcile()
    states = [found["state"] for found in stage.orders([lead])[lead]]
    assert states == ["draft", "cancel"]
    assert stage.see(lead)["dealer_so_id"] == order["id"]


def test_one_dealers_outage_fails_only_its_leads(stage: Stage) -> None:
    """A selection over two dealerships: each lead is told for itself."""
    other = stage.admin(
        "crm.dealership",
        "create",
        {
            "name": "Garage Far Away",
            "odoo_url": "http://127.0.0.1:9",
            "odoo_database": "none",
            "odoo_login": "none",
            "odoo_api_key": "none-at-all",
        },
    )
    good, bad = stage.make_leads(2, mark="outage")
    stage.admin("crm.lead", "write", [bad], {"dealership_id": other})
    stage.win([good, bad])
    assert stage.see(good)["won"]
    assert not stage.see(bad)["won"]
    assert "Garage Far Away" in stage.chatter(bad)
    assert len(stage.orders([good])[good]) == 1


def test_thirty_pushes_under_random_faults(stage: Stage) -> None:
    """A small run of what `make faults` does a thousand times."""
    report = FaultRun(stage, count=30, seed=20, kills=1).play()
    assert report.lost == []
    assert report.doubled == []
    assert report.orders == 30
    assert report.faults


def silence_after(stage: Stage, fault: str) -> None:
    """The dealer makes the order, and nothing is heard of it from then on."""

    def plan(call: Call) -> str | None:
        if call.method == "load" and call.model == "sale.order":
            stage.proxy.plan = lambda call: faults.BEFORE
            return fault
        return None

    stage.proxy.plan = plan


def quantities(stage: Stage, order: dict) -> list[float]:
    """What the dealer's order says."""
    rows = stage.dealers(
        "sale.order.line",
        "search_read",
        [["order_id", "=", order["id"]]],
        ["product_uom_qty"],
    )
    return [row["product_uom_qty"] for row in rows]


def test_a_lead_corrected_before_it_is_pressed_again(stage: Stage) -> None:
    """The order whose answer was lost says what the lead says now."""
    [lead] = stage.make_leads(1, mark="corrected")
    silence_after(stage, faults.AFTER)
    with pytest.raises(RemoteError, match="did not arrive"):
        stage.win([lead])
    stage.proxy.forget()
    [lost] = stage.orders([lead])[lead]
    assert quantities(stage, lost) == [1.0]
    stage.admin(
        "crm.lead",
        "write",
        [lead],
        {
            "vehicle_quantity": 3.0,
            "contact_name": "Corrected Person",
            "email_from": "corrected.person@customers.example.com",
        },
    )
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    assert order["id"] == lost["id"]
    assert quantities(stage, order) == [3.0]
    [seen] = stage.dealers("sale.order", "read", [order["id"]], ["partner_id"])
    assert "Corrected Person" in seen["partner_id"][1]


def test_a_confirmed_order_is_not_rewritten(stage: Stage) -> None:
    """The dealer was faster than the correction: a person is told."""
    [lead] = stage.make_leads(1, mark="faster")
    silence_after(stage, faults.AFTER)
    with pytest.raises(RemoteError):
        stage.win([lead])
    stage.proxy.forget()
    [order] = stage.orders([lead])[lead]
    stage.dealers("sale.order", "action_confirm", [order["id"]])
    stage.admin("crm.lead", "write", [lead], {"vehicle_quantity": 3.0})
    stage.win([lead])
    assert quantities(stage, order) == [1.0]
    assert stage.see(lead)["won"]
    [activity] = stage.admin(
        "mail.activity",
        "search_read",
        [["res_model", "=", "crm.lead"], ["res_id", "=", lead]],
        ["summary"],
    )
    assert "differs" in activity["summary"]


@pytest.mark.parametrize("step", ["write", "action_draft"])
def test_cut_off_while_an_order_is_taken_up_again(stage: Stage, step: str) -> None:
    """Cancelled, changed, won again, and the answer lost on the way."""
    [lead] = stage.make_leads(1, mark=f"reopen{step}")
    stage.win([lead])
    stage.admin("crm.lead", "write", [lead], {"stage_id": stage.stage(won=False)})
    stage.reconcile()
    stage.admin("crm.lead", "write", [lead], {"vehicle_quantity": 2.0})
    stage.proxy.plan = once(faults.AFTER, step)
    assert win_until_done(stage, lead) == 2
    [order] = stage.orders([lead])[lead]
    assert order["state"] == "draft"
    assert quantities(stage, order) == [2.0]


def forget_lead(stage: Stage, lead: int) -> None:
    """Make the channel a database restored from a backup made before this lead."""
    psql, database = stage.channel.odoo.cluster.psql, stage.channel.database
    psql(database, f"DELETE FROM crm_dealer_push WHERE res_id = {lead}")
    stage.admin("crm.lead", "unlink", [lead])
    psql(database, f"SELECT setval('crm_lead_id_seq', {lead}, false)")


def test_a_number_given_out_again_after_a_restore(stage: Stage) -> None:
    """A new lead with an old lead's number does not take that one's order."""
    [old] = stage.make_leads(1, mark="beforerestore")
    stage.win([old])
    [order] = stage.orders([old])[old]
    forget_lead(stage, old)
    stage.dealer.odoo.cluster.psql(
        stage.dealer.database,
        "UPDATE sale_order SET create_date = create_date - interval '1 day'"
        f" WHERE id = {order['id']}",
    )
    [new] = stage.make_leads(1, mark="afterrestore")
    assert new == old
    assert order["name"] in stage.learn().partition("⚠")[2]
    with pytest.raises(RemoteError, match="database restore") as caught:
        stage.win([new])
    assert order["name"] in str(caught.value)
    assert not stage.see(new)["won"]
    stage.reconcile()
    [after] = stage.orders([new])[new]
    assert (after["id"], after["state"]) == (order["id"], "draft")
    copied = stage.admin("crm.lead", "copy", [new])
    copy = copied[0] if isinstance(copied, list) else copied
    stage.win([copy])
    assert "⚠" not in stage.learn()
    assert len(stage.orders([copy])[copy]) == 1


def test_an_order_made_after_the_backup(stage: Stage) -> None:
    """The same lead, as it was before it was won: it finds its order."""
    [lead] = stage.make_leads(1, mark="restored")
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    psql, database = stage.channel.odoo.cluster.psql, stage.channel.database
    psql(database, f"DELETE FROM crm_dealer_push WHERE res_id = {lead}")
    psql(
        database,
        f"UPDATE crm_lead SET stage_id = {stage.stage(won=False)}, probability = 10,"
        f" dealer_so_id = NULL, dealer_so_name = NULL WHERE id = {lead}",
    )
    restart(stage)
    stage.win([lead])
    assert stage.see(lead)["dealer_so_id"] == order["id"]
    assert len(stage.orders([lead])[lead]) == 1


def restart(stage: Stage) -> None:
    """Start the channel's process again, with nothing remembered."""
    stage.kill()
    stage.revive()


def test_what_an_automation_takes_back(stage: Stage) -> None:
    """Won inside a savepoint that is rolled back: the order is cancelled."""
    [lead] = stage.make_leads(1, mark="savepoint")
    code = (
        f"lead = env['crm.lead'].browse({lead})\n"
        "savepoint = env.cr.savepoint()\n"
        "lead.action_set_won()\n"
        "env.flush_all()\n"
        "savepoint.rollback()\n"
        "env.invalidate_all(flush=False)\n"
        "savepoint.close(rollback=False)\n"
    )
    script = f"{code}env.cr.commit()\n"
    stage.channel.odoo.shell(stage.channel.database, script)
    assert not stage.see(lead)["won"]
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["draft"]
    stage.reconcile()
    assert [order["state"] for order in stage.orders([lead])[lead]] == ["cancel"]
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    assert (order["state"], stage.see(lead)["won"]) == ("draft", True)


def test_one_that_cannot_be_cancelled_stops_no_other(stage: Stage) -> None:
    """A rule of the dealer's own against cancelling one of two quotations."""
    first, second = stage.make_leads(2, mark="uncancel")
    stage.win([first, second])
    [order] = stage.orders([first])[first]
    stage.dealer.odoo.cluster.psql(
        stage.dealer.database,
        "CREATE FUNCTION no_cancel() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'must stay' USING ERRCODE = '23514'; END $$;"
        " CREATE TRIGGER no_cancel BEFORE UPDATE ON sale_order FOR EACH ROW"
        f" WHEN (NEW.id = {order['id']} AND NEW.state = 'cancel')"
        " EXECUTE FUNCTION no_cancel()",
    )
    try:
        stage.admin(
            "crm.lead", "write", [first, second], {"stage_id": stage.stage(won=False)}
        )
        stage.reconcile()
        states = [
            orders[0]["state"] for orders in stage.orders([first, second]).values()
        ]
        assert states == ["draft", "cancel"]
    finally:
        stage.dealer.odoo.cluster.psql(
            stage.dealer.database,
            "DROP TRIGGER no_cancel ON sale_order; DROP FUNCTION no_cancel",
        )
    stage.reconcile()
    assert stage.orders([first])[first][0]["state"] == "cancel"


def test_the_dealer_dies_while_it_creates(stage: Stage) -> None:
    """Its database undoes what it had begun; the next press makes the order."""
    [lead] = stage.make_leads(1, mark="dies")
    psql, database = stage.dealer.odoo.cluster.psql, stage.dealer.database
    psql(
        database,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_sleep(1.5); RETURN NEW; END $$;"
        " CREATE TRIGGER slow BEFORE INSERT ON sale_order_line FOR EACH ROW"
        " EXECUTE FUNCTION slow()",
    )
    began = threading.Event()
    stage.proxy.plan = lambda call: (
        began.set() if (call.model, call.method) == ("sale.order", "load") else None
    )
    with ThreadPoolExecutor(1) as people:
        pressed = people.submit(lambda: win_until_done(stage, lead, tries=1))
        assert began.wait(30)
        time.sleep(0.7)
        stage.dealer.stop(kill=True)
        with pytest.raises(AssertionError, match="was not won"):
            pressed.result()
    psql(database, "DROP TRIGGER slow ON sale_order_line; DROP FUNCTION slow")
    stage.dealer.start()
    stage.proxy.forget()
    assert stage.orders([lead])[lead] == []
    assert not stage.see(lead)["won"]
    stage.win([lead])
    assert len(stage.orders([lead])[lead]) == 1


def test_an_order_that_appears_hours_later(stage: Stage) -> None:
    """Reconciliation looks for it for a day, whatever delayed it, and no longer."""
    late, never = stage.make_leads(2, mark="hours")
    for lead in (late, never):
        stage.proxy.plan = lambda call: (
            faults.BEFORE if call.model == "sale.order" else None
        )
        with pytest.raises(RemoteError, match="did not arrive"):
            stage.win([lead])
        stage.proxy.forget()
    stage.reconcile()
    pushes = stage.pushes([late, never])
    assert [push["state"] for push in pushes] == ["unknown", "unknown"]
    customer = stage.dealers("res.partner", "search", [], limit=1)[0]
    stage.dealers(
        "sale.order",
        "create",
        {"partner_id": customer, "client_order_ref": pushes[0]["key"]},
    )
    stage.reconcile()
    assert [order["state"] for order in stage.orders([late])[late]] == ["cancel"]
    stage.let_time_pass(24)
    stage.reconcile()
    states = [push["state"] for push in stage.pushes([late, never])]
    assert states == ["cancelled", "failed"]
