"""How a machine gets an engine: what is accepted, what is refused, in which words."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine import locations, pool, processes, run, testing
from engine.console import Refusal, run_command
from engine.databases import digest_of
from engine.locations import REPOSITORY
from engine.obtain import engines, venv


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the cache nor the run folder of the machine is touched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("RUN_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("ODOO_HOME", raising=False)
    monkeypatch.delenv("PORT", raising=False)


@pytest.fixture
def make_odoo(tmp_path: Path):
    """Make the skeleton of an Odoo: enough to be told apart, not to run."""

    def make(folder: str, series: int = 17, packaged: bool = False) -> Path:
        root = tmp_path / folder
        home = root / "usr/lib/python3/dist-packages" if packaged else root
        (home / "odoo").mkdir(parents=True)
        (home / "odoo" / "release.py").write_text(
            f"version_info = ({series}, 0, 0, FINAL, 0, '')\n"
        )
        addons = home / "odoo" / "addons" if packaged else home / "addons"
        for name in engines.NEEDED_ADDONS:
            (addons / name).mkdir(parents=True)
            (addons / name / "__manifest__.py").write_text("{}")
        if not packaged:
            (home / "odoo-bin").touch()
        return root

    return make


def test_whole_engine_is_accepted(make_odoo) -> None:
    """A checkout of 17.0 is found by ``ODOO_HOME`` and told by its series."""
    engine = engines.check(make_odoo("odoo"))
    assert engine.name == "17.0"
    assert engine.command()[0].endswith("odoo-bin")


def test_unpacked_package_is_found_in_the_cache(make_odoo) -> None:
    """The distribution's layout has its Odoo four folders down."""
    make_odoo("cache/crm-reseller-suite/engines/odoo-19.0", 19, packaged=True)
    (engine,) = engines.cached_engines()
    assert engine.packaged
    assert engine.command() == ["-m", "odoo"]


def test_target_series_comes_first(make_odoo) -> None:
    """Of several cached engines, 17.0 is the one the suite runs on."""
    make_odoo("cache/crm-reseller-suite/engines/odoo-19.0", 19, packaged=True)
    make_odoo("cache/odoo-17", 17)
    assert [engine.name for engine in engines.cached_engines()] == ["17.0", "19.0"]
    assert engines.find_engine().name == "17.0"


@pytest.mark.parametrize("series", [16, 20])
def test_other_series_are_refused(make_odoo, series: int) -> None:
    """What the port does not support is refused by name."""
    with pytest.raises(Refusal, match=rf"is {series}\.0; the suite runs on 17\.0 to"):
        engines.check(make_odoo("odoo", series))


def test_incomplete_engine_is_refused(make_odoo) -> None:
    """A copy without CRM is told what it lacks."""
    home = make_odoo("odoo")
    (home / "addons" / "crm" / "__manifest__.py").unlink()
    with pytest.raises(Refusal, match="not complete: it lacks crm"):
        engines.check(home)


def test_damaged_engine_is_refused_and_never_remembered_as_good(make_odoo) -> None:
    """Copies whose ``unlink()`` calls lost their parentheses delete nothing."""
    home = make_odoo("odoo")
    model = home / "addons" / "crm" / "models.py"
    model.write_text("def drop(self):\n" + "    self.lead_ids.unlink\n" * 5)
    for _attempt in range(2):
        with pytest.raises(Refusal, match="damaged: 5 of its `unlink"):
            engines.check(home)


def test_sound_mentions_of_unlink_are_no_damage(make_odoo) -> None:
    """Calls, references and overrides are what a sound Odoo is full of."""
    home = make_odoo("odoo")
    (home / "addons" / "crm" / "models.py").write_text(
        "def drop(self):\n"
        + "    self.lead_ids.unlink()\n" * 5
        + "    remove = Command.delete if x else Command.unlink\n" * 5
        + "    origin = self.unlink\n" * 5
    )
    assert engines.check(home).series == (17, 0)


def test_home_without_odoo_is_refused(tmp_path: Path, monkeypatch) -> None:
    """A wrong ``ODOO_HOME`` is a mistake to tell, not to work around."""
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Refusal, match="there is no Odoo in it"):
        engines.find_engine()


