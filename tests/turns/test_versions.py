"""Two versions of the worker's code side by side: who runs what, and what it costs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecution, WorkflowHistory
from temporalio.worker import Worker

from adapters.deployment import Deployment, DeploymentError, UnknownVersionError, patiently
from adapters.engine.temporal import TemporalEngine
from adapters.versions import build_id, versioned
from cli.routing import back, described
from domain.ports.approvals import Decision
from local.stack import Stack
from models.payloads.turn import Limits, Outcome, SendStatus
from queues.turns import turns_worker
from tests.budgets.counting import cost
from tests.budgets.pace import without_tasks
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, TOOLED
from tests.waiting import until

PATIENCE = 30.0
SHORT = "@offline tokens=3"
# Until it is stopped: how long a switch and a count take is the server's affair.
LASTING = "@offline tokens=2000 gap_ms=100"
# Each turn has a run of its own, however short.
APART = Limits(idle_window=timedelta(hours=1), same_run=timedelta(0))


class Versions:
    """A lab whose workers are versions of one deployment."""

    def __init__(self, here: Lab, opened: AsyncExitStack) -> None:
        self.here = patient(replace(here, queue=f"versions-{uuid4()}"))
        self.name = f"test-{uuid4()}"
        self.deployment = Deployment(here.client, self.name)
        self._opened = opened

    async def start(self, build: str) -> Worker:
        worker = turns_worker(
            self.here.client, self.here.adapters, self.here.queue, versioned(self.name, build)
        )
        return await self._opened.enter_async_context(worker)

    async def current(self, build: str) -> None:
        await patiently(lambda: self.deployment.make_current(build), PATIENCE)


def patient(here: Lab) -> Lab:
    """Its messages wait for a worker's answer instead of going by signal."""
    return replace(
        here, engine=TemporalEngine(here.client, turns_queue=here.queue, answer=PATIENCE)
    )


async def histories(here: Lab, count: int) -> list[WorkflowHistory]:
    """Of the conversation's runs, at least so many, the first one first."""
    newest = (await here.handle.describe()).run_id
    found: dict[str, WorkflowExecution] = {}

    async def listed() -> bool:
        # The server lists runs some time after it has started them.
        query = f"WorkflowId = '{here.handle.id}'"
        found.update({run.run_id: run async for run in here.client.list_workflows(query)})
        return newest in found and len(found) >= count

    await until(listed)
    return [
        await here.client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        for run in sorted(found.values(), key=lambda run: run.start_time)
    ]


async def ran_on(here: Lab, count: int) -> list[tuple[str, ...]]:
    """The versions that worked on each of those runs."""
    return [_versions(history) for history in await histories(here, count)]


def _versions(history: WorkflowHistory) -> tuple[str, ...]:
    builds = [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    return tuple(dict.fromkeys(builds))


@asynccontextmanager
async def two(stack: Stack) -> AsyncIterator[Versions]:
    """Workers of versions `old`, which is current, and `new`."""
    async with AsyncExitStack() as opened:
        here = await opened.enter_async_context(lab(stack, limits=APART))
        versions = Versions(here, opened)
        await versions.start("old")
        await versions.current("old")
        await versions.start("new")
        yield versions


async def test_a_turn_stays_and_the_one_queued_behind_it_moves(stack: Stack) -> None:
    async with two(stack) as versions:
        here = await versions.here.beside()
        running = await here.send(LASTING)
        await here.until(running.turn_id, "text.delta")
        queued = await here.send(SHORT)
        await versions.current("new")
        await here.stop(running.turn_id)
        await here.ended(queued.turn_id)
        await here.idle()
        assert queued.status is SendStatus.QUEUED
        assert await ran_on(here, 2) == [("old",), ("new",)]


async def test_a_turn_that_waits_for_a_person_stays_for_as_long(stack: Stack) -> None:
    async with two(stack) as versions:
        here = await versions.here.beside()
        asking = await here.send(PUBLISH, agent=TOOLED)
        approval_id = await here.requested(asking.turn_id)
        await versions.current("new")
        await here.decide(approval_id, Decision.APPROVE)
        await here.ended(asking.turn_id)
        await here.idle()
        await here.answer(SHORT)
        await here.idle()
        assert (await here.view(asking.turn_id)).outcome is Outcome.COMPLETED
        assert await ran_on(here, 2) == [("old",), ("new",)]


async def test_a_stop_reaches_a_turn_on_the_old_version(stack: Stack) -> None:
    async with two(stack) as versions:
        here = await versions.here.beside()
        running = await here.send(LASTING)
        await here.until(running.turn_id, "text.delta")
        await versions.current("new")
        await here.stop(running.turn_id)
        await here.ended(running.turn_id)
        assert (await here.view(running.turn_id)).outcome is Outcome.STOPPED


async def test_a_version_costs_no_actions_and_no_events(stack: Stack) -> None:
    async with two(stack) as versions:
        with_version = await versions.here.beside()
        await with_version.answer(SHORT)
        await with_version.idle()
        [history] = await histories(with_version, 1)
    async with lab(stack, limits=APART) as unversioned:
        here = patient(unversioned)
        await here.answer(SHORT)
        await here.idle()
        without = cost(without_tasks(await here.handle.fetch_history()))
    assert _versions(history) == ("old",)
    found = cost(without_tasks(history))
    assert (found.actions, found.events) == (without.actions, without.events)


async def test_an_operator_ramps_up_and_takes_back(stack: Stack) -> None:
    async with two(stack) as versions:
        deployment = versions.deployment
        await patiently(lambda: deployment.ramp("new", 50), PATIENCE)
        assert "50 % of conversations: new" in described(await deployment.routes())
        assert "The ramp to new is over" in await back(deployment)
        assert (await deployment.routes()).ramping == ""
        await versions.current("new")
        assert "go to old again" in await back(deployment)
        assert (await deployment.routes()).current == "old"
        await deployment.make_current("")
        assert "workers without a version" in described(await deployment.routes())


async def test_open_runs_are_counted_by_version(stack: Stack) -> None:
    async with two(stack) as versions:
        here = await versions.here.beside()
        running = await here.send(LASTING)
        await here.until(running.turn_id, "text.delta")
        await versions.current("new")

        async def open_on(build: str) -> int:
            routes = await versions.deployment.routes()
            return next(one.open_runs for one in routes.versions if one.build_id == build)

        async def old_has_one() -> bool:
            return await open_on("old") == 1

        await until(old_has_one)
        await here.stop(running.turn_id)

        async def old_is_empty() -> bool:
            return await open_on("old") == 0

        await until(old_is_empty)


async def test_a_version_that_nobody_runs_is_refused(stack: Stack) -> None:
    async with two(stack) as versions:
        with pytest.raises(UnknownVersionError):
            await versions.deployment.make_current("unheard-of")
        with pytest.raises(UnknownVersionError):
            await Deployment(versions.here.client, "unheard-of").routes()
        with pytest.raises(DeploymentError):
            await versions.deployment.ramp("old", 50)


def test_the_same_code_has_the_same_id_wherever_it_lies(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "workflows").mkdir(parents=True)
        (tmp_path / folder / "workflows/turn.py").write_text("x = 1\n")
    one, two_ = (build_id(tmp_path / folder, ["workflows"]) for folder in ("one", "two"))
    assert one == two_
    (tmp_path / "two/workflows/turn.py").write_text("x = 2\n")
    assert build_id(tmp_path / "two", ["workflows"]) != one
