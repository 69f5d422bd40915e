"""What a writer has yet to append, and the text that it would say again."""

from collections import deque
from collections.abc import Iterator
from uuid import UUID

from adapters.events.item import Item
from domain import wire
from models.payloads.chat import Cursor
from models.payloads.events import Event, ReasoningDelta, TextDelta, TextSnapshot

# Events of one append at most: keeps one script call under a few milliseconds.
BATCH = 256
# Events kept for Redis's return; older ones are read from where they are stored.
OWED = 256
# Lost without harm: text is sent again as a snapshot.
PASSING = (TextDelta, ReasoningDelta, TextSnapshot)


class Outbox:
    """Bounded by what a step can say: deltas that wait become one, and without Redis none do."""

    def __init__(self, turn_id: UUID, step: int) -> None:
        self._turn_id, self._step = turn_id, step
        self._items: deque[Item] = deque()
        self._cursor: Cursor | None = None
        self._text: list[str] = []
        self.torn = False
        """Readers may hold another text than we do: the next text event is a snapshot."""

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @property
    def waiting(self) -> bool:
        return bool(self._items) or self._cursor is not None or (self.torn and bool(self._text))

    def make(self, event: Event, key: str = "") -> Item:
        return Item(event, wire.now(), self._turn_id, key=key)

    def say(self, event: TextDelta | ReasoningDelta, *, kept: bool) -> None:
        """Take in a delta; without `kept` only its text, for a snapshot."""
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        if not kept:
            self.torn = True
        elif self._items and self._items[-1].joins(event):
            self._items[-1].more.append(event.text)
        else:
            self._items.append(self.make(event))

    def reach(self, cursor: Cursor) -> None:
        """The provider's cursor goes with the next append."""
        self._cursor = cursor

    def put(self, *items: Item) -> None:
        self._items.extend(items)

    def owe(self, item: Item) -> None:
        """Keep a numbered event for Redis's return."""
        self._items.append(item)
        if len(self._items) > OWED:
            self._items.popleft()

    def begin_text(self, text: str) -> None:
        """The step's text is this from now on; empty to forget it."""
        self._text = [text] if text else []

    def take(self) -> tuple[list[Item], Cursor | None]:
        """Take a batch out, with the cursor that goes with it."""
        if self.torn and self._text:
            self._mend()
        items = [self._items.popleft() for _ in range(min(BATCH, len(self._items)))]
        cursor, self._cursor = self._cursor, None
        return items, cursor

    def put_back(self, items: list[Item], cursor: Cursor | None) -> None:
        """What was taken has not arrived, as far as we know."""
        self._items.extendleft(reversed(self._lasting(items)))
        if self._cursor is None:
            self._cursor = cursor

    def clear(self) -> list[Item]:
        """Take everything out but what is lost without harm."""
        items = self._lasting(list(self._items))
        self._items.clear()
        return items

    def _lasting(self, items: list[Item]) -> list[Item]:
        kept = [item for item in items if not isinstance(item.event, PASSING)]
        self.torn = self.torn or len(kept) < len(items)
        return kept

    def _mend(self) -> None:
        """Put the whole text in place of its deltas, behind what was numbered before."""
        self.torn = False
        items = [item for item in self._items if not isinstance(item.event, TextDelta)]
        place = 0
        for index, item in enumerate(items, start=1):
            if item.id is not None or item.drops_text:
                place = index
        self._text = ["".join(self._text)]
        items.insert(place, self.make(TextSnapshot(step=self._step, text=self._text[0])))
        self._items = deque(items)
