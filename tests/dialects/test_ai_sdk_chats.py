"""AI SDK's chat against the edge as it is started, over real Postgres, Redis and Temporal."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import httpx2

from tests.dialects.conftest import LASTING, HeldBack, Site
from tests.dialects.node import Clients
from tests.turns.cast import PUBLISH
from tests.turns.held import HELD, Held
from tests.waiting import PATIENCE, until

CHAT = "/v1/ai-sdk/chat"
Seen = dict[str, Any]


class Tab:
    """A browser's tab with a chat open."""

    def __init__(self, site: Site, clients: Clients, chat: str) -> None:
        self.site, self.chat, self._clients = site, chat, clients
        self._name = str(uuid4())

    async def open(
        self,
        *,
        query: str = "",
        automatic: bool = False,
        held: Sequence[dict[str, Any]] | None = None,
    ) -> "Tab":
        """As a page does: with what the history says, unless it has `held` other messages."""
        found = await self.site.client.get(f"{CHAT}/{self.chat}/messages")
        known = found.json()["items"] if found.status_code == 200 else []
        await self._clients.ask(
            "make",
            chat=self._name,
            id=self.chat,
            api=f"{self.site.address}{CHAT}{query}",
            headers=self.site.headers,
            messages=known if held is None else list(held),
            automatic=automatic,
        )
        return self

    async def do(self, operation: str, **asked: object) -> Seen:
        seen: Seen = await self._clients.ask(operation, chat=self._name, **asked)
        return seen

    async def until(self, condition: Callable[[Seen], object]) -> Seen:
        async with asyncio.timeout(PATIENCE):
            while not condition(seen := await self.do("state")):  # noqa: ASYNC110 - Node's state
                await asyncio.sleep(0.02)
        return seen


async def a_tab(
    site: Site,
    clients: Clients,
    chat: str | None = None,
    *,
    query: str = "",
    automatic: bool = False,
    held: Sequence[dict[str, Any]] | None = None,
) -> Tab:
    tab = Tab(site, clients, chat or str(uuid4()))
    return await tab.open(query=query, automatic=automatic, held=held)


def is_ready(seen: Seen) -> bool:
    return bool(seen["status"] == "ready")


def said(seen: Seen) -> str:
    """By the assistant, last."""
    last = seen["messages"][-1]
    parts = last["parts"] if last["role"] == "assistant" else []
    return "".join(part["text"] for part in parts if part["type"] == "text")


def calls(seen: Seen) -> list[dict[str, Any]]:
    return [part for part in seen["messages"][-1]["parts"] if part["type"] == "dynamic-tool"]


async def history(site: Site, chat: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await site.client.get(f"{CHAT}/{chat}/messages")).json()["items"]
    for item in items:
        item["metadata"].pop("answers", None)
    return items


async def test_a_message_is_answered_and_found_again(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    seen = await tab.do("send", text="Hello\n@offline tokens=5")
    assert (seen["status"], seen["error"]) == ("ready", None)
    assert said(seen).split() == [f"w{index}" for index in range(5)]
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]


async def test_a_chat_may_have_any_id(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk, f"chat of {uuid4()}, and more")
    await tab.do("send", text="Hello\n@offline tokens=2")
    await tab.do("send", text="Again\n@offline tokens=2")
    assert [one["role"] for one in await history(site, tab.chat)] == ["user", "assistant"] * 2


async def test_a_message_that_is_sent_again_gets_the_same_turn(site: Site, ai_sdk: Clients) -> None:
    chat, message_id = str(uuid4()), str(uuid4())
    answers = []
    for _ in range(2):
        tab = await a_tab(site, ai_sdk, chat, held=())
        message = {"id": message_id, "role": "user", "parts": [{"type": "text", "text": "Once"}]}
        answers.append((await tab.do("send", **message))["messages"][-1])
    assert answers[0] == answers[1]
    assert len(await history(site, chat)) == 2


async def test_a_reloaded_page_goes_on_with_the_whole_message(
    site: Site, ai_sdk: Clients, held: Held
) -> None:
    tab = await a_tab(site, ai_sdk)
    await tab.do("begin", text=f"{HELD}\n@offline tokens=60 gap_ms=25")
    await tab.until(lambda seen: len(said(seen).split()) > 5)
    reloaded = await a_tab(site, ai_sdk, tab.chat)
    await reloaded.do("rejoin")
    await reloaded.until(said)
    held.release.set()
    seen = await reloaded.until(is_ready)
    assert said(seen).split() == [f"w{index}" for index in range(60)]
    first = await tab.until(is_ready)
    assert seen["messages"][-1] == first["messages"][-1]


