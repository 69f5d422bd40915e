"""Tiers on the real servers: what turns used keeps their user from beginning more."""

from pathlib import Path

import httpx2
import pytest

from domain.rates import MINUTE
from local.stack import Stack
from tests.api.real import serving, token
from tests.turns.lab import Lab, lab
from tests.waiting import until


def signed_in(here: Lab) -> dict[str, str]:
    """One person: each token names somebody else."""
    bearer = token(here.scope.organisation_id, here.scope.space_id)
    return {"authorization": f"Bearer {bearer}", "x-space-id": str(here.scope.space_id)}


async def test_tokens_of_a_turn_are_charged_to_its_users_minute(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_RATES__TIERS__ENTERPRISE__TOKENS", "20")
    async with (
        lab(stack) as here,
        serving(stack, tmp_path, tmp_path, here.queue) as address,
        httpx2.AsyncClient(base_url=address, timeout=60) as client,
    ):
        headers = {**signed_in(here), "prefer": "wait=60"}
        first = await client.post("/v1/messages", json={"content": "Hello"}, headers=headers)
        assert (first.status_code, first.json()["outcome"]) == (200, "completed")
        used = first.json()["usage"]
        assert used["input_tokens"] + used["output_tokens"] > 20

        async def refused() -> bool:
            again = await client.post("/v1/runs", json={"input": "More"}, headers=headers)
            return again.status_code == 429 and again.json()["code"] == "rate_limited"

        await until(refused)
        assert (await client.get("/v1/conversations", headers=headers)).status_code == 200
        # Somebody else of the same space is not held back.
        other = {**signed_in(here), "prefer": "wait=60"}
        theirs = await client.post("/v1/messages", json={"content": "Hello"}, headers=other)
        assert theirs.status_code == 200


async def test_requests_are_counted_over_all_edges(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_RATES__DEFAULT_TIER", "free")
    async with (
        lab(stack) as here,
        serving(stack, tmp_path, tmp_path, here.queue) as first,
        serving(stack, tmp_path, tmp_path, here.queue) as second,
        httpx2.AsyncClient(timeout=60) as client,
    ):
        headers, answers = signed_in(here), []
        for number in range(11):
            address = (first, second)[number % 2]
            answers.append(
                await client.post(
                    f"{address}/v1/search", json={"query": "nothing"}, headers=headers
                )
            )
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        left = [answer.headers["x-ratelimit-remaining"] for answer in answers]
        assert left == [*map(str, range(9, -1, -1)), "0"]
        # Asked for at the beginning of a minute of the clock, they count into the next one.
        assert 1 <= int(answers[-1].headers["retry-after"]) <= MINUTE * (1 + 1 / 10)
