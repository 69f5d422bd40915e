"""Work that goes on behind an answer."""

import asyncio
from uuid import UUID

import pytest

from api.behind import Behind
from api.strangers import Strangers
from domain.ports.audit import DEPLOYMENT
from models.errors import LimitError, UnavailableError


async def test_what_takes_long_goes_on_behind() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        await gate.wait()
        done.set()
        return "done"

    task = await Behind().within(0.0, slow())
    assert not task.done()
    gate.set()
    assert await task == "done"


async def test_it_goes_on_when_the_caller_leaves() -> None:
    begun, gate, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await gate.wait()
        done.set()

    caller = asyncio.create_task(Behind().within(60.0, slow()))
    await begun.wait()
    caller.cancel()
    gate.set()
    async with asyncio.timeout(10):
        await done.wait()


async def test_a_flood_is_refused_by_name() -> None:
    gate, behind = asyncio.Event(), Behind(most=2)

    async def slow() -> None:
        await gate.wait()

    tasks = [await behind.within(0.0, slow()) for _ in range(2)]
    with pytest.raises(LimitError, match="at once"):
        await behind.within(0.0, slow())
    gate.set()
    await asyncio.gather(*tasks)
    await (await behind.within(1.0, slow()))


class Trail:
    """An audit that cannot be written at first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.counted: dict[str, int] = {}
        self.written = asyncio.Event()

    async def record(
        self, scope: object, action: str, subject_id: UUID, *, by: UUID | None, details: object
    ) -> None:
        assert (scope, action, by) == (DEPLOYMENT, "slack.refused", None)
        if self.failures:
            self.failures -= 1
            raise UnavailableError("away")
        assert isinstance(details, dict)
        for reason, count in details["reasons"].items():
            self.counted[reason] = self.counted.get(reason, 0) + count
        self.written.set()


@pytest.mark.parametrize("failures", [0, 2])
async def test_strangers_are_all_counted_even_while_the_trail_is_away(failures: int) -> None:
    trail, strangers = Trail(failures), Strangers(pause=0.0)
    for _ in range(50):
        strangers.turned_away(trail, "slack_signature_wrong")  # type: ignore[arg-type]  # one method of it
    strangers.turned_away(trail, "slack_request_old")  # type: ignore[arg-type]  # as above
    async with asyncio.timeout(10):
        await trail.written.wait()
    assert trail.counted == {"slack_signature_wrong": 50, "slack_request_old": 1}
