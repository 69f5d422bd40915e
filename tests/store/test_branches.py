"""Walking a conversation's tree: the leaf moves, and nobody else's does."""

import asyncio
from uuid import UUID, uuid4

import pytest

from adapters.store.branches import PostgresBranches
from domain.ports.branches import Branches
from models.errors import ConflictError, InvalidError, NotFoundError
from models.ids import answer_id
from models.payloads.scope import Scope
from models.payloads.turn import IncomingMessage, Outcome
from tests.store.stage import Stage


@pytest.fixture
def branches(stage: Stage) -> Branches:
    return PostgresBranches(stage.database)


async def path(stage: Stage) -> list[str]:
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=99, cursor=None
    )
    return [message.content for message in page.items]


async def answered(stage: Stage, message: IncomingMessage, text: str) -> None:
    claimed = await stage.claim(message)
    record = stage.record(message, claimed.number, text=text)
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    await stage.close(message)


def said(message: IncomingMessage, step: int = 1) -> UUID:
    return answer_id(message.turn_id, step)


async def test_a_rewind_ends_the_path_at_just_that_message(
    stage: Stage, branches: Branches
) -> None:
    first = await stage.exchange("q0", "a0")
    await stage.exchange("q1", "a1")
    key = stage.scope, stage.conversation_id

    leaf = await branches.move_leaf(*key, said(first), newest=False)
    rewound = await path(stage)
    await stage.exchange("other", "fine")

    assert leaf == said(first)
    assert rewound == ["q0", "a0"]
    assert await path(stage) == ["q0", "a0", "other", "fine"]


async def test_walking_to_a_sibling_goes_down_to_what_was_said_last_below_it(
    stage: Stage, branches: Branches
) -> None:
    root = await stage.exchange("q0", "a0")
    first = await stage.exchange("old", "one")
    await stage.exchange("further", "on")
    beside = stage.message("also", parent_id=said(first))
    await answered(stage, beside, "newer")
    await answered(stage, stage.message("new", parent_id=said(root)), "two")
    key = stage.scope, stage.conversation_id

    leaf = await branches.move_leaf(*key, first.message_id, newest=True)

    assert leaf == said(beside)
    assert await path(stage) == ["q0", "a0", "old", "one", "also", "newer"]


async def test_another_turns_answer_is_shown_by_naming_the_turn(
    stage: Stage, branches: Branches
) -> None:
    asked = await stage.exchange("q", "first")
    again = stage.message("q", regenerates=asked.message_id)
    await answered(stage, again, "second")
    key = stage.scope, stage.conversation_id

    await branches.move_to_turn(*key, asked.turn_id)
    first = await path(stage)
    await branches.move_to_turn(*key, again.turn_id)

    assert (first, await path(stage)) == (["q", "first"], ["q", "second"])


async def test_what_was_withdrawn_is_no_place_to_go_to(stage: Stage, branches: Branches) -> None:
    kept = await stage.exchange("q", "a")
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)
    key = stage.scope, stage.conversation_id

    with pytest.raises(NotFoundError) as message:
        await branches.move_leaf(*key, gone.message_id, newest=False)
    with pytest.raises(NotFoundError) as turn:
        await branches.move_to_turn(*key, gone.turn_id)
    assert (message.value.code, turn.value.code) == ("message_not_found", "turn_not_found")
    assert await branches.move_leaf(*key, kept.message_id, newest=True) == said(kept)


async def test_the_leaf_stays_where_it_is_while_a_turn_runs(
    stage: Stage, branches: Branches
) -> None:
    first = await stage.exchange("q0", "a0")
    key = stage.scope, stage.conversation_id
    await stage.begin("running")

    with pytest.raises(ConflictError) as busy:
        await branches.move_leaf(*key, said(first), newest=False)

    assert busy.value.code == "conversation_busy"


async def test_a_claim_and_a_rewind_at_once_leave_one_whole_path(
    stage: Stage, branches: Branches
) -> None:
    first = await stage.exchange("q0", "a0")
    await stage.exchange("q1", "a1")
    key = stage.scope, stage.conversation_id
    for number in range(10):
        message = stage.message(f"race {number}")
        moved, claimed = await asyncio.gather(
            branches.move_leaf(*key, said(first), newest=False),
            stage.claim(message),
            return_exceptions=True,
        )
        assert not isinstance(claimed, BaseException)
        seen = await path(stage)
        if isinstance(moved, BaseException):
            assert isinstance(moved, ConflictError)
        assert seen[:2] == ["q0", "a0"]
        assert seen[-1] == f"race {number}", "a message that was taken is on the path"
        record = stage.record(message, claimed.number, text="yes")
        await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
        await stage.close(message)


@pytest.mark.parametrize("field", ["parent_id", "regenerates"])
async def test_a_branch_begins_at_no_other_conversations_message(stage: Stage, field: str) -> None:
    ours = await stage.exchange("q", "a")
    stage.conversation_id = uuid4()
    await stage.create()
    with pytest.raises(InvalidError) as unknown:
        await stage.claim(stage.message("x", **{field: ours.message_id}))
    assert unknown.value.code == "parent_unknown"
    assert await path(stage) == []


async def test_nothing_is_said_below_what_was_taken_back(stage: Stage) -> None:
    await stage.exchange("q", "a")
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)

    await stage.claim(stage.message("after", parent_id=gone.message_id))

    [row] = await stage.sql(
        "SELECT count(*) AS below FROM message WHERE parent_id = $1", gone.message_id
    )
    assert row["below"] == 0, "the model would read on from what nobody sees"
    assert await path(stage) == ["q", "a", "after"]


async def test_a_question_that_was_taken_back_is_asked_anew(stage: Stage) -> None:
    await stage.exchange("q", "a")
    gone, _ = await stage.begin("gone")
    await stage.close(gone, Outcome.WITHDRAWN)

    again = stage.message("gone", regenerates=gone.message_id)
    claimed = await stage.claim(again)
    record = stage.record(again, claimed.number, text="here")
    await stage.transcript.commit_step(stage.turn(again), 1, 1, record)

    assert await path(stage) == ["q", "a", "gone", "here"]
    turn = await stage.turns.view(stage.scope, stage.conversation_id, again.turn_id)
    assert turn is not None
    assert turn.message_id == again.message_id


async def test_nobody_moves_another_spaces_or_conversations_leaf(
    stage: Stage, branches: Branches
) -> None:
    ours = await stage.exchange("q", "a")
    own = stage.conversation_id
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())
    stage.conversation_id = uuid4()
    await stage.create()

    for scope, conversation in ((stranger, own), (stage.scope, stage.conversation_id)):
        with pytest.raises(NotFoundError):
            await branches.move_leaf(scope, conversation, ours.message_id, newest=True)
        with pytest.raises(NotFoundError):
            await branches.move_to_turn(scope, conversation, ours.turn_id)
    assert await path(stage) == []
