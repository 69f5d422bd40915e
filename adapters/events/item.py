"""What waits to be appended, and its form for the Lua script."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain import wire
from models.payloads.events import (
    TRANSIENT,
    TURN_ENDS,
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    ReasoningDelta,
    TextDelta,
    TextWithdrawn,
)


@dataclass(slots=True)
class Item:
    """One event to append. With an `id` it is appended under that, else the script numbers it."""

    event: Event
    at: datetime
    turn_id: UUID | None
    key: str = ""
    id: EventId | None = None
    answer: asyncio.Future[int] | None = None
    """Gets the sequence, when somebody waits for it."""
    committed: bool = False
    """Stored already: readers may see it whoever writes now."""
    more: list[str] = field(default_factory=list)
    """Texts of the deltas that came after this one and travel with it."""

    @classmethod
    def of(cls, logged: LoggedEvent) -> "Item":
        return cls(logged.event, logged.at, logged.turn_id, id=logged.id, committed=True)

    @property
    def drops_text(self) -> bool:
        return isinstance(self.event, AttemptSuperseded | TextWithdrawn)

    def joins(self, event: TextDelta | ReasoningDelta) -> bool:
        """Whether the delta can travel as part of this one."""
        mine = self.event
        return (
            isinstance(mine, TextDelta | ReasoningDelta)
            and mine.kind == event.kind
            and mine.step == event.step
        )

    def settle(self, sequence: int) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(sequence)

    def fail(self, error: Exception) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)

    def words(self) -> tuple[str, str, str, bytes]:
        """Mark, key, own id and JSON, as the script reads them."""
        event = self.event
        if self.more and isinstance(event, TextDelta | ReasoningDelta):
            event = event.model_copy(update={"text": event.text + "".join(self.more)})
        place = "" if self.id is None else f"{self.id.turn}-{self.id.sequence}"
        return _mark(event, self.turn_id), self.key, place, wire.body(self.at, self.turn_id, event)


def words(items: Iterable[Item]) -> list[str | bytes]:
    return [word for item in items for word in item.words()]


def _mark(event: Event, turn_id: UUID | None) -> str:
    if isinstance(event, AttemptSuperseded):
        return f"s{event.step}:{event.from_sequence}"
    if event.kind in TRANSIENT:
        return "t"
    return "e" if turn_id is None or event.kind in TURN_ENDS else ""
