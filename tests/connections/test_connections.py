"""A grant is made once by a person, refreshed once for everybody, and seen nowhere."""

import asyncio
import base64
import traceback
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.connections.google import ANALYTICS
from adapters.connections.oauth import OAuthConnections
from adapters.connections.state import Journeys
from adapters.store.connections import PostgresGrants
from adapters.store.database import Database
from adapters.vault import KeyringVault
from domain.ports.connections import ConnectionState
from local.stack import Stack
from models.errors import AppError, ConflictError, InvalidError, NotFoundError, UnavailableError
from models.payloads.scope import Scope
from tests.connections.conftest import Desk
from tests.connections.google import ACCOUNT

HOUR = timedelta(hours=1)


async def refusal(asked: Any) -> AppError:  # noqa: ANN401 - whatever is awaited
    with pytest.raises(AppError) as refused:
        await asked
    return refused.value


async def test_a_person_connects_and_tools_get_a_token(desk: Desk) -> None:
    connection = await desk.connected()
    assert connection.state is ConnectionState.CONNECTED
    assert (connection.account, connection.connected_by) == (ACCOUNT, desk.user)
    assert await desk.process().token(desk.scope, ANALYTICS) in desk.google.access_tokens
    assert list(await desk.process().all(desk.scope)) == [connection]
    assert desk.google.token_calls == ["authorization_code"]
    assert await desk.audited() == ["connection.made"]


async def test_twenty_at_once_refresh_once(desk: Desk, stack: Stack) -> None:
    """Four processes, five callers in each: fault 30."""
    await desk.connected()
    await desk.age(4)
    desk.google.slowness = 0.3
    databases = [Database(stack.database_url, pool_size=5) for _ in range(4)]
    try:
        processes = [desk.process(database) for database in databases]
        tokens = await asyncio.gather(
            *(process.token(desk.scope, ANALYTICS) for process in processes for _ in range(5))
        )
    finally:
        for database in databases:
            await database.close()
    assert len(tokens) == 20
    assert set(tokens) <= desk.google.access_tokens
    assert len(set(tokens)) == 1
    assert desk.google.token_calls == ["authorization_code", "refresh_token"]


async def test_it_is_refreshed_five_minutes_ahead(desk: Desk) -> None:
    await desk.connected()
    await desk.age(5.2)
    before = await desk.process().token(desk.scope, ANALYTICS)
    await desk.age(4.9)
    assert await desk.process().token(desk.scope, ANALYTICS) != before


async def test_a_provider_that_changes_refresh_tokens_is_followed(desk: Desk) -> None:
    desk.google.rotating = True
    await desk.connected()
    seen = set()
    for _ in range(3):
        await desk.age(1)
        seen.add(await desk.process().token(desk.scope, ANALYTICS))
    assert len(seen) == 3


async def test_a_revoked_grant_says_reconnect_and_connecting_mends_it(desk: Desk) -> None:
    await desk.connected()
    desk.google.take_back()
    await desk.age(1)
    process = desk.process()
    refused = await asyncio.gather(
        *(refusal(process.token(desk.scope, ANALYTICS)) for _ in range(20))
    )
    assert {error.code for error in refused} == {"reconnect"}
    assert all(isinstance(error, ConflictError) for error in refused)
    assert desk.google.token_calls == ["authorization_code", "refresh_token"]
    (connection,) = await process.all(desk.scope)
    assert connection.state is ConnectionState.RECONNECT
    assert await desk.audited() == ["connection.made", "connection.ended"]
    rows = await desk.sql("SELECT * FROM connection WHERE space_id = $1")
    assert (rows[0]["access_token"], rows[0]["refresh_token"]) == (None, None)

    await desk.connected()
    assert await process.token(desk.scope, ANALYTICS) in desk.google.access_tokens


async def test_whoever_dies_while_refreshing_is_replaced(desk: Desk) -> None:
    await desk.connected()
    await desk.age(1)
    dead = await PostgresGrants(desk.database).claim(desk.scope, ANALYTICS)
    assert dead is not None
    waiting = asyncio.create_task(desk.process().token(desk.scope, ANALYTICS))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    # Its lease ends.
    await desk.sql("UPDATE connection SET refreshing_until = now() WHERE space_id = $1")
    assert await waiting in desk.google.access_tokens
    late = await PostgresGrants(desk.database).refreshed(
        desk.scope, ANALYTICS, dead, access_token=b"late", refresh_token=None, lasts=HOUR
    )
    assert not late
    assert desk.google.token_calls == ["authorization_code", "refresh_token"]


async def test_a_caller_that_leaves_does_not_stop_the_refresh(desk: Desk) -> None:
    desk.google.rotating = True
    await desk.connected()
    await desk.age(1)
    desk.google.slowness = 0.3
    process = desk.process()
    leaving = asyncio.create_task(process.token(desk.scope, ANALYTICS))
    await desk.google.refreshing.wait()
    leaving.cancel()
    assert await process.token(desk.scope, ANALYTICS) in desk.google.access_tokens
    assert desk.google.token_calls == ["authorization_code", "refresh_token"]


async def test_a_provider_that_is_away_is_asked_once(desk: Desk) -> None:
    await desk.connected()
    await desk.age(3)
    desk.google.failing = 100
    process = desk.process()
    held = {await process.token(desk.scope, ANALYTICS) for _ in range(5)}
    # A token that lives for a minute will do meanwhile.
    assert held <= desk.google.access_tokens
    assert desk.google.token_calls == ["authorization_code", "refresh_token"]
    await desk.age(0.5)
    refused = await refusal(process.token(desk.scope, ANALYTICS))
    assert (refused.code, refused.retryable) == ("provider_away", True)
    desk.google.failing = 0
    await desk.sql("UPDATE connection SET away_until = now() WHERE space_id = $1")
    assert await process.token(desk.scope, ANALYTICS) not in held


