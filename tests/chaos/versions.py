"""Which version of the workers' code worked on which turn, as Temporal's histories have it."""

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from uuid import UUID

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHistory

from models import ids
from models.payloads.scope import Scope

_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
# A message came while the run was about to end: the task is tried again with it, as it should be.
_NEWS = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
_TURN = re.compile(rb'"turn_id":"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a conversation."""

    run_id: str
    versions: tuple[str, ...]
    """In the order of their work; empty names are workers without a version."""
    turns: frozenset[UUID]
    failures: tuple[str, ...]
    """Of workflow tasks, by their cause."""
    history: WorkflowHistory


async def ran(client: Client, scope: Scope, conversations: Collection[UUID]) -> list[Ran]:
    """Every run of these conversations."""
    found = []
    for conversation_id in conversations:
        workflow_id = ids.turn_workflow_id(scope, conversation_id)
        found += [read(history) async for history in _histories(client, workflow_id)]
    return found


async def _histories(client: Client, workflow_id: str) -> AsyncIterator[WorkflowHistory]:
    async for one in client.list_workflows(f"WorkflowId = '{workflow_id}'"):
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        yield await handle.fetch_history()


def read(history: WorkflowHistory) -> Ran:
    """What one history tells."""
    builds = versions_of(history)
    turns: set[UUID] = set()
    failures = []
    for event in history.events:
        if event.event_type == _SCHEDULED:
            for payload in event.activity_task_scheduled_event_attributes.input.payloads:
                turns |= {UUID(found.decode()) for found in _TURN.findall(payload.data)[:1]}
        elif event.event_type == _FAILED:
            cause = event.workflow_task_failed_event_attributes.cause
            if cause != _NEWS:
                failures.append(WorkflowTaskFailedCause.Name(cause))
    return Ran(history.run_id, builds, frozenset(turns), tuple(failures), history)


def versions_of(history: WorkflowHistory) -> tuple[str, ...]:
    """The versions that completed its tasks, each once."""
    builds = [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.event_type == _COMPLETED
    ]
    return tuple(dict.fromkeys(builds))
