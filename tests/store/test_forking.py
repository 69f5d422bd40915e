"""A fork: a path with all that its readers see, and nothing that it would launder."""

from uuid import UUID, uuid4

import pytest

from adapters.store.branches import PostgresBranches
from domain.ports.branches import Branches
from domain.ports.conversations import Conversation, Exchange
from domain.ports.transcript import Passage
from models.errors import NotFoundError
from models.ids import answer_id
from models.payloads.events import START, EventId, ToolCompleted
from models.payloads.scope import LogKey, Scope
from models.payloads.sources import Source
from models.payloads.turn import IncomingMessage, Outcome
from tests.store.asking import asked
from tests.store.stage import Stage, together


@pytest.fixture
def branches(stage: Stage) -> Branches:
    return PostgresBranches(stage.database)


async def forked(
    stage: Stage,
    branches: Branches,
    message_id: UUID | None = None,
    user_id: UUID | None = None,
    fork_id: UUID | None = None,
) -> Conversation:
    return await branches.fork(
        stage.scope,
        user_id or stage.user_id,
        stage.conversation_id,
        fork_id=fork_id or uuid4(),
        message_id=message_id,
        title=None,
    )


async def talk(stage: Stage, conversation_id: UUID) -> list[Exchange]:
    """Oldest first."""
    page = await stage.conversations.exchanges(stage.scope, conversation_id, limit=99, cursor=None)
    return list(page.items)[::-1]


async def tainted(stage: Stage, conversation_id: UUID) -> bool:
    [row] = await stage.sql("SELECT tainted FROM conversation WHERE id = $1", conversation_id)
    return bool(row["tainted"])


async def with_tool(stage: Stage) -> IncomingMessage:
    """A turn of two steps, the first of which called a tool."""
    message, call = await stage.with_call()
    number = (await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)).number  # type: ignore[union-attr]  # it was claimed
    done = ToolCompleted(step=1, call_id=call.call_id, name=call.name, result="ok")
    await stage.calls.record(
        stage.turn(message), [stage.logged(message, EventId(number, 150), done)]
    )
    record = stage.record(message, number, step=2, text="Done.")
    await stage.transcript.commit_step(stage.turn(message), 2, 1, record)
    await stage.close(message)
    return message


async def test_a_fork_has_the_path_with_its_sources_calls_and_events(
    stage: Stage, branches: Branches
) -> None:
    message, claimed = await stage.begin("q0")
    source = Source(mark=1, passage_id=uuid4(), document_id=uuid4(), title="T", snippet="S")
    await stage.transcript.commit_passages(stage.turn(message), [Passage(source, "whole")], (), ())
    record = stage.record(message, claimed.number, text="a0 [1]")
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    await stage.close(message)
    await with_tool(stage)

    fork = await forked(stage, branches)

    before, after = await talk(stage, stage.conversation_id), await talk(stage, fork.id)
    assert [one.asked.content for one in after] == ["q0", "Hello?"]
    assert [one.turn.outcome for one in after] == [one.turn.outcome for one in before]
    answer = after[0].turn.answer
    assert answer is not None
    assert (answer.content, answer.sources) == ("a0 [1]", (source,))
    assert [[e.event.kind for e in one.events] for one in after] == [
        [e.event.kind for e in one.events if e.event.kind != "usage.recorded"] for one in before
    ]
    ids = {one.turn.id for one in after} | {one.asked.id for one in after}
    assert not ids & ({one.turn.id for one in before} | {one.asked.id for one in before})
    for one in after:
        assert {event.turn_id for event in one.events} == {one.turn.id}
        assert one.turn.input_tokens == 0, "what was spent stands on one bill"
    calls = await stage.sql(
        "SELECT turn_id, name FROM tool_call WHERE conversation_id = $1", fork.id
    )
    assert [(row["turn_id"], row["name"]) for row in calls] == [(after[1].turn.id, "publish_note")]


async def test_a_fork_goes_on_by_itself(stage: Stage, branches: Branches) -> None:
    await stage.exchange("q0", "a0")
    await stage.exchange("q1", "a1")
    source = stage.conversation_id
    fork = await forked(stage, branches)

    stage.conversation_id = fork.id
    copied = (await talk(stage, fork.id))[0].asked.id
    copy = await stage.claim(stage.message("q0", message_id=copied))
    await stage.exchange("q2", "a2")

    assert copy.taken, "a copy of a copied message runs nothing"
    assert [one.asked.content for one in await talk(stage, fork.id)] == ["q0", "q1", "q2"]
    assert [one.asked.content for one in await talk(stage, source)] == ["q0", "q1"]
    log = LogKey(scope=stage.scope, conversation_id=fork.id)
    stored = await stage.events.after(log, START, None, 100)
    assert [event.id for event in stored] == sorted(event.id for event in stored)
    assert {event.id.turn for event in stored} == {1, 2, 3}


async def test_a_fork_from_a_message_leaves_out_what_came_after_it(
    stage: Stage, branches: Branches
) -> None:
    first = await stage.exchange("q0", "a0")
    await stage.exchange("q1", "a1")

    at_answer = await forked(stage, branches, answer_id(first.turn_id, 1))
    at_question = await forked(stage, branches, first.message_id)

    [whole] = await talk(stage, at_answer.id)
    [alone] = await talk(stage, at_question.id)
    assert (whole.turn.outcome, whole.abandoned) == (Outcome.COMPLETED, False)
    assert (alone.turn.outcome, alone.turn.answer) == (Outcome.INTERRUPTED, None)
    assert [event.event.kind for event in alone.events] == ["turn.started", "turn.stopped"]


