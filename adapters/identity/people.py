"""People who sign in without proof: on one's own machine, where a file of the stack names them."""

import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, TypeAdapter

from domain.ports.identity import Caller, Role
from domain.ports.web_sessions import Person
from models.errors import IdentityError

log = structlog.get_logger(__name__)


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: str
    organisation_id: UUID
    organisation: str
    spaces: dict[UUID, Role]


_FILE = TypeAdapter(list[_Listed])


class ListedPeople:
    """Implements `domain.ports.web_sessions.SignIn`."""

    def __init__(self, path: Path) -> None:
        """Raises what reading the file does: an edge that was told to must not start without."""
        self._people = [_person(one) for one in _FILE.validate_json(path.read_bytes())]
        log.warning("sign_in.without_proof", people=len(self._people))

    async def people(self) -> Sequence[Person]:
        return self._people

    async def sign_in(self, person: UUID) -> Caller:
        for one in self._people:
            if one.id == person:
                return one.caller
        raise nobody()


class NoPeople:
    """Everybody proves who they are, by a token."""

    async def people(self) -> Sequence[Person]:
        return ()

    async def sign_in(self, person: UUID) -> Caller:  # noqa: ARG002 - the port's
        raise nobody()


def nobody() -> IdentityError:
    return IdentityError("There is nobody here of that id.", code="person_unknown")


def _person(one: _Listed) -> Person:
    caller = Caller(
        user_id=one.id,
        organisation_id=one.organisation_id,
        spaces=one.spaces,
        token_id=f"local:{one.id}",
        name=one.name,
        # The list is the truth at each sign-in.
        claimed_at=time.time(),
    )
    return Person(id=one.id, name=one.name, organisation=one.organisation, caller=caller)
