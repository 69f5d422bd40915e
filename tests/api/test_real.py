"""The edge as it is started, over real Postgres, Redis and Temporal; no worker is up."""

import asyncio
import random
from uuid import UUID, uuid4

import httpx2

from tests.api.real import address, client, originals, signed_in

SPACES = 50
__all__ = ["address", "client", "originals"]


async def test_everything_that_it_needs_answers(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while (answer := await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)
    assert answer.json()["checks"] == {
        "postgres": "ok",
        "redis": "ok",
        "temporal": "ok",
        "audit": "ok",
        "logs": "ok",
    }


async def test_fifty_copies_of_a_message_with_no_worker_up_are_one_turn(
    client: httpx2.AsyncClient,
) -> None:
    headers, body = signed_in(uuid4(), uuid4()), {"id": str(uuid4()), "content": "hi " * 2_000}
    answers = await asyncio.gather(
        *(client.post("/v1/messages", json=body, headers=headers) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["status"] for answer in answers} == {"accepted"}
    assert len({answer.json()["turn_id"] for answer in answers}) == 1
    listed = await client.get("/v1/conversations", headers=headers)
    assert [row["id"] for row in listed.json()["items"]] == [answers[0].json()["conversation_id"]]


async def test_a_conversation_lives_through_all_that_can_be_done_without_a_worker(
    client: httpx2.AsyncClient,
) -> None:
    headers = signed_in(uuid4(), uuid4())
    made = await client.post("/v1/conversations", json={"title": "Spring"}, headers=headers)
    url = made.headers["location"]
    assert (await client.get(f"{url}/messages", headers=headers)).json()["items"] == []
    assert (await client.get(f"{url}/events?until=idle", headers=headers)).status_code == 204
    assert (await client.get(f"{url}/sessions", headers=headers)).json() == {"items": []}
    assert (await client.get(f"{url}/summary", headers=headers)).status_code == 404
    assert (await client.post(f"{url}/stop", headers=headers)).status_code == 202
    assert (await client.post(f"{url}/close", headers=headers)).status_code == 202
    assert (await client.post(f"{url}/clear", headers=headers)).status_code == 204
    archived = await client.patch(url, json={"archived": True}, headers=headers)
    assert archived.json()["state"] == "archived"
    assert (await client.delete(url, headers=headers)).status_code == 204
    assert (await client.get(url, headers=headers)).status_code == 404


async def test_conversations_are_pinned_found_forked_and_taken_out(
    client: httpx2.AsyncClient,
) -> None:
    headers = signed_in(uuid4(), uuid4())
    body = {"title": "Spring budget"}
    made = await client.post("/v1/conversations", json=body, headers=headers)
    url = made.headers["location"]
    await client.patch(url, json={"pinned": True}, headers=headers)
    forked = await client.post(f"{url}/fork", headers=headers)
    assert (forked.status_code, forked.json()["forked_from"]) == (201, made.json()["id"])
    await client.patch(forked.headers["location"], json={"archived": True}, headers=headers)
    for asked, wanted in (
        ("query=bud", [made]),
        ("query=bud&archived=any", [forked, made]),
        ("archived=true", [forked]),
        ("pinned=true", [made]),
        ("query=autumn", []),
    ):
        found = (await client.get(f"/v1/conversations?{asked}", headers=headers)).json()
        assert [one["id"] for one in found["items"]] == [one.json()["id"] for one in wanted]
    for kind, begins in (("markdown", "# Spring budget"), ("json", '{"version":1,')):
        taken = await client.get(f"{url}/export?format={kind}", headers=headers)
        assert (taken.status_code, taken.text[: len(begins)]) == (200, begins)
    leaf = await client.put(f"{url}/leaf", json={"message_id": str(uuid4())}, headers=headers)
    assert (leaf.status_code, leaf.json()["code"]) == (404, "message_not_found")


async def test_a_ticket_opens_a_stream_of_the_real_log(client: httpx2.AsyncClient) -> None:
    headers = signed_in(uuid4(), uuid4())
    made = (await client.post("/v1/conversations", headers=headers)).json()
    ticket = await client.post(
        "/v1/stream-tickets", json={"conversation_id": made["id"]}, headers=headers
    )
    url = f"/v1/conversations/{made['id']}/events?until=idle&ticket={ticket.json()['ticket']}"
    assert (await client.get(url)).status_code == 204
    assert (await client.get(url)).json()["code"] == "ticket_invalid"


async def test_a_space_that_another_organisation_had_first_stays_theirs(
    client: httpx2.AsyncClient,
) -> None:
    space = uuid4()
    ours = await client.get("/v1/conversations", headers=signed_in(uuid4(), space))
    theirs = await client.get("/v1/conversations", headers=signed_in(uuid4(), space))
    assert (ours.status_code, theirs.status_code) == (200, 403)
    assert theirs.json()["code"] == "space_forbidden"


async def test_no_interleaving_of_fifty_spaces_shows_one_anothers_rows(
    client: httpx2.AsyncClient,
) -> None:
    """Requests of all spaces over the same few connections, wrong ones among them."""
    seed = random.randrange(2**32)  # noqa: S311 - a seed, printed when the test fails
    chance = random.Random(seed)  # noqa: S311 - as above
    print(f"seed {seed}")  # noqa: T201 - pytest shows it for a failure
    spaces = [(uuid4(), uuid4()) for _ in range(SPACES)]
    owned: dict[UUID, set[str]] = {space: set() for _, space in spaces}

    async def step() -> None:
        organisation, space = chance.choice(spaces)
        _, other = chance.choice(spaces)
        headers = signed_in(organisation, space)
        match chance.randrange(5):
            case 0:
                made = await client.post("/v1/conversations", headers=headers)
                owned[space].add(made.json()["id"])
            case 1:
                listed = await client.get("/v1/conversations?limit=200", headers=headers)
                seen = {row["id"] for row in listed.json()["items"]}
                assert not seen & set().union(*(owned[s] for _, s in spaces if s != space))
            case 2 if owned[other] and other != space:
                foreign = chance.choice(sorted(owned[other]))
                for path in ("", "/messages", "/events?until=idle", "/sessions"):
                    answer = await client.get(f"/v1/conversations/{foreign}{path}", headers=headers)
                    assert answer.status_code == 404
            case 3 if other != space:
                wrong = {**headers, "x-space-id": str(other)}
                answer = await client.get("/v1/conversations", headers=wrong)
                assert answer.json()["code"] == "space_forbidden"
            case _:
                answer = await client.get("/v1/conversations?cursor=%00broken", headers=headers)
                assert answer.status_code == 422

    async def client_of_all() -> None:
        for _ in range(60):
            await step()

    await asyncio.gather(*(client_of_all() for _ in range(8)))
    for organisation, space in spaces:
        headers = signed_in(organisation, space)
        listed = await client.get("/v1/conversations?limit=200", headers=headers)
        assert {row["id"] for row in listed.json()["items"]} == owned[space]
