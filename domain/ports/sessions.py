"""Sessions, as their workflow's activities need them."""

from collections.abc import Sequence
from typing import Protocol

from domain.ports.transcript import UsageEntry
from models.payloads.chat import StoredMessage
from models.payloads.session import SessionEnd, SessionKey, SessionSummary


class Sessions(Protocol):
    async def end(self, session: SessionKey) -> SessionEnd:
        """End the session when its window is over (or it was closed) and no turn is open, with
        one conditional update that also moves the conversation to paused or completed; else give
        the wait that is left, by Postgres's clock (at least 1 s while a turn is open). A session
        that has ended already answers as ended."""

    async def material(self, session: SessionKey, *, characters: int) -> Sequence[StoredMessage]:
        """The session's messages, oldest first, the newest that fit."""

    async def save(
        self, session: SessionKey, summary: SessionSummary, usage: UsageEntry | None
    ) -> tuple[SessionSummary, bool] | None:
        """Store the summary, once, and title the conversation if nobody gave it a title. Gives the
        summary that stands, and whether the conversation has its title; None when the session
        was erased meanwhile."""
