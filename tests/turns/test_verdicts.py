"""Verdicts as a turn meets them: edited, bound to what was shown, from somewhere else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.store.audit import PostgresAudit
from adapters.store.session import Session
from domain.canonical import digest
from domain.ports.approvals import Decision, Judgement, Via
from local.stack import Stack
from models.errors import AccessError, InvalidError
from models.payloads.events import ApprovalDecided, ApprovalRequested, ToolCompleted
from models.payloads.policy import Asking, Policy
from models.payloads.turn import Outcome
from models.states import Role
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, TOOLED
from tests.turns.test_gate import organisation
from tests.waiting import until

ASKED = {"title": "News", "body": "All is well."}
_TITLES = "SELECT title FROM note WHERE space_id = $1 AND body = $2"


async def asked(here: Lab) -> tuple[UUID, ApprovalRequested]:
    result = await here.send(PUBLISH, agent=TOOLED)
    event = (await here.until(result.turn_id, "approval.requested"))[-1].event
    assert isinstance(event, ApprovalRequested)
    return result.turn_id, event


async def judge(here: Lab, request: ApprovalRequested, **fields: object) -> None:
    judgement = Judgement(
        Decision.APPROVE,
        uuid4(),
        Role.APPROVER,
        Via.SLACK,
        arguments_hash=request.arguments_hash,
        **fields,  # type: ignore[arg-type]  # fields of a judgement
    )
    _, delivery = await here.approvals.decide(here.scope, request.approval_id, judgement)
    await here.engine.decided(delivery)


async def titles(here: Lab, body: str) -> list[str]:
    async def work(session: Session) -> list[str]:
        rows = await session.fetch(_TITLES, here.scope.space_id, body)
        return [row["title"] for row in rows]

    return await here.database.run(here.scope, work)


async def test_what_an_approver_edits_is_what_runs_and_what_readers_see(stack: Stack) -> None:
    edited = {"title": "Calmer news", "body": f"Well. {uuid4()}"}
    async with lab(stack) as here:
        turn_id, request = await asked(here)
        await judge(here, request, arguments=edited)
        events = [logged.event for logged in await here.ended(turn_id)]
        published = await titles(here, edited["body"])
        trail = await PostgresAudit(here.database).verify(here.scope)

    assert request.arguments == ASKED
    assert request.arguments_hash == digest(ASKED)
    [decided] = [event for event in events if isinstance(event, ApprovalDecided)]
    assert (decided.edited, decided.via) == (edited, "slack")
    [done] = [event for event in events if isinstance(event, ToolCompleted)]
    assert done.name == "publish_note"
    # The model is told, lest it tells the user otherwise.
    assert "A person changed the arguments" in done.result
    assert "Calmer news" in done.result
    assert published == ["Calmer news"]
    assert trail == []


async def test_edits_that_the_tool_could_not_take_are_refused_and_the_turn_waits_on(
    stack: Stack,
) -> None:
    body = f"Well. {uuid4()}"
    async with lab(stack) as here:
        turn_id, request = await asked(here)
        for wrong in ({"title": "x"}, {"title": "", "body": body}, {**ASKED, "to": "all"}):
            with pytest.raises(InvalidError):
                await judge(here, request, arguments=wrong)
        await judge(here, request, arguments={"title": "Right", "body": body})
        await here.ended(turn_id)
        published = await titles(here, body)

    assert published == ["Right"]


async def test_silence_is_reminded_of_and_escalated_and_who_asked_may_not_decide(
    stack: Stack,
) -> None:
    asking = Asking(
        four_eyes=True,
        remind_after=timedelta(milliseconds=100),
        escalate_after=timedelta(milliseconds=200),
    )
    async with organisation(stack, Policy(asking=asking)) as here:
        turn_id, request = await asked(here)

        async def escalated() -> bool:
            found = await here.approvals.get(here.scope, request.approval_id)
            return found.escalated_at is not None

        # By timers of the approval's own workflow, with nobody there to notify.
        await until(escalated)
        with pytest.raises(AccessError) as refused:
            await here.decide(request.approval_id, Decision.APPROVE)
        await judge(here, request)
        await here.ended(turn_id)
        view = await here.view(turn_id)
        trail = await PostgresAudit(here.database).page(here.scope, limit=50, cursor=None)

    assert request.four_eyes
    assert refused.value.code == "four_eyes"
    assert view.outcome is Outcome.COMPLETED
    steps = [entry.action for entry in trail.items[::-1] if entry.action.startswith("approval.")]
    assert [step for step in steps if step != "approval.reminded"] == [
        "approval.requested",
        "approval.escalated",
        "approval.refused",
        "approval.approved",
        "approval.executed",
    ]
