"""Verdicts: who may give one, on what, and what then runs."""

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store.announcements import PostgresAnnouncements
from domain.canonical import digest
from domain.ports.approvals import Approval, ApprovalState, Decision, Judgement, Via
from domain.ports.transcript import StartedCall
from models.errors import AccessError, AppError, ConflictError, GoneError, InvalidError
from models.payloads.policy import Asking
from models.payloads.scope import Scope
from models.payloads.turn import CallStatus, IncomingMessage, Outcome
from models.states import Role
from tests.judging import a_judgement
from tests.store.asking import SCHEMA, asked, in_, review
from tests.store.stage import Stage

RACES = 60


async def decide(stage: Stage, approval_id: UUID, judgement: Judgement) -> Approval:
    approval, _ = await stage.approvals.decide(stage.scope, approval_id, judgement)
    return approval


async def start(stage: Stage, message: IncomingMessage, call_id: str) -> StartedCall:
    return await stage.calls.start(
        stage.turn(message), call_id, repeatable=False, expired=False, broken=False
    )


async def trail(stage: Stage, approval_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    rows = await stage.sql(
        "SELECT action, details::text FROM audit WHERE space_id = $1 AND subject_id = $2"
        " ORDER BY sequence",
        stage.scope.space_id,
        approval_id,
    )
    return [(row["action"], orjson.loads(row["details"])) for row in rows]


async def test_an_approval_says_all_that_one_needs_to_judge(stage: Stage) -> None:
    asking = Asking(approvers=Role.ADMIN, four_eyes=True)
    _, call, approval_id = await asked(
        stage, asking, remind_at=in_(minutes=5), escalate_at=in_(minutes=9)
    )

    found = await stage.approvals.get(stage.scope, approval_id)

    assert (found.reason, found.rule, found.policy_version) == ("Writes ask.", "writes", 3)
    assert [quote.source for quote in found.quotes] == ["a page"]
    assert (found.tainted, found.approvers, found.four_eyes) == (True, Role.ADMIN, True)
    assert (found.requested_by, found.agent) == (stage.user_id, "assistant")
    assert (found.schema, found.arguments_hash) == (SCHEMA, digest({"text": "draft"}))
    assert (found.remind_at, found.escalate_at) == (call.remind_at, call.escalate_at)
    assert found.original_arguments is None


async def test_edited_arguments_are_what_runs_and_what_is_on_record(stage: Stage) -> None:
    message, call, approval_id = await asked(stage)
    edited = {"text": "shorter"}

    decided = await decide(
        stage, approval_id, a_judgement(Decision.APPROVE, uuid4(), arguments=edited, via=Via.SLACK)
    )
    started = await start(stage, message, call.call_id)

    assert (decided.arguments, decided.original_arguments) == (edited, {"text": "draft"})
    assert decided.arguments_hash == digest(edited)
    assert (started.run, started.arguments, started.edited) == (True, edited, True)
    assert started.decided_via == "slack"
    actions = await trail(stage, approval_id)
    assert [action for action, _ in actions] == [
        "approval.requested",
        "approval.approved",
        "approval.executed",
    ]
    assert actions[1][1]["asked_hash"] == digest({"text": "draft"})
    assert actions[2][1]["arguments_hash"] == digest(edited)


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": 7},
        {"text": "x", "to": "everybody"},
        {},
        {"text": "x" * 70_000},
        {"text": "\ud800"},
        {"text": float("nan")},
        {"text": 2**70},
    ],
)
async def test_edits_that_do_not_fit_leave_it_pending_and_are_on_record(
    stage: Stage, arguments: dict[str, Any]
) -> None:
    _, _, approval_id = await asked(stage)

    with pytest.raises(InvalidError) as refused:
        await decide(
            stage, approval_id, a_judgement(Decision.APPROVE, uuid4(), arguments=arguments)
        )

    assert refused.value.code == "arguments_invalid"
    found = await stage.approvals.get(stage.scope, approval_id)
    assert (found.state, found.arguments) == (ApprovalState.PENDING, {"text": "draft"})
    [_, (action, details)] = await trail(stage, approval_id)
    assert (action, details["code"]) == ("approval.refused", "arguments_invalid")


async def test_only_an_approval_takes_arguments_and_only_with_a_schema(stage: Stage) -> None:
    _, _, with_schema = await asked(stage)
    _, _, without = await asked(stage, schema=None)
    edited = {"text": "other"}

    for approval_id, decision in ((with_schema, Decision.DENY), (without, Decision.APPROVE)):
        with pytest.raises(InvalidError):
            await decide(stage, approval_id, a_judgement(decision, uuid4(), arguments=edited))


