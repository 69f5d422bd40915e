"""People are told of an approval, reminded, and told how it ended: on a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.approvals import ApprovalActivities
from activities.sweep import announce_approvals
from adapters.engine.temporal import TemporalEngine
from adapters.store.announcements import PostgresAnnouncements
from domain.ports.approvals import Approval, ApprovalState, Decision
from domain.ports.notifying import Posted
from local.stack import Stack
from models import ids
from models.errors import AppError, ConflictError, UnavailableError
from models.payloads.scope import Scope
from models.payloads.turn import Outcome
from queues.running import workflow_runner
from tests.judging import a_judgement
from tests.store.asking import asked, in_, review
from tests.store.stage import Stage
from tests.waiting import until
from workflows.approval import ApprovalWorkflow

SECONDS = 20.0


@dataclass
class Board:
    """A space's channel that keeps what it is told, and the notices that say where it stands. A
    sweep brings other tests' approvals too: they have no channel."""

    scope: Scope
    name: str = "board"
    said: list[tuple[str, ApprovalState]] = field(default_factory=list)
    failures: list[AppError] = field(default_factory=list)
    stands: dict[UUID, Posted] = field(default_factory=dict)
    installed: bool = True

    async def post(self, scope: Scope, approval: Approval, *, url: str) -> Posted | None:
        if not self.installed or scope != self.scope:
            return None
        self._fail()
        self.said.append((f"post {url}", approval.state))
        return Posted("C1", str(len(self.said)))

    async def update(self, scope: Scope, approval: Approval, posted: Posted) -> None:
        self._fail()
        self.said.append((f"update {approval.note}".strip(), approval.state))

    async def remind(
        self, scope: Scope, approval: Approval, posted: Posted, *, escalated: bool
    ) -> None:
        self._fail()
        self.said.append(("escalate" if escalated else "remind", approval.state))

    async def posted(self, scope: Scope, approval_id: UUID) -> Posted | None:
        return self.stands.get(approval_id)

    async def keep(self, scope: Scope, approval_id: UUID, posted: Posted) -> None:
        self.stands[approval_id] = posted

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    @property
    def verbs(self) -> list[str]:
        return [said.split()[0] for said, _ in self.said]


@dataclass
class Settled:
    """A Reviews."""

    items: list[tuple[UUID, UUID]] = field(default_factory=list)

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> None:
        self.items.append((item_id, review_id))


@dataclass
class Place:
    """A worker with a board, and an engine that starts and wakes its workflows."""

    stage: Stage
    client: Client
    engine: TemporalEngine
    board: Board
    settled: Settled

    async def ask(self, approval_id: UUID) -> None:
        await self.engine.start_approval(self.stage.scope, approval_id, due=False)

    async def due(self, approval_id: UUID, column: str) -> None:
        """Move the row's clock, and ask for another look."""
        await self.stage.sql(f"UPDATE approval SET {column} = now() WHERE id = $1", approval_id)
        await self.ask(approval_id)

    async def decide(self, approval_id: UUID, decision: Decision, note: str = "") -> None:
        _, delivery = await self.stage.approvals.decide(
            self.stage.scope, approval_id, a_judgement(decision, uuid4(), note)
        )
        await self.engine.decided(delivery)

    async def ended(self, approval_id: UUID) -> None:
        handle = self.client.get_workflow_handle(
            ids.approval_workflow_id(self.stage.scope, approval_id)
        )
        async with asyncio.timeout(SECONDS):
            await handle.result()

    async def exists(self, approval_id: UUID) -> bool:
        query = f"WorkflowId = '{ids.approval_workflow_id(self.stage.scope, approval_id)}'"
        return [run async for run in self.client.list_workflows(query)] != []


@pytest.fixture(scope="module")
async def temporal(stack: Stack) -> Client:
    return await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)


@pytest.fixture
async def place(stage: Stage, temporal: Client) -> AsyncIterator[Place]:
    async with a_place(stage, temporal) as found:
        yield found


