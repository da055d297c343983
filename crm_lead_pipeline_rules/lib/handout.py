"""Dealing out leads by load, without a database."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping


def hand_out(lead_ids: Iterable[int], loads: Mapping[int, int]) -> dict[int, list[int]]:
    """Give each lead to the user with the fewest, counting those given just now.

    :param lead_ids: the leads, in the order they are handed out
    :param loads: open leads per user; equal loads are served by user id
    :return: leads per user, only for users that get any
    """
    queue = [(load, user_id) for user_id, load in loads.items()]
    heapq.heapify(queue)
    shares: dict[int, list[int]] = {}
    if not queue:
        return shares
    for lead_id in lead_ids:
        load, user_id = queue[0]
        shares.setdefault(user_id, []).append(lead_id)
        heapq.heapreplace(queue, (load + 1, user_id))
    return shares
