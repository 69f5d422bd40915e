"""What a copied turn says of itself: its own ids, and no more than the path has of it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson

from domain.cutting import up_to
from models.payloads.events import TURN_ENDS, EventId, LoggedEvent, TurnStopped
from models.payloads.turn import Outcome

# Nobody is asked by a copy: the verdict belongs to the conversation that it was taken from.
_ASKED = "approval.requested"


def renamed(payload: bytes, turn_id: UUID, messages: Mapping[str, str]) -> bytes:
    """An event's JSON under the ids of a copy; `messages` are new ids by the old ones."""
    event = orjson.loads(payload)
    event["turn_id"] = str(turn_id)
    said = event.get("message_id")
    if said is not None:
        event["message_id"] = messages.get(said, said)
    return orjson.dumps(event)


def cut(events: Sequence[LoggedEvent], step: int) -> tuple[LoggedEvent, ...]:
    """Those of a turn that ends behind this step, because a path leaves it there."""
    kept = [one for one in up_to(events, step) if one.event.kind not in TURN_ENDS]
    told = {_approval(one) for one in kept if one.event.kind != _ASKED}
    kept = [one for one in kept if one.event.kind != _ASKED or _approval(one) in told]
    if not kept:
        return ()
    last = kept[-1]
    end = last.model_copy(
        update={
            "id": EventId(last.id.turn, last.id.sequence + 1),
            "event": TurnStopped(outcome=Outcome.INTERRUPTED),
        }
    )
    return (*kept, end)


def _approval(one: LoggedEvent) -> UUID | None:
    found: UUID | None = getattr(one.event, "approval_id", None)
    return found
