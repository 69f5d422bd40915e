"""The activities of a turn that a stop reaches."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from models.payloads.turn import Outcome

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Work:
    """What a turn has under way, and whether it shall end."""

    def __init__(self) -> None:
        self.stopping: Outcome | None = None
        """How the turn ends, once somebody wants its end."""
        self._running: set[workflow.ActivityHandle[Any]] = set()

    def stop(self, outcome: Outcome) -> None:
        """The first word counts."""
        if self.stopping is None:
            self.stopping = outcome
        for handle in self._running:
            handle.cancel()

    def is_stopping(self) -> bool:
        return self.stopping is not None

    async def do(
        self,
        activity: Callable[[Any, Request], Coroutine[Any, Any, Reply]],
        request: Request,
        policy: workflow.ActivityConfig,
    ) -> Reply:
        """Run it; a stop cancels it, and its end is awaited all the same."""
        handle: workflow.ActivityHandle[Reply] = workflow.start_activity_method(
            activity, request, **policy
        )
        self._running.add(handle)
        if self.is_stopping():
            handle.cancel()
        try:
            return await handle
        finally:
            self._running.discard(handle)