def test_wanted_series_that_cannot_be_had_is_told(make_odoo) -> None:
    """``ENGINE=18`` with only 17.0 and 19.0 at hand ends in one sentence."""
    make_odoo("cache/odoo-17", 17)
    make_odoo("cache/odoo-19", 19, packaged=True)
    assert [engine.name for engine in engines.all_engines()] == ["17.0", "19.0"]
    assert [engine.name for engine in engines.all_engines("17")] == ["17.0"]
    with pytest.raises(Refusal, match="No Odoo 18 can be had here"):
        engines.all_engines("18")


@pytest.mark.parametrize("text", ["http", "80", "70000", "-1"])
def test_impossible_port_is_refused(monkeypatch, text: str) -> None:
    """``PORT`` must be a port an ordinary user may open, with one more after it."""
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Refusal, match=f"PORT={text} is no port number"):
        run.web_port()


def test_taken_port_is_told_before_anything_is_built(monkeypatch) -> None:
    """The sentence names the port and the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(Refusal, match=r"is in use: choose another pair with PORT="):
            run.check_ports()


def test_full_disk_is_told(tmp_path: Path) -> None:
    """More room than any disk has is refused with what is left and what is needed."""
    with pytest.raises(Refusal, match=r"GB left and this needs"):
        locations.ensure_room(tmp_path, needed=1024**6)


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ("error: command 'gcc' failed: No such file or directory", "C compiler"),
        ("NewConnectionError('Temporary failure in name resolution')", "package index"),
        ("ERROR: No matching distribution found for x", "No matching distribution"),
    ],
)
def test_failed_installation_of_packages_is_one_sentence(errors, sentence) -> None:
    """What pip prints over pages is told in one sentence that helps."""
    told = venv._sentence_for(errors)
    assert sentence in told
    assert "\n" not in told


def test_refusal_is_a_sentence_and_an_exit_code(capsys) -> None:
    """No traceback for what a person can fix."""

    def refuse() -> None:
        raise Refusal("The disk is full.")

    assert run_command(refuse) == 1
    assert capsys.readouterr().err.strip() == "The disk is full."


def test_lock_of_a_killed_command_is_free(tmp_path: Path) -> None:
    """A command that dies holding a lock does not block the next one."""
    lock = tmp_path / "template.lock"
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from engine.processes import exclusive\n"
        "with exclusive(Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with processes.exclusive(lock):
        assert lock.exists()


def test_orphans_of_a_killed_run_are_found_and_ended(tmp_path: Path) -> None:
    """A server whose starter was killed is found by its data folder."""
    data = tmp_path / "run" / "odoo-17.0" / "data"
    sleeper = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(\n"
        "    [sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]],\n"
        "    start_new_session=True, stdout=subprocess.DEVNULL,\n"
        "    stderr=subprocess.DEVNULL,\n"
        ")\n"
        "print(child.pid, flush=True)\n"
    )
    starter = subprocess.run(
        [sys.executable, "-c", sleeper, f"--data-dir={data}"],
        capture_output=True,
        text=True,
        check=True,
    )
    pid = int(starter.stdout)
    assert processes.orphans_of(data) == [pid]
    run.cleanup_orphans()
    assert processes.alive(pid)  # its folder does not exist, so it is not ours yet
    data.mkdir(parents=True)
    run.cleanup_orphans()
    deadline = time.monotonic() + 10
    while processes.alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes.alive(pid)


def test_children_of_a_living_command_are_no_orphans(tmp_path: Path) -> None:
    """What this very test run started is left alone."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", f"--data-dir={tmp_path}"]
    )
    try:
        assert processes.orphans_of(tmp_path) == []
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def test_state_survives_a_cut_write(tmp_path: Path) -> None:
    """The state file is replaced in one step and closed to others."""
    (tmp_path / "run").mkdir()
    state = run.State()
    state.save(engine="17.0")
    state.path.with_suffix(".new").write_text('{"engine": "19')  # a cut write
    assert run.State().values == {"engine": "17.0"}
    assert os.stat(state.path).st_mode & 0o077 == 0


def test_digest_follows_what_reaches_a_database(tmp_path: Path) -> None:
    """Views and models count; tests and translations do not rebuild a database."""
    addon = tmp_path / "crm_x"
    (addon / "tests").mkdir(parents=True)
    (addon / "models.py").write_text("a = 1\n")
    before = digest_of([addon])
    (addon / "tests" / "test_x.py").write_text("b = 1\n")
    assert digest_of([addon]) == before
    (addon / "models.py").write_text("a = 2\n")
    assert digest_of([addon]) != before


