"""The servers out of their wheels, as the product finds them."""

import json
import stat
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest
from redis.asyncio import Redis
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from local.stack import AlreadyRunningError, Stack, running
from models.names import SEARCH_ATTRIBUTES


async def connected(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def test_the_application_role_owns_nothing_and_bypasses_nothing(servers: Stack) -> None:
    connection = await connected(servers.database_url)
    role = await connection.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user"
    )
    owner = await connection.fetchval(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    )
    await connection.close()

    assert tuple(role) == (False, False, False, False)
    assert owner == urlsplit(servers.database_owner_url).username


async def test_every_new_database_has_pgvector(servers: Stack) -> None:
    connection = await connected(servers.database_owner_url)
    await connection.execute("CREATE DATABASE another")
    await connection.close()

    connection = await connected(servers.database_owner_url.removesuffix("holdfast") + "another")
    distance = await connection.fetchval("SELECT '[1,0]'::vector <=> '[0,1]'::vector")
    await connection.close()

    assert distance == 1.0


async def test_letters_of_every_script_are_folded(servers: Stack) -> None:
    connection = await connected(servers.database_url)
    folded = await connection.fetchval("SELECT lower('ÄÖÉЖ')")
    await connection.close()

    assert folded == "äöéж"


async def test_a_password_is_asked_for(servers: Stack) -> None:
    address = urlsplit(servers.database_url)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host=address.hostname,
            port=address.port,
            user=address.username,
            database="holdfast",
            password="guessed",
        )


async def test_redis_refuses_writes_rather_than_evicting(servers: Stack) -> None:
    redis = Redis.from_url(servers.redis_url)
    kept = await redis.config_get("maxmemory*")
    disk = await redis.config_get("save") | await redis.config_get("appendonly")
    await redis.aclose()

    assert kept["maxmemory"] == str(256 * 1024 * 1024)
    assert kept["maxmemory-policy"] == "noeviction"
    assert disk == {"save": "", "appendonly": "no"}


async def test_temporal_knows_our_search_attributes(servers: Stack) -> None:
    client = await Client.connect(servers.temporal_address)
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )

    assert set(SEARCH_ATTRIBUTES) <= set(known.custom_attributes)


async def test_stack_json_says_where_things_are_to_its_owner_alone(servers: Stack) -> None:
    path = servers.folder / "stack.json"
    said = json.loads(path.read_text())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert said == json.loads(json.dumps(servers.written()))
    assert set(said["processes"]) == {"postgres", "redis", "temporal"}


async def test_a_second_stack_on_the_same_folder_is_refused(servers: Stack) -> None:
    with pytest.raises(AlreadyRunningError):
        async with running(servers.folder, only={"redis"}):
            pass
