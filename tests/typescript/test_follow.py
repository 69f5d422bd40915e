"""The TypeScript reader: whatever the network does, it holds the log."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.wire import encode
from local.web import CLIENTS as PACKAGE
from models.payloads.events import LoggedEvent
from tests.cli.edge import Answer, Connection, Edge, framed, running
from tests.cli.logs import logged, plain_turn
from tests.dialects.node import Clients, clients

PATH = f"/v1/conversations/{UUID(int=1)}/events"
UNAVAILABLE = Answer(503, {"code": "unavailable"}, {"Retry-After": "0"})


@pytest.fixture(scope="module")
async def reader(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clients]:
    built: Path = tmp_path_factory.mktemp("typescript")
    (built / "package.json").write_text('{"type": "module"}')
    (built / "node_modules").symlink_to(PACKAGE / "node_modules")
    if (PACKAGE / "node_modules").is_dir():
        program = PACKAGE / "node_modules" / ".bin" / "tsc"
        command = (program, "--noEmit", "false", "--outDir", built, "--project", PACKAGE)
        making = await asyncio.create_subprocess_exec(*command)
        assert await making.wait() == 0
    async with clients("follow.mjs", str(built)) as found:
        yield found


def wire(log: Sequence[LoggedEvent]) -> list[dict[str, Any]]:
    return [json.loads(encode(event).data) for event in log]


async def seen(
    reader: Clients, log: Sequence[LoggedEvent], *connections: Connection, **options: object
) -> dict[str, Any]:
    async with running(log, connections) as edge:
        return await read(reader, edge, **options)


async def read(reader: Clients, edge: Edge, **options: object) -> dict[str, Any]:
    found: dict[str, Any] = await reader.ask(
        "follow", **{"url": f"{edge.url}{PATH}", "until": True, **options}
    )
    return found


def states(found: dict[str, Any]) -> Sequence[str]:
    """As they followed each other; a slow machine is silent for long enough to be lost again."""
    return [state for state, _ in groupby(found["said"])]


async def test_a_cut_at_every_event_boundary_loses_and_repeats_nothing(reader: Clients) -> None:
    log = plain_turn()
    start = len(Connection().preamble)
    one_more = [Connection(cut=start + len(framed(event))) for event in log]
    found = await seen(reader, log, *one_more)
    assert found["seen"] == wire(log)
    assert found["said"].count("open") == len(log)


async def test_a_cut_at_any_byte_of_an_event_loses_and_repeats_nothing(reader: Clients) -> None:
    log = logged(1, [plain_turn()[0].event, plain_turn(answer="é😀")[3].event])
    size = len(Connection().preamble) + sum(len(framed(event)) for event in log)
    for cut in range(0, size, 7):
        found = await seen(reader, log, Connection(cut=cut, clean=cut % 2 == 0))
        assert found["seen"] == wire(log)


async def test_what_comes_again_is_passed_over_and_what_was_seen_is_not_asked_for(
    reader: Clients,
) -> None:
    log = plain_turn()
    found = await seen(reader, log, Connection(repeat=3), after=str(log[2].id))
    assert found["seen"] == wire(log[3:])


async def test_a_server_that_is_away_is_asked_again_and_its_silence_ends_a_connection(
    reader: Clients,
) -> None:
    log = plain_turn()
    half = len(Connection().preamble) + len(framed(log[0]))
    found = await seen(
        reader,
        log,
        Connection(refused=UNAVAILABLE),
        Connection(cut=half, hang=True),
        silence=2_000,
    )
    assert found["seen"] == wire(log)
    assert states(found)[:2] == ["lost", "open"]


async def test_a_server_that_does_not_even_answer_is_asked_again(reader: Clients) -> None:
    log = plain_turn()
    mute = Connection(refused=UNAVAILABLE, cut=0, hang=True)
    found = await seen(reader, log, mute, silence=2_000)
    assert found["seen"] == wire(log)
    assert states(found)[:2] == ["lost", "open"]


async def test_a_refusal_that_stops_in_its_middle_is_told_by_its_status(reader: Clients) -> None:
    refused = Answer(403, {"code": "space_forbidden"})
    half = Connection(refused=refused, cut=-5, hang=True)
    # More than one: a machine that is silent for so long itself is asked again.
    found = await seen(reader, plain_turn(), *[half] * 5, silence=2_000)
    assert (found["refused"]["status"], found["refused"]["code"]) == (403, "http_403")


async def test_a_refusal_is_told_by_its_code(reader: Clients) -> None:
    problem = {"code": "space_forbidden", "detail": "You are not in this space."}
    found = await seen(reader, plain_turn(), Connection(refused=Answer(403, problem)))
    assert found["refused"] == {
        "status": 403,
        "code": "space_forbidden",
        "detail": "You are not in this space.",
    }


async def test_what_is_no_event_is_asked_for_again(reader: Clients) -> None:
    log = plain_turn()
    garbled = Connection(preamble=b"id: 1.1\ndata: {\n\n", cut=17)
    assert (await seen(reader, log, garbled))["seen"] == wire(log)


async def test_whoever_stops_reading_lets_go_of_the_connection(reader: Clients) -> None:
    log = plain_turn()
    async with running(log) as edge:
        found = await read(reader, edge, until=False, stopAfter=2)
        assert found["seen"] == wire(log[:2])