async def test_a_state_works_once(desk: Desk) -> None:
    process = desk.process()
    address = await process.begin(desk.scope, ANALYTICS, by=desk.user)
    state, code = await desk.go_there(address)
    answers = await asyncio.gather(
        *(process.complete(state, code) for _ in range(5)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, AppError)]
    assert [error.code for error in refused] == ["state_invalid"] * 4


@pytest.mark.parametrize("state", ["", "x", "ä", "AAAA", "A" * 400, "A" * 5_000, "\x00", "=", "-"])
async def test_junk_is_no_state(desk: Desk, state: str) -> None:
    assert (await refusal(desk.process().complete(state, "code"))).code == "state_invalid"


async def test_a_state_moved_to_another_space_is_refused(desk: Desk) -> None:
    address = await desk.process().begin(desk.scope, ANALYTICS, by=desk.user)
    state, code = await desk.go_there(address)
    raw = bytearray(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
    raw[16:32] = uuid4().bytes
    moved = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    assert (await refusal(desk.process().complete(moved, code))).code == "state_invalid"


async def test_a_state_that_redis_forgot_is_refused(desk: Desk) -> None:
    address = await desk.process().begin(desk.scope, ANALYTICS, by=desk.user)
    state, code = await desk.go_there(address)
    keys = [key async for key in desk.redis.scan_iter(f"{{{desk.scope.space_id}}}:*:oauth:*")]
    assert len(keys) == 1
    await desk.redis.delete(*keys)
    assert (await refusal(desk.process().complete(state, code))).code == "state_invalid"


async def test_a_code_of_somebody_elses_journey_is_refused(desk: Desk) -> None:
    """PKCE: the code is bound to the verifier that began."""
    process = desk.process()
    mine, _ = await desk.go_there(await process.begin(desk.scope, ANALYTICS, by=desk.user))
    _, theirs = await desk.go_there(await process.begin(desk.scope, ANALYTICS, by=uuid4()))
    assert (await refusal(process.complete(mine, theirs))).code == "grant_refused"
    assert not await process.all(desk.scope)


async def test_less_than_is_needed_is_no_grant(desk: Desk) -> None:
    desk.google.scopes = "openid email"
    with pytest.raises(InvalidError) as refused:
        await desk.connected()
    assert refused.value.code == "grant_refused"


async def test_disconnecting_takes_it_back_at_the_provider_too(desk: Desk) -> None:
    await desk.connected()
    process = desk.process()
    await process.disconnect(desk.scope, ANALYTICS, by=desk.user)
    assert not desk.google.refresh_tokens
    assert not await process.all(desk.scope)
    assert (await refusal(process.token(desk.scope, ANALYTICS))).code == "not_connected"
    again = await refusal(process.disconnect(desk.scope, ANALYTICS, by=desk.user))
    assert isinstance(again, NotFoundError)
    assert await desk.audited() == ["connection.made", "connection.removed"]


async def test_another_space_is_not_connected(desk: Desk) -> None:
    await desk.connected()
    other = Scope(organisation_id=desk.scope.organisation_id, space_id=uuid4())
    assert not await desk.process().all(other)
    assert (await refusal(desk.process().token(other, ANALYTICS))).code == "not_connected"


async def test_what_is_not_configured_or_unknown_says_so(desk: Desk) -> None:
    journeys = Journeys(desk.redis, desk.vault)
    bare = OAuthConnections(PostgresGrants(desk.database), desk.vault, journeys, [])
    unset = await refusal(bare.begin(desk.scope, ANALYTICS, by=desk.user))
    assert (unset.code, unset.retryable) == ("provider_not_configured", False)
    unknown = await refusal(bare.token(desk.scope, "myspace"))
    assert unknown.code == "provider_unknown"
    desk.vault = KeyringVault([])
    keyless = await refusal(desk.process().begin(desk.scope, ANALYTICS, by=desk.user))
    assert isinstance(keyless, UnavailableError)
    assert keyless.code == "vault_unconfigured"


async def test_no_secret_is_seen_anywhere(desk: Desk, logged: list[Any]) -> None:
    """In rows, the trail, Redis, log lines, or errors with all that hangs on them."""
    process = desk.process()
    address = await process.begin(desk.scope, ANALYTICS, by=desk.user)
    seen = [address]
    for key in [key async for key in desk.redis.scan_iter(f"{{{desk.scope.space_id}}}*")]:
        seen += [repr(key), repr(await desk.redis.get(key))]
    await process.complete(*await desk.go_there(address))
    await desk.age(3)
    desk.google.failing = 1
    await process.token(desk.scope, ANALYTICS)
    await desk.age(1)
    await desk.sql("UPDATE connection SET away_until = NULL WHERE space_id = $1")
    seen.append(repr(await desk.sql("SELECT * FROM connection WHERE space_id = $1")))
    desk.google.take_back()
    with pytest.raises(ConflictError) as refused:
        await process.token(desk.scope, ANALYTICS)
    seen += traceback.format_exception(refused.value)
    causes = [refused.value.__cause__, refused.value.__context__]
    assert [cause and cause.args for cause in causes if cause and "refresh-" in repr(cause)] == []
    seen.append(repr(await desk.sql("SELECT * FROM audit WHERE space_id = $1")))
    seen.append(repr(process._providers))
    seen.append(repr(logged))
    text = "\n".join(seen)
    assert desk.google.secrets
    assert [secret for secret in desk.google.secrets if secret in text] == []
