"""Turns taken apart and usage added up, over HTTP and the real store."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from api.inspecting import engine_page
from domain.ports.conversations import ConversationKind
from models.states import Role
from settings import TemporalSettings
from tests.api.gallery import Gallery, gallery
from tests.api.real import address, client, originals
from tests.store.conftest import stage, urls

__all__ = ["address", "client", "gallery", "originals", "stage", "urls"]


async def test_a_turn_shows_its_parts(gallery: Gallery) -> None:
    message = await gallery.cited("As it says [1].", "Brand guide")
    me = gallery.as_(Role.VIEWER)
    status, found = await gallery.ask("GET", f"{gallery.url}/turns/{message.turn_id}", me)
    assert status == 200, found
    assert found["turn"]["id"] == str(message.turn_id)
    assert (found["turn"]["outcome"], found["turn"]["steps"]) == ("completed", 1)
    assert found["turn"]["usage"]["cost_usd"] == "0.000123456"
    [step] = found["steps"]
    assert (step["step"], step["attempts"], step["finish_reason"]) == (1, 1, "stop")
    [line] = found["usage"]
    assert (line["cause"], line["step"], line["model"]) == ("step", 1, "offline-1")
    assert (line["first_token_ms"], line["cost_usd"]) == (12, "0.000123456")
    [passage] = found["passages"]
    assert (passage["mark"], passage["title"], passage["page"]) == (1, "Brand guide", 7)
    assert "secret words" in passage["text"]
    kinds = [event["kind"] for event in found["events"]]
    assert kinds == ["turn.started", "text.completed"]
    assert found["events"][0]["id"] == "1.1"
    assert (found["more_events"], found["temporal_url"]) == (False, None)


async def test_a_call_shows_its_ruling_its_result_and_its_approval(gallery: Gallery) -> None:
    message, call = await gallery.stage.with_call(approved=True)
    me = gallery.as_(Role.VIEWER)
    _, found = await gallery.ask("GET", f"{gallery.url}/turns/{message.turn_id}", me)
    [shown], [approval] = found["calls"], found["approvals"]
    assert (shown["name"], shown["status"]) == ("publish_note", "pending")
    assert shown["approval_id"] == approval["id"] == str(call.approval_id)
    assert approval["state"] == "pending"
    assert found["turn"]["ended_at"] is None


async def test_turns_are_listed_and_the_conversation_adds_up(gallery: Gallery) -> None:
    for _ in range(3):
        await gallery.stage.exchange()
    me = gallery.as_(Role.VIEWER)
    _, page = await gallery.ask("GET", f"{gallery.url}/turns?limit=2", me)
    assert [turn["number"] for turn in page["items"]] == [3, 2]
    _, usage = await gallery.ask(
        "GET", f"{gallery.url}/usage?limit=2&cursor={page['next_cursor']}", me
    )
    assert [turn["number"] for turn in usage["turns"]] == [1]
    assert usage["total"]["input_tokens"] == 60
    assert usage["total"]["cost_usd"] == "0.000370368"
    assert usage["called"]["requests"] == 0


async def test_strangers_find_no_turn_of_ours(gallery: Gallery) -> None:
    message = await gallery.stage.exchange()
    theirs = gallery.stranger()
    for path in ("turns", f"turns/{message.turn_id}", "usage"):
        found = await gallery.ask("GET", f"{gallery.url}/{path}", theirs)
        assert found == (404, "conversation_not_found")
    _, own = await gallery.ask("POST", "/v1/conversations", theirs, {})
    path = f"/v1/conversations/{own['id']}/turns/{message.turn_id}"
    assert await gallery.ask("GET", path, theirs) == (404, "turn_not_found")
    path = f"/v1/runs/{gallery.stage.conversation_id}/turn"
    assert await gallery.ask("GET", path, gallery.as_(Role.ADMIN)) == (404, "run_not_found")


async def test_a_run_is_one_turn(gallery: Gallery) -> None:
    me, run = gallery.as_(Role.VIEWER), uuid4()
    gallery.stage.conversation_id = run
    await gallery.stage.conversations.create(
        *(gallery.stage.scope, gallery.stage.user_id),
        conversation_id=run,
        title=None,
        agent="assistant",
        kind=ConversationKind.RUN,
    )
    assert await gallery.ask("GET", f"/v1/runs/{run}/turn", me) == (404, "turn_not_found")
    message = await gallery.stage.exchange("Work.")
    _, found = await gallery.ask("GET", f"/v1/runs/{run}/turn", me)
    assert found["turn"]["id"] == str(message.turn_id)


async def test_the_space_adds_up_by_day_and_by_user_for_admins_alone(gallery: Gallery) -> None:
    await gallery.stage.exchange()
    member, admin = gallery.as_(Role.MEMBER), gallery.as_(Role.ADMIN)
    _, found = await gallery.ask("GET", "/v1/usage", member)
    [day] = found["items"]
    assert day["cost_usd"] == "0.000123456"
    assert (day["turns"], day["requests"]) == (1, 1)
    moments = [datetime.fromisoformat(found[name]) for name in ("since", "until")]
    assert moments[1] - moments[0] == timedelta(days=30)
    assert await gallery.ask("GET", "/v1/usage?by=user", member) == (403, "role_required")
    _, users = await gallery.ask("GET", "/v1/usage?by=user", admin)
    assert [item["key"] for item in users["items"]] == [str(gallery.stage.user_id)]
    viewer = gallery.as_(Role.VIEWER)
    assert await gallery.ask("GET", "/v1/usage", viewer) == (403, "role_required")
    _, theirs = await gallery.ask("GET", "/v1/usage", gallery.stranger())
    assert theirs["items"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("since=2026-01-02&until=2026-01-02", "window_invalid"),
        ("since=2999-01-01", "window_invalid"),
        ("until=0001-01-01", "window_invalid"),
        ("since=2025-01-01&until=2026-01-03", "window_too_long"),
        ("since=soon", "request_invalid"),
        ("by=phase_of_the_moon", "request_invalid"),
    ],
)
async def test_impossible_windows_are_refused_by_name(
    gallery: Gallery, query: str, code: str
) -> None:
    found = await gallery.ask("GET", f"/v1/usage?{query}", gallery.as_(Role.MEMBER))
    assert found == (422, code)


def test_the_engines_page_is_named_where_there_is_one() -> None:
    settings = TemporalSettings(ui_url="http://127.0.0.1:8233/", namespace="holdfast")
    assert settings.page == "http://127.0.0.1:8233/namespaces/holdfast"
    assert TemporalSettings().page is None
    assert engine_page(str(settings.page), "turn/a/b/c", "run-1") == (
        "http://127.0.0.1:8233/namespaces/holdfast/workflows/turn%2Fa%2Fb%2Fc/run-1/history"
    )