async def test_a_fork_from_within_a_turn_ends_that_turn_there(
    stage: Stage, branches: Branches
) -> None:
    message = await with_tool(stage)

    fork = await forked(stage, branches, answer_id(message.turn_id, 1))

    [one] = await talk(stage, fork.id)
    kinds = [event.event.kind for event in one.events]
    assert (one.turn.outcome, kinds[-1]) == (Outcome.INTERRUPTED, "turn.stopped")
    assert "text.completed" in kinds
    assert all((getattr(event.event, "step", 0) or 0) <= 1 for event in one.events)


async def test_the_answer_that_the_path_shows_is_the_one_that_is_copied(
    stage: Stage, branches: Branches
) -> None:
    question = await stage.exchange("q", "first")
    again = stage.message("q", regenerates=question.message_id)
    claimed = await stage.claim(again)
    record = stage.record(again, claimed.number, text="second")
    await stage.transcript.commit_step(stage.turn(again), 1, 1, record)
    await stage.close(again)

    fork = await forked(stage, branches)

    [one] = await talk(stage, fork.id)
    assert one.turn.answer is not None
    assert one.turn.answer.content == "second"
    assert one.answers == (one.turn.id,)


async def test_a_running_turn_is_copied_as_far_as_the_path_has_it_and_is_over_there(
    stage: Stage, branches: Branches
) -> None:
    await stage.exchange("q0", "a0")
    await asked(stage)

    fork = await forked(stage, branches)

    one = (await talk(stage, fork.id))[-1]
    assert one.turn.outcome is Outcome.INTERRUPTED
    assert "approval.requested" not in {event.event.kind for event in one.events}
    stage.conversation_id = fork.id
    await stage.exchange("on", "well")
    assert (
        await stage.sql(
            "SELECT count(*) AS n FROM approval WHERE conversation_id = $1 HAVING count(*) > 0",
            fork.id,
        )
        == []
    )


async def test_a_turn_goes_on_while_its_conversation_is_forked(
    stage: Stage, branches: Branches
) -> None:
    """And erasing waits for the fork: nothing of it is half there."""
    await stage.exchange("q0", "a0")
    message, claimed = await stage.begin("q1")
    record = stage.record(message, claimed.number, text="a1")
    made = await together(
        4,
        lambda number: (
            forked(stage, branches)
            if number
            else stage.transcript.commit_step(stage.turn(message), 1, 1, record)
        ),
    )
    for fork in made[1:]:
        talked = await talk(stage, fork.id)
        assert [one.asked.content for one in talked] == ["q0", "q1"]
        assert talked[1].turn.outcome is Outcome.INTERRUPTED
    await stage.close(message)
    erased, *made = await together(
        4,
        lambda number: (
            forked(stage, branches)
            if number
            else stage.conversations.delete(stage.scope, stage.conversation_id)
        ),
    )
    assert erased is None
    for fork in made:
        if not isinstance(fork, NotFoundError):
            whole = [
                one.turn.answer and one.turn.answer.content for one in await talk(stage, fork.id)
            ]
            assert whole == ["a0", "a1"]


async def test_what_a_conversation_has_seen_its_fork_has_seen(
    stage: Stage, branches: Branches
) -> None:
    await stage.exchange()
    clean = await forked(stage, branches)
    others = await forked(stage, branches, user_id=uuid4())
    await stage.sql("UPDATE conversation SET tainted = true WHERE id = $1", stage.conversation_id)
    seen = await forked(stage, branches)

    assert not await tainted(stage, clean.id)
    assert await tainted(stage, others.id), "another person vouches for nothing of it"
    assert await tainted(stage, seen.id)
    stage.conversation_id = seen.id
    assert await tainted(stage, (await forked(stage, branches)).id)


async def test_copies_of_a_request_make_one_fork(stage: Stage, branches: Branches) -> None:
    await stage.exchange()
    wanted = uuid4()

    made = await together(5, lambda _: forked(stage, branches, fork_id=wanted))

    assert made == [made[0]] * 5
    assert len(await talk(stage, wanted)) == 1
    trail = await stage.sql(
        "SELECT user_id FROM audit WHERE action = 'conversation.forked' AND subject_id = $1", wanted
    )
    assert [row["user_id"] for row in trail] == [stage.user_id]


async def test_nobody_forks_another_spaces_or_conversations_messages(
    stage: Stage, branches: Branches
) -> None:
    ours = await stage.exchange()
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)
    source = stage.conversation_id
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())
    with pytest.raises(NotFoundError):
        await branches.fork(stranger, uuid4(), source, fork_id=uuid4(), message_id=None, title=None)
    with pytest.raises(NotFoundError):
        await forked(stage, branches, gone.message_id)
    stage.conversation_id = uuid4()
    await stage.create()
    with pytest.raises(NotFoundError):
        await forked(stage, branches, ours.message_id)
    assert (await forked(stage, branches)).id != source


async def test_a_fork_outlives_what_it_was_taken_from(stage: Stage, branches: Branches) -> None:
    await with_tool(stage)
    fork = await forked(stage, branches)

    await stage.conversations.delete(stage.scope, stage.conversation_id)

    [one] = await talk(stage, fork.id)
    assert one.turn.answer is not None