async def test_a_page_that_has_nothing_to_resume_stays_as_it_is(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk)
    assert (await tab.do("resume"))["status"] == "ready"
    await tab.do("send", text="Hello\n@offline tokens=2")
    answer = await site.client.get(f"{CHAT}/{tab.chat}/stream")
    assert answer.status_code == 204
    assert len((await tab.do("resume"))["messages"]) == 2


async def test_a_stop_from_another_tab_ends_the_stream(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    await tab.do("begin", text=LASTING)
    await tab.until(said)
    stopped = await site.client.post(f"/v1/conversations/{tab.chat}/stop")
    assert stopped.status_code == 202
    seen = await tab.until(is_ready)
    assert seen["messages"][-1]["metadata"]["outcome"] == "stopped"
    assert seen["finished"][-1]["finishReason"] == "interrupted"
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]


async def test_leaving_stops_nothing(site: Site, ai_sdk: Clients, held: Held) -> None:
    tab = await a_tab(site, ai_sdk)
    await tab.do("begin", text=f"{HELD}\n@offline tokens=40 gap_ms=25")
    await tab.until(said)
    await tab.do("leave")
    later = await a_tab(site, ai_sdk, tab.chat)
    await later.do("rejoin")
    await later.until(said)
    held.release.set()
    seen = await later.until(is_ready)
    assert said(seen).split()[-1] == "w39"


async def test_an_approved_call_runs_and_the_same_message_goes_on(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk, automatic=True)
    asked = await tab.do("send", text=PUBLISH)
    assert calls(asked)[0]["state"] == "approval-requested"
    assert asked["finished"][-1]["finishReason"] == "tool-calls"
    await tab.do("approve", approval=calls(asked)[0]["approval"]["id"], approved=True)
    seen = await tab.until(lambda seen: len(seen["finished"]) == 2)
    assert seen["error"] is None
    assert calls(seen)[0]["state"] == "output-available"
    assert len(seen["messages"]) == 2
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]


async def test_a_message_behind_a_verdict_waits_for_its_worker(
    site: Site, ai_sdk: Clients, held_back: HeldBack
) -> None:
    tab = await a_tab(site, ai_sdk, automatic=True)
    asked = await tab.do("send", text=PUBLISH)
    approval = calls(asked)[0]["approval"]["id"]
    await tab.do("approve", approval=approval, approved=True)
    await until(lambda: bool(held_back.verdicts))
    await held_back.release()
    seen = await tab.until(lambda seen: calls(seen)[0]["state"] == "output-available")
    seen = await tab.until(is_ready)
    assert len(seen["finished"]) == 2
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]


async def test_a_verdict_on_an_earlier_message_is_given_though_a_newer_one_stands_last(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk)
    asked = (await tab.do("send", text=PUBLISH))["messages"]
    part = next(part for part in asked[-1]["parts"] if part["type"] == "dynamic-tool")
    answered = {**part, "state": "approval-responded"}
    answered["approval"] = {**part["approval"], "approved": True}
    newer = ask()["messages"]
    messages = [asked[0], {**asked[-1], "parts": [*asked[-1]["parts"], answered]}, *newer]
    body = {"id": tab.chat, "messageId": asked[-1]["id"], "messages": messages}
    async with asyncio.timeout(PATIENCE):
        answer = await site.client.post(CHAT, json={**body, "trigger": "submit-message"})
    assert "data-queued" not in answer.text
    assert "publish_note answered" in said({"messages": await history(site, tab.chat)})
    assert len(await history(site, tab.chat)) == 2


async def test_a_first_message_that_never_arrived_is_asked_on_trying_again(
    site: Site, ai_sdk: Clients
) -> None:
    held = [{"id": "u1", "role": "user", "parts": [{"type": "text", "text": "@offline tokens=2"}]}]
    tab = await a_tab(site, ai_sdk, held=held)
    seen = await tab.do("regenerate")
    assert (seen["status"], seen["error"]) == ("ready", None)
    assert said(seen).split() == ["w0", "w1"]
    assert [one["role"] for one in await history(site, tab.chat)] == ["user", "assistant"]


