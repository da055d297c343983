"""Which stage may follow which: the one-step rule, without a database."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple


class Stage(NamedTuple):
    """What the rule needs to know of a pipeline stage."""

    id: int
    sequence: int
    closed: bool = False  # Won or Lost
    folded: bool = False
    archived: bool = False
    team_ids: frozenset[int] = frozenset()  # empty: every team's

    @property
    def rank(self) -> tuple[int, int]:
        """The order of the stages; the id decides between equal sequences.

        :return: sequence and id
        """
        return self.sequence, self.id

    def serves(self, team_id: int | None) -> bool:
        """Whether leads of this team may be in the stage.

        :param team_id: id of a team, or none
        :return: boolean
        """
        return not self.team_ids or team_id in self.team_ids


class Refusal(Enum):
    """Why a move is refused."""

    NOT_NEXT = "not_next"  # there is a next stage, and it is another one
    LAST = "last"  # the lead is in its last open stage
    CLOSED = "closed"  # the lead is Won or Lost
    NO_STAGE = "no_stage"  # the lead has no stage yet and must begin at the start


class Pipeline:
    """The stages of a database, as teams walk through them."""

    def __init__(self, stages: Iterable[Stage]):
        self._stages = {stage.id: stage for stage in stages}
        self._paths: dict[int | None, list[Stage]] = {}

    def get(self, stage_id: int | None) -> Stage | None:
        """The stage of that id, archived or not.

        :param stage_id: id of a stage, or none
        :return: the stage, or none
        """
        return self._stages.get(stage_id) if stage_id else None

    def path(self, team_id: int | None) -> list[Stage]:
        """The open stages of a team in their order.

        :param team_id: id of a team, or none
        :return: list of stages
        """
        team_id = team_id or None
        if team_id not in self._paths:
            self._paths[team_id] = sorted(
                (
                    stage
                    for stage in self._stages.values()
                    if not (stage.closed or stage.archived) and stage.serves(team_id)
                ),
                key=lambda stage: stage.rank,
            )
        return self._paths[team_id]

    def start(self, team_id: int | None) -> Stage | None:
        """Where new leads of a team begin: its first open stage that is not folded.

        :param team_id: id of a team, or none
        :return: the stage, or none where the team has no open one
        """
        path = self.path(team_id)
        return next(
            (stage for stage in path if not stage.folded), path[0] if path else None
        )

    def following(self, stage: Stage, team_id: int | None) -> Stage | None:
        """The only open stage a team's lead may go to from ``stage``.

        :param stage: where the lead is
        :param team_id: id of its team, or none
        :return: the stage, or none after the last one
        """
        return next(
            (other for other in self.path(team_id) if other.rank > stage.rank), None
        )

    def equivalent_stage(
        self, stage: Stage | None, team_id: int | None
    ) -> Stage | None:
        """Where a lead of ``stage`` belongs once it is a lead of that team.

        It keeps a stage the team has. Else it takes the same step of the team's path,
        say the third, or the last one of a shorter path. Steps are counted because
        Odoo numbers the stages of all teams in one row: whose sequence is higher says
        nothing. A closed lead stays in its stage, whichever team uses that.

        :param stage: where the lead is, or none
        :param team_id: id of its new team, or none
        :return: the stage, or none where the team has no open one
        """
        if stage is None:
            return self.start(team_id)
        if stage.closed or stage.serves(team_id):
            return stage
        path, taken = self.path(team_id), self._steps_before(stage)
        if not (path and taken):
            return self.start(team_id)
        return path[min(taken, len(path) - 1)]

    def _steps_before(self, stage: Stage) -> int:
        """How many open stages a lead has behind it, on the shortest of its paths.

        :param stage: the stage
        :return: number of stages
        """
        return min(
            (
                sum(other.rank < stage.rank for other in self.path(team_id))
                for team_id in stage.team_ids
            ),
            default=0,
        )

    def allowed(self, stage_id: int | None, team_id: int | None) -> Stage | None:
        """The one open stage a lead may be moved to; none from a closed stage.

        :param stage_id: id of the stage the lead is in, or none
        :param team_id: id of its team, or none
        :return: the stage, or none
        """
        stage = self.get(stage_id)
        if stage is None:
            return self.start(team_id)
        if stage.closed:
            return None
        place = self.equivalent_stage(stage, team_id)
        return self.following(place, team_id) if place else None

    def refusal(
        self, stage_id: int | None, target_id: int | None, team_id: int | None
    ) -> Refusal | None:
        """Judge one move.

        :param stage_id: where the lead is
        :param target_id: where it is to go
        :param team_id: the team it belongs to after the move
        :return: nothing where the move is allowed
        """
        stage, target = self.get(stage_id), self.get(target_id)
        if stage == target or (target and target.closed):
            return None
        if stage is None:
            path = self.path(team_id)
            first = (self.start(team_id), path[0] if path else None)
            return None if target in first else Refusal.NO_STAGE
        if stage.closed:
            return Refusal.CLOSED
        if (
            target is None
        ):  # taking a lead out of the pipeline it has not set out on yet
            return None if stage == self.start(team_id) else self._why(stage, team_id)
        place = self.equivalent_stage(stage, team_id)
        if target == place or (place and target == self.following(place, team_id)):
            return None
        return self._why(stage, team_id)

    def _why(self, stage: Stage, team_id: int | None) -> Refusal:
        """Why a lead in an open stage may not go where it was sent.

        :param stage: the stage the lead is in
        :param team_id: id of the lead's team, or None
        :return: the refusal
        """
        place = self.equivalent_stage(stage, team_id) or stage
        return Refusal.NOT_NEXT if self.following(place, team_id) else Refusal.LAST
