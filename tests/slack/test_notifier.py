"""Asking in Slack, with the real client, a workspace of this process and the real store."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from adapters.slack.credentials import Credentials
from adapters.slack.notifier import SlackNotifier
from domain.ports.approvals import ApprovalState, Via
from domain.ports.notifying import Posted
from local.slack.workspace import Message
from models.errors import AppError, UnavailableError
from models.states import Role
from tests.slack.town import CHANNEL, Town


def buttons(message: Message) -> list[str]:
    found = [
        one for block in message.blocks if block["type"] == "actions" for one in block["elements"]
    ]
    return [one["text"]["text"] for one in found]


def said(message: Message) -> str:
    """All that is shown, as one text."""
    return str(message.blocks)


async def limited(town: Town, method: str, seconds: int, times: int = 1) -> None:
    asked = {"method": method, "seconds": seconds, "times": times}
    async with httpx2.AsyncClient() as http:
        await http.post(f"{town.slack_url}/limit", json=asked)


async def test_a_question_shows_what_why_how_until_when_and_three_buttons(here: Town) -> None:
    approval = await here.ask(
        tainted=True,
        quotes=[{"path": "body", "text": "Hello", "source": "a page of theirs"}],
    )
    message = await here.posted(approval)

    for part in ("publish_note", approval.reason, "Spring", "a page of theirs", "Silence is a no"):
        assert part in said(message), part
    assert buttons(message) == ["Approve", "Deny", "Request revision"]


async def test_a_question_says_who_asked(here: Town) -> None:
    person = await here.admit(Role.MEMBER)
    unlinked = await here.posted(await here.ask(requested_by=person))
    assert f"Asked for by member `{str(person)[:8]}`" in said(unlinked)

    await here.link("UADA", person)
    linked = await here.posted(await here.ask(requested_by=person))
    assert "Asked for by <@UADA>" in said(linked)


async def test_metadata_names_content_space_and_agent(here: Town) -> None:
    content = uuid4()
    message = await here.posted(await here.ask(content_id=content))

    assert message.metadata is not None
    told = message.metadata["event_payload"]
    assert told["content_id"] == str(content)
    assert told["space_id"] == str(here.scope.space_id)
    assert told["agent"] == "general"


async def test_a_repeat_finds_what_stands(here: Town) -> None:
    approval = await here.ask()
    first = await here.notifier.post(here.scope, approval, url="")
    assert await here.notifier.post(here.scope, approval, url="") == first
    assert len(here.about(approval)) == 1


async def test_a_message_whose_posting_nobody_could_report_is_found_again(here: Town) -> None:
    approval = await here.ask()
    first = await here.notifier.post(here.scope, approval, url="")
    async with here.database.transaction(here.scope) as session:
        await session.fetch(
            "UPDATE slack_message SET timestamp = '' WHERE space_id = $1 AND approval_id = $2",
            *(here.scope.space_id, approval.id),
        )

    assert await here.notifier.post(here.scope, approval, url="") == first
    assert len(here.about(approval)) == 1


async def test_of_several_that_post_at_once_one_message_stays(here: Town) -> None:
    approval = await here.ask()
    places = await asyncio.gather(
        *(here.notifier.post(here.scope, approval, url="") for _ in range(5))
    )
    assert len(set(places)) == 1
    assert [one.ts for one in here.about(approval)] == [places[0].timestamp if places[0] else ""]


async def test_where_nothing_is_installed_nobody_is_asked(town: Town) -> None:
    nowhere = Town(town.database, town.workspace, town.slack_url)
    await nowhere.admit(Role.ADMIN)
    assert await nowhere.notifier.post(nowhere.scope, await nowhere.ask(), url="") is None

    unsaid = Town(town.database, town.workspace, town.slack_url)
    await unsaid.install(channel="")
    assert await unsaid.notifier.post(unsaid.scope, await unsaid.ask(), url="") is None


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ApprovalState.APPROVED, "Approved"),
        (ApprovalState.DENIED, "Denied"),
        (ApprovalState.REVISED, "Sent back"),
        (ApprovalState.EXPIRED, "Expired"),
        (ApprovalState.WITHDRAWN, "Withdrawn"),
    ],
)
async def test_what_ended_says_so_in_place_and_has_no_buttons(
    here: Town, state: ApprovalState, word: str
) -> None:
    approval = await here.ask()
    message = await here.posted(approval)
    ended = replace(approval, state=state, decided_at=datetime.now(UTC), decided_via=Via.API)
    if state in {ApprovalState.APPROVED, ApprovalState.DENIED, ApprovalState.REVISED}:
        person = await here.admit(Role.APPROVER)
        await here.link("UADA", person)
        ended = replace(ended, decided_by=person, note="Shorter, <!channel> please")

    await here.notifier.update(here.scope, ended, Posted(CHANNEL, message.ts))

    [changed] = here.about(approval)
    assert (changed.ts, changed.edited, buttons(changed)) == (message.ts, True, [])
    assert word in said(changed)
    if ended.decided_by is not None:
        assert "<@UADA> in the app" in said(changed)
        markup = [b["text"]["text"] for b in changed.blocks if b["type"] == "section"]
        assert not any("<!channel>" in text for text in markup)


async def test_a_message_that_somebody_deleted_is_no_failure(here: Town) -> None:
    approval = await here.ask()
    message = await here.posted(approval)
    here.channel.messages.remove(message)
    expired = replace(approval, state=ApprovalState.EXPIRED)
    await here.notifier.update(here.scope, expired, Posted(CHANNEL, message.ts))
    await here.notifier.update(here.scope, expired, Posted("CGONE", message.ts))


async def test_slacks_wait_is_passed_on_and_nothing_is_tried_again_here(here: Town) -> None:
    approval = await here.ask()
    await limited(here, "chat.postMessage", 7, times=2)
    for _ in range(2):
        with pytest.raises(UnavailableError) as refused:
            await here.notifier.post(here.scope, approval, url="")
        assert (refused.value.code, refused.value.retry_after) == ("slack_rate_limited", 7.0)
    assert here.about(approval) == []
    assert (await here.posted(approval)).ts


async def test_a_revoked_token_asks_for_a_person_and_stays_unsaid(here: Town) -> None:
    approval = await here.ask()
    kept = here.workspace.held.token
    here.workspace.held.token = "xoxb-another"
    try:
        with pytest.raises(AppError) as refused:
            await here.notifier.post(here.scope, approval, url="")
    finally:
        here.workspace.held.token = kept
    assert (refused.value.code, refused.value.retryable) == ("slack_reconnect", False)
    assert kept not in repr(refused.value) + str(refused.value.__dict__)


async def test_a_slack_that_is_away_is_tried_later(here: Town) -> None:
    away = Credentials(here.store, here.vault, "http://127.0.0.1:9/api/")
    with pytest.raises(UnavailableError) as failed:
        await SlackNotifier(away, here.store).post(here.scope, await here.ask(), url="")
    assert failed.value.code == "slack_unavailable"


async def test_the_token_is_stored_sealed_for_its_space_alone(here: Town) -> None:
    found = await here.store.credentials(here.scope)
    assert found is not None
    assert here.workspace.held.token.encode() not in found[1]
    stranger = here.scope.model_copy(update={"space_id": uuid4()})
    with pytest.raises(UnavailableError):
        here.vault.open(stranger, "slack bot token", found[1])


async def test_reminders_stand_in_the_thread_once_each_and_call_those_who_may(here: Town) -> None:
    await here.link("UADA", await here.admit(Role.APPROVER))
    await here.link("UGRACE", await here.admit(Role.ADMIN))
    await here.link("UMALLORY", await here.admit(Role.MEMBER))
    approval = await here.ask()
    message = await here.posted(approval)
    place = Posted(CHANNEL, message.ts)

    for escalated in (False, False, True, True):
        await here.notifier.remind(here.scope, approval, place, escalated=escalated)

    reminder, escalation = here.replies(message)
    assert "<@UADA>" in reminder.text
    assert "<@UGRACE>" in reminder.text
    assert "<@UADA>" not in escalation.text
    assert "<@UGRACE>" in escalation.text
    assert "UMALLORY" not in reminder.text + escalation.text
    assert (reminder.broadcast, escalation.broadcast) == (False, True)


async def test_a_text_of_a_few_pages_is_shown_whole(here: Town) -> None:
    text = " ".join(f"word{n}" for n in range(900))
    message = await here.posted(await here.ask(arguments={"title": "Spring", "text": text}))
    boxes = [
        element["elements"][0]["text"]
        for block in message.blocks
        for element in block.get("elements", ())
        if element["type"] == "rich_text_preformatted"
    ]
    assert len(text) > 2 * 2_900
    assert "".join(boxes) == f"Spring{text}"


async def test_huge_arguments_are_cut_and_say_so(here: Town) -> None:
    some: dict[str, object] = {f"field_{n}": "x" * 400 for n in range(10)}
    message = await here.posted(await here.ask(arguments={"body": "y" * 200_000, **some}))
    assert "the first 3,930 of 200,000" in said(message)

    many = {f"field_{n}": "x" * 400 for n in range(60)}
    message = await here.posted(await here.ask(arguments=many))
    assert len(message.blocks) <= 50
    assert "40 more arguments are shown in the app" in said(message)
