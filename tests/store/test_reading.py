"""Histories are read in several statements: what is erased between two of them breaks no page."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from adapters.store.exchanges import exchanges_page
from adapters.store.history import messages_page
from adapters.store.session import Link, Session
from domain.ports.conversations import Exchange, Message, Page
from models.payloads.turn import IncomingMessage, Outcome
from tests.store.stage import Stage

Change = Callable[[Stage, IncomingMessage], Awaitable[object]]


class Interrupted(Session):
    """Somebody else's transaction commits before the statement with this number."""

    def __init__(
        self, session: Session, number: int, change: Callable[[], Awaitable[object]]
    ) -> None:
        super().__init__(Link(session._connection, session._driver), session.scope)
        self._left = number
        self._change = change

    async def fetch(self, sql: str, *values: object) -> Sequence[Any]:
        self._left -= 1
        if self._left == 0:
            await self._change()
        return await super().fetch(sql, *values)


async def clear(stage: Stage, newest: IncomingMessage) -> None:
    await stage.close(newest)
    await stage.conversations.clear(stage.scope, stage.conversation_id)


async def roll_back(stage: Stage, newest: IncomingMessage) -> None:
    await stage.close(newest, Outcome.WITHDRAWN)


async def erase(stage: Stage, _: IncomingMessage) -> None:
    await stage.conversations.delete(stage.scope, stage.conversation_id)


CHANGES = pytest.mark.parametrize("change", [clear, roll_back, erase])


async def running(stage: Stage) -> IncomingMessage:
    """The newest turn, behind one that has ended."""
    await stage.exchange("q", "a")
    newest, _ = await stage.begin("newest")
    return newest


@CHANGES
@pytest.mark.parametrize("statement", [1, 2])
async def test_messages_are_read_while_they_are_taken_away(
    stage: Stage, statement: int, change: Change
) -> None:
    newest = await running(stage)

    async def work(session: Session) -> Page[Message]:
        there = Interrupted(session, statement, lambda: change(stage, newest))
        return await messages_page(there, stage.conversation_id, limit=9, after=-1)

    page = await stage.database.run(stage.scope, work)

    assert [one.content for one in page.items] in ([], ["q", "a"], ["q", "a", "newest"])
    assert all(one.id in one.siblings for one in page.items)


@CHANGES
@pytest.mark.parametrize("statement", range(1, 6))
async def test_exchanges_are_read_while_they_are_taken_away(
    stage: Stage, statement: int, change: Change
) -> None:
    newest = await running(stage)

    async def work(session: Session) -> Page[Exchange]:
        there = Interrupted(session, statement, lambda: change(stage, newest))
        return await exchanges_page(there, stage.conversation_id, limit=9, cursor=None)

    page = await stage.database.run(stage.scope, work)

    assert [one.asked.content for one in page.items] in ([], ["q"], ["newest", "q"])
    assert all(one.asked.id in one.siblings for one in page.items)
