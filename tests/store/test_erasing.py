"""A conversation that is deleted is gone from every table that names it."""

from uuid import uuid4

from adapters.store.branches import PostgresBranches
from domain.ports.transcript import Passage
from models.payloads.events import ConversationTitled
from models.payloads.sources import Source
from tests.store.stage import Stage

# Bills stand when what they were for is erased.
STAY = {"usage"}


async def holding(stage: Stage) -> set[str]:
    """Tables with rows of the conversation."""
    tables = await stage.sql(
        "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE a.attname = 'conversation_id' AND c.relkind = 'r'"
        " AND c.relnamespace = 'public'::regnamespace"
    )
    found = set()
    for row in tables:
        name = row["name"]
        if await stage.sql(
            f"SELECT 1 FROM {name} WHERE conversation_id = $1 LIMIT 1", stage.conversation_id
        ):
            found.add(name)
    return found


async def test_no_table_names_a_conversation_that_was_deleted(stage: Stage) -> None:
    message = await stage.exchange()
    await stage.exchange()
    regenerated = stage.message(regenerates=message.message_id)
    await stage.claim(regenerated)
    source = Source(mark=1, passage_id=uuid4(), document_id=uuid4(), title="T", snippet="S")
    await stage.transcript.commit_passages(
        stage.turn(regenerated), [Passage(source, "whole")], (), ()
    )
    await stage.close(regenerated)
    await stage.with_call(approved=True)
    await stage.turns.keep_text(stage.scope, stage.conversation_id, uuid4(), "text", "hash")
    await stage.notices.post(stage.log, "title", ConversationTitled(title="T"))
    fork = await PostgresBranches(stage.database).fork(
        stage.scope,
        stage.user_id,
        stage.conversation_id,
        fork_id=uuid4(),
        message_id=None,
        title=None,
    )
    core = {"message", "message_words", "turn", "event", "receipt", "tool_call", "approval"}
    assert core | {"session", "notice", "stored_text", "usage"} <= await holding(stage)

    await stage.conversations.delete(stage.scope, stage.conversation_id)

    assert await holding(stage) == STAY
    for table in ("turn_passage", "step", "tool_call"):
        assert not await stage.sql(
            f"SELECT 1 FROM {table} x WHERE x.space_id = $1 AND NOT EXISTS"
            " (SELECT FROM turn t WHERE t.space_id = x.space_id AND t.id = x.turn_id)",
            stage.scope.space_id,
        )
    stage.conversation_id = fork.id
    assert {"message", "message_words", "turn", "event", "receipt"} <= await holding(stage)
    await stage.conversations.delete(stage.scope, stage.conversation_id)
    assert await holding(stage) == set()
