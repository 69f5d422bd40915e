"""Tickets and the cache of spaces, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from adapters.events.connection import connect
from adapters.identity.spaces import CachedSpaces
from adapters.identity.tickets import RedisTickets
from domain.ports.identity import Caller, Role
from models.errors import IdentityError, UnavailableError
from models.payloads.scope import Scope
from tests.events.server import RedisServer


class CountedSpaces:
    """A store that counts what it is asked."""

    def __init__(self) -> None:
        self.contexts = 0
        self.mirrors = 0

    async def context(self, scope: Scope) -> dict[str, Any]:
        self.contexts += 1
        return {"name": str(scope.space_id)}

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        self.mirrors += 1

    async def profile(self, scope: Scope) -> str:
        raise NotImplementedError

    async def set_profile(self, scope: Scope, text: str) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module")
async def redis() -> AsyncIterator[Redis]:
    server = RedisServer()
    server.start()
    try:
        # As long as an answer takes: one that is late counts as none.
        client = Redis.from_url(server.url, protocol=2)
        yield client
        await client.aclose()
    finally:
        server.remove()


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    client = connect("redis://127.0.0.1:9/0")
    yield client
    await client.aclose()


def a_scope() -> Scope:
    return Scope(organisation_id=uuid4(), space_id=uuid4())


def a_caller(scope: Scope, role: Role = Role.MEMBER, user: UUID | None = None) -> Caller:
    spaces = {scope.space_id: role, uuid4(): Role.ADMIN}
    return Caller(user or uuid4(), scope.organisation_id, spaces, "token")


async def test_a_ticket_opens_its_conversation_for_one_of_many_at_once(redis: Redis) -> None:
    tickets, scope, conversation = RedisTickets(redis), a_scope(), uuid4()
    caller = a_caller(scope)
    ticket = await tickets.issue(caller, scope, conversation)

    found = await asyncio.gather(
        *(tickets.redeem(ticket, conversation) for _ in range(20)), return_exceptions=True
    )
    good = [one for one in found if isinstance(one, tuple)]
    assert len(good) == 1
    assert {error.code for error in found if isinstance(error, IdentityError)} == {"ticket_invalid"}
    assert good[0][1] == scope
    assert good[0][0].user_id == caller.user_id
    # It carries the right to its own space and to no other that the caller has.
    assert good[0][0].spaces == {scope.space_id: Role.MEMBER}


async def test_a_ticket_lives_for_a_minute(redis: Redis) -> None:
    scope = a_scope()
    ticket = await RedisTickets(redis).issue(a_caller(scope), scope, uuid4())
    assert 0 < await redis.ttl(f"ticket:{ticket}") <= 60


async def test_a_ticket_for_another_conversation_is_refused_and_used_up(redis: Redis) -> None:
    tickets, scope, conversation = RedisTickets(redis), a_scope(), uuid4()
    ticket = await tickets.issue(a_caller(scope), scope, conversation)
    for wanted in (uuid4(), conversation):
        with pytest.raises(IdentityError):
            await tickets.redeem(ticket, wanted)


@pytest.mark.parametrize("ticket", ["", "x", "ä", "a" * 1_000, "\x00", "*"])
async def test_a_ticket_that_is_none_is_refused(redis: Redis, ticket: str) -> None:
    with pytest.raises(IdentityError):
        await RedisTickets(redis).redeem(ticket, uuid4())


async def test_without_redis_there_are_no_tickets(nowhere: Redis) -> None:
    scope = a_scope()
    with pytest.raises(UnavailableError) as away:
        await RedisTickets(nowhere).issue(a_caller(scope), scope, uuid4())
    assert away.value.code == "tickets_unavailable"
    with pytest.raises(UnavailableError):
        await RedisTickets(nowhere).redeem("x", uuid4())


async def test_a_spaces_context_is_asked_for_once_and_kept_under_its_space(redis: Redis) -> None:
    store = CountedSpaces()
    spaces, one, other = CachedSpaces(store, redis), a_scope(), a_scope()
    for scope in (one, one, other, one):
        assert await spaces.context(scope) == {"name": str(scope.space_id)}
    assert store.contexts == 2
    foreign = Scope(organisation_id=uuid4(), space_id=one.space_id)
    await spaces.context(foreign)
    assert store.contexts == 3
    keys = [key.decode() async for key in redis.scan_iter(f"*{one.space_id}*")]
    assert all(key.startswith(f"{{{one.space_id}}}") for key in keys)
    assert all([0 < await redis.ttl(key) <= 300 for key in keys])


async def test_a_changed_membership_drops_the_context(redis: Redis) -> None:
    store = CountedSpaces()
    spaces, scope, user = CachedSpaces(store, redis), a_scope(), uuid4()
    await spaces.mirror(a_caller(scope, user=user), scope)
    await spaces.context(scope)
    await spaces.mirror(a_caller(scope, user=user), scope)
    await spaces.context(scope)
    assert (store.mirrors, store.contexts) == (1, 1)
    await spaces.mirror(a_caller(scope, Role.ADMIN, user), scope)
    await spaces.context(scope)
    assert (store.mirrors, store.contexts) == (2, 2)


async def test_without_redis_the_store_answers(nowhere: Redis) -> None:
    store = CountedSpaces()
    spaces, scope = CachedSpaces(store, nowhere), a_scope()
    await spaces.mirror(a_caller(scope), scope)
    for _ in range(2):
        assert await spaces.context(scope)
    assert store.contexts == 2


async def test_a_context_that_cannot_be_read_is_asked_for_again(redis: Redis) -> None:
    spaces, scope = CachedSpaces(CountedSpaces(), redis), a_scope()
    await redis.set(f"{{{scope.space_id}}}:{scope.organisation_id}:context", b"{broken")
    assert await spaces.context(scope) == {"name": str(scope.space_id)}


async def test_a_role_that_was_given_for_a_moment_is_taken_back_at_once(redis: Redis) -> None:
    store, scope, user = CountedSpaces(), a_scope(), uuid4()
    spaces = CachedSpaces(store, redis)
    for role in (Role.VIEWER, Role.ADMIN, Role.VIEWER):
        await spaces.mirror(a_caller(scope, role, user), scope)

    assert store.mirrors == 3
