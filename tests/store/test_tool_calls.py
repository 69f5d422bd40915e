"""Tool calls and verdicts: one winner, at most one run."""

import asyncio
from uuid import UUID, uuid4

import pytest

from domain.ports.approvals import Approval, ApprovalState, Decision
from domain.ports.transcript import NewCall, StartedCall, UsageEntry
from models.errors import ConflictError, GoneError, NotFoundError
from models.ids import approval_id
from models.payloads.chat import Usage
from models.payloads.events import START, EventId, ToolStarted
from models.payloads.turn import CallStatus, IncomingMessage, Outcome
from tests.judging import a_judgement
from tests.store.stage import Stage, together


async def start(
    stage: Stage,
    message: IncomingMessage,
    call: NewCall,
    *,
    repeatable: bool = False,
    expired: bool = False,
    broken: bool = False,
) -> StartedCall:
    return await stage.calls.start(
        stage.turn(message), call.call_id, repeatable=repeatable, expired=expired, broken=broken
    )


async def decide(
    stage: Stage, call: NewCall, decision: Decision, by: UUID | None = None, note: str = ""
) -> Approval:
    assert call.approval_id is not None
    approval, _ = await stage.approvals.decide(
        stage.scope, call.approval_id, a_judgement(decision, by or uuid4(), note)
    )
    return approval


async def test_a_call_that_may_not_be_repeated_runs_for_one_of_many(stage: Stage) -> None:
    message, call = await stage.with_call()

    answers = await together(20, lambda _: start(stage, message, call))

    assert sorted(answer.run for answer in answers) == [False] * 19 + [True]
    assert {answer.status for answer in answers} == {CallStatus.RUNNING}
    assert answers[0].arguments == {"text": "draft"}


async def test_a_call_without_side_effects_may_run_again_until_it_ends(stage: Stage) -> None:
    message, call = await stage.with_call()

    assert (await start(stage, message, call, repeatable=True)).run
    assert (await start(stage, message, call, repeatable=True)).run
    await stage.calls.finish(
        stage.turn(message), call.call_id, CallStatus.COMPLETED, "done", usage=()
    )
    ended = await start(stage, message, call, repeatable=True)

    assert (ended.run, ended.status, ended.result) == (False, CallStatus.COMPLETED, "done")


async def test_a_result_and_its_cost_are_stored_once(stage: Stage) -> None:
    message, call = await stage.with_call()
    turn = stage.turn(message)
    await start(stage, message, call)
    entry = UsageEntry("e-1", "embedding", Usage(input_tokens=5), None, None, "1")

    for result in ("first", "second"):
        status = await stage.calls.finish(
            turn, call.call_id, CallStatus.COMPLETED, result, usage=[entry, entry]
        )
        assert status is CallStatus.COMPLETED

    assert (await start(stage, message, call)).result == "first"
    view = await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)
    assert view is not None
    assert view.input_tokens == 30
    assert view.cost_usd is None


async def test_a_broken_call_is_unknown_and_its_late_result_changes_nothing(stage: Stage) -> None:
    message, call = await stage.with_call()
    await start(stage, message, call)

    broken = await start(stage, message, call, broken=True)
    late = await stage.calls.finish(
        stage.turn(message), call.call_id, CallStatus.COMPLETED, "late", usage=()
    )
    told = await stage.calls.finish(
        stage.turn(message), call.call_id, CallStatus.UNKNOWN, "nobody knows", usage=()
    )

    assert (broken.run, broken.status) == (False, CallStatus.UNKNOWN)
    assert (late, told) == (CallStatus.UNKNOWN, CallStatus.UNKNOWN)
    assert (await start(stage, message, call)).result == "nobody knows"


async def test_a_broken_call_that_never_started_runs_once(stage: Stage) -> None:
    message, call = await stage.with_call()

    broken = await start(stage, message, call, broken=True)
    zombie = await start(stage, message, call)

    assert (broken.status, broken.run) == (CallStatus.RUNNING, True)
    assert (zombie.status, zombie.run) == (CallStatus.RUNNING, False)


