"""Creating records at a dealer by the method behind Odoo's import.

``load`` takes an external id with each record, and the dealer's own database refuses a
second record under one id: sent twice, even at the same moment, a request makes one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from . import errors
from .session import DealerSession

# Records that exist stay as they are: the dealer may have worked on them.
LOAD_CONTEXT = {"mode": "update", "noupdate": True, "tracking_disable": False}

Row = dict[str, str]


class RowImport(DealerSession):
    """Adds :meth:`load_groups` to a session."""

    def load_groups(
        self,
        model: str,
        groups: Mapping[str, Sequence[Row]],
        made: dict[str, int] | None = None,
        context: Mapping[str, object] | None = None,
    ) -> dict[str, errors.DealerError]:
        """Create one record for each group of rows.

        The first row of a group has the record's own values and its first line; each
        further row has one more line. One bad row makes the dealer refuse everything,
        so the records of bad rows are taken out by what it says of them, and the others
        are sent again.

        :param model: name of a model at the dealer
        :param groups: by key the rows of a record, as texts by import column
        :param made: filled with the record's id for each key
        :param context: replaces :data:`LOAD_CONTEXT`
        :return: the refused keys with the reason
        """
        refused: dict[str, errors.DealerError] = {}
        by_columns: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for key, rows in groups.items():
            by_columns[tuple(rows[0])].append(key)
        for columns, keys in by_columns.items():
            while keys:
                owners = [key for key in keys for _row in groups[key]]
                answer = self.client.change(
                    model,
                    "load",
                    list(columns),
                    [
                        [row.get(column, "") for column in columns]
                        for key in keys
                        for row in groups[key]
                    ],
                    rows=len(owners),
                    context={**self.call_context, **(context or LOAD_CONTEXT)},
                )
                ids = self._loaded_ids(answer, len(keys))
                if ids:
                    if made is not None:
                        made.update(zip(keys, ids, strict=True))
                    break
                bad = self._bad_groups(owners, answer.get("messages"))
                if not self._may_create(model, bad):
                    bad = {key: errors.NoRights(bad[key].detail) for key in bad}
                refused.update(bad)
                keys = [key for key in keys if key not in bad]
        return refused

    @staticmethod
    def _loaded_ids(answer: object, count: int) -> list[int]:
        """The ids ``load`` answered with, one per record; empty when it refused.

        :param answer: what ``load`` returned
        :param count: number of records sent
        :return: ids
        :raises errors.AnswerLost: when it is not an answer of ``load``
        """
        if not isinstance(answer, dict):
            raise errors.AnswerLost("load")
        ids = answer.get("ids") or []
        if ids and not (
            isinstance(ids, list)
            and len(ids) == count
            and all(isinstance(one, int) for one in ids)
        ):
            raise errors.AnswerLost("load")
        return ids

    def _may_create(self, model: str, bad: Mapping[str, errors.DealerError]) -> bool:
        """Whether what was refused was not refused for want of a right.

        :param model: name of a model at the dealer
        :param bad: error by key
        :return: whether it is worth to look for the bad record
        """
        asks = any(isinstance(error, errors.Refused) for error in bad.values())
        return not asks or self.may(model, "create")

    def _bad_groups(
        self, owners: Sequence[str], messages: object
    ) -> dict[str, errors.DealerError]:
        """Which records are to blame for a refusal.

        :param owners: the key each row sent belongs to
        :param messages: what ``load`` said, as the dealer sent it
        :return: error by key
        """
        said = [
            one
            for one in (messages if isinstance(messages, list) else [])
            if isinstance(one, dict) and one.get("type") == "error"
        ]
        if len({_first_row(one) for one in said}) > 1 and len(said) > 1:
            # What was said of all rows together comes first, put down to the first of
            # them. Should that one be bad as well, the next answer says so.
            said = said[1:]
        bad: dict[str, errors.DealerError] = {}
        for message in said:
            words = str(message.get("message", ""))
            error: errors.DealerError = errors.Refused(self.client.mask(words))
            if "could not serialize" in words or "SerializationFailure" in words:
                error = errors.Busy()
            elif "AccessError" in words:
                error = errors.NoRights(self.client.mask(words))
            row = _first_row(message)
            if row is not None and 0 <= row < len(owners):
                bad.setdefault(owners[row], error)
        # when it does not say which, none can be distinguished from the others
        return bad or dict.fromkeys(owners, errors.Refused("load"))


def _first_row(message: Mapping) -> int | None:
    """The number of the first row a message of ``load`` is about.

    :param message: a message of ``load``
    :return: number from 0, None when it names none
    """
    rows = message.get("rows")
    row = rows.get("from") if isinstance(rows, dict) else None
    return row if isinstance(row, int) else None
