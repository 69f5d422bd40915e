"""What a run cost Temporal, read from its history."""

from collections import Counter
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

# What Temporal bills as an action, by the event that it leaves; heartbeats leave none.
BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
    EventType.EVENT_TYPE_MARKER_RECORDED,
}


@dataclass(frozen=True)
class Cost:
    actions: int
    events: int
    size: int
    """Bytes of the history as the server stores it."""
    largest: int
    """Bytes of its largest event."""


def cost(history: WorkflowHistory) -> Cost:
    kinds = Counter(event.event_type for event in history.events)
    retried = sum(
        event.activity_task_started_event_attributes.attempt - 1
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    )
    sizes = [event.ByteSize() for event in history.events]
    return Cost(
        actions=sum(kinds[kind] for kind in BILLED) + retried,
        events=len(history.events),
        size=sum(sizes),
        largest=max(sizes),
    )
