"""Where OCA's queue_job is installed, it carries the orders made in the background."""

from __future__ import annotations

import json
import time

import pytest

from engine.obtain.others import NotFetched, with_queue_job

from .faults.stage import Stage, make_stage

METHOD = "_process_in_own_transactions"
SECONDS = 60


@pytest.fixture(scope="module")
def stage(odoo, databases, serve) -> Stage:
    """A channel with queue_job and its runner, no crons, and a dealer."""
    try:
        channel = with_queue_job(odoo)
    except NotFetched as error:
        pytest.skip(f"queue_job cannot be had from the package index: {error}")
    wide = ["base", "web", "queue_job"]
    if odoo.engine.series >= (19, 0):
        wide.append("rpc")

    def serve_with_runner(server_odoo, **options):
        if server_odoo is not channel:
            return serve(server_odoo, **options)
        return serve(
            channel,
            "",
            "--max-cron-threads=0",
            f"--load={','.join(wide)}",
            environment={"ODOO_QUEUE_JOB_CHANNELS": "root:2"},
            **options,
        )

    made = make_stage(
        channel, odoo, databases, serve_with_runner, "queue_job", kind="suite"
    )
    assert "✘" not in made.learn()
    made.write_dealership(push_mode="queued")
    return made


def jobs(stage: Stage, since: int = 0) -> list[dict]:
    """The push's jobs made after another one, the oldest first."""
    return json.loads(
        stage.channel.odoo.cluster.psql(
            stage.channel.database,
            "SELECT coalesce(json_agg(json_build_object('id', id, 'state', state,"
            " 'name', name, 'eta', eta, 'problem', exc_info,"
            # text in a text column on 17.0, a text within JSON on 19.0
            " 'rows', (records::jsonb #>> '{}')::json->'ids') ORDER BY id), '[]')"
            " FROM queue_job"
            f" WHERE method_name = '{METHOD}' AND id > {since}",
        )
    )


def last(stage: Stage) -> int:
    """The newest of the push's jobs."""
    return max([job["id"] for job in jobs(stage)], default=0)


def carried(stage: Stage, since: int, number: int = 1) -> list[dict]:
    """Wait for the runner to be done with so many jobs."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = jobs(stage, since)
        done = [job for job in found if job["state"] in ("done", "failed")]
        if len(done) >= number:
            return found
        time.sleep(0.5)
    raise AssertionError(f"no job was carried in {SECONDS} seconds: {found}")


def test_a_job_carries_the_order(stage: Stage) -> None:
    """Won at once; the job makes the one order; run again, it makes no second."""
    [lead] = stage.make_leads(1, mark="job")
    before = last(stage)
    stage.win([lead])
    assert stage.see(lead)["won"]
    [job] = carried(stage, before)
    assert job["state"] == "done", job["problem"]
    [push] = stage.pushes([lead])
    assert job["rows"] == [push["id"]]
    assert "Autohaus Nord" in job["name"]
    assert push["state"] == "done"
    [order] = stage.orders([lead])[lead]
    assert stage.see(lead)["dealer_so_name"] == order["name"]

    with stage.proxy.counting() as calls:
        stage.admin("queue.job", "requeue", [job["id"]])
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            [again] = [found for found in jobs(stage) if found["id"] == job["id"]]
            if again["state"] == "done":
                break
            time.sleep(0.5)
        assert again["state"] == "done"
    assert calls == []
    assert stage.orders([lead])[lead] == [order]


def test_a_selection_is_one_job_for_each_dealership(stage: Stage) -> None:
    """Not one for each lead: the calls are batched."""
    leads = stage.make_leads(12, mark="jobs")
    before = last(stage)
    with stage.proxy.counting() as calls:
        stage.win(leads)
        [job] = carried(stage, before)
    assert job["state"] == "done", job["problem"]
    assert len(calls) <= 10
    assert all(len(found) == 1 for found in stage.orders(leads).values())


def test_a_dealer_who_is_away_gets_another_job_later(stage: Stage) -> None:
    """The next attempt is a job of its own, due when the pause is over."""
    leads = stage.make_leads(3, mark="away")
    before = last(stage)
    stage.proxy.refuse()
    stage.win(leads)
    first, second = carried(stage, before)
    assert (first["state"], second["state"]) == ("done", "pending")
    pushes = stage.pushes(leads)
    assert {push["state"] for push in pushes} == {"queued"}
    assert sorted(second["rows"]) == [push["id"] for push in pushes]
    assert second["eta"] > first["eta"]
    stage.proxy.listen()
    # what a job left behind, the scheduled action picks up; the job finds it done
    stage.let_time_pass()
    stage.run_cron("ir_cron_process_queue")
    assert all(len(found) == 1 for found in stage.orders(leads).values())
    with stage.proxy.counting() as calls:
        stage.channel.odoo.cluster.psql(
            stage.channel.database,
            f"UPDATE queue_job SET eta = NULL WHERE id = {second['id']}",
        )
        carried(stage, first["id"])
    assert calls == []


def test_both_at_the_same_moment(stage: Stage) -> None:
    """The scheduled action and the job take up the same leads: one order each."""
    leads = stage.make_leads(6, mark="both")
    before = last(stage)
    stage.win(leads)
    stage.run_cron("ir_cron_process_queue")
    carried(stage, before)
    stage.let_time_pass()
    stage.run_cron("ir_cron_process_queue")
    orders = stage.orders(leads)
    assert all(len(found) == 1 for found in orders.values())
    for lead, [order] in orders.items():
        assert stage.see(lead)["dealer_so_id"] == order["id"]
