"""What a run's history holds however busy the machine was."""

from dataclasses import replace

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

_TASK = "EVENT_TYPE_WORKFLOW_TASK_"


def without_tasks(history: WorkflowHistory) -> WorkflowHistory:
    """Without the workflow tasks: what comes apart on a busy machine takes more of them."""
    kept = [
        event for event in history.events if not EventType.Name(event.event_type).startswith(_TASK)
    ]
    return replace(history, events=kept)
