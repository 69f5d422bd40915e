"""What people press in Slack: through the real edge, store and client, over real signatures."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from holdfast_client.client import ApiError

from adapters.store.audit import PostgresAudit
from adapters.store.database import Database
from cli import workspace
from cli.place import Place
from domain.ports.approvals import Approval, ApprovalState, Decision, Via
from domain.ports.audit import DEPLOYMENT
from local.slack.names import TEAM
from local.stack import Stack
from models.payloads.scope import Scope
from models.states import Role
from tests.judging import a_judgement
from tests.slack.edge import LINK, Square, square
from tests.slack.town import CHANNEL
from tests.waiting import until


@pytest.fixture(scope="module")
async def around(
    stack: Stack, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Square]:
    async with square(stack, database, tmp_path_factory.mktemp("edge")) as found:
        yield found


@pytest.fixture
async def here(around: Square) -> AsyncIterator[Square]:
    """A space of the test's own, with nothing said in the workspace before."""
    around.channel.messages = []
    here = replace(around, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    await here.install()
    yield here
    assert (await here.state())["trouble"] == {}


@pytest.fixture
async def ada(here: Square) -> UUID:
    """An approver, linked to UADA."""
    user_id = await here.admit(Role.APPROVER)
    await here.link("UADA", user_id)
    return user_id


async def stands(here: Square, approval: Approval) -> Approval:
    return await here.approvals.get(here.scope, approval.id)


async def refusals(here: Square) -> list[str]:
    return [said["reason"] for what, said in await here.audited() if what == "slack.refused"]


@pytest.mark.parametrize(
    ("action", "state"),
    [("approve", ApprovalState.APPROVED), ("deny", ApprovalState.DENIED)],
)
async def test_a_button_decides_for_the_member_who_pressed_it(
    here: Square, ada: UUID, action: str, state: ApprovalState
) -> None:
    approval = await here.ask()
    await here.press(await here.posted(approval), action)

    found = await stands(here, approval)
    assert (found.state, found.decided_by, found.decided_via) == (state, ada, Via.SLACK)
    assert here.whispers("UADA") == []


async def test_a_revision_is_asked_for_in_a_window(here: Square, ada: UUID) -> None:
    approval = await here.ask()
    await here.press(await here.posted(approval), "revise")
    [window] = [one for one in (await here.state())["windows"] if one["user"] == "UADA"]
    form = {"as": "UADA", "channel": CHANNEL, "window": window["id"]}

    await here.http.post(f"{here.slack_url}/submit", data={**form, "note": "  "})
    [open_still] = (await here.state())["windows"]
    assert open_still["errors"] == {"note": "Say what should change."}
    assert (await stands(here, approval)).state is ApprovalState.PENDING

    await here.http.post(f"{here.slack_url}/submit", data={**form, "note": "Shorter, please"})
    found = await stands(here, approval)
    assert (found.state, found.note, found.decided_by) == (
        ApprovalState.REVISED,
        "Shorter, please",
        ada,
    )
    assert (await here.state())["windows"] == []


async def test_a_window_sent_too_late_says_so_inside(here: Square, ada: UUID) -> None:
    approval = await here.ask()
    await here.press(await here.posted(approval), "revise")
    [window] = (await here.state())["windows"]
    await here.approvals.decide(here.scope, approval.id, a_judgement(Decision.DENY, uuid4()))
    form = {"as": "UADA", "channel": CHANNEL, "window": window["id"], "note": "Shorter"}
    await here.http.post(f"{here.slack_url}/submit", data=form)

    [window] = (await here.state())["windows"]
    assert "denied by somebody else" in window["errors"]["note"]
    await here.http.post(f"{here.slack_url}/close", data=form)


async def test_whom_nobody_linked_is_told_how_and_decides_nothing(here: Square) -> None:
    approval = await here.ask()
    message = await here.posted(approval)
    await here.press(message, "approve", "UGRACE")
    assert (await stands(here, approval)).state is ApprovalState.PENDING
    assert await refusals(here) == ["slack_user_unlinked"]
    [told] = here.whispers("UGRACE")
    found = LINK.search(told)
    assert found is not None

    grace = await here.admit(Role.APPROVER)
    url, headers = f"{here.edge_url}/v1/slack/link", here.headers(grace, Role.APPROVER)
    preview = await here.http.get(url, params={"token": found[1]}, headers=headers)
    assert (preview.json()["slack_user_id"], preview.json()["name"]) == ("UGRACE", "grace")
    linked = await here.http.post(url, json={"token": found[1]}, headers=headers)
    assert (linked.status_code, linked.json()["linked"]) == (200, True)
    again = await here.http.post(url, json={"token": found[1]}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (422, "link_invalid")

    await here.press(message, "approve", "UGRACE")
    assert (await stands(here, approval)).decided_by == grace


async def test_a_message_to_the_app_asks_for_a_link(here: Square) -> None:
    form = {"as": "UGRACE", "channel": "UGRACE", "text": "Link "}
    await here.http.post(f"{here.slack_url}/say", data=form)

    async def told() -> bool:
        channel = here.workspace.held.channels["DUGRACE"]
        return any(LINK.search(one.text) for one in channel.messages)

    await until(told)


async def test_a_link_of_another_workspace_or_made_up_is_refused(here: Square) -> None:
    url, headers = f"{here.edge_url}/v1/slack/link", here.headers(uuid4())
    approval = await here.ask()
    await here.press(await here.posted(approval), "deny", "UGRACE")
    found = LINK.search(here.whispers("UGRACE")[0])
    assert found is not None
    for junk in ("", "a.b.c", found[1] + "x", found[1].replace(".", "!"), "é", "x" * 1_999):
        answer = await here.http.post(url, json={"token": junk or " "}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "link_invalid"), junk

    stranger = replace(here, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    answer = await here.http.post(url, json={"token": found[1]}, headers=stranger.headers(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (403, "slack_workspace_foreign")


async def test_a_right_that_has_gone_since_is_gone_at_once(here: Square, ada: UUID) -> None:
    approval = await here.ask()
    message = await here.posted(approval)
    await here.admit(Role.MEMBER, ada)
    await here.press(message, "approve")
    await here.press(message, "revise")
    async with here.database.transaction(here.scope) as session:
        await session.fetch("DELETE FROM membership WHERE space_id = $1", here.scope.space_id)
    await here.press(message, "approve")
    admin = await here.admit(Role.ADMIN)
    await here.http.delete(f"{here.edge_url}/v1/slack/links/{ada}", headers=here.headers(admin))
    await here.press(message, "approve")

    assert (await stands(here, approval)).state is ApprovalState.PENDING
    lacking, low, gone, unlinked = here.whispers("UADA")
    assert "role" in lacking
    assert "role" in low
    assert "no longer a member" in gone
    assert LINK.search(unlinked)
    assert await refusals(here) == [
        *("slack_user_unlinked", "slack_role_missing", "slack_role_low"),
    ]


async def test_whoever_asked_does_not_decide_where_four_eyes_must(here: Square, ada: UUID) -> None:
    approval = await here.ask(four_eyes=True, requested_by=ada)
    await here.press(await here.posted(approval), "approve")
    assert (await stands(here, approval)).state is ApprovalState.PENDING
    assert "somebody else must decide" in here.whispers("UADA")[0]


async def test_the_first_verdict_counts_wherever_it_comes_from(here: Square, ada: UUID) -> None:
    approval = await here.ask()
    message = await here.posted(approval)
    await here.approvals.decide(here.scope, approval.id, a_judgement(Decision.DENY, uuid4()))
    await here.press(message, "approve")
    assert (await stands(here, approval)).state is ApprovalState.DENIED
    assert here.whispers("UADA") == [
        "It was denied by somebody else before: the first verdict counts."
    ]


async def test_double_clicks_repeats_and_replays_are_one_verdict(here: Square, ada: UUID) -> None:
    approval = await here.ask()
    message = await here.posted(approval)
    await asyncio.gather(*(here.press(message, "approve", repeat=n > 1) for n in range(4)))
    payload = here.pressed(message, "approve")
    at = time.time() - 100
    for _ in range(3):
        assert (await here.signed(payload, at=at)).status_code == 200

    verdicts = [what for what, _ in await here.audited() if what == "approval.approved"]
    assert len(verdicts) == 1
    assert here.whispers("UADA") == []


async def test_slack_against_the_api_at_the_same_moment_is_one_verdict(
    here: Square, ada: UUID
) -> None:
    grace = await here.admit(Role.APPROVER)
    asked = [await here.ask() for _ in range(8)]
    messages = [await here.posted(approval) for approval in asked]

    async def deny(approval: Approval) -> int:
        answer = await here.http.post(
            f"{here.edge_url}/v1/approvals/{approval.id}",
            json={"decision": "deny"},
            headers=here.headers(grace, Role.APPROVER),
        )
        return answer.status_code

    pressing = asyncio.gather(*(here.press(message, "approve") for message in messages))
    told = await asyncio.gather(*map(deny, asked))
    await pressing

    trail = [what for what, _ in await here.audited()]
    assert len([what for what in trail if what in {"approval.approved", "approval.denied"}]) == 8
    for approval, status in zip(asked, told, strict=True):
        theirs = (await stands(here, approval)).decided_by == grace
        assert status == (200 if theirs else 409)
    assert len(here.whispers("UADA")) == told.count(200)


@pytest.mark.parametrize(
    ("ended", "word"), [("expired", "nobody decided in time"), ("withdrawn", "was stopped")]
)
async def test_after_the_end_nothing_is_decided(
    here: Square, ada: UUID, ended: str, word: str
) -> None:
    approval = await here.ask(window=timedelta(seconds=-1) if ended == "expired" else timedelta(1))
    message = await here.posted(approval)
    if ended == "withdrawn":
        async with here.database.transaction(here.scope) as session:
            await session.fetch(
                "UPDATE approval SET state = 'withdrawn' WHERE space_id = $1", here.scope.space_id
            )
    await here.press(message, "approve")
    found = await stands(here, approval)
    assert (found.decided_by, found.executed_at) == (None, None)
    assert word in here.whispers("UADA")[0]


async def test_another_spaces_approval_is_not_there(here: Square, ada: UUID) -> None:
    other = replace(here, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    await other.install()
    theirs = await other.ask()
    message = await here.posted(await here.ask())
    payload = here.pressed(message, "approve")
    parts = payload["actions"][0]["value"].split(":")
    parts[3] = theirs.id.hex
    payload["actions"][0]["value"] = ":".join(parts)

    assert (await here.signed(payload)).status_code == 200
    assert (await stands(other, theirs)).state is ApprovalState.PENDING
    assert await refusals(here) == ["approval_not_found"]


@pytest.mark.parametrize(
    "changes",
    [
        {"team": {"id": "T0OTHER"}, "user": {"id": "UADA", "team_id": "T0OTHER"}},
        {"user": {"id": "UADA", "team_id": "T0OTHER"}},
        {"team": None},
    ],
)
async def test_people_of_another_workspace_decide_nothing(
    here: Square, ada: UUID, changes: dict[str, object]
) -> None:
    approval = await here.ask()
    payload = here.pressed(await here.posted(approval), "approve", **changes)
    assert (await here.signed(payload)).status_code == 200
    assert (await stands(here, approval)).state is ApprovalState.PENDING
    assert await refusals(here) == ["slack_workspace_foreign"]


async def test_what_slack_did_not_sign_lately_is_turned_away_and_written_down(
    here: Square, ada: UUID
) -> None:
    approval = await here.ask()
    payload = here.pressed(await here.posted(approval), "approve")
    now, before = time.time(), await strangers(here)
    answers = [
        await here.signed(payload, secret="another secret"),
        await here.signed(payload, at=now - 301),
        await here.signed(payload, at=now + 301),
        await here.signed(payload, headers={"x-slack-signature": "v0=" + "0" * 64}),
    ]
    for junk in ("", "now", "-1", "1e9", "٣", "9" * 400, "0x10", "1_0", "+1", "nan", "1.5"):
        sent = {"x-slack-request-timestamp": junk}
        answers.append(await here.signed(payload, headers=sent))
    junks = ("", "v0=", "v1=" + "0" * 64, "V0=" + "0" * 64, "v0=" + "g" * 64, "x" * 5_000)
    answers += [await here.signed(payload, headers={"x-slack-signature": junk}) for junk in junks]
    altered = {**payload, "actions": [{**payload["actions"][0], "action_id": "approval.deny"}]}
    good = await here.signed(payload, at=now - 400)
    signature = {
        name: good.request.headers[name]
        for name in ("x-slack-signature", "x-slack-request-timestamp")
    }
    answers += [good, await here.signed(altered, headers=signature)]

    assert {answer.status_code for answer in answers} == {401}
    assert (await stands(here, approval)).state is ApprovalState.PENDING

    async def written() -> bool:
        return await strangers(here) - before == len(answers)

    await until(written)
    assert not await PostgresAudit(here.database).verify(DEPLOYMENT)


async def strangers(here: Square) -> int:
    """How many callbacks the deployment's own trail says were turned away."""
    found = await here.audited(DEPLOYMENT)
    return sum(sum(said["reasons"].values()) for what, said in found if what == "slack.refused")


@pytest.mark.parametrize(
    "payload",
    [
        *({}, {"type": "block_actions"}, {"type": "block_actions", "user": {"id": "u!"}}),
        {"type": "view_submission", "user": {"id": "UADA"}, "api_app_id": "A0HOLDFAST"},
        {
            "type": "block_actions",
            "user": {"id": "UADA"},
            "api_app_id": "A0HOLDFAST",
            "actions": [{"action_id": "approval.approve", "value": "1:2:3"}],
        },
    ],
)
async def test_signed_junk_is_a_named_refusal(here: Square, payload: dict[str, object]) -> None:
    answer = await here.signed(payload)
    assert (answer.status_code, answer.json()["code"]) == (400, "slack_payload_invalid")


async def test_a_callback_for_another_app_is_refused(here: Square, ada: UUID) -> None:
    approval = await here.ask()
    payload = here.pressed(await here.posted(approval), "approve", api_app_id="A0OTHER")
    answer = await here.signed(payload)
    assert (answer.status_code, answer.json()["code"]) == (403, "slack_app_foreign")
    assert (await stands(here, approval)).state is ApprovalState.PENDING


async def test_an_answer_goes_to_slack_alone(here: Square) -> None:
    """A response_url elsewhere is not asked, whatever is signed."""
    held: list[str] = []

    async def canary(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append("asked")
        writer.close()

    server = await asyncio.start_server(canary, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    payload = here.pressed(await here.posted(await here.ask()), "approve")
    payload["response_url"] = f"http://127.0.0.1:{port}/hooks/"
    assert (await here.signed(payload)).status_code == 200
    server.close()
    assert held == []


async def test_slack_is_told_that_the_address_is_ours(here: Square) -> None:
    answer = await here.signed({"type": "url_verification", "challenge": "abc"}, "events")
    assert answer.json() == {"challenge": "abc"}


async def test_a_workspace_that_puts_the_app_out_is_forgotten(around: Square) -> None:
    here = replace(around, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    await here.install()
    happened = {
        "type": "event_callback",
        "api_app_id": "A0HOLDFAST",
        "team_id": TEAM,
        "event": {"type": "app_uninstalled"},
    }
    for _ in range(2):
        assert (await here.signed(happened, "events")).status_code == 200
    assert await here.store.installation(here.scope) is None
    assert (await here.audited())[0][0] == "slack.uninstalled"


async def test_the_app_is_installed_by_oauth_once_for_each_yes(around: Square) -> None:
    here = replace(around, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    admin = here.headers(uuid4())
    url = f"{here.edge_url}/v1/slack"
    begun = (await here.http.post(f"{url}/install", headers=admin)).json()["url"]
    back = (await here.http.post(begun)).headers["location"]
    assert (await here.http.get(back)).status_code == 200
    again = await here.http.get(back)
    assert (again.status_code, again.json()["code"]) == (422, "state_invalid")
    for broken in (f"{url}/oauth?state=a.b.c&code=x", f"{url}/oauth?error=access_denied"):
        assert (await here.http.get(broken)).status_code == 422

    stands = (await here.http.get(url, headers=admin)).json()
    assert (stands["installed"], stands["team_id"], stands["channel"]) == (True, TEAM, "")
    unknown = await here.http.put(f"{url}/channel", json={"channel": "nowhere"}, headers=admin)
    assert unknown.json()["code"] == "slack_channel_unknown"
    chosen = await here.http.put(f"{url}/channel", json={"channel": "#general"}, headers=admin)
    assert chosen.json()["channel"] == "CGENERAL"
    assert (await here.http.delete(url, headers=admin)).status_code == 204
    assert not (await here.http.get(url, headers=admin)).json()["installed"]


async def test_the_command_line_sets_it_up_and_links(
    around: Square, capsys: pytest.CaptureFixture[str]
) -> None:
    here = replace(around, scope=Scope(organisation_id=uuid4(), space_id=uuid4()))
    bearer = here.headers(uuid4())["authorization"].removeprefix("Bearer ")
    place = Place(here.edge_url, bearer, here.scope.space_id)
    await workspace.show(place, as_json=False)
    await workspace.install(place)
    said = capsys.readouterr().out.splitlines()
    assert "not installed" in said[0]
    back = (await here.http.post(said[1])).headers["location"]
    assert (await here.http.get(back)).status_code == 200
    await workspace.choose(place, "approvals")

    here.channel.messages = []
    await here.press(await here.posted(await here.ask()), "approve", "UGRACE")
    found = LINK.search(here.whispers("UGRACE")[0])
    assert found is not None
    assert await workspace.offered(place, found[1]) == "grace (UGRACE)"
    await workspace.link(place, found[1])
    await workspace.show(place, as_json=False)
    await workspace.unlink(place, None)
    with pytest.raises(ApiError, match="No Slack account"):
        await workspace.unlink(place, None)
    await workspace.uninstall(place)
    out = capsys.readouterr().out
    for part in ("#approvals now", "UGRACE is you", "there: linked", "undone", "taken out"):
        assert part in out


async def test_only_admins_install_and_everybody_may_look(here: Square) -> None:
    url = f"{here.edge_url}/v1/slack"
    viewer = here.headers(uuid4(), Role.VIEWER)
    assert (await here.http.get(url, headers=viewer)).status_code == 200
    for answer in (
        await here.http.post(f"{url}/install", headers=viewer),
        await here.http.put(f"{url}/channel", json={"channel": "general"}, headers=viewer),
        await here.http.delete(url, headers=viewer),
        await here.http.delete(f"{url}/links/{uuid4()}", headers=viewer),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
