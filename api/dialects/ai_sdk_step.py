"""What an AI SDK client is shown of the step that is under way, and how it is taken back."""

from collections.abc import Callable
from typing import Any

from api.dialects.ai_sdk_parts import Chunk, Client, ours


class Shown:
    """`step` is the one whose parts the client can still take back; 0 before the first. `said` is
    that its text is whole."""

    def __init__(self, emit: Callable[[Chunk], None], client: Client) -> None:
        self._emit, self._client = emit, client
        self.step, self.said = 0, False
        self._text = ""
        self._text_open = self._thinking = False
        self._thoughts: list[str] = []
        self._kept: dict[str, Chunk] = {}
        """What is shown besides: taken back with the text, and so given again."""

    def enter(self, step: int) -> bool:
        """Whether that is another one."""
        if step == self.step:
            return False
        self.leave()
        self._emit({"type": "start-step"})
        self.step, self.said, self._text = step, False, ""
        self._thoughts, self._kept = [], {}
        return True

    def leave(self) -> None:
        self.close()
        if self.step:
            self._emit({"type": "finish-step"})

    def write(self, text: str) -> None:
        if not text:
            return
        self._close_thought()
        if not self._text_open:
            self._emit({"type": "text-start", "id": f"text-{self.step}"})
            self._text_open = True
        self._emit({"type": "text-delta", "id": f"text-{self.step}", "delta": text})
        self._text += text

    def think(self, text: str) -> None:
        if not self._thinking:
            self._thoughts.append("")
            self._thinking = True
            self._emit({"type": "reasoning-start", "id": self._thought})
        self._emit({"type": "reasoning-delta", "id": self._thought, "delta": text})
        self._thoughts[-1] += text

    @property
    def _thought(self) -> str:
        return f"reasoning-{self.step}-{len(self._thoughts)}"

    def _close_thought(self) -> None:
        if self._thinking:
            self._emit({"type": "reasoning-end", "id": self._thought})
            self._thinking = False

    def close(self, about: dict[str, Any] | None = None) -> None:
        self._close_thought()
        if self._text_open:
            ended: Chunk = {"type": "text-end", "id": f"text-{self.step}"}
            self._emit(ended if about is None else {**ended, "providerMetadata": ours(about)})
            self._text_open = False

    def replace(self, text: str) -> None:
        """Show this text for the step, whatever is shown."""
        if not text.startswith(self._text):
            thoughts = self._thoughts
            if not self.retract(why="replaced"):
                return  # an old client keeps what it shows until it loads the message again
            for thought in thoughts:
                self.think(thought)
                self._close_thought()
        self.write(text[len(self._text) :])

    def retract(self, why: str = "withdrawn") -> bool:
        """Take the step's text and reasoning back; whether the client could."""
        if not (self._text or self._thoughts):
            return True
        if self._client < Client.V7:
            if why == "replaced":
                return False
            self.close({"withdrawn": True})
        else:
            self._emit({"type": "reset-step"})
            for chunk in self._kept.values():
                self._emit(chunk)
        self._text, self._thoughts = "", []
        self._text_open = self._thinking = self.said = False
        return True

    def part(self, name: str, data: dict[str, Any], part_id: str) -> None:
        """One of ours; the same id again puts it in place of what was there."""
        self.keep({"type": f"data-{name}", "id": part_id, "data": dict(data)})

    def keep(self, chunk: Chunk) -> None:
        """Show it, also across a reset of the step."""
        data = chunk["type"].startswith("data-")
        self._kept[f"{chunk['type']} {chunk['id'] if data else len(self._kept)}"] = chunk
        self._emit(chunk)
