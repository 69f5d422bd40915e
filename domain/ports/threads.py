"""Writing an answer where somebody asked outside our own pages: one message, edited in place."""

from dataclasses import dataclass
from typing import Protocol

from domain.ports.notifying import Posted
from models.payloads.scope import TurnKey
from models.payloads.slack import SlackThread
from models.payloads.sources import Source


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it stands."""

    text: str = ""
    """Markdown, by a model: data."""
    note: str = ""
    """Our word for what goes on, or how it ended; empty when the text says it all."""
    names: tuple[str, ...] = ()
    """What the note is about: tools, agents, an error's words. Data as well."""
    sources: tuple[Source, ...] = ()
    """Those that the text cites."""
    waits: bool = False
    """For a person's verdict."""


@dataclass(frozen=True, slots=True)
class Begun:
    posted: Posted
    shows: bool
    """All that was given, and not what an earlier try may have left there."""


class Threads(Protocol):
    """Both are safe to repeat. UnavailableError with what the provider asks us to wait; other
    errors are final."""

    async def begin(self, turn: TurnKey, thread: SlackThread, shown: Shown) -> Begun | None:
        """The turn's message in the thread, posted with this when it does not stand yet. None:
        there is no way there any more, or nothing to answer."""

    async def show(self, turn: TurnKey, posted: Posted, shown: Shown) -> bool:
        """Change it in place; False when it is there no more."""
