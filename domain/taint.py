"""What a turn has read, and who vouches for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.ports.transcript import StepContext
from domain.prompting import PROFILE_MARK
from domain.tools.search import SEARCH_TOOL
from domain.tools.tool import Reach
from domain.tools.toolbox import Toolbox
from models.payloads.chat import Role, StoredMessage
from models.payloads.events import RetrievalCompleted, ToolFailed
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
_CALLER = "the calling agent"
_PROFILE = "the space's profile"


class Voice(StrEnum):
    """Whose words they are."""

    PERSON = "person"
    """Whose turn it is."""
    SPACE = "space"
    """An admin's, who set the space up."""
    OURS = "ours"
    """This code's."""
    MODEL = "model"
    """As tainted as what it had read."""
    OTHERS = "others"
    """Nobody's who vouches for them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One text of the window."""

    source: str
    """Where it stands: a document's title, a tool's name."""
    text: str
    voice: Voice
    private: bool = False
    """The customer's: not for the world outside."""
    gives: bool = False
    """An address in it is one that somebody else than the model wrote. A tool that computes says
    what the model had it say."""
    call: str = ""
    """The tool, where the text is the arguments of a call that this turn made."""


def seen(request: ThinkRequest, loaded: StepContext, toolbox: Toolbox) -> list[Seen]:
    """All that the model reads besides its instructions, in the order in which it came."""
    return [*_passages(loaded), *_messages(request, loaded, toolbox)]


def is_tainted(request: ThinkRequest, loaded: StepContext, texts: Sequence[Seen]) -> bool:
    """Once tainted, a conversation stays so: an answer may carry on what it read."""
    others = any(text.voice is Voice.OTHERS for text in texts)
    return loaded.tainted or request.depth > 0 or others


def _messages(request: ThinkRequest, loaded: StepContext, toolbox: Toolbox) -> Iterator[Seen]:
    tools = {call.call_id: call.name for message in loaded.history for call in message.calls}
    ours = {
        logged.event.call_id
        for logged in loaded.events
        if isinstance(logged.event, ToolFailed) and logged.event.code in _OURS
    }
    for message in loaded.history:
        match message.role:
            case Role.USER if request.depth > 0:
                # What an agent is told by another one is that one's text.
                # Its gate has looked at the addresses in it.
                yield Seen(_CALLER, message.content, Voice.OTHERS, private=True, gives=True)
            case Role.USER:
                yield Seen("the user", message.content, Voice.PERSON, gives=True)
            case Role.ASSISTANT:
                yield from _answer(message, earlier=message.turn_id != request.turn.turn_id)
            case Role.TOOL if message.call_id in ours:
                yield Seen("this code", message.content, Voice.OURS)
            case Role.TOOL:
                yield _result(message, tools.get(message.call_id or "", "a tool"), toolbox)


def _answer(message: StoredMessage, *, earlier: bool) -> Iterator[Seen]:
    yield Seen("an earlier answer", message.content, Voice.MODEL, private=earlier)
    for call in message.calls:
        name = "" if earlier else call.name
        yield Seen("an earlier call", call.arguments, Voice.MODEL, call=name)


def _result(message: StoredMessage, name: str, toolbox: Toolbox) -> Seen:
    tool = toolbox.get(name)
    if tool is None:
        return Seen(name, message.content, Voice.OTHERS, private=True)
    web = tool.reach is Reach.WEB
    return Seen(
        name,
        message.content,
        Voice.OURS if tool.trusted else Voice.OTHERS,
        # What a tool computed may be a private text that the model gave it.
        private=not (web or tool.trusted),
        gives=web or name == SEARCH_TOOL,
    )


def _passages(loaded: StepContext) -> Iterator[Seen]:
    """What was found before the first step; what tools found since stands in their results."""
    found = {
        source.mark
        for logged in loaded.events
        if isinstance(logged.event, RetrievalCompleted)
        for source in logged.event.sources
    }
    for passage in loaded.passages:
        source = passage.source
        if source.mark == PROFILE_MARK:
            yield Seen(_PROFILE, passage.text, Voice.SPACE, private=True, gives=True)
        elif source.mark in found:
            title = source.title or source.url or "a document"
            # Pages that were fetched for the turn are in no collection.
            private = bool(source.collection) or not source.url
            yield Seen(title[:300], passage.text, Voice.OTHERS, private=private, gives=True)
