"""Read the text of a filter without running it as a program.

Odoo's domain editor writes Python: a list of conditions whose values are literals, or
dates relative to today. This module understands that much and nothing else, within
limits, so that reading a text costs the same for any text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta

MAX_CHARACTERS = 4000
MAX_NODES = 1000
MAX_DEPTH = 25  # of conditions, lists and calls within each other
MAX_NUMBER = 10**15

LOGIC = frozenset("&|!")
OPERATORS = frozenset(
    {
        *("=", "!=", "<>", "==", "<", ">", "<=", ">=", "=?", "in", "not in"),
        *("like", "not like", "ilike", "not ilike", "=like", "=ilike"),
        *("child_of", "parent_of", "any", "not any"),
    }
)
NESTED = frozenset({"any", "not any"})
DELTA_NAMES = frozenset(
    {
        *("years", "months", "weeks", "days", "hours", "minutes", "seconds"),
        *("year", "month", "day", "hour", "minute", "second", "weekday"),
    }
)


class DomainError(ValueError):
    """The text is no filter that this module understands."""


def parse_domain(text: str, uid: int = 0, now: datetime | None = None) -> list:
    """Turn the text of a filter into a list of conditions.

    :param text: as Odoo's domain editor writes it
    :param uid: the value of ``uid``
    :param now: the moment that ``context_today()`` and the like are about
    :return: the domain, with literals only
    :raises DomainError: where the text is too long, or holds anything but conditions
        with literals, ``uid``, ``context_today()``, ``relativedelta(...)`` and
        ``strftime``
    """
    if len(text) > MAX_CHARACTERS:
        raise DomainError(f"longer than {MAX_CHARACTERS} characters")
    try:
        tree = ast.parse(text.strip() or "[]", mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise DomainError(f"not a list of conditions: {error}") from None
    if sum(1 for _node in ast.walk(tree)) > MAX_NODES:
        raise DomainError("too many conditions")
    value = _Reader(uid, now or datetime.now())._evaluate(tree.body, 0)
    if not isinstance(value, list):
        raise DomainError("not a list of conditions")
    return check_shape(value)


def check_shape(domain: list | tuple) -> list:
    """Check that a domain is made of operators and conditions of three parts.

    :param domain: what is read
    :return: the domain, its conditions as tuples
    :raises DomainError: where a part is something else
    """
    checked = []
    for part in domain:
        if isinstance(part, str) and part in LOGIC:
            checked.append(part)
            continue
        if not isinstance(part, list | tuple) or len(part) != 3:
            raise DomainError(f"not a condition: {part!r}")
        path, operator, value = part
        if part in ((1, "=", 1), [1, "=", 1], (0, "=", 1), [0, "=", 1]):
            checked.append(tuple(part))
            continue
        if not isinstance(path, str) or not isinstance(operator, str):
            raise DomainError(f"not a condition: {part!r}")
        operator = operator.lower()
        if operator not in OPERATORS:
            raise DomainError(f"unknown operator {operator}")
        if operator in NESTED:
            if not isinstance(value, list | tuple):
                raise DomainError(f"{operator} needs a list of conditions")
            value = check_shape(value)
        checked.append((path, operator, value))
    return checked


def paths_of(domain: list) -> Iterator[str]:
    """The field paths of a domain, those of nested domains from its own model on.

    :param domain: as ``parse_domain`` returns it
    :return: paths such as ``partner_id.country_id``
    """
    for part in domain:
        if isinstance(part, str) or not isinstance(part[0], str):
            continue
        path, operator, value = part
        yield path
        if operator in NESTED:
            for inner in paths_of(value):
                yield f"{path}.{inner}"


def split_conjuncts(domain: list) -> list[list]:
    """The conditions of a domain that must all hold.

    :param domain: a well-formed one
    :return: domains; together they say what the given one says
    """

    def joined(parts: list[list]) -> list:
        return ["&"] * (len(parts) - 1) + [token for part in parts for token in part]

    stack: list[list[list]] = []
    for token in reversed(domain):
        if token == "&":
            stack.append(stack.pop() + stack.pop())
        elif token == "|":
            stack.append([["|", *joined(stack.pop()), *joined(stack.pop())]])
        elif token == "!":
            stack.append([["!", *joined(stack.pop())]])
        else:
            stack.append([[token]])
    return [part for parts in reversed(stack) for part in parts]


class _Reader:
    """Evaluates the few kinds of nodes that a filter is made of."""

    def __init__(self, uid: int, now: datetime) -> None:
        self.names = {"uid": uid}
        self.now = now
        self.readers: dict[type, Callable[[Any, int], Any]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.List: self._list,
            ast.Tuple: self._tuple,
            ast.UnaryOp: self._sign,
            ast.BinOp: self._sum,
            ast.Call: self._call,
        }

    def _evaluate(self, node: ast.expr, depth: int) -> Any:
        """The value of an expression.

        :param node: the expression
        :param depth: how deeply it is nested
        :return: the value
        :raises DomainError: for a kind that is not allowed, or nested too deeply
        """
        if depth > MAX_DEPTH:
            raise DomainError("nested too deeply")
        reader = self.readers.get(type(node))
        if reader is None:
            raise DomainError(f"{type(node).__name__} is not allowed in a filter")
        return reader(node, depth + 1)

    def _constant(self, node: ast.Constant, depth: int) -> Any:
        """The value of a constant.

        :param node: the constant
        :param depth: how deeply it is nested
        :return: None, bool, number or text
        :raises DomainError: for other types, numbers too large and invalid characters
        """
        value = node.value
        if value is not None and not isinstance(value, bool | int | float | str):
            raise DomainError(f"{value!r} is not allowed in a filter")
        if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            raise DomainError("a number is too large")
        if isinstance(value, str) and "\0" in value:
            raise DomainError("a text holds an invalid character")
        return value

    def _name(self, node: ast.Name, depth: int) -> Any:
        """The value of a name.

        :param node: the name
        :param depth: how deeply it is nested
        :return: the value
        :raises DomainError: for an unknown name
        """
        if node.id in self.names:
            return self.names[node.id]
        if node.id in ("true", "false"):  # as some clients write them
            return node.id == "true"
        raise DomainError(f"unknown name {node.id}")

    def _list(self, node: ast.List, depth: int) -> list:
        """The value of a list.

        :param node: the list
        :param depth: how deeply it is nested
        :return: list of values
        """
        return [self._evaluate(item, depth) for item in node.elts]

    def _tuple(self, node: ast.Tuple, depth: int) -> tuple:
        """The value of a tuple.

        :param node: the tuple
        :param depth: how deeply it is nested
        :return: tuple of values
        """
        return tuple(self._evaluate(item, depth) for item in node.elts)

    def _sign(self, node: ast.UnaryOp, depth: int) -> Any:
        """The value of a number with a sign.

        :param node: sign and number
        :param depth: how deeply it is nested
        :return: negative number
        :raises DomainError: for anything but a minus and a number
        """
        value = self._evaluate(node.operand, depth)
        if isinstance(node.op, ast.USub) and type(value) in (int, float):
            return -value
        raise DomainError("only numbers can be negative")

    def _sum(self, node: ast.BinOp, depth: int) -> Any:
        """A date plus or minus a span of time.

        :param node: the sum
        :param depth: how deeply it is nested
        :return: date or datetime
        :raises DomainError: for other sums, and dates out of range
        """
        left, right = (
            self._evaluate(node.left, depth),
            self._evaluate(node.right, depth),
        )
        if not isinstance(left, date) or not isinstance(right, relativedelta):
            raise DomainError("only a date and a span of time can be added")
        try:
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Sub):
                return left - right
        except (OverflowError, ValueError):
            raise DomainError("a date is out of range") from None
        raise DomainError("only a date and a span of time can be added")

    def _call(self, node: ast.Call, depth: int) -> Any:
        """The value of one of the functions that are allowed.

        :param node: the call
        :param depth: how deeply it is nested
        :return: date, datetime, span of time or text
        :raises DomainError: for any other function
        """
        called = ast.unparse(node.func)
        if called in ("context_today", "datetime.date.today"):
            return self._without_arguments(node, self.now.date())
        if called in ("datetime.datetime.now", "datetime.datetime.utcnow"):
            return self._without_arguments(node, self.now)
        if called in ("relativedelta", "datetime.timedelta"):
            return self._delta(node, depth)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "strftime":
            return self._strftime(node, depth)
        raise DomainError(f"{called[:40]} is not allowed in a filter")

    def _without_arguments(self, node: ast.Call, value: Any) -> Any:
        """The value of a function that takes nothing.

        :param node: the call
        :param value: what it returns
        :return: the value
        :raises DomainError: for a call with arguments
        """
        if node.args or node.keywords:
            raise DomainError("unexpected arguments")
        return value

    def _delta(self, node: ast.Call, depth: int) -> relativedelta:
        """A span of time.

        :param node: the call
        :param depth: how deeply it is nested
        :return: span of time
        :raises DomainError: for anything but named whole numbers of limited size
        """
        values = {}
        for keyword in node.keywords:
            value = self._evaluate(keyword.value, depth)
            if keyword.arg not in DELTA_NAMES or type(value) is not int:
                raise DomainError("a span of time is made of whole days, months, ...")
            if abs(value) > 100_000:
                raise DomainError("a span of time is too long")
            values[keyword.arg] = value
        if node.args:
            raise DomainError("a span of time needs names: days=1")
        try:
            return relativedelta(**values)
        except (TypeError, ValueError):
            raise DomainError("a span of time is not valid") from None

    def _strftime(self, node: ast.Call, depth: int) -> str:
        """A date as text.

        :param node: the call
        :param depth: how deeply it is nested
        :return: text
        :raises DomainError: for anything but a date and one short format
        """
        assert isinstance(node.func, ast.Attribute)
        arguments = [self._evaluate(argument, depth) for argument in node.args]
        if node.keywords or len(arguments) != 1 or not isinstance(arguments[0], str):
            raise DomainError("strftime needs one format")
        if len(arguments[0]) > 40:
            raise DomainError("a format of a date is too long")
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "time":
            moment: Any = self.now
        else:
            moment = self._evaluate(node.func.value, depth)
        if not isinstance(moment, date):
            raise DomainError("only a date has a format")
        return moment.strftime(arguments[0])
