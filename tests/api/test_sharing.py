"""Share links over HTTP and the real store: what they show, to whom, and for how long."""

import asyncio
import base64
import json
import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from api.guessing import PerAddress
from models.errors import LimitError
from models.payloads.turn import Outcome
from models.states import Role
from tests.api.conftest import Scene
from tests.api.gallery import Gallery, answer_of, gallery
from tests.api.real import address, client, originals
from tests.store.conftest import stage, urls

__all__ = ["address", "client", "gallery", "originals", "stage", "urls"]


async def made(gallery: Gallery, headers: dict[str, str] | None = None, **body: object) -> str:
    status, share = await gallery.ask(
        "POST", f"{gallery.url}/shares", headers or gallery.as_(Role.MEMBER), body
    )
    assert status == 201, share
    return str(share["token"])


async def opened(gallery: Gallery, token: str) -> tuple[int, object]:
    return await gallery.ask("GET", f"/v1/shared/{token}", {})


def said(shared: object) -> list[str]:
    assert isinstance(shared, dict)
    return [message["content"] for message in shared["messages"]]


async def test_a_link_shows_the_path_to_whoever_has_it_and_nothing_that_comes_later(
    gallery: Gallery,
) -> None:
    await gallery.stage.exchange("First?", "One.")
    await gallery.stage.exchange("Second?", "Two.")
    token = await made(gallery)
    await gallery.stage.exchange("Third?", "Three.")
    status, shared = await opened(gallery, token)
    assert (status, said(shared)) == (200, ["First?", "One.", "Second?", "Two."])


async def test_a_link_may_end_at_an_earlier_message(gallery: Gallery) -> None:
    first = await gallery.stage.exchange("First?", "One.")
    await gallery.stage.exchange("Second?", "Two.")
    token = await made(gallery, message_id=str(answer_of(first)))
    assert said((await opened(gallery, token))[1]) == ["First?", "One."]


async def test_strangers_see_no_ids_and_of_sources_only_their_titles_and_pages(
    gallery: Gallery,
) -> None:
    message = await gallery.cited("As the guide says [1].", "Brand guide", "Salaries")
    token = await made(gallery)
    answer = await gallery.client.get(f"/v1/shared/{token}")
    shared = answer.json()
    assert shared["messages"][1]["sources"] == [{"mark": 1, "title": "Brand guide", "page": 7}]
    ids = [gallery.stage.user_id, gallery.stage.conversation_id, gallery.stage.scope.space_id]
    ids += [gallery.stage.scope.organisation_id, message.message_id, message.turn_id]
    for secret in ("secret words", "Salaries", "intranet", *map(str, ids)):
        assert secret not in answer.text
    rows = "SELECT source ->> 'document_id' AS id FROM turn_passage WHERE turn_id = $1"
    for row in await gallery.stage.sql(rows, message.turn_id):
        assert row["id"] not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_long_conversations_are_shown_page_by_page_with_no_id_in_the_cursor(
    gallery: Gallery,
) -> None:
    for number in range(3):
        await gallery.stage.exchange(f"q{number}", f"a{number}")
    token = await made(gallery)
    found, query = list[str](), "limit=2"
    for _ in range(3):
        _, page = await gallery.ask("GET", f"/v1/shared/{token}?{query}", {})
        found += said(page)
        given = page["next_cursor"] or ""
        query = f"limit=2&cursor={given}"
        plain = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        assert plain.partition(":")[2] == ("0" * 32 if given else "")
    assert page["next_cursor"] is None
    assert found == ["q0", "a0", "q1", "a1", "q2", "a2"]


async def test_what_is_withdrawn_and_what_is_erased_is_shown_no_more(gallery: Gallery) -> None:
    await gallery.stage.exchange("First?", "One.")
    message, claimed = await gallery.stage.begin("Second?")
    record = gallery.stage.record(message, claimed.number, text="Wrong.")
    await gallery.stage.transcript.commit_step(gallery.stage.turn(message), 1, 1, record)
    token = await made(gallery)
    assert said((await opened(gallery, token))[1]) == ["First?", "One.", "Second?", "Wrong."]
    await gallery.stage.close(message, Outcome.WITHDRAWN)
    assert said((await opened(gallery, token))[1]) == ["First?", "One."]
    headers = gallery.as_(Role.MEMBER)
    assert await gallery.ask("POST", f"{gallery.url}/clear", headers) == (204, None)
    assert await opened(gallery, token) == (404, "share_not_found")


