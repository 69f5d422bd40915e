"""The whole loop on the real servers: a turn asks, Slack shows it, a button lets it go on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.store.database import Database
from local.slack.workspace import Message
from local.stack import Stack
from models.payloads.scope import Scope
from models.states import Role
from tests.slack.edge import Square
from tests.slack.working import working
from tests.waiting import until

ASK = '@offline call=publish_note args={"title": "Spring", "body": "Hello"}'


@pytest.fixture(scope="module")
async def around(
    stack: Stack, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Square]:
    async with working(stack, database, tmp_path_factory.mktemp("edge")) as found:
        yield found


@pytest.fixture
async def here(around: Square) -> Square:
    around.channel.messages = []
    here = replace(around, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    await here.install()
    return here


async def asked(here: Square) -> Message:
    """The one message about an approval, once it stands."""

    async def stands() -> bool:
        return any(one.blocks for one in here.channel.messages)

    await until(stands)
    [message] = [one for one in here.channel.messages if one.blocks]
    return message


async def changed(here: Square) -> Message:
    async def says_so() -> bool:
        return (await asked(here)).edited

    await until(says_so)
    return await asked(here)


async def send(here: Square, user: UUID) -> str:
    """Where the conversation is, whose turn now asks."""
    answer = await here.http.post(
        f"{here.edge_url}/v1/messages",
        json={"content": f"Publish it.\n{ASK}"},
        headers=here.headers(user, Role.APPROVER),
    )
    assert answer.status_code == 202, answer.text
    return f"{here.edge_url}/v1/conversations/{answer.json()['conversation_id']}"


async def kinds(here: Square, url: str, user: UUID) -> list[str]:
    """Of all events until nothing runs."""
    headers = here.headers(user, Role.APPROVER)
    answer = await here.http.get(f"{url}/events?until=idle", headers=headers)
    return [
        line.removeprefix("event: ")
        for line in answer.text.splitlines()
        if line.startswith("event: ")
    ]


async def test_a_button_in_slack_lets_the_turn_go_on_and_the_message_says_so(
    here: Square,
) -> None:
    user = await here.admit(Role.APPROVER)
    await here.link("UADA", user)
    url = await send(here, user)
    message = await asked(here)
    await here.press(message, "approve")

    said = await changed(here)
    assert "Approved" in str(said.blocks)
    assert "<@UADA> in Slack" in str(said.blocks)
    seen = await kinds(here, url, user)
    assert [kind for kind in seen if kind.startswith("approval.")] == [
        *("approval.requested", "approval.decided"),
    ]
    assert seen[-1] == "turn.completed"
    async with here.database.transaction(here.scope) as session:
        notes = await session.fetch(
            "SELECT title FROM note WHERE space_id = $1", here.scope.space_id
        )
    assert [row["title"] for row in notes] == ["Spring"]


async def test_what_is_decided_in_the_app_is_said_in_slack(here: Square) -> None:
    user = await here.admit(Role.APPROVER)
    url = await send(here, user)
    message = await asked(here)
    headers = here.headers(user, Role.APPROVER)
    listed = (await here.http.get(f"{here.edge_url}/v1/approvals", headers=headers)).json()
    await here.http.post(
        f"{here.edge_url}/v1/approvals/{listed['items'][0]['id']}",
        json={"decision": "deny", "note": "Not now"},
        headers=headers,
    )

    said = await changed(here)
    assert said.ts == message.ts
    assert "Denied" in str(said.blocks)
    assert "Not now" in str(said.blocks)
    assert "approval.decided" in await kinds(here, url, user)


async def test_a_stopped_turns_question_is_withdrawn_in_slack(here: Square) -> None:
    user = await here.admit(Role.APPROVER)
    url = await send(here, user)
    await asked(here)
    await here.http.post(f"{url}/stop", headers=here.headers(user, Role.APPROVER))
    said = await changed(here)
    assert "Withdrawn" in str(said.blocks)
    assert not any(block["type"] == "actions" for block in said.blocks)
