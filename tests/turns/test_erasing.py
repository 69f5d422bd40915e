"""Erasing and clearing on the real servers: what fails on the way leaves nothing half done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from adapters.events.connection import LogNames, connect
from api.ports import Ports
from domain.catalogue import DIRECT
from domain.ports.conversations import ConversationKind
from domain.ports.events import EventFeed
from local.stack import Stack
from models.errors import NotFoundError, UnavailableError
from models.payloads.events import START, ConversationTitled, EventId, LoggedEvent
from models.payloads.turn import Outcome
from models.states import ConversationState
from tests.api.real import serving, signed_in
from tests.turns.held import HELD, Held
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, TOOLED

SAID = "Ada will write the plan.\n@offline tokens=3"
# Said at once, and not ended before it is released.
UNENDED = f"{HELD}\n@offline tokens=5"


class Failing:
    """A port of whose method some calls fail, by their numbers from 1."""

    def __init__(self, port: object, method: str, *numbers: int) -> None:
        self._port, self._method, self._numbers = port, method, numbers
        self._calls = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        return self._call if name == self._method else getattr(self._port, name)

    async def _call(self, *values: object) -> None:
        self._calls += 1
        if self._calls in self._numbers:
            raise UnavailableError("Away.", code="tested")
        await getattr(self._port, self._method)(*values)


@dataclass
class Desk:
    """A conversation with a worker, before an edge some of whose calls fail."""

    lab: Lab
    held: Held
    client: httpx2.AsyncClient
    feed: EventFeed
    redis_url: str

    @property
    def url(self) -> str:
        return f"/v1/conversations/{self.lab.conversation_id}"

    async def delete(self) -> int:
        return (await self.client.delete(self.url)).status_code

    async def clear(self) -> int:
        return (await self.client.post(f"{self.url}/clear")).status_code

    async def make_again(self) -> None:
        await self.lab.conversations.create(
            self.lab.scope,
            self.lab.user_id,
            conversation_id=self.lab.conversation_id,
            title=None,
            agent=DIRECT.name,
        )

    async def stands(self) -> bool:
        """The store has the conversation, with a message in it."""
        try:
            page = await self.lab.conversations.messages(
                self.lab.scope, self.lab.conversation_id, limit=1, cursor=None
            )
        except NotFoundError:
            return False
        return bool(page.items)

    async def live(self) -> bool:
        """Redis has something of its log."""
        redis = connect(self.redis_url)
        try:
            return bool(await redis.exists(*LogNames(self.lab.log).keys))
        finally:
            await redis.aclose()

    async def runs(self) -> bool:
        return await self.lab.engine.is_open(self.lab.log, ConversationKind.CHAT)


@asynccontextmanager
async def desk(
    stack: Stack, folder: Path, port: str = "", method: str = "", *numbers: int
) -> AsyncIterator[Desk]:
    """Those calls of the edge fail: of that port and method, by their numbers from 1."""
    feeds: list[EventFeed] = []
    held = Held()

    def around(ports: Ports) -> Ports:
        feeds.append(ports.feed)
        if not port:
            return ports
        changed: dict[str, Any] = {port: Failing(getattr(ports, port), method, *numbers)}
        return replace(ports, **changed)

    async with (
        lab(stack, around=held.around) as here,
        serving(stack, folder, folder, here.queue, around) as address,
    ):
        headers = signed_in(stack.organisation_id, stack.space_id)
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
            yield Desk(here, held, client, feeds[0], stack.redis_url)


async def test_a_conversation_made_again_under_its_id_ends_its_sessions_too(
    stack: Stack, tmp_path: Path
) -> None:
    async with desk(stack, tmp_path) as its:
        here = its.lab
        await here.answer(SAID)
        assert await its.delete() == httpx2.codes.NO_CONTENT
        await its.make_again()
        await here.answer(SAID)
        await here.close()
        await here.logged("session.summarised")

        found = await here.conversations.get(here.scope, here.conversation_id)
        assert found.state is ConversationState.COMPLETED
        assert found.title


async def test_an_erasure_that_fails_leaves_the_turn_to_its_end(
    stack: Stack, tmp_path: Path
) -> None:
    async with desk(stack, tmp_path, "conversations", "delete", 1) as its:
        here = its.lab
        running = await here.send(UNENDED)
        await here.until(running.turn_id, "text.delta")
        waiting = await here.send(SAID)
        assert await its.delete() == httpx2.codes.SERVICE_UNAVAILABLE
        assert await its.runs()
        its.held.release.set()
        for sent in (running, waiting):
            await here.ended(sent.turn_id)
            assert (await here.view(sent.turn_id)).outcome is Outcome.COMPLETED
        assert await its.delete() == httpx2.codes.NO_CONTENT
        assert not await its.live()


async def test_a_repeat_ends_the_run_of_what_was_erased_before(
    stack: Stack, tmp_path: Path
) -> None:
    async with desk(stack, tmp_path, "engine", "terminate", 1) as its:
        asking = await its.lab.send(PUBLISH, agent=TOOLED)
        await its.lab.requested(asking.turn_id)
        assert await its.delete() == httpx2.codes.SERVICE_UNAVAILABLE
        assert not await its.stands()
        assert await its.delete() == httpx2.codes.NOT_FOUND
        assert not await its.runs()
        assert not await its.live()


async def test_a_run_whose_rows_are_gone_ends_by_itself(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        running = await here.send(UNENDED)
        await here.until(running.turn_id, "text.delta")
        await here.send(SAID)
        await here.conversations.delete(here.scope, here.conversation_id)
        held.release.set()
        await here.idle()
        assert await here.whole_log() == []


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("erasing", ["delete", "clear"])
async def test_redis_never_has_what_the_store_has_erased(
    stack: Stack, tmp_path: Path, erasing: str, number: int
) -> None:
    async with desk(stack, tmp_path, "feed", "forget", number) as its:
        await its.lab.answer(SAID)
        await its.lab.idle()
        erase = getattr(its, erasing)
        assert await erase() == httpx2.codes.SERVICE_UNAVAILABLE
        assert await its.stands() == await its.live() == (number == 1)

        again = await erase()
        gone = erasing == "delete" and number > 1
        assert again == (httpx2.codes.NOT_FOUND if gone else httpx2.codes.NO_CONTENT)
        assert not await its.stands()
        assert not await its.live()


async def test_a_repeat_forgets_what_was_written_under_the_erasure(
    stack: Stack, tmp_path: Path
) -> None:
    """As a turn does that writes on until its run has ended, and Redis goes away then."""
    async with desk(stack, tmp_path, "feed", "forget", 2) as its:
        here = its.lab
        running = await here.send(UNENDED)
        await here.until(running.turn_id, "text.delta")
        await its.delete()
        late = ConversationTitled(title="What was erased")
        logged = LoggedEvent(id=EventId(7, 1), at=datetime.now(UTC), event=late)
        await here.adapters.log.announce(here.log, [logged])
        assert await its.live()
        assert await its.delete() == httpx2.codes.NOT_FOUND
        assert not await its.live()
        await its.make_again()
        assert await its.feed.newest(here.log) == START
        assert (await here.answer(SAID)).outcome is Outcome.COMPLETED


async def test_a_stranger_who_erases_what_is_not_there_ends_nothing_of_ours(
    stack: Stack, tmp_path: Path
) -> None:
    async with desk(stack, tmp_path) as its:
        asking = await its.lab.send(PUBLISH, agent=TOOLED)
        await its.lab.requested(asking.turn_id)
        answer = await its.client.delete(its.url, headers=signed_in(uuid4(), uuid4()))
        assert answer.status_code == httpx2.codes.NOT_FOUND
        assert await its.stands()
        assert await its.live()
        assert await its.runs()
