"""What people say of answers, and documents that messages name, over HTTP and the real store."""

from typing import Any
from uuid import uuid4

import pytest

from models.payloads.turn import IncomingMessage, Outcome
from models.states import Role
from tests.api.gallery import Gallery, answer_of, gallery
from tests.api.real import address, client, originals
from tests.store.conftest import stage, urls

__all__ = ["address", "client", "gallery", "originals", "stage", "urls"]

UP, DOWN = {"rating": "up"}, {"rating": "down", "reason": "inaccurate", "comment": "No.\x01"}


def about(gallery: Gallery, message: IncomingMessage) -> str:
    return f"{gallery.url}/messages/{answer_of(message)}/feedback"


async def history(gallery: Gallery, headers: dict[str, str]) -> list[dict[str, Any]]:
    _, found = await gallery.ask("GET", f"{gallery.url}/messages", headers)
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_an_answer_shows_everybodys_ratings_counted_and_ones_own(gallery: Gallery) -> None:
    path = about(gallery, await gallery.stage.exchange())
    me, other = gallery.as_(Role.MEMBER), gallery.as_(Role.MEMBER)
    assert (await history(gallery, me))[1]["feedback"] is None
    own = {"rating": "down", "reason": "inaccurate", "comment": "No.\x01"}
    assert await gallery.ask("PUT", path, me, DOWN) == (200, {"up": 0, "down": 1, "own": own})
    await gallery.ask("PUT", path, other, UP)
    assert (await history(gallery, me))[1]["feedback"] == {"up": 1, "down": 1, "own": own}
    reader = await history(gallery, gallery.as_(Role.VIEWER))
    assert reader[1]["feedback"] == {"up": 1, "down": 1, "own": None}
    assert reader[0]["feedback"] is None


async def test_saying_it_again_replaces_it_and_taking_it_back_leaves_nothing(
    gallery: Gallery,
) -> None:
    path = about(gallery, await gallery.stage.exchange())
    me = gallery.as_(Role.MEMBER)
    for _ in range(2):
        await gallery.ask("PUT", path, me, UP)
    status, said = await gallery.ask("PUT", path, me, DOWN)
    assert (status, said["up"], said["down"]) == (200, 0, 1)
    for _ in range(2):
        assert await gallery.ask("DELETE", path, me) == (204, None)
    assert (await history(gallery, me))[1]["feedback"] is None


async def test_only_answers_that_stand_are_rated(gallery: Gallery) -> None:
    message = await gallery.stage.exchange()
    me = gallery.as_(Role.MEMBER)
    path = f"{gallery.url}/messages/{message.message_id}/feedback"
    assert await gallery.ask("PUT", path, me, UP) == (422, "not_an_answer")
    path = f"{gallery.url}/messages/{uuid4()}/feedback"
    assert await gallery.ask("PUT", path, me, UP) == (404, "message_not_found")
    assert await gallery.ask("DELETE", path, me) == (404, "message_not_found")
    withdrawn, claimed = await gallery.stage.begin()
    record = gallery.stage.record(withdrawn, claimed.number)
    await gallery.stage.transcript.commit_step(gallery.stage.turn(withdrawn), 1, 1, record)
    await gallery.stage.close(withdrawn, Outcome.WITHDRAWN)
    found = await gallery.ask("PUT", about(gallery, withdrawn), me, UP)
    assert found == (404, "message_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rating": "sideways"},
        {"rating": "up", "reason": "mood"},
        {"rating": "up", "comment": "x" * 2_001},
        {"rating": "up", "comment": "\x00"},
        {"rating": "up", "user_id": "0"},
    ],
)
async def test_what_is_no_opinion_is_refused(gallery: Gallery, body: dict[str, str]) -> None:
    path = f"{gallery.url}/messages/{uuid4()}/feedback"
    assert (await gallery.ask("PUT", path, gallery.as_(Role.MEMBER), body))[0] == 422


async def test_viewers_and_strangers_say_nothing(gallery: Gallery) -> None:
    message = await gallery.stage.exchange()
    path = about(gallery, message)
    viewer, stranger = gallery.as_(Role.VIEWER), gallery.stranger()
    for method, body in (("PUT", UP), ("DELETE", None)):
        assert await gallery.ask(method, path, viewer, body) == (403, "role_required")
        found = await gallery.ask(method, path, stranger, body)
        assert found == (404, "conversation_not_found")
    _, own = await gallery.ask("POST", "/v1/conversations", stranger, {})
    path = f"/v1/conversations/{own['id']}/messages/{answer_of(message)}/feedback"
    assert await gallery.ask("PUT", path, stranger, UP) == (404, "message_not_found")


