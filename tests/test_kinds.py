"""Kinds of faults, each looked for in all sources: places without a reason are wrong.

``kinds.json`` lists the places by kind, each with why it is right there. A place that
is not listed fails, and so does a line about a place that is gone.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.locations import REPOSITORY

EXCEPTIONS = json.loads(
    Path(__file__).with_name("kinds.json").read_text(encoding="utf-8")
)
VALUES = re.compile(r"\b(vals|vals_list|values)\b")


def methods() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each method of the addons, with ``file:name``; tests are left out."""
    for path in sorted(REPOSITORY.glob("crm_*/**/*.py")):
        inside = path.relative_to(REPOSITORY)
        if "tests" in inside.parts:
            continue
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(found, ast.ClassDef):
                for method in found.body:
                    if isinstance(method, ast.FunctionDef):
                        yield f"{inside.as_posix()}:{method.name}", method


def calls(method: ast.FunctionDef, name: str) -> Iterator[ast.Call]:
    """The calls of attributes of this name."""
    for found in ast.walk(method):
        if (
            isinstance(found, ast.Call)
            and isinstance(found.func, ast.Attribute)
            and found.func.attr == name
        ):
            yield found


def context_keys_read() -> set[str]:
    """A request can send any context: what reads a key must not trust it."""
    return {
        f"{place} {call.args[0].value}"
        for place, method in methods()
        for call in calls(method, "get")
        if ast.unparse(call.func.value).endswith("context")
        and isinstance(call.args[0], ast.Constant)
    }


def elevated_computes() -> set[str]:
    """A new record of ``onchange`` can hold anything, and feeds computes."""
    return {
        place
        for place, method in methods()
        if method.name.startswith("_compute_") and any(calls(method, "sudo"))
    }


def values_before_storing() -> set[str]:
    """What follows from a change is decided by what was stored."""
    found = set()
    for place, method in methods():
        if method.name not in ("create", "write"):
            continue
        for node in ast.walk(method):
            looks = isinstance(node, ast.Compare | ast.Subscript) or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("get", "pop")
            )
            if looks and VALUES.search(ast.unparse(node)):
                found.add(place)
    return found


def places_of_calls(*names: str) -> set[str]:
    """The methods with a call of one of these, overrides and their ``super`` left out.

    :param names: names of methods of Odoo
    """
    return {
        f"{place} {name}"
        for place, method in methods()
        for name in names
        for call in calls(method, name)
        if not ast.unparse(call.func.value).startswith("super(")
    }


def core_methods_called() -> set[str]:
    """Odoo leaves out silently what it cannot close or convert: look afterwards."""
    return places_of_calls(
        "action_set_won", "action_set_lost", "convert_opportunity", "merge_opportunity"
    )


def people_given_something() -> set[str]:
    """Who left or was archived is given nothing to do, and is not written to."""
    return places_of_calls("activity_schedule", "message_notify", "message_subscribe")


def contacts_of_a_company() -> set[str]:
    """Invoice and delivery addresses are below a company as well, but no people."""
    return {
        place
        for place, method in methods()
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and node.attr == "child_ids"
    }


def company_of_the_user() -> set[str]:
    """Settings, currency and calendar are those of the record, not of the user."""
    return {
        place
        for place, method in methods()
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and node.attr == "company"
        and ast.unparse(node.value).endswith("env")
    }


def dates_written_by_code() -> set[str]:
    """People read dates in their language, not by number."""
    return places_of_calls("strftime")


def creations_overridden() -> set[str]:
    """What an inner override of ``create`` returned may be older than the values."""
    return {
        place
        for place, method in methods()
        if method.name == "create"
        and place.rpartition("/")[2].startswith(
            ("crm_lead.", "crm_stage.", "res_", "mail_")
        )
    }


SEARCHES = {
    "creations of Odoo's models overridden": creations_overridden,
    "methods of Odoo that leave out silently": core_methods_called,
    "people who are given something": people_given_something,
    "contacts of a company": contacts_of_a_company,
    "dates written by code": dates_written_by_code,
    "company of the user": company_of_the_user,
    "context keys read": context_keys_read,
    "computes that run elevated": elevated_computes,
    "values looked at before they are stored": values_before_storing,
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_each_place_has_a_reason(kind: str) -> None:
    """Found and listed are the same."""
    found, listed = SEARCHES[kind](), EXCEPTIONS[kind]
    assert found - set(listed) == set(), f"without a reason: {kind}"
    assert set(listed) - found == set(), f"gone: {kind}"
    assert all(len(reason) > 15 for reason in listed.values())


def test_one_create_and_one_write_per_addon_and_model() -> None:
    """Each model has one place where its records are created and written."""
    seen: dict[tuple[str, str, str], str] = {}
    twice = []
    for path in sorted(REPOSITORY.glob("crm_*/models/*.py")):
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(found, ast.ClassDef):
                continue
            for method in found.body:
                if isinstance(method, ast.FunctionDef) and method.name in (
                    "create",
                    "write",
                ):
                    key = (path.parts[-3], found.name, method.name)
                    if key in seen:
                        twice.append(f"{key}: {seen[key]} and {path.name}")
                    seen[key] = path.name
    assert len(seen) > 20
    assert twice == []


def test_what_has_no_value_is_sorted_last() -> None:
    """PostgreSQL puts what is empty first where an order is descending."""
    orders = [
        (place, node.value)
        for place, method in methods()
        if "/controllers/" in place and "sortings" in place
        for node in ast.walk(method)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " desc" in node.value
    ]
    assert len(orders) >= 5
    assert [
        (place, part)
        for place, order in orders
        for part in order.split(", ")
        if part.endswith(" desc") and part.split()[0] not in ("id", "reseller_state")
    ] == []
