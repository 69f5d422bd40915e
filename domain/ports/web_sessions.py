"""People in a browser: who may sign in here, and the sessions that they then have."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.ports.identity import Caller


@dataclass(frozen=True, slots=True)
class WebSession:
    """What a browser's cookie stands for."""

    id: UUID
    caller: Caller
    csrf: str = field(repr=False)
    """Told to the page alone, and sent back with whatever changes something."""
    ends_at: datetime
    """The latest; an idle one ends earlier."""


class WebSessions(Protocol):
    async def begin(self, caller: Caller) -> tuple[str, WebSession]:
        """The secret for the cookie, which is kept nowhere, and what it stands for. A caller whose
        credential ends (`expires_at`) gets no longer session."""

    async def find(self, secret: str) -> WebSession | None:
        """None when it has ended, was ended, or never was. Puts its idle end off."""

    async def end(self, session: WebSession, *, everywhere: bool = False) -> None:
        """Everywhere: all sessions of the person in the organisation."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be chosen where signing in asks for no proof: on one's own machine."""

    id: UUID
    name: str
    organisation: str
    """Its name, for people."""
    caller: Caller


class SignIn(Protocol):
    """The seam where an identity provider comes in."""

    async def people(self) -> Sequence[Person]:
        """Who may be chosen; empty where people prove who they are."""

    async def sign_in(self, person: UUID) -> Caller:
        """IdentityError("person_unknown")."""