async def test_a_denied_call_does_not_run_and_the_message_goes_on(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk, automatic=True)
    asked = await tab.do("send", text=PUBLISH)
    approval = calls(asked)[0]["approval"]["id"]
    await tab.do("approve", approval=approval, approved=False, reason="Not today.")
    seen = await tab.until(lambda seen: len(seen["finished"]) == 2)
    assert calls(seen)[0]["state"] == "output-denied"
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]


async def test_a_page_that_waits_sees_what_somebody_else_decides(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk, query="?approvals=wait")
    await tab.do("begin", text=PUBLISH)
    asked = await tab.until(lambda seen: calls(seen) and "approval" in calls(seen)[0])
    approval = calls(asked)[0]["approval"]["id"]
    await site.client.post(f"/v1/approvals/{approval}", json={"decision": "approve"})
    seen = await tab.until(is_ready)
    assert calls(seen)[0]["state"] == "output-available"
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]


async def test_an_approval_that_was_given_elsewhere_is_seen_on_resuming(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk)
    asked = await tab.do("send", text=PUBLISH)
    approval = calls(asked)[0]["approval"]["id"]
    waiting = await (await a_tab(site, ai_sdk, tab.chat)).do("resume")
    assert calls(waiting)[0]["state"] == "approval-requested"
    await site.client.post(f"/v1/approvals/{approval}", json={"decision": "approve"})
    other = await a_tab(site, ai_sdk, tab.chat, query="?approvals=wait")
    await other.do("resume")
    assert (await history(site, tab.chat))[-1]["metadata"]["outcome"] == "completed"


