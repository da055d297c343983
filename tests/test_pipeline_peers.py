"""How the comparison of Odoo's own CRM tests reads reports and judges them."""

from __future__ import annotations

import json
from pathlib import Path

from tests import peers
from tests.peer_crm import EXPECTED, Results, compare, expected_for, lines_of, main


def write_report(path: Path, **cases: str) -> Path:
    """A JUnit report; each case is passed, or failed with the given message."""
    body = "".join(
        f'<testcase classname="odoo.addons.crm.tests.test_x.TestX" name="{name}">'
        + (f'<failure message="{message}"/>' if message else "")
        + "</testcase>"
        for name, message in cases.items()
    )
    path.write_text(f"<testsuites><testsuite>{body}</testsuite></testsuites>")
    return path


def test_reading_a_report(tmp_path: Path) -> None:
    results = Results.read(write_report(tmp_path / "r.xml", good="", bad="It broke"))
    assert results.ran == {"test_x.TestX.good", "test_x.TestX.bad"}
    assert results.failed == {"test_x.TestX.bad": "It broke"}


def test_judging_two_runs() -> None:
    names = {"listed", "unlisted", "repaired", "flaky", "fine"}
    plain = Results(names, {"flaky": "also without"})
    ruled = Results(names, {"listed": "a", "unlisted": "b", "flaky": "c"})
    expected = {"listed": "why", "repaired": "once", "of another series": "gone"}
    comparison = compare(plain, ruled, expected)
    assert comparison.explained == {"listed": "why"}
    assert comparison.unexplained == {"unlisted": "b"}
    assert comparison.passing == ["repaired"]
    assert comparison.noise == ["flaky"]
    assert not comparison.good
    text = "\n".join(lines_of("17.0", ruled, comparison))
    assert "5 tests of crm, 2 pass" in text
    assert "NOT LISTED unlisted" in text


def test_half_a_run_is_not_good() -> None:
    """A run that was cut short must not pass for one without failures."""
    comparison = compare(Results({"a", "b"}, {}), Results({"a"}, {}), {})
    assert comparison.missing == ["b"]
    assert not comparison.good


def test_all_listed_is_good() -> None:
    plain = Results({"a", "b"}, {})
    ruled = Results({"a", "b"}, {"a": "refused"})
    assert compare(plain, ruled, {"a": "moves backwards"}).good


def test_the_list_gives_a_reason_for_each() -> None:
    entries = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert entries
    for name, entry in entries.items():
        assert name.count(".") == 2, name
        assert len(entry["reason"]) > 20, name
        assert entry["series"], name
    assert expected_for("1.0") == {}


def test_comparing_saved_reports(tmp_path: Path, capsys) -> None:
    plain = write_report(tmp_path / "plain.xml", one="", two="")
    ruled = write_report(tmp_path / "rules.xml", one="", two="Refused")
    arguments = ["--engine", "17", "--reports", str(plain), str(ruled)]
    assert main(arguments) == 1
    assert "NOT LISTED test_x.TestX.two" in capsys.readouterr().out
    same = ["--engine", "17", "--reports", str(plain), str(plain)]
    assert main(same) == 0


def test_every_difference_of_other_modules_is_explained() -> None:
    """With our line that makes it, and why a user would want it."""
    entries = json.loads(peers.EXPECTED.read_text(encoding="utf-8"))
    assert set(entries) <= set(peers.MODULES)
    root = Path(peers.__file__).parents[1]
    for tests in entries.values():
        for name, entry in tests.items():
            assert name.count(".") == 2, name
            assert len(entry["reason"]) > 20, name
            assert (root / entry["line"].split(":")[0]).exists()
            assert entry["series"], name


def test_differences_are_listed_by_module(tmp_path: Path, capsys) -> None:
    listed = tmp_path / "listed.json"
    entry = {"series": ["17.0"], "line": "a.py:1", "reason": "why"}
    listed.write_text(json.dumps({"portal": {"test_x.TestX.one": entry}}))
    found = peers.expected_for("portal", "17.0", listed)
    assert found == {"test_x.TestX.one": "a.py:1: why"}
    assert peers.expected_for("mail", "17.0", listed) == {}
    plain = Results({"a"}, {})
    assert not peers.report_on("mail", "1.0", plain, Results({"a"}, {"a": "broke"}))
    assert "1 tests of mail, 0 pass with the suite installed" in capsys.readouterr().out