async def test_a_verdict_counts_for_what_was_shown(stage: Stage) -> None:
    _, _, approval_id = await asked(stage)
    person = uuid4()

    def on(shown: str) -> Judgement:
        return Judgement(
            Decision.APPROVE,
            person,
            Role.APPROVER,
            Via.SLACK,
            arguments_hash=digest({"text": shown}),
        )

    with pytest.raises(ConflictError) as refused:
        await decide(stage, approval_id, on("something else"))
    assert refused.value.code == "arguments_changed"
    assert (await decide(stage, approval_id, on("draft"))).state is ApprovalState.APPROVED


async def test_arguments_changed_behind_the_verdict_do_not_run(stage: Stage) -> None:
    message, call, approval_id = await asked(stage)
    await decide(stage, approval_id, a_judgement(Decision.APPROVE, uuid4()))
    await stage.sql(
        """UPDATE approval SET arguments = '{"text": "worse"}' WHERE id = $1""", approval_id
    )

    with pytest.raises(ConflictError):
        await start(stage, message, call.call_id)

    found = await stage.approvals.get(stage.scope, approval_id)
    assert found.executed_at is None


async def test_whoever_asked_does_not_decide_where_four_eyes_must_see(stage: Stage) -> None:
    _, _, approval_id = await asked(stage, Asking(four_eyes=True))

    own = a_judgement(Decision.APPROVE, stage.user_id, role=Role.ADMIN)
    with pytest.raises(AccessError) as refused:
        await decide(stage, approval_id, own)

    assert refused.value.code == "four_eyes"
    other = await decide(stage, approval_id, a_judgement(Decision.APPROVE, uuid4()))
    assert other.state is ApprovalState.APPROVED


async def test_nobody_is_another_where_nobody_knows_who_asked(stage: Stage) -> None:
    _, _, approval_id = await asked(stage, Asking(four_eyes=True))
    await stage.sql("UPDATE approval SET requested_by = NULL WHERE id = $1", approval_id)

    with pytest.raises(AccessError):
        await decide(stage, approval_id, a_judgement(Decision.APPROVE, uuid4()))


@pytest.mark.parametrize("needed", list(Role))
async def test_the_approval_says_which_role_decides(stage: Stage, needed: Role) -> None:
    for role in Role:
        _, _, approval_id = await asked(stage, Asking(approvers=needed))
        verdict = a_judgement(Decision.DENY, uuid4(), role=role)
        if role.includes(needed):
            assert (await decide(stage, approval_id, verdict)).state is ApprovalState.DENIED
        else:
            with pytest.raises(AccessError) as refused:
                await decide(stage, approval_id, verdict)
            assert refused.value.code == "role_required"
            [_, (action, details)] = await trail(stage, approval_id)
            assert (action, details["role"]) == ("approval.refused", role.value)


async def test_verdicts_that_come_too_late_are_refused_and_on_record(stage: Stage) -> None:
    message, _, withdrawn = await asked(stage)
    await stage.close(message, Outcome.STOPPED)
    _, _, expired = await asked(stage, expires_at=in_(seconds=-1))

    for approval_id, code in ((withdrawn, "withdrawn"), (expired, "expired")):
        with pytest.raises(GoneError) as refused:
            await decide(stage, approval_id, a_judgement(Decision.APPROVE, uuid4()))
        assert refused.value.code == code
        action, details = (await trail(stage, approval_id))[-1]
        assert (action, details["code"]) == ("approval.refused", code)


async def test_a_double_click_is_told_and_leaves_no_second_line(stage: Stage) -> None:
    _, _, approval_id = await asked(stage)
    person = uuid4()
    await decide(stage, approval_id, a_judgement(Decision.APPROVE, person))

    for by in (person, uuid4()):
        with pytest.raises(ConflictError):
            await decide(stage, approval_id, a_judgement(Decision.APPROVE, by))

    assert [action for action, _ in await trail(stage, approval_id)] == [
        "approval.requested",
        "approval.approved",
        "approval.refused",
    ]


async def test_another_spaces_approval_is_not_there(stage: Stage) -> None:
    _, _, approval_id = await asked(stage)
    elsewhere = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())

    with pytest.raises(AppError) as refused:
        await stage.approvals.decide(elsewhere, approval_id, a_judgement(Decision.DENY, uuid4()))

    assert refused.value.code == "approval_not_found"