async def test_what_is_said_of_an_answer_is_found_with_it(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    seen = await tab.do("send", text="Hello\n@offline tokens=2")
    (answer,) = seen["messages"][-1]["metadata"]["message_ids"]
    url = f"/v1/conversations/{tab.chat}/messages/{answer}/feedback"
    given = await site.client.put(url, json={"rating": "up"})
    assert given.status_code < 300
    found = (await history(site, tab.chat))[-1]["metadata"]["feedback"]
    assert (found["up"], found["own"]["rating"]) == (1, "up")


async def test_a_history_comes_page_by_page_from_its_end(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    for text in ("one", "two", "three"):
        await tab.do("send", text=f"{text}\n@offline tokens=1")
    pages, cursor = [], ""
    for _ in range(2):
        url = f"{CHAT}/{tab.chat}/messages?limit=2{cursor}"
        page = (await site.client.get(url)).json()
        said = [one["parts"][0]["text"] for one in page["items"] if one["role"] == "user"]
        pages.append([text.split("\n")[0] for text in said])
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == [["two", "three"], ["one"]]
    assert page["next_cursor"] is None


async def test_a_second_answer_stands_beside_the_first(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    first = (await tab.do("send", text="Hello\n@offline tokens=2"))["messages"][-1]
    seen = await tab.do("regenerate")
    second = seen["messages"][-1]
    assert second["id"] != first["id"]
    assert len(seen["messages"]) == 2
    items = (await site.client.get(f"{CHAT}/{tab.chat}/messages")).json()["items"]
    assert items[-1]["metadata"]["answers"] == [first["id"], second["id"]]


async def test_an_edited_message_begins_a_branch_and_is_answered_again(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk)
    sent = await tab.do("send", text="Hello\n@offline tokens=2")
    await tab.do("send", text="And then?\n@offline tokens=2")
    message_id = sent["messages"][0]["id"]
    seen = await tab.do("send", text="Good day\n@offline tokens=3", messageId=message_id)
    assert len(seen["messages"]) == 2
    items = await history(site, tab.chat)
    assert len(items) == 2
    assert items[0]["parts"][0]["text"] == "Good day\n@offline tokens=3"
    assert len(items[0]["metadata"]["siblings"]) == 2
    again = await tab.do("regenerate")
    assert said(again).split() == ["w0", "w1", "w2"]


async def test_a_failed_turn_says_so_and_can_be_tried_again(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    seen = await tab.do("send", text="@offline fail=400")
    assert seen["status"] == "error"
    assert seen["messages"][-1]["metadata"]["outcome"] == "failed"
    assert seen["messages"][-1] == (await history(site, tab.chat))[-1]
    again = await tab.do("regenerate")
    assert again["messages"][-1]["id"] != seen["messages"][-1]["id"]


async def test_a_message_that_waits_is_told_its_place_and_gets_its_own_turn(
    site: Site, ai_sdk: Clients
) -> None:
    tab = await a_tab(site, ai_sdk)
    await tab.do("begin", text=LASTING)
    await tab.until(said)
    other = await a_tab(site, ai_sdk, tab.chat)
    await other.do("begin", text="And?\n@offline tokens=3")
    await other.until(lambda seen: seen["data"])
    await site.client.post(f"/v1/conversations/{tab.chat}/stop")
    seen = await other.until(is_ready)
    queued = {"type": "data-queued", "data": {"position": 1}, "transient": True}
    assert seen["data"][0] == queued
    assert said(seen).split() == ["w0", "w1", "w2"]
    assert len(await history(site, tab.chat)) == 4


async def test_a_steering_message_is_answered_in_the_turn_that_runs(
    site: Site, ai_sdk: Clients, held: Held
) -> None:
    tab = await a_tab(site, ai_sdk)
    await tab.do("begin", text=f"{HELD}\n@offline tokens=40 gap_ms=25")
    running = await tab.until(said)
    body = {"on_busy": "steer"}
    other = await a_tab(site, ai_sdk, tab.chat)
    await other.do("begin", text="Short!\n@offline tokens=3", options={"body": body})
    await other.until(said)  # the turn's own stream: the message is taken
    held.release.set()
    seen = await other.until(is_ready)
    assert seen["messages"][-1]["id"] == running["messages"][-1]["id"]
    assert len([part for part in seen["messages"][-1]["parts"] if part["type"] == "text"]) == 2


def ask(**changes: object) -> dict[str, Any]:
    message = {"id": str(uuid4()), "role": "user", "parts": [{"type": "text", "text": "Hello"}]}
    return {"id": str(uuid4()), "messages": [message], **changes}


async def test_what_no_turn_can_come_of_is_refused_by_name(site: Site) -> None:
    user = {"id": "m", "role": "user"}
    document = {"type": "file", "mediaType": "text/plain", "url": f"/v1/documents/{uuid4()}"}
    about = {"type": "text", "text": "What does it say?"}
    picture = {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AA=="}
    wrong: list[tuple[dict[str, Any], int, str]] = [
        (ask(messages=[]), 422, "messages_empty"),
        (ask(messages=[{**user, "parts": []}]), 422, "message_empty"),
        (ask(messages=[{**user, "role": "system"}]), 422, "message_role_invalid"),
        (ask(messages=[{**user, "role": "assistant"}]), 422, "nothing_to_answer"),
        (ask(messages=[{**user, "parts": [picture]}]), 422, "file_unsupported"),
        (ask(messages=[{**user, "parts": [about, document]}]), 422, "reference_unknown"),
        (
            ask(messages=[{**user, "parts": [{"type": "text", "text": "a" * 40_000}]}]),
            413,
            "message_too_long",
        ),
    ]
    for body, status, code in wrong:
        answer = await site.client.post(CHAT, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_verdicts_on_what_is_not_this_chats_are_refused(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    asked = await tab.do("send", text=PUBLISH)
    message = asked["messages"][-1]
    other = await a_tab(site, ai_sdk)
    theirs = (await other.do("send", text=PUBLISH))["messages"][-1]
    part = next(part for part in theirs["parts"] if part["type"] == "dynamic-tool")
    answered = {**part, "state": "approval-responded", "approval": {**part["approval"]}}
    answered["approval"]["approved"] = True
    body = {"id": tab.chat, "messages": [{**message, "parts": [answered]}]}
    answer = await site.client.post(CHAT, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "approval_not_found")
    for chat in (tab.chat, other.chat):
        await site.client.post(f"/v1/conversations/{chat}/stop")


async def test_a_chat_of_another_space_is_nobodys(site: Site, ai_sdk: Clients) -> None:
    tab = await a_tab(site, ai_sdk)
    await tab.do("send", text="Hello\n@offline tokens=2")
    async with httpx2.AsyncClient(base_url=site.address, timeout=30) as stranger:
        headers = site.stranger()
        found = await stranger.get(f"{CHAT}/{tab.chat}/messages", headers=headers)
        resumed = await stranger.get(f"{CHAT}/{tab.chat}/stream", headers=headers)
    assert (found.status_code, resumed.status_code) == (404, 204)
