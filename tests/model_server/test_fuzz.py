"""Damaged streams: the same for the same seed, and each kind as harmful as it says."""

import httpx2
import orjson
import pytest
from openai import AsyncOpenAI

from local.model.fuzz import KINDS, Kind, fuzzed, kind_of

SEEDS = range(20 * len(KINDS))
PATHS = ("responses", "chat/completions")


def events_of(stream: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in stream.split(b"\n\n") if event]


async def streamed(http: httpx2.AsyncClient, path: str, directive: str) -> bytes:
    text = f"fuzz\n@offline {directive}"
    asked = {"input": text, "messages": [{"role": "user", "content": text}]}
    answer = await http.post(f"/v1/{path}", json={"model": "m", "stream": True, **asked})
    return answer.content


@pytest.mark.parametrize("path", PATHS)
async def test_a_seed_damages_a_stream_always_in_the_same_way(
    http: httpx2.AsyncClient, path: str
) -> None:
    sound = events_of(await streamed(http, path, "tokens=9"))
    for seed in SEEDS:
        assert fuzzed(sound, seed) == fuzzed(sound, seed)


@pytest.mark.parametrize("path", PATHS)
async def test_other_packets_leave_every_event_as_it_was(
    http: httpx2.AsyncClient, path: str
) -> None:
    sound = events_of(await streamed(http, path, "tokens=9"))
    for seed in (seed for seed in SEEDS if kind_of(seed) is Kind.PACKETS):
        came = b"".join(fuzzed(sound, seed)).replace(b"\r\n", b"\n")
        assert [one for one in events_of(came) if not one.startswith(b":")] == sound


@pytest.mark.parametrize("path", PATHS)
async def test_every_other_kind_changes_most_streams(http: httpx2.AsyncClient, path: str) -> None:
    sound = events_of(await streamed(http, path, "tokens=9"))
    for kind in set(KINDS) - {Kind.PACKETS}:
        streams = [b"".join(fuzzed(sound, seed)) for seed in SEEDS if kind_of(seed) is kind]
        assert sum(stream != b"".join(sound) for stream in streams) > len(streams) // 2


async def test_what_a_directive_asks_for_goes_over_the_wire_so_often(
    http: httpx2.AsyncClient,
) -> None:
    seed = KINDS.index(Kind.CUT)
    asked = f"tokens=9 reasoning={seed} fail=fuzz seed={seed} times=1"
    damaged, whole = [await streamed(http, "chat/completions", asked) for _ in range(2)]
    assert not damaged.endswith(b"data: [DONE]\n\n")
    assert whole.endswith(b"data: [DONE]\n\n")


async def test_a_client_reads_a_stream_in_any_packets(client: AsyncOpenAI) -> None:
    for seed in (seed for seed in SEEDS if kind_of(seed) is Kind.PACKETS):
        stream = await client.responses.create(
            model="m", input=f"@offline tokens=12 fail=fuzz seed={seed}", stream=True
        )
        said = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        assert "".join(said) == "".join(f"w{number} " for number in range(12))


async def test_no_change_of_one_field_breaks_the_events_around_it(
    http: httpx2.AsyncClient,
) -> None:
    sound = events_of(await streamed(http, "responses", "tokens=9"))
    for seed in (seed for seed in SEEDS if kind_of(seed) in {Kind.RETYPE, Kind.GIANT}):
        came = events_of(b"".join(fuzzed(sound, seed)))
        assert len(came) == len(sound)
        for event in came:
            orjson.loads(event.split(b"data: ", 1)[1])
