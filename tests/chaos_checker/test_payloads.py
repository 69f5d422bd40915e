"""Large payloads are found wherever a history can hide them."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.chaos.payloads import LARGEST, largest_in, too_large

LARGE = Payload(data=b"x" * LARGEST)
SMALL = Payload(data=b"x" * 100)


def input_of() -> HistoryEvent:
    event = HistoryEvent(event_id=1, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    event.workflow_execution_started_event_attributes.input.payloads.extend([SMALL, LARGE])
    return event


def memo_of() -> HistoryEvent:
    event = HistoryEvent(event_id=2, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    event.workflow_execution_started_event_attributes.memo.fields["x"].CopyFrom(LARGE)
    return event


def failure_of() -> HistoryEvent:
    event = HistoryEvent(event_id=3, event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED)
    cause = event.activity_task_failed_event_attributes.failure.cause
    cause.application_failure_info.details.payloads.append(LARGE)
    return event


def signal_of() -> HistoryEvent:
    event = HistoryEvent(event_id=4, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
    event.workflow_execution_signaled_event_attributes.input.payloads.append(LARGE)
    return event


@pytest.mark.parametrize("event", [input_of(), memo_of(), failure_of(), signal_of()])
def test_a_large_payload_is_found_in_any_part_of_an_event(event: HistoryEvent) -> None:
    found = list(too_large("r", [event]))

    assert [one.invariant for one in found] == ["row 22"]
    assert f"event {event.event_id} " in found[0].subject
    assert largest_in([event]) > LARGEST


def test_many_small_payloads_are_no_large_one() -> None:
    event = HistoryEvent(event_id=1, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    attributes = event.workflow_execution_started_event_attributes
    attributes.input.payloads.extend([SMALL] * 1_000)

    assert list(too_large("r", [event])) == []
    assert largest_in([event]) == SMALL.ByteSize()
