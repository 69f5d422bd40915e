"""Turns taken apart, and usage added up, out of the real store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.accounts import PostgresAccounts
from adapters.store.inspection import PostgresInspection
from domain.ports.accounts import By
from domain.ports.inspection import Cause, TurnReport
from domain.ports.transcript import UsageEntry
from models.errors import NotFoundError, UnavailableError
from models.ids import child_run_id
from models.payloads.chat import Usage
from models.payloads.scope import Scope
from models.payloads.turn import CallStatus, IncomingMessage, Outcome
from models.states import ApprovalState
from tests.store.stage import Stage


def cost(text: str, *, model: str = "offline-1", kind: str = "chat") -> UsageEntry:
    used = Usage(input_tokens=5, output_tokens=1)
    return UsageEntry(model, kind, used, None, Decimal(text), "1")


async def report(stage: Stage, message: IncomingMessage) -> TurnReport:
    inspection = PostgresInspection(stage.database)
    return await inspection.report(stage.scope, stage.conversation_id, message.turn_id)


async def test_each_line_of_usage_says_what_it_was_for(stage: Stage) -> None:
    message, call = await stage.with_call()
    turn = stage.turn(message)
    await stage.transcript.account(turn, "routing", cost("0.1"))
    await stage.transcript.account(turn, "step:1:attempt:2", cost("0.2"))
    await stage.transcript.account(turn, "something new", cost("0.3"))
    await stage.calls.start(turn, call.call_id, repeatable=False, expired=False, broken=False)
    await stage.calls.finish(
        turn, call.call_id, CallStatus.COMPLETED, "done", usage=[cost("0.4", kind="web_search")]
    )
    found = await report(stage, message)
    assert {(line.cause, line.step, line.attempt, line.call_id) for line in found.usage} == {
        (Cause.STEP, 1, None, None),
        (Cause.ROUTING, None, None, None),
        (Cause.ATTEMPT, 1, 2, None),
        (Cause.TOOL, 1, None, call.call_id),
        (Cause.OTHER, None, None, None),
    }
    assert sum(line.cost_usd or 0 for line in found.usage) == Decimal("1.000123456")
    assert found.item.turn.cost_usd == Decimal("1.000123456")


async def test_a_step_says_how_often_it_was_tried(stage: Stage) -> None:
    message, claimed = await stage.begin()
    turn = stage.turn(message)
    await stage.transcript.begin_step(turn, 1, 3, characters=1_000)
    [under_way] = (await report(stage, message)).steps
    assert (under_way.step, under_way.attempts, under_way.committed_at) == (1, 3, None)
    await stage.transcript.commit_step(turn, 1, 3, stage.record(message, claimed.number))
    [committed] = (await report(stage, message)).steps
    assert (committed.step, committed.attempts) == (1, 3)
    assert committed.committed_at is not None


async def test_calls_come_with_their_approvals_and_the_runs_that_they_started(
    stage: Stage,
) -> None:
    message, claimed = await stage.begin()
    asked = stage.call(message, approved=True)
    called = replace(stage.call(message, 1), name="delegate_to_researcher")
    record = stage.record(message, claimed.number, text="", calls=(asked, called))
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    found = await report(stage, message)
    first, second = found.calls
    assert (first.name, first.status, first.run_id) == ("publish_note", CallStatus.PENDING, None)
    assert second.run_id == child_run_id(message.turn_id, called.call_id)
    [approval] = found.approvals
    assert (approval.id, approval.state) == (first.approval_id, ApprovalState.PENDING)


async def test_turns_are_listed_newest_first_with_those_that_were_withdrawn(
    stage: Stage,
) -> None:
    for number in range(3):
        await stage.exchange(f"q{number}")
    message, _ = await stage.begin("never mind")
    await stage.close(message, Outcome.WITHDRAWN)
    inspection = PostgresInspection(stage.database)
    first = await inspection.turns(stage.scope, stage.conversation_id, limit=3, cursor=None)
    second = await inspection.turns(
        stage.scope, stage.conversation_id, limit=3, cursor=first.next_cursor
    )
    assert [item.turn.number for item in first.items] == [4, 3, 2]
    assert first.items[0].turn.outcome is Outcome.WITHDRAWN
    assert [item.turn.number for item in second.items] == [1]
    assert second.next_cursor is None


async def test_another_spaces_turn_is_not_found(stage: Stage) -> None:
    message = await stage.exchange()
    inspection = PostgresInspection(stage.database)
    stranger = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())
    with pytest.raises(NotFoundError):
        await inspection.report(stranger, stage.conversation_id, message.turn_id)
    with pytest.raises(NotFoundError):
        await inspection.report(stage.scope, uuid4(), message.turn_id)
    listed = await inspection.turns(stranger, stage.conversation_id, limit=5, cursor=None)
    assert listed.items == []
    accounts = PostgresAccounts(stage.database)
    total, called = await accounts.of_conversation(stranger, stage.conversation_id)
    assert (total.requests, called.requests) == (0, 0)


async def test_a_conversations_total_has_what_was_erased_and_the_agents_it_called(
    stage: Stage,
) -> None:
    await stage.exchange()
    await stage.conversations.clear(stage.scope, stage.conversation_id)
    message, claimed = await stage.begin()
    call = replace(stage.call(message), name="delegate_to_researcher")
    record = stage.record(message, claimed.number, text="", calls=(call,))
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    run = child_run_id(message.turn_id, call.call_id)
    await stage.sql(
        "INSERT INTO usage (space_id, organisation_id, id, conversation_id, turn_id, kind, model,"
        " input_tokens, output_tokens, cached_tokens, price_version)"
        " VALUES ($1, $2, gen_random_uuid(), $3, $3, 'chat', 'unheard-of', 7, 8, 0, '1')",
        *(stage.scope.space_id, stage.scope.organisation_id, run),
    )
    accounts = PostgresAccounts(stage.database)
    total, called = await accounts.of_conversation(stage.scope, stage.conversation_id)
    assert (called.requests, called.input_tokens, called.unpriced) == (1, 7, 1)
    assert (total.turns, total.requests, total.input_tokens) == (3, 3, 47)
    assert total.cost_usd == Decimal("0.000246912")


async def test_usage_is_grouped_by_day_agent_model_and_person(stage: Stage) -> None:
    await stage.exchange()
    await stage.exchange()
    values = (stage.scope.space_id, stage.scope.organisation_id)
    await stage.sql(
        "INSERT INTO usage (space_id, organisation_id, id, created_at, kind, model, input_tokens,"
        " output_tokens, cached_tokens, cost_usd, price_version) VALUES"
        " ($1, $2, gen_random_uuid(), '2026-01-02T23:59:59Z', 'embedding', 'e', 1, 0, 0, 5, '1'),"
        " ($1, $2, gen_random_uuid(), '2026-01-03T00:00:00Z', 'embedding', 'e', 2, 0, 0, 5, '1')",
        *values,
    )
    accounts, now = PostgresAccounts(stage.database), datetime.now(UTC) + timedelta(hours=1)

    async def grouped(by: By, since: datetime = now - timedelta(days=1)) -> dict[object, int]:
        found = await accounts.grouped(stage.scope, since, now, by)
        return {group.key: group.sum.requests for group in found}

    start = datetime(2026, 1, 2, tzinfo=UTC)
    assert await grouped(By.AGENT) == {"assistant": 2}
    assert await grouped(By.USER) == {str(stage.user_id): 2}
    assert await grouped(By.MODEL, start) == {"offline-1": 2, "e": 2}
    days = await accounts.grouped(stage.scope, start, datetime(2026, 1, 3, tzinfo=UTC), By.DAY)
    assert [(group.key, group.sum.input_tokens) for group in days] == [("2026-01-02", 1)]
    stranger = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())
    assert await accounts.grouped(stranger, start, now, By.DAY) == []


async def test_a_window_that_takes_too_long_is_refused_by_name(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.accounts.WITHIN", "SET LOCAL statement_timeout = '50ms'")
    now = datetime.now(UTC)
    blocking = await asyncpg.connect(stage.urls["superuser"])
    try:
        async with blocking.transaction():
            await blocking.execute("LOCK TABLE usage")
            with pytest.raises(UnavailableError) as caught:
                await PostgresAccounts(stage.database).grouped(
                    stage.scope, now - timedelta(days=1), now, By.DAY
                )
    finally:
        await blocking.close()
    assert caught.value.code == "usage_timeout"
