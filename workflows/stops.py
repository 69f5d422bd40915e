"""Stops that come before their turn: each is kept until it begins, over continuing as new."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.payloads.turn import Outcome
    from workflows.loop import Turn

_TOLD = frozenset({Outcome.STOPPED, Outcome.INTERRUPTED, Outcome.WITHDRAWN})


class Stops:
    """Who is to stop: the turn that a stop names, or the first that can be stopped still. A turn
    that has ended in the store runs on here until the run hears of it."""

    def __init__(self, early: Iterable[UUID]) -> None:
        self._early = set(early)
        self._instead: UUID | None = None
        """Whom a stop meant that named nobody, if the running turn had ended when it came."""

    def ask(self, turn_id: UUID | None, running: Turn | None, waiting: Sequence[UUID]) -> None:
        """What neither runs nor waits has ended, or is not of this conversation."""
        following = waiting[0] if waiting else None
        if running is None:
            self._keep(turn_id or following, waiting)
        elif turn_id is None:
            if running.stop(Outcome.STOPPED):
                self._instead = following or self._instead
            else:
                self._pass_on(following)
        elif turn_id == running.message.turn_id:
            running.stop(Outcome.STOPPED)
        else:
            self._keep(turn_id, waiting)

    def ended(self, outcome: Outcome) -> None:
        """The running turn has: by itself, for all that it was told?"""
        instead, self._instead = self._instead, None
        if outcome not in _TOLD:
            self._pass_on(instead)

    def reached(self, turn_id: UUID) -> bool:
        """Before it began."""
        return turn_id in self._early

    def of(self, waiting: Iterable[UUID]) -> tuple[UUID, ...]:
        """In their order: replayed, they are the same."""
        return tuple(turn_id for turn_id in waiting if turn_id in self._early)

    def _keep(self, wanted: UUID | None, waiting: Sequence[UUID]) -> None:
        if wanted is not None and wanted in waiting:
            self._early.add(wanted)

    def _pass_on(self, following: UUID | None) -> None:
        if following is not None and workflow.patched("too-late-stops-the-next"):
            self._early.add(following)
