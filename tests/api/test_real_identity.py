"""Sessions, keys and origins over the edge as it is started."""

import asyncio
from uuid import UUID, uuid4

import httpx2

from api.cookies import COOKIE
from tests.api.real import address, client, originals, signed_in, token

__all__ = ["address", "client", "originals"]


async def test_a_token_is_exchanged_for_a_session_and_taken_back(
    client: httpx2.AsyncClient,
) -> None:
    organisation, space = uuid4(), uuid4()
    begun = await client.post("/v1/session", json={"token": token(organisation, space)})
    csrf = {"x-csrf-token": begun.json()["csrf"]}
    secret = client.cookies[COOKIE]

    made = await client.post("/v1/conversations", json={"title": "Spring"}, headers=csrf)
    assert made.status_code == 201
    told = (await client.get("/v1/session")).json()
    assert told["organisation"] == {"id": str(organisation)}
    assert [UUID(one["id"]) for one in told["spaces"]] == [space]

    assert (await client.delete("/v1/session", headers=csrf)).status_code == 204
    kept = {"cookie": f"{COOKIE}={secret}"}
    refused = await client.get("/v1/conversations", headers=kept)
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")


async def test_a_key_works_on_any_route_until_it_is_revoked(client: httpx2.AsyncClient) -> None:
    organisation, space = uuid4(), uuid4()
    admin = signed_in(organisation, space)
    body = {"name": "Job", "role": "member"}
    made = (await client.post("/v1/api-keys", json=body, headers=admin)).json()
    bearer = {"authorization": f"Bearer {made['key']}"}

    conversation = await client.post("/v1/conversations", headers=bearer)
    assert conversation.status_code == 201
    seen = await client.get(conversation.headers["location"], headers=admin)
    assert seen.status_code == 200
    for path in ("/v1/info", "/v1/agents", "/v1/documents", "/v1/collections"):
        assert (await client.get(path, headers=bearer)).status_code == 200, path
    assert (await client.get("/v1/api-keys", headers=bearer)).status_code == 403

    await client.delete(f"/v1/api-keys/{made['id']}", headers=admin)
    refused = await client.get("/v1/conversations", headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


async def test_a_session_does_not_outlive_its_token(client: httpx2.AsyncClient) -> None:
    begun = await client.post("/v1/session", json={"token": token(uuid4(), uuid4())})
    # That token ends in a century, so the session's own limit of a week holds.
    assert "max-age=604800" in begun.headers["set-cookie"].lower()


async def test_many_sign_in_and_out_at_once(client: httpx2.AsyncClient) -> None:
    """Each clears away what is over: none waits for another for ever."""
    organisation, space = uuid4(), uuid4()
    tokens = [token(organisation, space) for _ in range(20)]
    answers = await asyncio.gather(
        *(client.post("/v1/session", json={"token": one}) for one in tokens)
    )
    assert {answer.status_code for answer in answers} == {200}


async def test_other_peoples_pages_call_as_their_organisation_says(
    client: httpx2.AsyncClient,
) -> None:
    ours, theirs = signed_in(uuid4(), uuid4()), signed_in(uuid4(), uuid4())
    page = f"https://{uuid4().hex}.example"
    await client.put("/v1/origins", json={"origins": [page]}, headers=ours)

    asked = {"origin": page, "access-control-request-method": "POST"}
    preflight = await client.options("/v1/messages", headers=asked)
    assert preflight.headers["access-control-allow-origin"] == page
    for headers, readable in ((ours, True), (theirs, False)):
        answer = await client.get("/v1/conversations", headers={**headers, "origin": page})
        assert answer.status_code == 200
        assert ("access-control-allow-origin" in answer.headers) is readable
