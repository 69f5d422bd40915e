"""A store in whose door a turn stands still that its answer is just ending."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from temporalio.api.enums.v1 import EventType

from adapters.store.database import Database
from adapters.store.session import Session
from domain.ports.transcript import ClosedTurn
from models.payloads.scope import Scope
from queues.turns import turns_worker
from tests.turns.lab import Lab
from tests.waiting import until

Result = TypeVar("Result")


class Threshold(Database):
    """Until `release`, an end waits in its transaction, before the commit; or, when `committed`,
    behind it, with nobody told yet."""

    def __init__(self, url: str, *, committed: bool) -> None:
        super().__init__(url)
        self.reached = asyncio.Event()
        self.release = asyncio.Event()
        self._committed = committed

    async def run(
        self, scope: Scope | None, work: Callable[[Session], Awaitable[Result]]
    ) -> Result:
        async def standing(session: Session) -> Result:
            result = await work(session)
            if not self._committed:
                await self._stand(result)
            return result

        result = await super().run(scope, standing)
        if self._committed:
            await self._stand(result)
        return result

    async def _stand(self, result: object) -> None:
        match result:
            case (_, ClosedTurn()):
                self.reached.set()
                await self.release.wait()


class Between(Threshold):
    """A turn has ended, and its run knows: the end of a message stands that was taken back."""

    async def _stand(self, result: object) -> None:
        match result:
            case ClosedTurn():
                self.reached.set()
                await self.release.wait()


@asynccontextmanager
async def at_the_end(
    here: Lab, url: str, *, committed: bool, door: type[Threshold] = Threshold
) -> AsyncIterator[Threshold]:
    """A worker whose turns stand there; killed, with whatever stands there, on the way out."""
    database = door(url, committed=committed)
    adapters = replace(here.adapters, database=database)
    try:
        async with turns_worker(here.client, adapters, here.queue):
            yield database
    finally:
        await database.close()


async def outgrown(here: Lab) -> None:
    """While a turn stands there: wait until its run is too old to take the next one as well."""
    history = await here.handle.fetch_history()
    # By the same clock, and no earlier than what the run takes for its beginning.
    began = next(
        event.event_time.ToDatetime(UTC)
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    await until(lambda: datetime.now(UTC) - began >= here.limits.same_run)
