"""What an AG-UI client holds of a thread's messages, and how a turn adds to it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from models.ids import answer_id

Chunk = dict[str, Any]


def copied(value: object) -> Any:  # noqa: ANN401 - JSON of any shape
    """As it is now: what was emitted does not change behind its reader."""
    return orjson.loads(orjson.dumps(value))


class Messages:
    """One assistant's message a step: its text, and the calls that it made. `said` is that the
    step's text is whole."""

    def __init__(self, emit: Callable[[Chunk], None], held: list[dict[str, Any]]) -> None:
        self._emit = emit
        self.hold(held)
        self.turn_id = UUID(int=0)
        self.step, self.said = 0, False
        self._text = ""
        self._saying = self._thinking = False
        self._thoughts = 0

    @property
    def held(self) -> list[dict[str, Any]]:
        """By the client, in order."""
        return list(self._messages.values())

    def hold(self, messages: list[dict[str, Any]]) -> None:
        """The client has these, in this order, whatever was replayed so far."""
        self._messages = {str(one.get("id")): dict(one) for one in messages}

    def enter(self, step: int) -> bool:
        """Whether that is another one."""
        if step == self.step:
            return False
        self.leave()
        self.step, self.said, self._text, self._thoughts = step, False, "", 0
        self.open_step()
        self._drop()
        return True

    def open_step(self) -> None:
        if self.step:
            self._emit({"type": "STEP_STARTED", "stepName": f"step {self.step}"})

    def leave(self) -> None:
        self.close()
        if self.step:
            self._emit({"type": "STEP_FINISHED", "stepName": f"step {self.step}"})

    @property
    def _message_id(self) -> str:
        """The stored answer's."""
        return str(answer_id(self.turn_id, self.step))

    def write(self, text: str) -> None:
        if not text:
            return
        self._close_thought()
        message_id = self._message_id
        if not self._saying:
            self._saying = True
            self._emit({"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant"})
        self._emit({"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": text})
        self._text += text
        shown = self._messages.setdefault(message_id, {"id": message_id, "role": "assistant"})
        shown["content"] = self._text

    def think(self, text: str) -> None:
        if not self._thinking:
            self._thoughts += 1
            self._thinking = True
            self._emit({"type": "REASONING_START", "messageId": self._thought})
            start = {"messageId": self._thought, "role": "reasoning"}
            self._emit({"type": "REASONING_MESSAGE_START", **start})
        content = {"messageId": self._thought, "delta": text}
        self._emit({"type": "REASONING_MESSAGE_CONTENT", **content})

    @property
    def _thought(self) -> str:
        return f"{self._message_id}:reasoning:{self._thoughts}"

    def _close_thought(self) -> None:
        if self._thinking:
            self._emit({"type": "REASONING_MESSAGE_END", "messageId": self._thought})
            self._emit({"type": "REASONING_END", "messageId": self._thought})
            self._thinking = False

    def close(self) -> None:
        self._close_thought()
        if self._saying:
            self._emit({"type": "TEXT_MESSAGE_END", "messageId": self._message_id})
            self._saying = False

    def replace(self, text: str) -> None:
        """Show this text for the step, whatever is shown."""
        if not text.startswith(self._text):
            self.retract()
        self.write(text[len(self._text) :])

    def retract(self) -> None:
        """Take the step's text back. Reasoning stays: snapshots do not reach it."""
        self.close()
        if self._text:
            shown = self._messages.get(self._message_id, {})
            shown.pop("content", None)
            if "toolCalls" not in shown:
                self._messages.pop(self._message_id, None)
            self.snapshot()
            self._text, self.said = "", False

    def _drop(self) -> None:
        """What the client holds of the step from an earlier run is told again: its message, and
        the results of its calls, which would stand before it otherwise."""
        held = self._messages.pop(self._message_id, None)
        if held is None:
            return
        made = held.get("toolCalls")
        for call in made if isinstance(made, list) else []:
            if isinstance(call, dict):
                self._messages.pop(f"{call.get('id')}:result", None)
        self.snapshot()

    def snapshot(self) -> None:
        self._emit({"type": "MESSAGES_SNAPSHOT", "messages": copied(self.held)})

    def request(self, call_id: str, name: str, arguments: str) -> None:
        message_id = self._message_id
        shown = self._messages.setdefault(message_id, {"id": message_id, "role": "assistant"})
        held = shown.get("toolCalls")
        made = shown["toolCalls"] = held if isinstance(held, list) else []
        if any(isinstance(call, dict) and call.get("id") == call_id for call in made):
            return  # the client holds it from an earlier run
        function = {"name": name, "arguments": arguments}
        made.append({"id": call_id, "type": "function", "function": function})
        about = {"toolCallName": name, "parentMessageId": message_id}
        self._emit({"type": "TOOL_CALL_START", "toolCallId": call_id, **about})
        self._emit({"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": arguments})
        self._emit({"type": "TOOL_CALL_END", "toolCallId": call_id})

    def answer(self, call_id: str, content: str) -> None:
        message_id = f"{call_id}:result"
        if message_id in self._messages:
            return
        self._replace_answers(call_id)
        told = {"toolCallId": call_id, "role": "tool", "content": content}
        self._messages[message_id] = {"id": message_id, **told}
        self._emit({"type": "TOOL_CALL_RESULT", "messageId": message_id, **told})

    def _replace_answers(self, call_id: str) -> None:
        """Frameworks write the verdict on a call down as the call's result."""
        theirs = [
            name
            for name, one in self._messages.items()
            if one.get("role") == "tool" and one.get("toolCallId") == call_id
        ]
        for name in theirs:
            del self._messages[name]
        if theirs:
            self.snapshot()

    def withdraw(self) -> None:
        """The whole turn's text: the step's, and that of the messages before."""
        self.retract()
        said = [one for one in self._messages.values() if self._is_ours(one) and "content" in one]
        for one in said:
            del one["content"]
            if "toolCalls" not in one:
                del self._messages[one["id"]]
        if said:
            self.snapshot()

    def _is_ours(self, one: dict[str, Any]) -> bool:
        steps = range(1, self.step + 1)
        return one.get("id") in {str(answer_id(self.turn_id, step)) for step in steps}
