"""What the doctor finds on real servers, and on none."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis.asyncio
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollActivityTaskQueueRequest
from temporalio.client import Client

from cli.checks import database, engine, engine_probe, memory, services
from cli.checks.finding import Addresses, Check, CheckFailedError, Finding, addresses
from cli.doctor import findings, show
from cli.place import claims_of
from cli.token import make
from local.layout import Stack

NOBODY = "127.0.0.1:1"  # a port that nothing listens on


@pytest.fixture
def where(stack: Stack) -> Addresses:
    return Addresses(
        api="",
        token=stack.token,
        space_id=str(stack.space_id),
        temporal=stack.temporal_address,
        namespace="default",
        database=stack.database_url,
        owner=stack.database_owner_url,
        redis=stack.redis_url,
        model=stack.model_base_url,
        embedding=stack.model_base_url,
        data=stack.folder,
    )


async def test_it_finds_the_servers_well_and_the_missing_parts_by_name(where: Addresses) -> None:
    found = {finding.name: finding for finding in await findings(where)}
    wrong = {name: finding.detail for name, finding in found.items() if not finding.well}

    assert set(wrong) == {"temporal", "edge", "token"}
    assert "no worker on turns and documents" in wrong["temporal"]
    assert "3072 dimensions" in found["embeddings"].detail


async def test_the_tables_owner_is_no_role_to_work_under(where: Addresses) -> None:
    with pytest.raises(CheckFailedError) as caught:
        await database.row_security(replace(where, database=where.owner))

    assert "not the owner" in caught.value.mend


@pytest.mark.parametrize(
    ("check", "field", "address"),
    [
        (database.postgres, "database", f"postgresql+asyncpg://a:secret@{NOBODY}/a"),
        (database.row_security, "database", "nonsense"),
        (database.migrations, "owner", f"postgresql+asyncpg://a:secret@{NOBODY}/a"),
        (database.migrations, "owner", "nonsense"),
        (memory.redis_server, "redis", f"redis://:secret@{NOBODY}/0"),
        (services.model, "model", f"http://{NOBODY}/v1"),
        (services.embeddings, "embedding", f"http://{NOBODY}/v1"),
        (services.edge, "api", f"http://{NOBODY}"),
        (services.token, "api", f"http://{NOBODY}"),
        (engine.engine, "temporal", NOBODY),
    ],
)
async def test_what_does_not_answer_is_named_with_what_to_do(
    where: Addresses, check: Check, field: str, address: str
) -> None:
    with pytest.raises(CheckFailedError) as caught:
        await check(replace(where, **{field: address}))  # type: ignore[arg-type]  # all are text

    assert caught.value.mend
    assert "secret" not in caught.value.detail + caught.value.mend


async def test_what_needs_a_server_that_is_down_points_to_it(where: Addresses) -> None:
    nowhere = f"postgresql+asyncpg://a:secret@{NOBODY}/a"
    down = replace(where, database=nowhere, owner=nowhere, api=f"http://{NOBODY}")

    found = {finding.name: finding for finding in await findings(down)}

    assert not found["postgres"].skipped_for
    assert not found["edge"].skipped_for
    assert found["migrations"] == skipped("migrations", "postgres")
    assert found["row security"] == skipped("row security", "postgres")
    assert found["token"] == skipped("token", "edge")


async def test_what_is_wrong_in_itself_is_said_though_what_it_needs_is_wrong_too(
    where: Addresses,
) -> None:
    nowhere = f"postgresql+asyncpg://a:secret@{NOBODY}/a"

    found = {one.name: one for one in await findings(replace(where, database=nowhere))}

    assert not found["postgres"].well
    assert found["migrations"].well  # the owner's address answers


def test_what_was_skipped_is_not_counted_as_broken(capsys: pytest.CaptureFixture[str]) -> None:
    show([Finding("edge", "away", "Start it."), skipped("token", "edge"), Finding("disk", "fine")])

    printed = capsys.readouterr().out
    assert "1 of 3 needs mending; 1 skipped." in printed
    assert "see edge first" in printed


def skipped(name: str, first: str) -> Finding:
    return Finding(name, "skipped", f"see {first} first", skipped_for=first)


@pytest.fixture
async def server(where: Addresses) -> AsyncIterator[redis.asyncio.Redis]:
    """Redis, whose limit a test may lower; it is as before afterwards."""
    async with redis.asyncio.Redis.from_url(where.redis, decode_responses=True) as client:
        before = (await client.config_get("maxmemory"))["maxmemory"]
        assert before is not None
        try:
            yield client
        finally:
            await client.config_set("maxmemory", before)


async def test_a_redis_that_takes_no_writes_is_not_well(
    where: Addresses, server: redis.asyncio.Redis
) -> None:
    await server.config_set("maxmemory", 1)

    with pytest.raises(CheckFailedError) as caught:
        await memory.redis_server(where)

    assert "takes no writes" in caught.value.detail
    assert "maxmemory" in caught.value.mend


async def test_a_redis_that_is_almost_full_is_not_well(
    where: Addresses, server: redis.asyncio.Redis
) -> None:
    filler = f"test:{uuid4()}"
    # Large against the few kilobytes by which the figure moves with each connection.
    await server.setrange(filler, 20_000_000, "x")
    try:
        used = (await server.info("memory"))["used_memory"]
        await server.config_set("maxmemory", used * 100 // 95)
        with pytest.raises(CheckFailedError) as caught:
            await memory.redis_server(where)
    finally:
        await server.delete(filler)

    assert "of its memory" in caught.value.detail
    assert "maxmemory" in caught.value.mend


async def test_the_doctor_leaves_nothing_in_redis_for_long(
    where: Addresses, server: redis.asyncio.Redis
) -> None:
    await memory.redis_server(where)

    assert 0 < await server.ttl(memory.TRIAL) <= memory.TRIAL_SECONDS


async def test_a_worker_that_stopped_asking_is_no_worker(where: Addresses) -> None:
    client, queue = await Client.connect(where.temporal), f"left-{uuid4()}"
    await asked_once(client, queue)

    async def idle(quiet: timedelta) -> dict[str, float | None]:
        said = await engine_probe.look(
            where.temporal,
            "default",
            queues=(queue,),
            quiet=quiet,
            ours=lambda: datetime.now(UTC) + timedelta(hours=2),  # and nobody is misled by it
        )
        return said["idle"]

    assert await idle(timedelta(hours=1)) == {}
    assert (await idle(timedelta(0)))[queue] is not None
    # Longer than a long poll: a worker with nothing to do asks once a minute.
    assert timedelta(seconds=60) < engine_probe.QUIET


@pytest.mark.parametrize("gone", [(), (2**22 + 1,)])
async def test_the_stacks_worker_is_missed_while_temporal_still_lists_it(
    where: Addresses, monkeypatch: pytest.MonkeyPatch, gone: tuple[int, ...]
) -> None:
    """By its process id, of which Linux has 2^22 at most."""

    async def listed(_address: str, _namespace: str) -> engine.Looked:
        return {"missing": [], "idle": {}}

    monkeypatch.setattr(engine, "_looked", listed)
    with pytest.raises(CheckFailedError) as caught:
        await engine.engine(replace(where, workers=gone))

    assert caught.value.detail == "the stack's worker is down"
    assert "a worker on each queue" in await engine.engine(replace(where, workers=(os.getpid(),)))
    assert "a worker on each queue" in await engine.engine(replace(where, workers=None))


def test_the_stacks_worker_counts_for_the_stacks_temporal_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {"temporal_address": NOBODY, "processes": {"worker": [1, 2]}}
    (tmp_path / "stack.json").write_text(json.dumps(written))
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))

    assert addresses({}).workers == (1, 2)
    assert addresses({"HOLDFAST_TEMPORAL__ADDRESS": "elsewhere:7233"}).workers is None


def test_it_says_for_how_long_nobody_asked() -> None:
    said = engine.unpolled({"turns": 94.4, "documents": None})

    assert "no worker on turns and documents" in said
    assert "turns: nobody has polled it for 94 s" in said
    assert "documents: nobody has polled it for 5 minutes or more" in said


async def asked_once(client: Client, queue: str) -> None:
    """Poll as a worker does, once."""
    await client.workflow_service.poll_activity_task_queue(
        PollActivityTaskQueueRequest(
            namespace="default", task_queue=TaskQueue(name=queue), identity="a worker"
        ),
        timeout=engine_probe.CLOCK_POLL,
    )


def test_a_token_is_for_whom_and_where_one_says(stack: Stack) -> None:
    space, user = UUID(int=5), UUID(int=6)
    token = make(stack.folder, None, [f"{space}=viewer"], user, timedelta(hours=1))
    claims = claims_of(token)

    assert claims["org"] == str(stack.organisation_id)
    assert (claims["sub"], claims["spaces"]) == (str(user), {str(space): "viewer"})
    assert claims["exp"] - claims["iat"] == 3_600


def test_a_token_is_the_local_admins_unless_one_says_otherwise(stack: Stack) -> None:
    claims = claims_of(make(stack.folder, None, [], None, timedelta(hours=12)))

    assert claims["spaces"] == {str(stack.space_id): "admin"}
