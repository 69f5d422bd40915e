"""Row 22's demand on every history: what is large is stored outside, and referenced."""

from collections.abc import Iterator, Sequence

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.chaos.violation import Violation

LARGEST = 64 * 1024  # bytes


def largest_in(events: Sequence[HistoryEvent]) -> int:
    """Bytes of the largest payload in any of these events."""
    largest = 0
    for event in events:
        # No payload is larger than the event around it, which is told without looking inside.
        if event.ByteSize() > largest:
            largest = max([largest, *(one.ByteSize() for one in payloads_of(event))])
    return largest


def too_large(run_id: str, events: Sequence[HistoryEvent]) -> Iterator[Violation]:
    for event in events:
        if event.ByteSize() <= LARGEST:
            continue
        kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
        for payload in payloads_of(event):
            if (size := payload.ByteSize()) > LARGEST:
                subject = f"run {run_id}, event {event.event_id} {kind}"
                yield Violation("row 22", subject, f"a payload of {size:,} bytes")


def payloads_of(message: Message) -> Iterator[Payload]:
    """However deep: inputs, results, details of failures, memos, search attributes, headers."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE or field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            entries = value.values()
            parts = [one for one in entries if isinstance(one, Message)]
        elif field.is_repeated:
            parts = list(value)
        else:
            parts = [value]
        for part in parts:
            yield from payloads_of(part)