async def test_admins_read_it_newest_first_page_by_page(gallery: Gallery) -> None:
    me, admin = gallery.as_(Role.MEMBER), gallery.as_(Role.ADMIN)
    for number in range(3):
        message = await gallery.stage.exchange(f"q{number}", f"a{number} " * 200)
        await gallery.ask("PUT", about(gallery, message), me, UP if number else DOWN)
    _, first = await gallery.ask("GET", "/v1/feedback?limit=2", admin)
    _, second = await gallery.ask(
        "GET", f"/v1/feedback?limit=2&cursor={first['next_cursor']}", admin
    )
    rows = first["items"] + second["items"]
    assert [row["excerpt"][:2] for row in rows] == ["a2", "a1", "a0"]
    assert second["next_cursor"] is None
    assert rows[2]["comment"] == "No.\x01"
    assert (rows[2]["agent"], len(rows[2]["excerpt"])) == ("assistant", 280)
    _, bad = await gallery.ask("GET", "/v1/feedback?rating=down", admin)
    assert [row["id"] for row in bad["items"]] == [rows[2]["id"]]
    since = rows[1]["updated_at"]
    found = await gallery.client.get("/v1/feedback", params={"since": since}, headers=admin)
    assert [row["id"] for row in found.json()["items"]] == [row["id"] for row in rows[:2]]
    assert await gallery.ask("GET", "/v1/feedback", me) == (403, "role_required")
    _, theirs = await gallery.ask("GET", "/v1/feedback", gallery.stranger())
    assert theirs["items"] == []


async def test_moments_that_never_were_are_refused(gallery: Gallery) -> None:
    admin = gallery.as_(Role.ADMIN)
    for since in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "yesterday"):
        assert (await gallery.ask("GET", f"/v1/feedback?since={since}", admin))[0] == 422
    for since in ("0001-01-01", "9999-12-31T23:59:59Z", "2026-11-01T00:00:00"):
        assert (await gallery.ask("GET", f"/v1/feedback?since={since}", admin))[0] == 200


async def test_feedback_is_erased_with_what_it_is_about(gallery: Gallery) -> None:
    message = await gallery.stage.exchange()
    await gallery.ask("PUT", about(gallery, message), gallery.as_(Role.MEMBER), DOWN)
    admin = gallery.as_(Role.ADMIN)
    assert await gallery.ask("POST", f"{gallery.url}/clear", admin) == (204, None)
    _, left = await gallery.ask("GET", "/v1/feedback", admin)
    assert left["items"] == []
    rows = await gallery.stage.sql(
        "SELECT FROM feedback WHERE conversation_id = $1", gallery.stage.conversation_id
    )
    assert rows == []


async def test_a_message_shows_the_documents_that_it_names_and_which_have_gone(
    gallery: Gallery,
) -> None:
    admin = gallery.as_(Role.ADMIN)
    ids = []
    for title in ("Kept", "Deleted"):
        status, made = await gallery.ask(
            "POST", "/v1/documents", admin, {"text": f"Words of {title}.", "title": title}
        )
        assert status == 202, made
        ids.append(made["id"])
    stage = gallery.stage
    message = stage.message("About these?", references=tuple(reversed(ids)))
    await stage.claim(message)
    steering = stage.message("And this?", references=(ids[0],))
    await stage.transcript.begin_step(
        stage.turn(message), 1, 1, steered=[steering], characters=1_000
    )
    shown = await history(gallery, admin)
    assert [row["title"] for row in shown[0]["attachments"]] == ["Deleted", "Kept"]
    assert shown[0]["attachments"][1]["status"] == "queued"
    assert [row["document_id"] for row in shown[1]["attachments"]] == [ids[0]]
    assert (await gallery.ask("DELETE", f"/v1/documents/{ids[1]}", admin))[0] == 204
    shown = await history(gallery, admin)
    gone = {"document_id": ids[1], "title": None, "status": "deleted"}
    assert shown[0]["attachments"][0] == gone
