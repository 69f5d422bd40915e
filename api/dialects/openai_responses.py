"""A turn as the stream of an OpenAI response. Pure: made of the log's events, nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from api.dialects.sse import escaped
from api.openai.answer import Answer, Item, message_item, text_part
from api.openai.numbers import MOST_ITEMS, Number, Open, Slot
from api.openai.response import Facts, document, status_of
from domain.wire import WireEvent
from models.ids import answer_id

# Statuses that have an event of their own: clients know none for what was cancelled.
_ENDS: Final = frozenset({"completed", "failed"})
_NOTHING: Final = Number(-1, 0, 0, Open.NONE, again=False)
# Items that come whole, and what their own events are called.
_PROGRESS: Final = {"mcp_call": "in_progress", "file_search_call": "searching"}
_ITEM_KINDS: Final = {Open.MESSAGE: "msg", Open.REASONING: "rs"}


class ResponseEncoder:
    """For one reader, who has everything up to `after`. It is given the turn from its beginning,
    or what is left of that: deltas may be gone, and attempts that were given up."""

    def __init__(self, facts: Facts, turn_id: UUID, after: int | None = None) -> None:
        self.answer = Answer()
        self._facts, self._turn_id = facts, turn_id
        self._after = _NOTHING if after is None else Number.read(after)
        self._reached = after is None
        """What comes now, the reader does not have."""
        self._sequence = self._seen = 0
        """Of the event that is taken, and of the one before it."""
        self._items, self._open = 0, Open.NONE
        self._again = False
        """The step's first name for an item is used up."""
        self._renamed = False
        """The open item goes by another name than the step's first."""
        self._step = 1
        self._hashed = 0, ""
        """The last step that something was named after, and its answer's id."""
        self._held: str | None = ""
        """The open item's text as its reader has it; None when that cannot be known."""

    def opening(self, *, queued: bool) -> Iterator[bytes]:
        """Before the first event."""
        yield from self._lifecycle(Slot.CREATED, "created", "queued" if queued else "in_progress")
        if queued:
            yield from self._lifecycle(Slot.QUEUED, "queued", "queued")

    def take(self, event: WireEvent) -> Iterator[bytes]:
        """What the event becomes for this reader."""
        self._arrive(event.id.sequence)
        fields: dict[str, Any] = orjson.loads(event.data)
        match event.kind:
            case "text.delta":
                yield from self._grow(Open.MESSAGE, fields)
            case "reasoning.delta":
                if self._open is not Open.MESSAGE:
                    yield from self._grow(Open.REASONING, fields)
            case "text.snapshot":
                yield from self._snapshot(fields)
            case "step.started":
                yield from self._break_off()
                self._step, self._again = fields["step"], False
            case "attempt.superseded":
                yield from self._break_off()
            case _:
                yield from self._coarse(event.kind, fields)
        self._seen = self._sequence

    def _arrive(self, sequence: int) -> None:
        """What comes behind the reader's place is told from there."""
        self._sequence = sequence
        if self._reached or sequence < self._after.sequence:
            return
        if sequence == self._after.sequence:
            if self._after.open is Open.REASONING and self._open is not Open.REASONING:
                # It was about to be closed here: a replay has none to close.
                self._open, self._held, self._items = Open.REASONING, None, self._after.items
            return
        # A log that lost its memory tells the text under way again: who comes to the same event has
        # the same text, whatever items it stood in.
        if self._seen != self._after.sequence or self._open is not self._after.open:
            self._held = None
        self._stand()

    def _stand(self) -> None:
        """Where the reader stands: indices and names may be others than a replay's, which has no
        attempts that were given up."""
        self._reached = True
        self._items, self._open, self._again = self._after[2:]
        self._renamed = self._again

    def _coarse(self, kind: str, fields: dict[str, Any]) -> Iterator[bytes]:
        item = self.answer.take(kind, fields)
        if kind == "turn.started":
            yield from self._lifecycle(Slot.IN_PROGRESS, "in_progress", "in_progress")
        elif kind == "text.completed" and item is not None:
            yield from self._completed(fields["step"], item)
        elif kind == "text.withdrawn":
            yield from self._break_off()
        elif kind in {"usage.recorded", "tool.requested"} and self._open is Open.REASONING:
            yield from self._reasoned()
        elif item is not None and self._items < MOST_ITEMS - 1:
            yield from self._whole(item)
        elif self.answer.ending is not None:
            yield from self._break_off()
            status = status_of(self.answer)
            yield from self._lifecycle(
                Slot.END, status if status in _ENDS else "incomplete", status
            )

    def _grow(self, kind: Open, fields: Mapping[str, Any]) -> Iterator[bytes]:
        if self._held is None:  # what is open now may be an attempt that was given up
            yield from self._break_off()
        yield from self._to(kind, fields["step"])
        yield from self._add(fields["text"])

    def _add(self, text: str) -> Iterator[bytes]:
        if self._held is not None:
            self._held += text
        if self._open is Open.REASONING:
            said: dict[str, Any] = {"summary_index": 0, "delta": text}
            yield from self._emit(Slot.DELTA, "reasoning_summary_text.delta", said)
        else:
            said = {"content_index": 0, "delta": text, "logprobs": []}
            yield from self._emit(Slot.DELTA, "output_text.delta", said)

    def _snapshot(self, fields: Mapping[str, Any]) -> Iterator[bytes]:
        """The text so far, after the live log was lost: what is new of it, where that is known."""
        text = fields["text"]
        if self._open is Open.MESSAGE and not text.startswith(self._known()):
            yield from self._break_off()
        held = self._known() if self._open is Open.MESSAGE else ""
        if text != held:
            yield from self._grow(Open.MESSAGE, {**fields, "text": text.removeprefix(held)})

    def _known(self) -> str:
        """A text that nothing begins with, where it is not known."""
        return "\x00" if self._held is None else self._held

    def _completed(self, step: int, item: Item) -> Iterator[bytes]:
        part = item["content"][0]
        text = part["text"]
        if self._open is Open.MESSAGE and self._held is None:
            yield from self._break_off()
        yield from self._to(Open.MESSAGE, step)
        # What was sent cannot be taken back: where it was changed since, the end says what stands.
        if text != (held := self._known()) and text.startswith(held):
            yield from self._add(text.removeprefix(held))
        for number, annotation in enumerate(part["annotations"]):
            added = {"content_index": 0, "annotation_index": number, "annotation": annotation}
            yield from self._emit(Slot.ANNOTATION + number, "output_text.annotation.added", added)
        done = {"content_index": 0, "text": text, "logprobs": []}
        yield from self._emit(Slot.TEXT_DONE, "output_text.done", done)
        part_done = {"content_index": 0, "part": part}
        yield from self._emit(Slot.PART_DONE, "content_part.done", part_done)
        yield from self._close(Slot.DONE, {**item, "id": ""})

    def _to(self, kind: Open, step: int) -> Iterator[bytes]:
        """Have an item of that kind open."""
        self._step = step
        if self._open is kind:
            return
        if self._open is Open.REASONING:
            yield from self._reasoned()
        self._held = ""
        if kind is Open.MESSAGE:
            added, part = message_item("", "in_progress"), {"content_index": 0}
            yield from self._item(Slot.ADDED, "added", added, kind)
            part_added = {**part, "part": text_part("")}
            yield from self._emit(Slot.PART_ADDED, "content_part.added", part_added)
        else:
            thought = {"id": "", "type": "reasoning", "status": "in_progress", "summary": []}
            yield from self._item(Slot.ADDED, "added", thought, kind)
            opened = {"summary_index": 0, "part": {"type": "summary_text", "text": ""}}
            yield from self._emit(Slot.PART_ADDED, "reasoning_summary_part.added", opened)

    def _reasoned(self) -> Iterator[bytes]:
        """The reasoning is over. A reader of whose part of it we know nothing is told only that."""
        if (text := self._held) is None:
            yield from self._break_off()
            return
        part = {"type": "summary_text", "text": text}
        done = {"summary_index": 0, "text": text}
        yield from self._emit(Slot.SUMMARY_DONE, "reasoning_summary_text.done", done)
        part_done = {"summary_index": 0, "part": part}
        yield from self._emit(Slot.SUMMARY_PART_DONE, "reasoning_summary_part.done", part_done)
        thought = {"id": "", "type": "reasoning", "status": "completed", "summary": [part]}
        yield from self._close(Slot.REASONING_DONE, thought)

    def _break_off(self) -> Iterator[bytes]:
        """End what is open: it does not count. OpenAI's streams can take nothing back."""
        if self._open is Open.MESSAGE:
            broken = message_item("", "incomplete", self._held or "")
        elif self._open is Open.REASONING:
            broken = {"id": "", "type": "reasoning", "status": "incomplete", "summary": []}
        else:
            return
        yield from self._close(Slot.BROKEN_OFF, broken)

    def _whole(self, item: Item) -> Iterator[bytes]:
        """An item that is told of once it is finished: none stays open from event to event."""
        yield from self._break_off()
        kind, result = item["type"], item.get("status")
        place = {"item_id": item["id"]}
        waiting = item if result is None else {**item, "status": "in_progress"}
        yield from self._item(Slot.ADDED, "added", waiting, Open.NONE)
        if kind in _PROGRESS:
            yield from self._emit(Slot.PROGRESS, f"{kind}.{_PROGRESS[kind]}", place)
            if kind == "mcp_call":
                arguments = {**place, "arguments": item["arguments"]}
                yield from self._emit(Slot.PART_DONE, "mcp_call_arguments.done", arguments)
            yield from self._emit(Slot.RESULT, f"{kind}.{result}", place)
        yield from self._item(Slot.DONE, "done", item)

    def _close(self, slot: Slot, item: Item) -> Iterator[bytes]:
        yield from self._item(slot, "done", item, closes=True)

    def _item(
        self, slot: Slot, what: str, item: Item, opens: Open | None = None, *, closes: bool = False
    ) -> Iterator[bytes]:
        """An item's beginning or end; its place, and the name of one that was open, are the
        reader's."""
        self._reach(slot)
        if opens is not None:
            self._items, self._open = self._items + 1, opens
            self._renamed = self._again
        name = item["id"] or self._name()
        if closes:
            self._again = self._again or self._open is Open.MESSAGE
            self._open = Open.NONE
        body = {"output_index": self._items - 1, "item": {**item, "id": name}}
        yield from self._frame(slot, f"output_item.{what}", body)

    def _emit(self, slot: int, kind: str, body: Mapping[str, Any]) -> Iterator[bytes]:
        self._reach(slot)
        place = {"item_id": body.get("item_id") or self._name(), "output_index": self._items - 1}
        yield from self._frame(slot, kind, {**body, **place})

    def _lifecycle(self, slot: Slot, kind: str, status: str) -> Iterator[bytes]:
        self._reach(slot)
        body = {"response": document(self._facts, self.answer, status)}
        yield from self._frame(slot, kind, body)

    def _reach(self, slot: int) -> None:
        """The reader's place may be in the midst of what one event becomes."""
        if not self._reached and (self._sequence, slot) > self._after[:2]:
            self._stand()

    def _name(self) -> str:
        if self._hashed[0] != self._step:
            self._hashed = self._step, answer_id(self._turn_id, self._step).hex
        name = f"{_ITEM_KINDS[self._open]}_{self._hashed[1]}"
        plain = self._open is Open.MESSAGE and not self._renamed
        return name if plain else f"{name}_{self._items}"

    def _frame(self, slot: int, kind: str, body: Mapping[str, Any]) -> Iterator[bytes]:
        if not self._reached:
            return
        kind = f"response.{kind}"
        number = Number(self._sequence, slot, self._items, self._open, self._again)
        said = {"type": kind, "sequence_number": number.packed(), **body}
        yield b"event: %b\ndata: %b\n\n" % (kind.encode(), escaped(orjson.dumps(said)))
