"""Single-use stream tickets in Redis, for readers that can set no headers."""

import secrets
from typing import Final
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.ports.identity import Caller, Role
from models.errors import IdentityError, UnavailableError
from models.payloads.scope import Scope

SECONDS: Final = 60
_BYTES: Final = 32
_PREFIX: Final = "ticket:"


class RedisTickets:
    """Implements `domain.ports.identity.Tickets`. The ticket itself is the only way to its key:
    it names its space inside, since who redeems it has not said one yet."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def issue(self, caller: Caller, scope: Scope, conversation_id: UUID) -> str:
        ticket = secrets.token_urlsafe(_BYTES)
        bound = {
            "user": str(caller.user_id),
            "organisation": str(scope.organisation_id),
            "space": str(scope.space_id),
            "role": caller.spaces[scope.space_id].value,
            "token": caller.token_id,
            "tier": caller.tier,
            "conversation": str(conversation_id),
        }
        try:
            await self._redis.set(_PREFIX + ticket, orjson.dumps(bound), ex=SECONDS, nx=True)
        except (RedisError, OSError) as error:
            raise _away() from error
        return ticket

    async def redeem(self, ticket: str, conversation_id: UUID) -> tuple[Caller, Scope]:
        # Longer ones are none of ours; the key is the ticket, so it must hold nothing else.
        if not ticket.isascii() or len(ticket) > 2 * _BYTES:
            raise _refused()
        try:
            # GETDEL: of two at once, one gets it.
            kept = await self._redis.getdel(_PREFIX + ticket)
        except (RedisError, OSError) as error:
            raise _away() from error
        bound = orjson.loads(kept) if kept else None
        if bound is None or bound["conversation"] != str(conversation_id):
            raise _refused()
        scope = Scope(organisation_id=bound["organisation"], space_id=bound["space"])
        caller = Caller(
            user_id=UUID(bound["user"]),
            organisation_id=scope.organisation_id,
            spaces={scope.space_id: Role(bound["role"])},
            token_id=bound["token"],
            tier=bound["tier"],
            # Whoever asked for it had been mirrored, or was a key.
            mirrored=False,
        )
        return caller, scope


def _refused() -> IdentityError:
    return IdentityError(
        "The ticket is used, expired or for something else.", code="ticket_invalid"
    )


def _away() -> UnavailableError:
    return UnavailableError("Stream tickets are not available now.", code="tickets_unavailable")