@pytest.mark.parametrize(
    ("tests", "failures", "code", "green"),
    [(3, 0, 0, True), (3, 1, 1, False), (3, 0, 2, False), (0, 0, 5, False)],
)
def test_totals_are_green_only_when_something_ran_and_all_passed(
    tmp_path: Path, tests: int, failures: int, code: int, green: bool
) -> None:
    """A crash after the last test is no success, and neither is an empty run."""
    report = tmp_path / "report.xml"
    report.write_text(
        f'<testsuites><testsuite tests="{tests}" failures="{failures}" errors="0" '
        'skipped="0"><testcase><skipped message="why"/></testcase></testsuite>'
        "</testsuites>"
    )
    totals = testing.Totals()
    totals.add(report, "here", code)
    assert totals.green is green
    assert totals.reasons == {"why": 1}


def test_chunks_are_even_and_begin_with_the_longest() -> None:
    files = [(f"file{seconds}", float(seconds)) for seconds in (10, 300, 90, 80, 20)]
    found = pool.chunks(files, limit=200)
    assert found == [
        (["file300"], 300.0),
        (["file10", "file90"], 100.0),
        (["file80", "file20"], 100.0),
    ]
    assert pool.chunks([]) == []


def test_durations_are_learned_from_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase file="tests/test_a.py" time="1.5" />'
        '<testcase file="tests/test_a.py" time="2" /></testsuite></testsuites>'
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_b.py").write_text("#" * 2000)
    (tmp_path / "tests" / "test_c.py").write_text("import a\n\nSECONDS = 210\n")
    durations = pool.Durations(tmp_path / "durations.json")
    durations.learn("17", report)
    durations.learn("17", tmp_path / "missing.xml")
    durations.save()

    known = pool.Durations(tmp_path / "durations.json")
    assert known.of("17", "tests/test_a.py", tmp_path) == 3.5
    assert known.of("19", "tests/test_a.py::test_one", tmp_path) == 3.5
    assert known.of("journeys", "tests/test_b.py", tmp_path) == 20.0
    assert known.of("journeys", "tests/test_c.py", tmp_path) == 210.0
    assert durations.slowest(1) == [("17 tests/test_a.py", 3.5)]


@pytest.mark.parametrize(("minutes", "warned"), [(10, False), (51, True)])
def test_a_long_run_is_told_and_the_counts_come_last(
    tmp_path: Path, monkeypatch, minutes: int, warned: bool
) -> None:
    monkeypatch.delenv("CI_STARTED", raising=False)
    durations = pool.Durations(tmp_path / "none.json")
    totals = testing.Totals(passed=3)
    lines = list(testing.closing_lines("17.0", minutes * 60, totals, durations))
    assert lines[-1] == "3 passed, 0 failed, 0 skipped"
    assert any(line.startswith("WARNING: all of it") for line in lines) is warned
    assert any(line.startswith("Tested on Odoo 17.0 in") for line in lines)


def test_long_files_run_on_the_oldest_engine_only(tmp_path: Path, monkeypatch) -> None:
    long = {"test_matrix_a.py", "test_fuzz.py", "test_tours_lives.py"}
    for name in ("test_a.py", "test_tours.py", *long):
        path = tmp_path / "crm_a" / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    monkeypatch.setattr(testing, "suite_addons", lambda odoo: ["crm_a"])
    engine = SimpleNamespace(series=(19, 0), name="19.0")
    odoo = SimpleNamespace(engine=engine, addons=tmp_path)
    durations = pool.Durations(tmp_path / "none.json")

    def files(named: list[str], left_out: tuple[str, ...]) -> set[str]:
        jobs = testing.addon_jobs(
            odoo, named, [], testing.Totals(), durations, left_out
        )
        return {Path(place).name for job in jobs for place in job.run.args[3]}

    assert files([], ()) == {"test_a.py", "test_tours.py", *long}
    assert files([], testing.ON_THE_OLDEST) == {"test_a.py", "test_tours.py"}
    named = ["crm_a/tests/test_fuzz.py"]
    assert files(named, testing.ON_THE_OLDEST) == {"test_fuzz.py"}


def test_run_is_known_by_its_lock_not_by_a_number(tmp_path: Path) -> None:
    """The number a killed run left may be someone else's: no one is stopped for it."""
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "run.pid").write_text(str(bystander.pid))
        run.refuse_second_run()
        assert run.running_pid() is None
        with processes.exclusive(run.run_lock()):
            assert run.running_pid() == bystander.pid
            with pytest.raises(Refusal, match="runs already, or gets ready"):
                run.refuse_second_run()
        assert run.stop() == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