async def test_deleting_the_conversation_kills_its_links(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    token = await made(gallery)
    assert (await gallery.ask("DELETE", gallery.url, gallery.as_(Role.MEMBER)))[0] == 204
    assert await opened(gallery, token) == (404, "share_not_found")


async def test_no_other_text_opens_anything(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    token = await made(gallery)
    raw = base64.urlsafe_b64decode(token + "==")
    scope = gallery.stage.scope

    def written(whole: bytes) -> str:
        return base64.urlsafe_b64encode(whole).decode().rstrip("=")

    random, foreign = raw[:32], uuid4()
    wrong = {
        "unknown": written(secrets.token_bytes(32) + raw[32:]),
        "of another space": written(random + scope.organisation_id.bytes + foreign.bytes),
        "of another organisation": written(random + foreign.bytes + scope.space_id.bytes),
        "turned round": written(random + raw[48:] + raw[32:48]),
        "truncated": token[:-1],
        "longer": token + "A",
        "padded": token + "==",
        "spelt otherwise": token[:-1] + chr(ord(token[-1]) + 1),
        "garbled": "%00" * 40,
        "of other characters": "ä" * len(token),
        "huge": "A" * 5_000,
    }
    for name, text in wrong.items():
        assert await opened(gallery, text) == (404, "share_not_found"), name
    assert (await opened(gallery, token))[0] == 200


async def test_a_links_secret_stands_in_no_log_line_whatever_happens(scene: Scene) -> None:
    secret = secrets.token_urlsafe(30)
    scene.fakes.shares.kept[secret] = RuntimeError("a fault of ours")
    with capture_logs() as logs:
        assert (await scene.client.get(f"/v1/shared/{secret}")).status_code == 500
    assert {log["event"] for log in logs} >= {"request.failed", "request.answered"}
    assert secret not in str(logs)


async def test_an_address_that_guesses_is_turned_away_for_a_while(
    scene: Scene, edge: tuple[FastAPI, str]
) -> None:
    app, _ = edge
    now = 0.0
    app.state.guesses = PerAddress(20, "too_many_guesses", clock=lambda: now)
    path = "/v1/shared/guessed"
    for _ in range(20):
        assert (await scene.client.get(path)).json()["code"] == "share_not_found"
    answer = await scene.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_guesses")
    assert answer.headers["retry-after"] == "60"
    now = 60.0
    assert (await scene.client.get(path)).status_code == 404


async def test_an_address_reads_so_often_and_no_oftener(
    scene: Scene, edge: tuple[FastAPI, str]
) -> None:
    app, _ = edge
    app.state.readings = PerAddress(2, "rate_limited", clock=lambda: 0.0)
    codes = [(await scene.client.get("/v1/shared/x")).json()["code"] for _ in range(3)]
    assert codes == ["share_not_found", "share_not_found", "rate_limited"]
    app.state.readings = PerAddress(300, "rate_limited")


def test_addresses_are_told_apart_and_the_oldest_forgotten() -> None:
    guesses = PerAddress(1, "too_many_guesses", clock=lambda: 0.0)
    guesses.count("2001:db8::1")
    with pytest.raises(LimitError):
        guesses.check("2001:db8::ffff")
    guesses.check("2001:db8:0:1::1")
    for number in range(10_000):
        guesses.count(f"10.0.{number // 250}.{number % 250}")
    guesses.check("2001:db8::1")
    with pytest.raises(LimitError):
        guesses.check("10.0.0.0")


async def test_only_the_hash_of_a_link_is_kept(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    token = await made(gallery)
    raw = base64.urlsafe_b64decode(token + "==")
    [row] = await gallery.stage.sql(
        "SELECT share::text AS whole FROM share WHERE conversation_id = $1",
        gallery.stage.conversation_id,
    )
    assert token not in row["whole"]
    assert raw[:32].hex() not in row["whole"]
    listed = await gallery.client.get(f"{gallery.url}/shares", headers=gallery.as_(Role.VIEWER))
    assert token not in listed.text


async def test_an_expired_link_says_so(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    token = await made(gallery)
    await gallery.stage.sql(
        "UPDATE share SET expires_at = now() WHERE conversation_id = $1",
        gallery.stage.conversation_id,
    )
    assert await opened(gallery, token) == (410, "share_expired")


async def test_a_revoked_link_says_so_and_revoking_twice_is_fine(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    me = gallery.as_(Role.MEMBER)
    _, share = await gallery.ask("POST", f"{gallery.url}/shares", me)
    for _ in range(2):
        assert await gallery.ask("DELETE", f"{gallery.url}/shares/{share['id']}", me) == (204, None)
    assert await opened(gallery, share["token"]) == (410, "share_revoked")
    actions = await gallery.stage.sql(
        "SELECT action FROM audit WHERE subject_id = $1 ORDER BY sequence", UUID(share["id"])
    )
    assert [row["action"] for row in actions] == ["share.created", "share.revoked"]


async def test_a_viewer_makes_and_revokes_none(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    viewer = gallery.as_(Role.VIEWER)
    refused = (403, "role_required")
    assert await gallery.ask("POST", f"{gallery.url}/shares", viewer) == refused
    _, share = await gallery.ask("POST", f"{gallery.url}/shares", gallery.as_(Role.MEMBER))
    assert await gallery.ask("DELETE", f"{gallery.url}/shares/{share['id']}", viewer) == refused


async def test_another_persons_link_is_revoked_by_an_admin_alone(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    _, share = await gallery.ask("POST", f"{gallery.url}/shares", gallery.as_(Role.MEMBER))
    path = f"{gallery.url}/shares/{share['id']}"
    assert await gallery.ask("DELETE", path, gallery.as_(Role.APPROVER)) == (403, "role_required")
    assert (await opened(gallery, share["token"]))[0] == 200
    assert await gallery.ask("DELETE", path, gallery.as_(Role.ADMIN)) == (204, None)


async def test_another_spaces_links_are_out_of_reach(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    _, share = await gallery.ask("POST", f"{gallery.url}/shares", gallery.as_(Role.MEMBER))
    theirs = gallery.stranger()
    missing = (404, "conversation_not_found")
    assert await gallery.ask("POST", f"{gallery.url}/shares", theirs) == missing
    assert await gallery.ask("GET", f"{gallery.url}/shares", theirs) == missing
    path = f"{gallery.url}/shares/{share['id']}"
    assert await gallery.ask("DELETE", path, theirs) == missing
    # A conversation of their own leads no further.
    _, own = await gallery.ask("POST", "/v1/conversations", theirs, {})
    path = f"/v1/conversations/{own['id']}/shares/{share['id']}"
    assert await gallery.ask("DELETE", path, theirs) == (404, "share_not_found")
    message = await gallery.stage.exchange()
    body = {"message_id": str(answer_of(message))}
    path = f"/v1/conversations/{own['id']}/shares"
    assert await gallery.ask("POST", path, theirs, body) == (404, "message_not_found")


async def test_an_empty_conversation_has_nothing_to_show(gallery: Gallery) -> None:
    found = await gallery.ask("POST", f"{gallery.url}/shares", gallery.as_(Role.MEMBER))
    assert found == (422, "conversation_empty")


@pytest.mark.parametrize("seconds", [0, 59, 365 * 24 * 3600 + 1, 2**63, -1])
async def test_a_link_lasts_from_a_minute_to_a_year(gallery: Gallery, seconds: int) -> None:
    found = await gallery.ask(
        "POST", f"{gallery.url}/shares", gallery.as_(Role.MEMBER), {"expires_in": seconds}
    )
    assert found[0] == 422


async def test_it_lasts_thirty_days_unless_told(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    _, share = await gallery.ask("POST", f"{gallery.url}/shares", gallery.as_(Role.MEMBER))
    _, listed = await gallery.ask("GET", f"{gallery.url}/shares", gallery.as_(Role.VIEWER))
    [row] = listed["items"]
    moments = [datetime.fromisoformat(row[name]) for name in ("created_at", "expires_at")]
    assert abs(moments[1] - moments[0] - timedelta(days=30)) < timedelta(seconds=5)
    assert share["path"] == f"/s/{share['token']}"


async def test_a_conversation_has_a_hundred_links_at_most(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    await gallery.stage.sql(
        "INSERT INTO share (space_id, organisation_id, id, conversation_id, leaf_id, token_hash,"
        " created_by, expires_at) SELECT $1, $2, gen_random_uuid(), $3, $3,"
        " sha256(n::text::bytea), $3, now() + interval '1 day' FROM generate_series(1, 99) n",
        *(gallery.stage.scope.space_id, gallery.stage.scope.organisation_id),
        gallery.stage.conversation_id,
    )
    me = gallery.as_(Role.MEMBER)
    status, share = await gallery.ask("POST", f"{gallery.url}/shares", me)
    assert status == 201
    assert await gallery.ask("POST", f"{gallery.url}/shares", me) == (429, "shares_full")
    await gallery.ask("DELETE", f"{gallery.url}/shares/{share['id']}", me)
    assert (await gallery.ask("POST", f"{gallery.url}/shares", me))[0] == 201


async def test_a_repeated_request_makes_no_second_link(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    me = {**gallery.as_(Role.MEMBER), "idempotency-key": "once"}
    status, _ = await gallery.ask("POST", f"{gallery.url}/shares", me)
    assert status == 201
    assert await gallery.ask("POST", f"{gallery.url}/shares", me) == (409, "share_exists")
    _, listed = await gallery.ask("GET", f"{gallery.url}/shares", me)
    assert len(listed["items"]) == 1


async def test_views_are_counted(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    token = await made(gallery)
    for _ in range(3):
        await opened(gallery, token)

    me, views = gallery.as_(Role.VIEWER), 0
    async with asyncio.timeout(20):
        while views < 3:
            await asyncio.sleep(0.05)
            _, listed = await gallery.ask("GET", f"{gallery.url}/shares", me)
            views = listed["items"][0]["views"]
    assert views == 3


async def test_the_title_is_the_one_that_it_had(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    me = gallery.as_(Role.MEMBER)
    await gallery.ask("PATCH", gallery.url, me, {"title": "Spring"})
    token = await made(gallery)
    await gallery.ask("PATCH", gallery.url, me, {"title": "Secret takeover"})
    _, shared = await opened(gallery, token)
    assert isinstance(shared, dict)
    assert shared["title"] == "Spring"
    assert "takeover" not in json.dumps(shared)