@asynccontextmanager
async def a_place(
    stage: Stage, temporal: Client, *, notifying: bool = True
) -> AsyncIterator[Place]:
    queue, board, settled = str(uuid4()), Board(stage.scope), Settled()
    telling = ApprovalActivities(
        PostgresAnnouncements(stage.database),
        notices=board,
        notifier=board,
        reviews=settled,
        page="https://app.test/approvals/",
    )
    worker = Worker(
        temporal,
        task_queue=queue,
        workflows=[ApprovalWorkflow],
        activities=[telling.attend],
        workflow_runner=workflow_runner(),
    )
    async with worker:
        engine = TemporalEngine(temporal, turns_queue=queue, notifying=notifying)
        yield Place(stage, temporal, engine, board, settled)


@pytest.mark.parametrize("decision", list(Decision))
async def test_people_are_asked_and_told_what_was_decided(place: Place, decision: Decision) -> None:
    _, _, approval_id = await asked(place.stage)
    await place.ask(approval_id)
    await until(lambda: place.board.verbs == ["post"])

    await place.decide(approval_id, decision, "because")
    await place.ended(approval_id)

    states = {
        Decision.APPROVE: ApprovalState.APPROVED,
        Decision.DENY: ApprovalState.DENIED,
        Decision.REVISE: ApprovalState.REVISED,
    }
    assert place.board.said == [
        (f"post https://app.test/approvals/{approval_id}", ApprovalState.PENDING),
        ("update because", states[decision]),
    ]


async def test_asking_twice_asks_once_also_after_the_end(place: Place) -> None:
    _, _, approval_id = await asked(place.stage)
    for _ in range(2):
        await place.ask(approval_id)
    await until(lambda: place.board.verbs == ["post"])
    await place.decide(approval_id, Decision.DENY)
    await place.ended(approval_id)
    await place.ask(approval_id)

    assert place.board.verbs == ["post", "update"]
    missed = await PostgresAnnouncements(place.stage.database).missed(1_000, everywhere=True)
    assert (place.stage.scope, approval_id) not in missed


async def test_silence_is_answered_with_a_reminder_an_escalation_and_an_end(
    place: Place,
) -> None:
    _, _, approval_id = await asked(place.stage, remind_at=in_(seconds=0.1))
    await place.ask(approval_id)
    # By its own timer; what is hours away comes by moving the row's clock, and another look.
    await until(lambda: place.board.verbs == ["post", "remind"])
    for column, verb in (("escalate_at", "escalate"), ("expires_at", "update")):
        await place.due(approval_id, column)
        await until(lambda verb=verb: place.board.verbs[-1] == verb)  # type: ignore[misc]
    await place.ended(approval_id)

    assert place.board.verbs == ["post", "remind", "escalate", "update"]
    assert place.board.said[-1][1] is ApprovalState.EXPIRED
    found = await place.stage.approvals.get(place.stage.scope, approval_id)
    assert found.reminded_at is not None
    assert found.escalated_at is not None


async def test_what_is_due_without_anybody_to_tell_stands_in_the_trail(
    stage: Stage, temporal: Client
) -> None:
    async with a_place(stage, temporal, notifying=False) as place:
        place.board.installed = False
        _, _, silent = await asked(stage)
        _, _, due = await asked(stage, remind_at=in_(seconds=-1))

        await place.engine.start_approval(stage.scope, silent, due=False)
        await place.engine.start_approval(stage.scope, due, due=True)
        async with asyncio.timeout(SECONDS):
            while (await stage.approvals.get(stage.scope, due)).reminded_at is None:  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.02)
        await place.decide(due, Decision.DENY)
        await place.ended(due)

        assert not await place.exists(silent)
        assert place.board.said == []


async def test_a_stop_is_told_when_the_sweep_comes_round(place: Place) -> None:
    stage = place.stage
    message, _, approval_id = await asked(stage)
    await place.ask(approval_id)
    await until(lambda: place.board.verbs == ["post"])
    await stage.close(message, Outcome.STOPPED)

    sweeping = asyncio.create_task(
        announce_approvals(
            PostgresAnnouncements(stage.database), place.engine, everywhere=False, interval_s=0.05
        )
    )
    try:
        await place.ended(approval_id)
    finally:
        sweeping.cancel()

    assert place.board.said[-1] == ("update", ApprovalState.WITHDRAWN)


