"""The workspace on this machine: as strict as Slack, and nobody else's to press."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.connection import client
from local.ports import listening
from local.slack import checking, drawing
from local.slack.names import BOT
from local.slack.workspace import Message, SlackError, Workspace
from tests.slack.town import CHANNEL, address, serving, slack_app

Slack = tuple[str, Workspace]
_BUTTON = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x"}}
_EMPTY = {"type": "text", "text": ""}
_WINDOW = {"type": "modal", "blocks": [{"type": "divider"}]}


@pytest.fixture(scope="module")
async def slack() -> AsyncIterator[Slack]:
    held, workspace = listening(0), Workspace(None)
    async with serving(slack_app(workspace, held, burst=3), held):
        workspace.install(workspace.allow())
        workspace.held.channels[CHANNEL].members.append(BOT)
        yield address(held), workspace


def bot(slack: Slack, token: str | None = None) -> AsyncWebClient:
    return client(f"{slack[0]}/api/", token or slack[1].held.token)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "context", "elements": []},
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [_EMPTY]}]},
        {"type": "actions", "elements": [{**_BUTTON, "value": "x" * 2_001}]},
        {"type": "actions", "elements": [_BUTTON, _BUTTON]},
        {"type": "markdown", "text": "x" * 12_001},
        {"type": "unheard of"},
    ],
)
def test_blocks_that_break_a_limit_are_invalid(block: dict[str, object]) -> None:
    with pytest.raises(SlackError, match="invalid_blocks"):
        checking.blocks([{"type": "divider"}, block])
    with pytest.raises(SlackError, match="invalid_blocks"):
        checking.blocks([{"type": "divider"}] * 51)


def test_blocks_that_are_too_long_together_are_refused() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_000}}
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        checking.blocks([section] * 5)


async def test_it_refuses_in_slacks_own_words(slack: Slack) -> None:
    block = {"type": "unheard of"}
    for method, said, word in (
        ("chat.postMessage", {"channel": CHANNEL, "blocks": [block]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": "CNONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "CGENERAL", "text": "x"}, "not_in_channel"),
        ("chat.update", {"channel": CHANNEL, "ts": "1.1", "text": "x"}, "message_not_found"),
        ("views.open", {"trigger_id": "1", "view": _WINDOW}, "invalid_trigger_id"),
        ("chat.burn", {}, "unknown_method"),
    ):
        with pytest.raises(SlackApiError) as error:
            await bot(slack).api_call(method, json=said)
        assert error.value.response["error"] == word
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await bot(slack, "xoxb-wrong").auth_test()


async def test_too_many_posts_in_a_channel_are_told_to_wait(slack: Slack) -> None:
    posts = [bot(slack).chat_postMessage(channel=CHANNEL, text="again") for _ in range(8)]
    answers = await asyncio.gather(*posts, return_exceptions=True)
    refused = [one.response for one in answers if isinstance(one, SlackApiError)]
    assert {(one.status_code, one["error"]) for one in refused} == {(429, "ratelimited")}
    assert all(int(one.headers["retry-after"]) >= 1 for one in refused)


async def test_another_site_presses_nothing(slack: Slack) -> None:
    form = {"as": "UADA", "channel": CHANNEL, "text": "I never said that"}
    async with httpx2.AsyncClient() as http:
        for headers in ({"origin": "https://evil.example"}, {"host": "rebound.example:80"}):
            answer = await http.post(f"{slack[0]}/say", data=form, headers=headers)
            assert answer.status_code == 403
    assert not any(one.text == form["text"] for one in slack[1].held.channels[CHANNEL].messages)


async def test_a_thread_has_a_page_of_its_own(slack: Slack) -> None:
    url, workspace = slack
    form = {"as": "UADA", "channel": "CGENERAL", "text": "@holdfast, why <b>?"}
    async with httpx2.AsyncClient() as http:
        first = await http.post(f"{url}/say", data=form)
        ts = first.headers["x-message"]
        await http.post(f"{url}/say", data={**form, "text": "Because.", "thread": ts})
        await http.post(f"{url}/say", data={**form, "text": "Elsewhere."})
        page = await http.get(f"{url}/?as=UADA&channel=CGENERAL&thread={ts}")
    assert "Because." in page.text
    assert "Elsewhere." not in page.text
    [asked, reply, _] = workspace.held.channels["CGENERAL"].messages
    assert asked.text == f"<@{BOT}>, why &lt;b&gt;?"
    assert reply.thread_ts == ts


async def test_the_page_shows_each_person_what_is_theirs(slack: Slack) -> None:
    url, workspace = slack
    channel = workspace.held.channels[CHANNEL]
    evil = "<script>alert(1)</script>"
    workspace.add(channel, Message(ts=workspace.now(), user=BOT, text="for ada", to="UADA"))
    workspace.add(channel, Message(ts=workspace.now(), user="UGRACE", text=evil))
    async with httpx2.AsyncClient() as http:
        ada = (await http.get(url, params={"as": "UADA", "channel": CHANNEL})).text
        grace = (await http.get(url, params={"as": "UGRACE", "channel": CHANNEL})).text
        assert (await http.get(url, params={"as": "UNOBODY"})).status_code == 404
    assert "for ada" in ada
    assert "for ada" not in grace
    assert evil not in ada + grace


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("<!channel>", "<span class=mention>@channel</span>"),
        ("&lt;!channel&gt;", "&lt;!channel&gt;"),
        ("<https://a.example|A>", '<a href="https://a.example" rel=noreferrer>A</a>'),
        ("<javascript:alert(1)|A>", "&lt;javascript:alert(1)|A&gt;"),
        ("*b* `c`", "<b>b</b> <code>c</code>"),
    ],
)
def test_markup_is_drawn_as_slack_reads_it(text: str, drawn: str) -> None:
    assert str(drawing.markup(text, {})) == drawn
