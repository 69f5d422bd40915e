"""Starts workflows by name, with what operators find them by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from temporalio.client import Client
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.engine.failures import CALL, RPC, reached
from models import names
from models.payloads.base import Payload
from models.payloads.scope import Scope

# A task handed to a worker that just died is given to another after this; ours take milliseconds.
TASK: Final = timedelta(seconds=5)
# Temporal's lowest; what names none has 3.
_LAST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A workflow to be started: what it is, and what it is about."""

    workflow: str
    input: Payload
    id: str
    queue: str
    summary: str
    scope: Scope
    about: UUID | None = None
    """The conversation or the run whose log it writes."""
    agent: str | None = None
    reuse: WorkflowIDReusePolicy = WorkflowIDReusePolicy.REJECT_DUPLICATE
    signal: str | None = None
    delay: timedelta | None = None
    waited_for: bool = True
    """False: whatever else is in the queue goes first."""


async def start_once(client: Client, start: Start) -> None:
    """Started before is as good as started now. UnavailableError."""
    async with _once(), reached(CALL):
        await client.start_workflow(
            start.workflow,
            start.input,
            id=start.id,
            task_queue=start.queue,
            id_reuse_policy=start.reuse,
            start_signal=start.signal,
            start_delay=start.delay,
            search_attributes=attributes(start.scope, start.about, start.agent),
            static_summary=start.summary,
            priority=fair(start.scope) if start.waited_for else _behind(start.scope),
            task_timeout=TASK,
            rpc_timeout=RPC,
        )


@asynccontextmanager
async def _once() -> AsyncIterator[None]:
    try:
        yield
    except WorkflowAlreadyStartedError:
        return


def fair(scope: Scope) -> Priority:
    return Priority(fairness_key=str(scope.space_id))


def _behind(scope: Scope) -> Priority:
    return Priority(priority_key=_LAST, fairness_key=str(scope.space_id))


def attributes(
    scope: Scope, conversation_id: UUID | None = None, agent: str | None = None
) -> TypedSearchAttributes:
    values = {
        names.ORGANISATION_ATTRIBUTE: str(scope.organisation_id),
        names.SPACE_ATTRIBUTE: str(scope.space_id),
        names.CONVERSATION_ATTRIBUTE: None if conversation_id is None else str(conversation_id),
        names.AGENT_ATTRIBUTE: agent,
    }
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
            for name, value in values.items()
            if value is not None
        ]
    )