async def test_who_asked_may_die_before_anybody_is_told(place: Place) -> None:
    stage = place.stage
    _, _, approval_id = await asked(stage)
    await stage.sql(
        "UPDATE approval SET created_at = now() - interval '6 seconds' WHERE id = $1", approval_id
    )

    sweeping = asyncio.create_task(
        announce_approvals(
            PostgresAnnouncements(stage.database), place.engine, everywhere=True, interval_s=0.05
        )
    )
    try:
        await until(lambda: ("post", approval_id) in _asked(place))
    finally:
        sweeping.cancel()


def _asked(place: Place) -> list[tuple[str, UUID]]:
    return [("post", UUID(said.rpartition("/")[2])) for said, _ in place.board.said]


async def test_a_provider_that_asks_for_a_pause_gets_it_and_is_asked_again(place: Place) -> None:
    _, _, approval_id = await asked(place.stage)
    place.board.failures = [UnavailableError("Slow down.", code="slack_busy", retry_after=0.2)]
    await place.ask(approval_id)
    await until(lambda: place.board.verbs == ["post"])

    place.board.failures = [UnavailableError("Slow down.", code="slack_busy", retry_after=0.2)]
    await place.decide(approval_id, Decision.APPROVE)
    await place.ended(approval_id)

    assert place.board.verbs == ["post", "update"]


async def test_a_channel_that_refuses_for_good_holds_nothing_up(place: Place) -> None:
    refused = ConflictError("The channel is gone.", code="slack_channel_gone")
    _, _, approval_id = await asked(place.stage)
    place.board.failures = [refused]
    await place.ask(approval_id)
    await until(lambda: not place.board.failures)

    # At the next look there is a channel again.
    await place.due(approval_id, "remind_at")
    await until(lambda: place.board.verbs == ["post", "remind"])
    place.board.failures = [refused]
    await place.decide(approval_id, Decision.DENY)
    await place.ended(approval_id)

    assert place.board.verbs == ["post", "remind"]


async def test_what_was_erased_needs_no_telling(place: Place) -> None:
    await place.engine.start_approval(place.stage.scope, missing := uuid4(), due=True)
    await place.ended(missing)

    assert place.board.said == []


async def test_a_review_is_settled_by_its_verdict_and_by_its_end(place: Place) -> None:
    stage = place.stage
    decided, late = await review(stage), await review(stage)
    for review_id in (decided, late):
        await place.ask(review_id)
    await until(lambda: len(place.board.said) == 2)
    await place.decide(decided, Decision.APPROVE)
    await place.due(late, "expires_at")
    for review_id in (decided, late):
        await place.ended(review_id)

    assert {review_id for _, review_id in place.settled.items} == {decided, late}
    assert (await stage.approvals.get(stage.scope, late)).state is ApprovalState.EXPIRED
    waiting = {found.approval_id for found in await stage.approvals.undelivered(1_000)}
    assert not waiting & {decided, late}


async def test_a_terminated_workflow_begins_again_and_finds_its_message(place: Place) -> None:
    _, _, approval_id = await asked(place.stage)
    await place.ask(approval_id)
    await until(lambda: place.board.verbs == ["post"])
    handle = place.client.get_workflow_handle(
        ids.approval_workflow_id(place.stage.scope, approval_id)
    )
    await handle.terminate()
    await place.ask(approval_id)
    await place.decide(approval_id, Decision.APPROVE)
    await place.ended(approval_id)

    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert place.board.verbs == ["post", "update"]


async def test_a_review_that_was_decided_before_anybody_was_told_is_settled(place: Place) -> None:
    stage = place.stage
    decided, unheard = await review(stage), await review(stage)
    await place.decide(decided, Decision.APPROVE)
    # Whoever decided this one died before the engine heard of it.
    await stage.approvals.decide(stage.scope, unheard, a_judgement(Decision.DENY, uuid4()))
    await stage.sql(
        "UPDATE approval SET created_at = now() - interval '6 seconds' WHERE id = $1", unheard
    )
    announcements = PostgresAnnouncements(stage.database)
    missed = [found for _, found in await announcements.missed(1_000, everywhere=False)]
    await place.ask(unheard)
    for review_id in (decided, unheard):
        await place.ended(review_id)

    assert unheard in missed
    assert {review_id for _, review_id in place.settled.items} == {decided, unheard}