async def test_of_verdicts_from_everywhere_one_counts_and_runs_once(stage: Stage) -> None:
    """API against Slack, approvals, edits and refusals; `tests/chaos` races a thousand."""
    chance = random.Random(14)  # noqa: S311 -- a seed, not a secret
    few = asyncio.Semaphore(4)

    async def one() -> None:
        message, call, approval_id = await asked(stage)
        verdicts = [
            a_judgement(
                decision,
                uuid4(),
                "note",
                via=chance.choice(list(Via)),
                arguments={"text": "edited"}
                if decision is Decision.APPROVE and chance.random() < 0.5
                else None,
            )
            for decision in chance.choices(list(Decision), k=4)
        ]
        outcomes = await asyncio.gather(
            *(decide(stage, approval_id, verdict) for verdict in verdicts),
            *(start(stage, message, call.call_id) for _ in range(2)),
            return_exceptions=True,
        )
        outcomes += [await start(stage, message, call.call_id) for _ in range(2)]
        [won] = [found for found in outcomes if isinstance(found, Approval)]
        lost = [found.code for found in outcomes if isinstance(found, AppError)]
        assert lost == ["already_decided"] * 3
        ran = [found for found in outcomes if isinstance(found, StartedCall) and found.run]
        assert len(ran) == (won.state is ApprovalState.APPROVED)
        assert all(found.arguments == won.arguments for found in ran)

    async def bounded() -> None:
        async with few:
            await one()

    await asyncio.gather(*(bounded() for _ in range(RACES)))


async def test_a_reminder_and_an_escalation_are_each_recorded_once(stage: Stage) -> None:
    _, _, approval_id = await asked(stage)
    announcements = PostgresAnnouncements(stage.database)

    for escalated in (False, True, False, True):
        await announcements.reminded(stage.scope, approval_id, escalated=escalated)

    found, now = await announcements.look(stage.scope, approval_id)
    assert found.reminded_at is not None
    assert found.escalated_at is not None
    assert found.reminded_at <= found.escalated_at <= now
    assert [action for action, _ in await trail(stage, approval_id)][1:] == [
        "approval.reminded",
        "approval.escalated",
    ]


async def test_a_review_waits_in_no_turn_and_ends_by_itself(stage: Stage) -> None:
    announcements = PostgresAnnouncements(stage.database)
    decided, late, waiting = (
        await review(stage),
        await review(stage, expires_at=in_(seconds=-1)),
        await review(stage),
    )
    _, delivery = await stage.approvals.decide(
        stage.scope, decided, a_judgement(Decision.REVISE, uuid4(), "shorter")
    )
    for review_id in (late, waiting):
        await announcements.expired(stage.scope, review_id)

    assert (delivery.log, delivery.scope) == (None, stage.scope)
    states = [
        (await stage.approvals.get(stage.scope, review_id)).state
        for review_id in (decided, late, waiting)
    ]
    assert states == [ApprovalState.REVISED, ApprovalState.EXPIRED, ApprovalState.PENDING]


async def test_the_sweep_finds_what_people_were_not_told(stage: Stage) -> None:
    announcements = PostgresAnnouncements(stage.database)
    message, _, plain = await asked(stage)
    _, _, reminding = await asked(stage, remind_at=in_(minutes=5))
    fresh = (await asked(stage, remind_at=in_(minutes=5)))[2]
    await stage.sql(
        "UPDATE approval SET created_at = now() - interval '6 seconds' WHERE id = ANY($1)",
        [plain, reminding],
    )

    async def missed(*, everywhere: bool) -> set[UUID]:
        found = await announcements.missed(1_000, everywhere=everywhere)
        return {approval for _, approval in found} & {plain, reminding, fresh}

    assert await missed(everywhere=False) == {reminding}
    assert await missed(everywhere=True) == {plain, reminding}
    # Its workflow has taken one up; the other was woken a moment ago.
    await announcements.look(stage.scope, plain)
    await announcements.woken(stage.scope, reminding)
    assert await missed(everywhere=True) == set()
    await stage.close(message, Outcome.STOPPED)
    assert await missed(everywhere=False) == {plain}
    await announcements.told(stage.scope, plain)
    assert await missed(everywhere=True) == set()


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(arguments=st.dictionaries(st.text(max_size=5), JSON, max_size=4))
async def test_arguments_have_the_same_hash_after_their_stay_in_the_database(
    stage: Stage, arguments: dict[str, Any]
) -> None:
    message, call, approval_id = await asked(stage, arguments=arguments, schema=None)
    await decide(stage, approval_id, a_judgement(Decision.APPROVE, uuid4()))

    started = await start(stage, message, call.call_id)

    assert (started.run, started.status) == (True, CallStatus.RUNNING)
    assert digest(started.arguments) == digest(arguments)
