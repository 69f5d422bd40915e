"""Threads of Slack are conversations: on the real servers, with the workspace calling back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.store.database import Database
from local.slack.names import APP, BOT, TEAM
from local.slack.workspace import Message
from local.stack import Stack
from models import ids
from models.payloads.scope import Scope
from models.states import Role
from tests.slack.edge import LINK, SLOW, Square
from tests.slack.town import CHANNEL
from tests.slack.working import working
from tests.waiting import until

# Goes on until it is stopped, however late that is.
LASTING = "@offline tokens=20000 gap_ms=20"
ASK = '@offline call=publish_note args={"title": "Spring", "body": "Hello"}'


@pytest.fixture(scope="module")
async def around(
    stack: Stack, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Square]:
    async with working(stack, database, tmp_path_factory.mktemp("edge")) as found:
        yield found


@pytest.fixture
async def here(around: Square) -> Square:
    """A space of the test's own, where Ada is a member."""
    for channel in around.workspace.held.channels.values():
        channel.messages = []
    here = replace(around, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    # The workspace is installed in this space alone.
    await around.store.uninstalled(TEAM)
    await here.install()
    await here.link("UADA", await here.admit(Role.MEMBER))
    return here


async def say(
    here: Square, text: str, *, user: str = "UADA", channel: str = CHANNEL, thread: str = ""
) -> str:
    """Somebody writes; gives the message's name."""
    form = {"as": user, "channel": channel, "text": text}
    form |= {"thread": thread} if thread else {}
    answer = await here.http.post(f"{here.slack_url}/say", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["x-message"]


def replies(here: Square, thread: str, channel: str = CHANNEL) -> list[Message]:
    messages = here.workspace.held.channels[channel].messages
    return [one for one in messages if one.thread_ts == thread and one.user == BOT and not one.to]


def written(message: Message) -> str:
    return "\n".join(block["text"] for block in message.blocks if block["type"] == "markdown")


def notes(message: Message) -> str:
    parts = [one for block in message.blocks for one in block.get("elements", ())]
    return "\n".join(one["text"] for one in parts)


async def reply(here: Square, thread: str, words: str, channel: str = CHANNEL) -> Message:
    """The one answer in a thread, once it says that."""

    async def says() -> bool:
        found = replies(here, thread, channel)
        return bool(found) and words in f"{written(found[-1])}\n{notes(found[-1])}"

    await until(says)
    return replies(here, thread, channel)[-1]


def conversation(here: Square, thread: str, channel: str = CHANNEL) -> UUID:
    return ids.slack_conversation_id(here.scope.space_id, TEAM, channel, thread)


async def exchanged(here: Square, conversation_id: UUID, least: int = 2) -> list[dict[str, Any]]:
    """The conversation's messages, the oldest first, once there are so many."""
    url = f"{here.edge_url}/v1/conversations/{conversation_id}/messages"
    headers = here.headers(uuid4(), Role.VIEWER)
    found: list[dict[str, Any]] = []

    async def enough() -> bool:
        answer = await here.http.get(url, headers=headers)
        if answer.status_code == 404:  # Slack has not called yet
            return False
        assert answer.status_code == 200, answer.text
        found[:] = answer.json()["items"]
        return len(found) >= least

    await until(enough)
    return found


async def stop(here: Square, conversation_id: UUID) -> None:
    url = f"{here.edge_url}/v1/conversations/{conversation_id}/stop"
    answer = await here.http.post(url, headers=here.headers(uuid4(), Role.MEMBER))
    assert answer.status_code == 202, answer.text


async def whole(here: Square, thread: str) -> Message:
    """The one answer in a thread, once it is the stored one."""
    said = await exchanged(here, conversation(here, thread))
    return await reply(here, thread, said[1]["content"])


async def test_a_mention_is_answered_in_its_thread(here: Square) -> None:
    asked = await say(here, "@holdfast Say it.\n@offline reply=Amber & <oak>.")
    await reply(here, asked, "Amber & <oak>.")

    async def silent() -> bool:
        return notes(replies(here, asked)[0]) == ""

    await until(silent)
    assert len(replies(here, asked)) == 1
    said = await exchanged(here, conversation(here, asked))
    assert [one["role"] for one in said] == ["user", "assistant"]
    assert said[0]["content"].startswith("Say it.\n@offline")


async def test_an_answer_grows_in_one_message(here: Square) -> None:
    asked = await say(here, f"@holdfast\n{LASTING}")

    def grown() -> bool:
        found = replies(here, asked)
        return bool(found) and found[0].edits >= 2 and len(written(found[0]).split()) >= 60

    await until(grown)
    await stop(here, conversation(here, asked))
    message = await reply(here, asked, "It was stopped.")

    said = await exchanged(here, conversation(here, asked))
    assert written(message) == said[1]["content"]
    assert len(replies(here, asked)) == 1
    # It was shown before it was whole, and not once for each of its tokens.
    assert 2 <= message.edits <= len(written(message).split()) * 2 // 3


async def test_a_thread_goes_on_with_its_conversation(here: Square) -> None:
    asked = await say(here, "@holdfast One.\n@offline reply=First.")
    await reply(here, asked, "First.")
    await say(here, "@holdfast Two.\n@offline reply=Second.", thread=asked)
    await reply(here, asked, "Second.")

    said = await exchanged(here, conversation(here, asked), 4)
    assert [one["content"].partition("\n")[0] for one in said] == [
        *("One.", "First.", "Two.", "Second."),
    ]
    assert [written(one) for one in replies(here, asked)] == ["First.", "Second."]


async def test_what_is_asked_while_an_answer_runs_is_answered_after_it(here: Square) -> None:
    asked = await say(here, f"@holdfast\n{LASTING}")
    await until(lambda: any(written(one) for one in replies(here, asked)))
    await say(here, "@holdfast\n@offline reply=And this.", thread=asked)
    url = f"{here.edge_url}/v1/conversations/{conversation(here, asked)}/queue"
    headers = here.headers(uuid4(), Role.VIEWER)

    async def waits() -> bool:
        answer = await here.http.get(url, headers=headers)
        return answer.status_code == 200 and len(answer.json()["items"]) == 1

    await until(waits)
    await stop(here, conversation(here, asked))
    said = await exchanged(here, conversation(here, asked), 4)
    wanted = [said[1]["content"], "And this."]
    # Each is written by a writer of its own: the later one may be done first.
    await until(lambda: [written(one) for one in replies(here, asked)] == wanted)


async def test_a_message_to_the_app_alone_needs_no_mention(here: Square) -> None:
    asked = await say(here, "@offline reply=Hello Ada.", channel="UADA")
    await reply(here, asked, "Hello Ada.", "DUADA")


def happened(here: Square, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of Slack's
    """A mention as Slack sends it; the thread's first message stands in the channel."""
    ts = here.workspace.now()
    here.workspace.add(here.channel, Message(ts=ts, user="UADA", text="A question"))
    event = {
        "type": "app_mention",
        "channel": CHANNEL,
        "user": "UADA",
        "team": TEAM,
        "ts": ts,
        "event_ts": ts,
        "text": f"<@{BOT}> Amber &amp; &lt;oak&gt;\n@offline reply=Yes.",
        **changes,
    }
    return {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event": event}


async def test_slacks_repeats_of_a_message_run_once(here: Square) -> None:
    payload = happened(here)
    answers = await asyncio.gather(*(here.signed(payload, "events") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    asked = payload["event"]["ts"]
    await reply(here, asked, "Yes.")
    again = await here.signed(payload, "events", headers={"x-slack-retry-num": "1"})

    assert again.status_code == 200
    said = await exchanged(here, conversation(here, asked))
    assert [one["content"].partition("\n")[0] for one in said] == ["Amber & <oak>", "Yes."]
    assert len(replies(here, asked)) == 1


async def unheard(here: Square, **changes: Any) -> None:  # noqa: ANN401 - fields of Slack's
    """It is acknowledged, and nothing runs."""
    payload = happened(here, **changes)
    assert (await here.signed(payload, "events")).status_code == 200
    async with here.database.transaction(here.scope) as session:
        rows = await session.fetch(
            "SELECT id FROM conversation WHERE space_id = $1", here.scope.space_id
        )
    assert rows == []
    assert replies(here, payload["event"]["ts"]) == []


async def test_a_stranger_is_invited_and_nothing_runs(here: Square) -> None:
    await unheard(here, user="UGRACE")
    [words] = here.whispers("UGRACE")
    assert "holdfast slack link" in words


async def test_who_asks_is_counted_by_the_tier_that_they_linked_with(here: Square) -> None:
    await unheard(here, user="UGRACE")
    invited = LINK.search(here.whispers("UGRACE")[0])
    assert invited is not None
    headers = here.headers(uuid4(), Role.MEMBER, SLOW)
    url = f"{here.edge_url}/v1/slack/link"
    linked = await here.http.post(url, json={"token": invited[1]}, headers=headers)
    assert linked.status_code == 200, linked.text

    asked = await say(here, "@holdfast\n@offline reply=First.", user="UGRACE")
    await reply(here, asked, "First.")
    await say(here, "@holdfast More?", user="UGRACE", thread=asked)

    async def refused() -> bool:
        words = "1 such requests a minute are yours"
        return any(one.text.startswith(words) for one in replies(here, asked))

    await until(refused)


@pytest.mark.parametrize("role", [Role.VIEWER, None])
async def test_who_may_not_ask_is_told_so(here: Square, role: Role | None) -> None:
    grace = uuid4() if role is None else await here.admit(role)
    await here.link("UGRACE", grace)
    await unheard(here, user="UGRACE")
    [words] = here.whispers("UGRACE")
    assert words.startswith("You may read" if role else "You are in no space")
    [reason, *_] = [
        said["reason"] for what, said in await here.audited() if what == "slack.refused"
    ]
    assert reason == ("slack_role_low" if role else "slack_role_missing")


async def test_people_of_another_workspace_are_refused(here: Square) -> None:
    await unheard(here, user_team="TOTHER")
    assert here.whispers("UADA") == ["This space does not use Holdfast from your workspace."]


@pytest.mark.parametrize(
    "changes",
    [
        {"bot_id": "B0OTHER"},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": ""},
        {"subtype": "message_changed"},
        {"type": "message", "channel_type": "channel"},
        {"type": "message", "channel_type": "im", "user": BOT},
    ],
)
async def test_only_peoples_own_words_to_the_app_are_heard(
    here: Square, changes: dict[str, str]
) -> None:
    await unheard(here, **changes)
    assert here.whispers("UADA") == []


async def test_files_and_empty_words_are_answered_politely(here: Square) -> None:
    await unheard(here, files=[{"id": "F1"}])
    await unheard(here, text=f" <@{BOT}> ")
    assert [words.partition(" ")[0] for words in here.whispers("UADA")] == ["I", "Say"]


async def test_a_send_that_is_refused_is_told_in_the_thread(here: Square) -> None:
    asked = await say(here, "@holdfast\n@offline reply=First.")
    await reply(here, asked, "First.")
    url = f"{here.edge_url}/v1/conversations/{conversation(here, asked)}"
    headers = here.headers(uuid4(), Role.MEMBER)
    changed = await here.http.patch(url, json={"archived": True}, headers=headers)
    assert changed.status_code == 200, changed.text
    await say(here, "@holdfast More?", thread=asked)

    async def told() -> bool:
        return [one.text for one in replies(here, asked)][1:] == ["The conversation is archived."]

    await until(told)


async def test_a_failure_is_told_in_words(here: Square) -> None:
    asked = await say(here, "@holdfast\n@offline fail=400")
    assert "It failed: " in notes(await reply(here, asked, "It failed:"))


async def test_slack_may_ask_for_patience(here: Square) -> None:
    for method in ("chat.postMessage", "chat.update"):
        order = {"method": method, "seconds": 1, "times": 2}
        await here.http.post(f"{here.slack_url}/limit", json=order)
    asked = await say(here, "@holdfast\n@offline tokens=20 gap_ms=10")
    await whole(here, asked)
    assert len(replies(here, asked)) == 1


async def test_a_models_words_call_nobody(here: Square) -> None:
    words = "<!channel> <@UADA> @here ![x](https://evil.example/p.png) & <b>"
    asked = await say(here, f"@holdfast\n@offline reply={words}")
    message = await reply(here, asked, "<b>")

    for called in ("<!channel", "<@UADA", "@here", "!["):
        assert called not in f"{written(message)} {message.text}"


async def test_an_answer_that_is_too_long_leads_to_the_app(here: Square) -> None:
    asked = await say(here, "@holdfast\n@offline tokens=4000")
    message = await reply(here, asked, "Read all of it")

    assert 8_000 < len(written(message)) <= 12_000
    assert f"https://app.example/c/{conversation(here, asked)}" in notes(message)


async def test_an_approval_is_waited_for_and_the_answer_goes_on(here: Square) -> None:
    await here.link("UADA", await here.admit(Role.APPROVER))
    asked = await say(here, f"@holdfast Publish it.\n{ASK}")
    waiting = await reply(here, asked, "Waits for a verdict on publish_note")

    def questions() -> list[Message]:
        kind = "holdfast_approval"
        told = here.channel.messages
        return [one for one in told if one.metadata and one.metadata["event_type"] == kind]

    async def is_asked() -> bool:
        return bool(questions())

    await until(is_asked)
    [question] = questions()
    await here.press(question, "approve")

    async def done() -> bool:
        return notes(replies(here, asked)[0]) == ""

    await until(done)
    [message] = replies(here, asked)
    assert message.ts == waiting.ts
    assert written(message)


async def test_an_erased_conversation_is_said_to_be_gone(here: Square) -> None:
    await here.link("UADA", await here.admit(Role.APPROVER))
    asked = await say(here, f"@holdfast Publish it.\n{ASK}")
    await reply(here, asked, "Waits for a verdict")
    url = f"{here.edge_url}/v1/conversations/{conversation(here, asked)}"
    headers = here.headers(uuid4(), Role.ADMIN)
    assert (await here.http.delete(url, headers=headers)).status_code == 204
    await reply(here, asked, "The conversation was deleted.")