async def test_an_approved_call_runs_once_with_the_arguments_shown(stage: Stage) -> None:
    message, call = await stage.with_call(approved=True)
    waiting = await start(stage, message, call)
    shown = await stage.approvals.get(stage.scope, approval_id(message.turn_id, call.call_id))
    approver = uuid4()
    await decide(stage, call, Decision.APPROVE, approver, "go")
    # Whatever happens to the call's own row, what runs is what was shown.
    await stage.sql("UPDATE tool_call SET arguments = '{}' WHERE call_id = $1", call.call_id)

    answers = await together(10, lambda _: start(stage, message, call))

    assert (waiting.run, waiting.status) == (False, CallStatus.PENDING)
    [ran] = [answer for answer in answers if answer.run]
    assert ran.arguments == shown.arguments == {"text": "draft"}
    assert (ran.decision, ran.decided_by, ran.note) == ("approve", approver, "go")
    executed = await stage.approvals.get(stage.scope, shown.id)
    assert executed.executed_at is not None


@pytest.mark.parametrize(
    ("decision", "status"),
    [(Decision.DENY, CallStatus.DENIED), (Decision.REVISE, CallStatus.REVISED)],
)
async def test_a_refused_call_never_runs_and_keeps_the_note(
    stage: Stage, decision: Decision, status: CallStatus
) -> None:
    message, call = await stage.with_call(approved=True)
    await decide(stage, call, decision, note="shorter")

    first = await start(stage, message, call, expired=True)
    await stage.calls.finish(stage.turn(message), call.call_id, status, "Refused.", usage=())
    again = await start(stage, message, call)

    assert (first.run, first.status, first.note) == (False, status, "shorter")
    assert (again.run, again.status, again.result) == (False, status, "Refused.")
    assert again.decision == decision.value


async def test_expiry_refuses_what_nobody_decided(stage: Stage) -> None:
    message, call = await stage.with_call(approved=True)

    expired = await start(stage, message, call, expired=True)

    assert (expired.run, expired.status, expired.decision) == (False, CallStatus.EXPIRED, None)
    with pytest.raises(GoneError) as late:
        await decide(stage, call, Decision.APPROVE)
    assert late.value.code == "expired"


async def test_expiry_does_not_undo_a_verdict(stage: Stage) -> None:
    message, call = await stage.with_call(approved=True)
    await decide(stage, call, Decision.APPROVE)

    assert (await start(stage, message, call, expired=True)).run


async def test_postgress_clock_says_when_it_is_too_late(stage: Stage) -> None:
    _, call = await stage.with_call(approved=True)
    await stage.sql(
        "UPDATE approval SET expires_at = clock_timestamp() WHERE id = $1", call.approval_id
    )

    with pytest.raises(GoneError) as late:
        await decide(stage, call, Decision.APPROVE)

    assert late.value.code == "expired"


async def test_after_a_stop_nothing_is_decided_and_nothing_runs(stage: Stage) -> None:
    message, call = await stage.with_call(approved=True)
    turn = stage.turn(message)

    withdrawn = await stage.transcript.withdraw_approvals(turn)

    assert withdrawn == [(call.approval_id, call.call_id)]
    with pytest.raises(GoneError) as late:
        await decide(stage, call, Decision.APPROVE)
    assert late.value.code == "withdrawn"
    assert await stage.transcript.withdraw_approvals(turn) == withdrawn
    await stage.close(message, Outcome.STOPPED)
    refused = await start(stage, message, call)
    assert (refused.run, refused.status) == (False, CallStatus.FAILED)


async def test_what_was_approved_before_a_stop_does_not_run_after_it(stage: Stage) -> None:
    message, call = await stage.with_call(approved=True)
    await decide(stage, call, Decision.APPROVE)
    await stage.close(message, Outcome.STOPPED)

    assert not (await start(stage, message, call)).run


async def test_a_stop_and_a_start_have_one_winner(stage: Stage) -> None:
    for _ in range(20):
        message, call = await stage.with_call()

        _, started = await asyncio.gather(
            stage.close(message, Outcome.STOPPED), start(stage, message, call)
        )

        assert started.status is (CallStatus.RUNNING if started.run else CallStatus.FAILED)


