"""The counts of a turn. Times are measured elsewhere.

The design allows a plain turn 5 actions, 30 events and 16 KB, and one with a tool and an approval
12, 60 and 32 KB. The limits here stand a little above what is seen, so that a round too many is
noticed: actions are exact, events leave room for a workflow task or two (3 events each) that a busy
machine adds.
"""

import sys
from dataclasses import replace
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy.engine import make_url

from adapters.engine.temporal import TemporalEngine
from domain.catalogue import DIRECT, GENERAL
from domain.ports.approvals import Decision
from local.stack import Stack
from models.payloads.agent import Agent
from models.payloads.events import ApprovalRequested
from tests.budgets.counting import Cost, cost
from tests.budgets.pace import without_tasks
from tests.turns.cast import Cast, calling
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, TOOLED
from tests.turns.team_shapes import LEAD, WRITER
from tests.waiting import PATIENCE

# What a marketing team's message is at most, usually.
MESSAGE = "x" * 1_000 + "\n@offline tokens=50"
LARGEST_PAYLOAD = 64 * 1024


async def cost_of_last_run(here: Lab) -> Cost:
    await here.idle()
    return cost(await here.handle.fetch_history())


async def plain(here: Lab, agent: Agent = DIRECT) -> Cost:
    await here.answer(MESSAGE, agent=agent)
    return await cost_of_last_run(here)


async def plain_at_any_pace(here: Lab) -> Cost:
    await plain(here)
    return cost(without_tasks(await here.handle.fetch_history()))


def say(name: str, found: Cost) -> None:
    sys.stdout.write(
        f"\n{name}: {found.actions} actions, {found.events} events, {found.size} bytes\n"
    )


async def test_a_plain_turn_stays_within_its_budget(stack: Stack) -> None:
    async with lab(stack) as here:
        found = await plain(here, GENERAL)
    say("plain turn with retrieval", found)
    assert found.actions <= 4
    assert found.events <= 22
    assert found.size <= 10 * 1024


async def test_a_turn_without_retrieval_makes_one_hop_less(stack: Stack) -> None:
    async with lab(stack) as here:
        found = await plain(here)
    say("plain turn without retrieval", found)
    assert found.actions <= 3
    assert found.events <= 16
    assert found.size <= 9 * 1024


async def test_a_turn_with_a_tool_and_an_approval_stays_within_its_budget(stack: Stack) -> None:
    async with lab(stack) as here:
        agent = TOOLED.model_copy(update={"retrieves": True})
        result = await here.send(PUBLISH, agent=agent)
        requested = (await here.until(result.turn_id, "approval.requested"))[-1].event
        assert isinstance(requested, ApprovalRequested)
        await here.decide(requested.approval_id, Decision.APPROVE)
        await here.ended(result.turn_id)
        found = await cost_of_last_run(here)
    say("turn with a tool and an approval", found)
    assert found.actions <= 8
    assert found.events <= 43
    assert found.size <= 11 * 1024


async def test_calling_an_agent_stays_within_its_budget(stack: Stack) -> None:
    """The caller's part; the called agent's run costs what a run costs."""
    async with lab(stack, agents=Cast(LEAD, WRITER)) as here:
        result = await here.send(calling("writer", "@offline tokens=2"), agent=LEAD)
        await here.ended(result.turn_id)
        found = await cost_of_last_run(here)
    say("turn whose agent calls another", found)
    assert found.actions <= 8
    assert found.events <= 48
    assert found.size <= 17 * 1024


async def test_a_turn_costs_the_same_at_message_10_and_at_message_1_000(stack: Stack) -> None:
    async with lab(stack) as opened:
        # A message that a busy machine lets go by signal would cost an event more.
        engine = TemporalEngine(opened.client, turns_queue=opened.queue, answer=PATIENCE)
        here = replace(opened, engine=engine)
        await here.answer("The first\n@offline tokens=2")
        # What is sent before its run has ended may be answered in that run.
        await here.idle()
        await said_before(stack, here, 10)
        early = await plain_at_any_pace(here)
        await said_before(stack, here, 990)
        late = await plain_at_any_pace(here)
    say("at message 10", early)
    say("at message 1,000", late)
    assert late.events == early.events
    assert abs(late.size - early.size) <= early.size * 0.1


async def test_no_payload_carries_a_long_message(stack: Stack) -> None:
    async with lab(stack) as here:
        text = "@offline tokens=3\n" + "long " * 6_000
        message = here.message(text)
        key = here.scope, here.conversation_id, message.message_id
        await here.turns.keep_text(*key, text, message.body_hash)
        await here.deliver(message.model_copy(update={"content": None}))
        await here.ended(message.turn_id)
        found = await cost_of_last_run(here)
    assert found.largest < LARGEST_PAYLOAD
    assert found.size < 16 * 1024


async def said_before(stack: Stack, here: Lab, count: int) -> None:
    """Put messages under the active leaf, as earlier turns would have."""
    url = make_url(stack.database_owner_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.space_id = '{here.scope.space_id}'")
            leaf, position, turn_id = await connection.fetchrow(
                """SELECT c.active_leaf, m.position, m.turn_id FROM conversation c
                JOIN message m ON m.space_id = c.space_id AND m.conversation_id = c.id
                    AND m.id = c.active_leaf WHERE c.id = $1""",
                here.conversation_id,
            )
            for index in range(count):
                message = uuid4()
                await connection.execute(
                    """INSERT INTO message (space_id, organisation_id, conversation_id, id,
                    parent_id, position, role, content, turn_id)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
                    here.scope.space_id,
                    here.scope.organisation_id,
                    here.conversation_id,
                    message,
                    leaf,
                    position + index + 1,
                    "assistant" if index % 2 else "user",
                    f"message {index} " + "word " * 40,
                    turn_id,
                )
                leaf = message
            await connection.execute(
                "UPDATE conversation SET active_leaf = $2 WHERE id = $1",
                here.conversation_id,
                leaf,
            )
    finally:
        await connection.close()
