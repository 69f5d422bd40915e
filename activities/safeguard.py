"""What is looked at around one step: the message, what was found, and the answer."""

from dataclasses import dataclass

from domain.ports.moderation import Moderator
from domain.ports.transcript import StepContext
from domain.safety.valve import Open, Valve
from models.payloads.agent import Agent
from models.payloads.chat import Reply
from models.payloads.events import Event
from models.payloads.safety import Safety


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer as it may be stored and shown."""

    reply: Reply
    """Redacted; or the safe answer, without calls, where the model's was withdrawn."""
    events: tuple[Event, ...] = ()
    """Before the text is completed, in this order."""
    contaminated: bool = False
    """The turn ends as `contaminated`."""
    redacted: tuple[str, ...] = ()
    """Kinds of data that were taken out, once each."""


class Safeguard:
    """One attempt's at one step. `first`: the turn's first step, which alone sees its message and
    its passages as new."""

    def __init__(
        self,
        agent: Agent,
        safety: Safety,
        loaded: StepContext,
        first: bool,  # noqa: FBT001 -- said by its name where it is called
        moderator: Moderator | None = None,
    ) -> None:
        self._agent, self._safety, self._loaded = agent, safety, loaded
        self._first, self._moderator = first, moderator

    async def incoming(self) -> tuple[Event, ...]:
        """What is to be said of the message and of new passages and results, before the model is
        asked. InvalidError("input_refused") where the space refuses malicious messages."""
        return ()

    def message(self, text: str) -> str:
        """A user's message as the model shall read it."""
        return text

    def gate(self, shown: str) -> Valve:  # noqa: ARG002 -- nothing is held yet
        """What stands between a stream and its readers, who hold `shown` of it: one for each
        stream of the answer."""
        return Open()

    async def finished(self, reply: Reply) -> Checked:
        """The whole answer, its citations checked already."""
        return Checked(reply)
