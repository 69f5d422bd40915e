"""What a turn has read, and who vouches for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.ports.transcript import StepContext
from domain.prompting import PROFILE_MARK
from domain.tools.tool import Reach
from domain.tools.toolbox import Toolbox
from models.payloads.chat import Role, StoredMessage
from models.payloads.events import ToolFailed
from models.payloads.turn import ThinkRequest

# How a call ended in words of ours, or of a person who was asked.
_OURS = frozenset(
    {
        "tool_unknown",
        "arguments_invalid",
        "arguments_too_large",
        "too_many_calls",
        "denied_by_policy",
        "denied",
        "expired",
        "revised",
        "unknown",
    }
)
# Whoever wants to can write there: nothing that comes from there is the customer's secret.
_PUBLIC = frozenset({Reach.NOTHING, Reach.WEB})


@dataclass(frozen=True, slots=True)
class Seen:
    """One text of the window."""

    source: str
    """Where it stands: a document's title, a tool's name."""
    text: str
    trusted: bool
    """Somebody vouches for it: the person whose turn it is, or this code."""
    private: bool
    """The customer's: not for the world outside."""


def seen(request: ThinkRequest, loaded: StepContext, toolbox: Toolbox) -> list[Seen]:
    """All that the model reads besides its instructions."""
    return [*_messages(request, loaded, toolbox), *_passages(loaded)]


def is_tainted(request: ThinkRequest, loaded: StepContext, texts: list[Seen]) -> bool:
    """Once tainted, a conversation stays so: an answer may carry on what it read."""
    return loaded.tainted or request.depth > 0 or not all(text.trusted for text in texts)


def _messages(request: ThinkRequest, loaded: StepContext, toolbox: Toolbox) -> Iterator[Seen]:
    tools = {call.call_id: call.name for message in loaded.history for call in message.calls}
    ours = {
        logged.event.call_id
        for logged in loaded.events
        if isinstance(logged.event, ToolFailed) and logged.event.code in _OURS
    }
    for message in loaded.history:
        match message.role:
            case Role.USER:
                # What an agent is told by another one is that one's text.
                told = request.depth > 0
                source = "the calling agent" if told else "the user"
                yield Seen(source, message.content, trusted=not told, private=told)
            case Role.TOOL if message.call_id not in ours:
                yield _result(message, tools.get(message.call_id or "", "a tool"), toolbox)
            case Role.ASSISTANT if message.turn_id != request.turn.turn_id:
                # It was as tainted as its turn was, which the conversation remembers.
                yield Seen("an earlier answer", message.content, trusted=True, private=True)
            case _:
                pass


def _result(message: StoredMessage, name: str, toolbox: Toolbox) -> Seen:
    tool = toolbox.get(name)
    if tool is None:
        return Seen(name, message.content, trusted=False, private=True)
    return Seen(name, message.content, trusted=tool.trusted, private=tool.reach not in _PUBLIC)


def _passages(loaded: StepContext) -> Iterator[Seen]:
    for passage in loaded.passages:
        source = passage.source
        # The profile is the space's own setting, as the instructions are.
        ours = source.mark == PROFILE_MARK
        title = "the space's profile" if ours else source.title or source.url or "a document"
        yield Seen(title[:300], passage.text, trusted=ours, private=True)
