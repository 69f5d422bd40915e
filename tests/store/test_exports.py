"""A conversation taken out: all of the tree, or the path that is shown."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest

from adapters.store import exports
from adapters.store.exports import PostgresExports
from domain.ports.export import ExportedMessage, Exports
from domain.ports.transcript import Passage
from models.payloads.scope import Scope
from models.payloads.sources import Source
from models.payloads.turn import CallStatus, Outcome
from tests.store.stage import Stage


@pytest.fixture
def out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Exports:
    monkeypatch.setattr(exports, "PART", 3)
    return PostgresExports(stage.database)


async def all_of(parts: AsyncIterator[Sequence[ExportedMessage]]) -> list[ExportedMessage]:
    found: list[ExportedMessage] = []
    async for part in parts:
        assert 0 < len(part) <= 3
        found += part
    return found


async def test_the_tree_has_all_branches_and_the_path_its_own(stage: Stage, out: Exports) -> None:
    for number in range(3):
        await stage.exchange(f"q{number}", f"a{number}")
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)
    other = stage.message("other", parent_id=UUID(int=0))
    await stage.claim(other)
    key = stage.scope, stage.conversation_id

    tree, path = await all_of(out.tree(*key)), await all_of(out.path(*key))

    assert sorted(one.message.content for one in tree) == sorted(
        ["q0", "q1", "q2", "a0", "a1", "a2", "other"]
    )
    seen: set[UUID | None] = {None}
    for one in tree:
        assert one.message.parent_id in seen, "parents come before what follows them"
        seen.add(one.message.id)
    assert [one.message.content for one in path] == ["other"]
    assert await out.leaf(*key) == other.message_id


async def test_what_an_answer_rests_on_and_did_is_in_it(stage: Stage, out: Exports) -> None:
    message, call = await stage.with_call()
    source = Source(mark=1, passage_id=uuid4(), document_id=uuid4(), title="T", snippet="S")
    await stage.transcript.commit_passages(stage.turn(message), [Passage(source, "whole")], (), ())
    await stage.calls.start(
        stage.turn(message), call.call_id, repeatable=True, expired=False, broken=False
    )
    await stage.calls.finish(
        stage.turn(message), call.call_id, CallStatus.COMPLETED, "done", usage=()
    )
    record = stage.record(message, 1, step=2, text="It is done [1].")
    await stage.transcript.commit_step(stage.turn(message), 2, 1, record)
    await stage.close(message, Outcome.STOPPED)

    asked, called, said = await all_of(out.path(stage.scope, stage.conversation_id))

    assert (asked.calls, asked.last, asked.message.sources) == ((), False, ())
    [one] = called.calls
    assert (one.name, one.arguments, one.status, one.result) == (
        "publish_note",
        {"text": "draft"},
        CallStatus.COMPLETED,
        "done",
    )
    assert (said.last, said.outcome, said.message.sources) == (True, Outcome.STOPPED, (source,))


async def test_another_space_takes_nothing_out(stage: Stage, out: Exports) -> None:
    await stage.exchange()
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())
    key = stranger, stage.conversation_id
    assert await all_of(out.tree(*key)) == await all_of(out.path(*key)) == []
    assert await out.leaf(*key) is None
