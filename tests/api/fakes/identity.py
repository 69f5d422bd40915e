"""Sessions of browsers, keys and origins in memory, each as its port says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from adapters.identity.people import nobody
from domain.ports.api_keys import PREFIX, ApiKey
from domain.ports.identity import Caller, Role
from domain.ports.web_sessions import Person, WebSession
from models.errors import IdentityError, LimitError, NotFoundError
from models.payloads.scope import Scope


@dataclass
class MemoryWebSessions:
    open: dict[str, WebSession] = field(default_factory=dict)

    async def begin(self, caller: Caller) -> tuple[str, WebSession]:
        secret, ends = uuid4().hex, datetime.now(UTC) + timedelta(hours=1)
        session = WebSession(uuid4(), caller, uuid4().hex, ends)
        self.open[secret] = session
        return secret, session

    async def find(self, secret: str) -> WebSession | None:
        return self.open.get(secret)

    async def end(self, session: WebSession, *, everywhere: bool = False) -> None:
        who = session.caller.user_id
        self.open = {
            secret: one
            for secret, one in self.open.items()
            if one.id != session.id and not (everywhere and one.caller.user_id == who)
        }


@dataclass
class SomePeople:
    listed: list[Person] = field(default_factory=list)

    def add(self, name: str, caller: Caller) -> Person:
        person = Person(id=caller.user_id, name=name, organisation="Some", caller=caller)
        self.listed.append(person)
        return person

    async def people(self) -> Sequence[Person]:
        return self.listed

    async def sign_in(self, person: UUID) -> Caller:
        for one in self.listed:
            if one.id == person:
                return one.caller
        raise nobody()


@dataclass
class MemoryApiKeys:
    kept: dict[str, tuple[Scope, Caller, ApiKey]] = field(default_factory=dict)

    async def create(
        self, scope: Scope, owner: Caller, name: str, role: Role, life: timedelta | None
    ) -> tuple[str, ApiKey]:
        if len(self.kept) >= 50:
            raise LimitError("Enough.", code="api_keys_full")
        key, now = f"{PREFIX}{uuid4().hex}", datetime.now(UTC)
        ends = None if life is None else now + life
        known = ApiKey(uuid4(), name, key[:11], role, owner.user_id, now, ends, None)
        self.kept[key] = scope, owner, known
        return key, known

    async def all(self, scope: Scope) -> Sequence[ApiKey]:
        return [known for where, _, known in self.kept.values() if where == scope]

    async def revoke(self, scope: Scope, key_id: UUID, *, by: UUID) -> None:
        for key, (where, _, known) in self.kept.items():
            if (where, known.id) == (scope, key_id):
                del self.kept[key]
                return
        raise NotFoundError("There is no such API key.", code="api_key_not_found")

    async def identify(self, key: str) -> tuple[Caller, UUID]:
        if key not in self.kept:
            raise IdentityError("The API key is not valid here.", code="token_invalid")
        scope, owner, known = self.kept[key]
        spaces = {scope.space_id: known.role}
        token = f"key:{known.id}"
        caller = Caller(owner.user_id, scope.organisation_id, spaces, token, mirrored=False)
        return caller, scope.space_id


@dataclass
class MemoryOrigins:
    kept: dict[UUID, frozenset[str]] = field(default_factory=dict)
    asked: int = 0
    failure: Exception | None = None

    async def known(self, origin: str) -> bool:
        self.asked += 1
        if self.failure:
            raise self.failure
        return any(origin in some for some in self.kept.values())

    async def of(self, organisation_id: UUID) -> frozenset[str]:
        self.asked += 1
        if self.failure:
            raise self.failure
        return self.kept.get(organisation_id, frozenset())

    async def replace(self, scope: Scope, origins: Collection[str], *, by: UUID) -> None:
        self.kept[scope.organisation_id] = frozenset(origins)