async def test_of_approve_and_deny_the_first_wins_two_hundred_times(stage: Stage) -> None:
    message, claimed = await stage.begin()
    calls = tuple(stage.call(message, index, approved=True) for index in range(200))
    record = stage.record(message, claimed.number, text="", calls=calls)
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    people = uuid4(), uuid4()
    # On a busy machine, all of them at once would wait longer for a connection than one may.
    few = asyncio.Semaphore(20)

    async def race(index: int) -> tuple[Decision, UUID]:
        sides = [
            decide(stage, calls[index], Decision.APPROVE, people[0]),
            decide(stage, calls[index], Decision.DENY, people[1]),
        ]
        async with few:
            outcomes = await asyncio.gather(*sides, return_exceptions=True)
        [won] = [outcome for outcome in outcomes if isinstance(outcome, Approval)]
        [lost] = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
        assert lost.code == "already_decided"
        assert str(won.decided_by) in lost.detail
        approved = won.state is ApprovalState.APPROVED
        assert (await start(stage, message, calls[index])).run == approved
        return (Decision.APPROVE, people[0]) if approved else (Decision.DENY, people[1])

    winners = await asyncio.gather(*(race(index) for index in range(200)))

    audited = await stage.sql(
        "SELECT user_id, action FROM audit WHERE space_id = $1"
        " AND action IN ('approval.approved', 'approval.denied')",
        stage.scope.space_id,
    )
    assert len(audited) == 200
    approvals = sum(row["action"] == "approval.approved" for row in audited)
    assert approvals == sum(decision is Decision.APPROVE for decision, _ in winners)


async def test_a_verdict_nobody_acted_upon_is_found_by_the_sweep(stage: Stage) -> None:
    message, call = await stage.with_call(approved=True)
    await decide(stage, call, Decision.APPROVE)

    async def swept() -> list[UUID]:
        return [found.approval_id for found in await stage.approvals.undelivered(1_000)]

    assert call.approval_id not in await swept()
    await stage.sql(
        "UPDATE approval SET decided_at = decided_at - interval '6 s' WHERE id = $1",
        call.approval_id,
    )
    [found] = [
        delivery
        for delivery in await stage.approvals.undelivered(1_000)
        if delivery.approval_id == call.approval_id
    ]
    assert found.log == stage.log
    await start(stage, message, call)
    assert call.approval_id not in await swept()


async def test_a_calls_events_are_stored_once_and_found_again(stage: Stage) -> None:
    message, call = await stage.with_call()
    started = stage.logged(
        message,
        EventId(1, 200),
        ToolStarted(step=1, call_id=call.call_id, name=call.name),
    )

    for _ in range(2):
        await stage.calls.record(stage.turn(message), [started])

    assert (await start(stage, message, call)).events == (started,)
    stored = await stage.events.after(stage.log, START, None, 10)
    assert [event.event.kind for event in stored].count("tool.started") == 1


async def test_unknown_calls_and_approvals_are_named_errors(stage: Stage) -> None:
    message, _ = await stage.with_call()
    stranger = stage.call(message, 9)

    with pytest.raises(NotFoundError) as call:
        await start(stage, message, stranger)
    with pytest.raises(NotFoundError) as approval:
        await stage.approvals.get(stage.scope, uuid4())

    assert (call.value.code, approval.value.code) == ("call_not_found", "approval_not_found")


async def test_the_inbox_pages_newest_first(stage: Stage) -> None:
    message, claimed = await stage.begin()
    calls = tuple(stage.call(message, index, approved=True) for index in range(5))
    record = stage.record(message, claimed.number, text="", calls=calls)
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    await decide(stage, calls[0], Decision.DENY)

    seen: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await stage.approvals.page(
            stage.scope, state=ApprovalState.PENDING, limit=3, cursor=cursor
        )
        seen += [approval.id for approval in page.items]
        if (cursor := page.next_cursor) is None:
            break

    assert sorted(seen) == sorted(call.approval_id for call in calls[1:] if call.approval_id)


async def test_a_write_that_nobody_was_asked_about_stands_in_the_trail_once(stage: Stage) -> None:
    message, call = await stage.with_call()
    for _ in range(2):
        await start(stage, message, call)
    read, looked = await stage.with_call()
    await start(stage, read, looked, repeatable=True)

    rows = await stage.sql(
        "SELECT user_id, subject_id, details->>'tool' AS tool FROM audit"
        " WHERE space_id = $1 AND action = 'tool.executed'",
        stage.scope.space_id,
    )
    assert [tuple(row) for row in rows] == [(stage.user_id, message.turn_id, call.name)]
