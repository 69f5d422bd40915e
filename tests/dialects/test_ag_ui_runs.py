"""AG-UI's HttpAgent against the edge as it is started, over real Postgres, Redis and Temporal."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from tests.dialects.conftest import LASTING, HeldBack, Site
from tests.dialects.node import Clients
from tests.turns.cast import PUBLISH
from tests.turns.held import HELD, Held
from tests.waiting import until

Seen = dict[str, Any]


class Agent:
    """One client's agent in a thread."""

    def __init__(self, site: Site, clients: Clients, thread: str) -> None:
        self.site, self.thread, self._clients = site, thread, clients
        self._name = str(uuid4())

    async def made(self, client: int, query: str) -> "Agent":
        await self._clients.ask(
            "make",
            name=self._name,
            client=client,
            thread=self.thread,
            url=f"{self.site.address}/v1/ag-ui/general{query}",
            headers=self.site.headers,
            state={"theirs": 1},
        )
        return self

    async def shown(self, frames: list[str]) -> Seen:
        """What a client holds that came in the midst of a run."""
        await self._clients.ask("make", name=self._name, thread=self.thread)
        return await self.run(frames=frames)

    async def hold(self, message: dict[str, Any]) -> None:
        """A message that its application adds."""
        await self._clients.ask("hold", name=self._name, message=message)

    async def run(self, text: str | None = None, **asked: object) -> Seen:
        said = {} if text is None else {"text": text}
        seen: Seen = await self._clients.ask("run", name=self._name, **said, **asked)
        return seen


async def an_agent(
    site: Site, clients: Clients, thread: str = "", *, client: int = 1, query: str = ""
) -> Agent:
    return await Agent(site, clients, thread or str(uuid4())).made(client, query)


def said(seen: Seen) -> str:
    return str(seen["messages"][-1].get("content"))


def kinds(seen: Seen) -> list[str]:
    return [event["type"] for event in seen["events"]]


async def test_a_message_is_answered_in_a_thread_of_any_name(site: Site, ag_ui: Clients) -> None:
    agent = await an_agent(site, ag_ui, f"a thread, {uuid4()}")
    seen = await agent.run("Hello\n@offline tokens=5")
    assert seen["failed"] is None
    assert said(seen).split() == [f"w{index}" for index in range(5)]
    assert seen["state"]["theirs"] == 1
    assert seen["state"]["holdfast"]["outcome"] == "completed"
    assert seen["events"][-1]["outcome"] == {"type": "success"}
    again = await agent.run("More\n@offline tokens=2")
    assert [one["role"] for one in again["messages"]] == ["user", "assistant"] * 2


async def test_an_older_client_is_told_nothing_that_it_does_not_know(
    site: Site, ag_ui: Clients
) -> None:
    seen = await (await an_agent(site, ag_ui, client=0)).run("Hello\n@offline tokens=2")
    assert seen["failed"] is None
    assert "outcome" not in seen["events"][-1]
    assert "protocolVersion" not in seen["events"][0]


async def test_an_approval_interrupts_the_run_and_the_next_one_goes_on(
    site: Site, ag_ui: Clients
) -> None:
    agent = await an_agent(site, ag_ui)
    asked = await agent.run(PUBLISH)
    (interrupt,) = asked["events"][-1]["outcome"]["interrupts"]
    assert asked["pending"][0]["id"] == interrupt["id"]
    answer = {"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}
    seen = await agent.run(resume=[answer])
    assert seen["failed"] is None
    assert kinds(seen).count("TOOL_CALL_RESULT") == 1
    assert "TOOL_CALL_START" not in kinds(seen)
    assert "publish_note answered" in said(seen)


async def test_a_run_behind_a_verdict_waits_for_its_worker(
    site: Site, ag_ui: Clients, held_back: HeldBack
) -> None:
    agent = await an_agent(site, ag_ui)
    asked = await agent.run(PUBLISH)
    (interrupt,) = asked["pending"]
    answer = {"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}
    running = asyncio.create_task(agent.run(resume=[answer]))
    await until(lambda: bool(held_back.verdicts))
    await held_back.release()
    seen = await running
    assert seen["failed"] is None
    assert "publish_note answered" in said(seen)


async def test_a_cancelled_interrupt_is_a_no(site: Site, ag_ui: Clients) -> None:
    agent = await an_agent(site, ag_ui)
    asked = await agent.run(PUBLISH)
    seen = await agent.run(
        resume=[{"interruptId": asked["pending"][0]["id"], "status": "cancelled"}]
    )
    assert seen["state"]["holdfast"]["outcome"] == "completed"
    result = next(one for one in seen["messages"] if one["role"] == "tool")
    assert "refused" in result["content"]


async def test_an_older_client_is_asked_and_answers_by_a_command(
    site: Site, ag_ui: Clients
) -> None:
    agent = await an_agent(site, ag_ui, client=0)
    asked = await agent.run(PUBLISH)
    custom = next(event for event in asked["events"] if event["type"] == "CUSTOM")
    interrupt = json.loads(custom["value"])
    assert custom["name"] == "on_interrupt"
    seen = await agent.run(command={"resume": {"id": interrupt["id"], "approved": True}})
    assert seen["failed"] is None
    assert "publish_note answered" in said(seen)


async def test_the_interrupt_comes_back_beside_a_verdict_that_does_not_name_it(
    site: Site, ag_ui: Clients
) -> None:
    agent = await an_agent(site, ag_ui, client=0)
    asked = await agent.run(PUBLISH)
    told = next(event["value"] for event in asked["events"] if event["type"] == "CUSTOM")
    seen = await agent.run(command={"resume": True, "interruptEvent": json.loads(told)})
    assert seen["failed"] is None
    assert "publish_note answered" in said(seen)


async def test_a_client_from_before_1_0_may_be_asked_by_the_runs_outcome(
    site: Site, ag_ui: Clients
) -> None:
    agent = await an_agent(site, ag_ui, client=0, query="?interrupts=outcome")
    asked = await agent.run(PUBLISH)
    assert "CUSTOM" not in kinds(asked)
    (interrupt,) = asked["pending"]
    verdict = {"id": "theirs", "role": "tool", "toolCallId": interrupt["toolCallId"]}
    await agent.hold({**verdict, "content": "approved"})
    answer = {"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}
    seen = await agent.run(resume=[answer])
    assert seen["failed"] is None
    (result,) = [one["content"] for one in seen["messages"] if one["role"] == "tool"]
    assert result != "approved"


async def test_a_run_that_waits_goes_on_when_somebody_else_decides(
    site: Site, ag_ui: Clients
) -> None:
    agent = await an_agent(site, ag_ui, query="?approvals=wait")
    running = asyncio.create_task(agent.run(PUBLISH))
    await until(lambda: asked(site, agent.thread))
    (approval,) = await waiting(site, agent.thread)
    await site.client.post(f"/v1/approvals/{approval}", json={"decision": "approve"})
    assert "publish_note answered" in said(await running)


async def asked(site: Site, thread: str) -> bool:
    return bool(await waiting(site, thread))


async def waiting(site: Site, thread: str) -> list[str]:
    listed = await site.client.get("/v1/approvals?state=pending")
    items = listed.json()["items"]
    return [one["id"] for one in items if one["conversation_id"] == thread]


async def test_a_stopped_run_is_cancelled(site: Site, ag_ui: Clients) -> None:
    agent = await an_agent(site, ag_ui)
    running = asyncio.create_task(agent.run(LASTING))
    await until(lambda: open_turn(site, agent.thread))
    await site.client.post(f"/v1/conversations/{agent.thread}/stop")
    seen = await running
    assert seen["events"][-1]["outcome"] == {"type": "cancelled"}


async def open_turn(site: Site, thread: str, messages: int = 1) -> bool:
    """So many messages are there, the last of which a turn answers."""
    listed = await site.client.get(f"/v1/conversations/{thread}/messages")
    return listed.status_code == 200 and len(listed.json()["items"]) >= messages


async def test_a_failed_turn_is_an_error_of_the_run(site: Site, ag_ui: Clients) -> None:
    seen = await (await an_agent(site, ag_ui)).run("@offline fail=400")
    assert seen["events"][-1]["type"] == "RUN_ERROR"
    assert seen["events"][-1]["code"] == "model_rejected"


async def test_a_run_under_way_is_shown_to_who_comes_later(
    site: Site, ag_ui: Clients, held: Held
) -> None:
    agent = await an_agent(site, ag_ui)
    await agent.run("Hello\n@offline tokens=2")
    url = f"/v1/ag-ui/threads/{agent.thread}/stream"
    assert (await site.client.get(url)).status_code == 204
    idle = await site.client.get(f"{url}?idle=messages")
    rested = await Agent(site, ag_ui, agent.thread).shown([idle.text])
    assert [one["role"] for one in rested["messages"]] == ["user", "assistant"]
    nobodys = await site.client.get(f"/v1/ag-ui/threads/{uuid4()}/stream?idle=messages")
    assert '"messages":[]' in nobodys.text
    running = asyncio.create_task(agent.run(f"{HELD}\n@offline tokens=40 gap_ms=25"))
    await until(lambda: open_turn(site, agent.thread, 3))
    async with site.client.stream("GET", url) as resumed:
        assert resumed.status_code == 200
        held.release.set()
        frames = (await resumed.aread()).decode()
    whole = await running
    shown = await Agent(site, ag_ui, agent.thread).shown([frames])
    assert [one.get("content") for one in shown["messages"]] == [
        one.get("content") for one in whole["messages"]
    ]


async def test_what_no_run_can_come_of_is_refused_by_name(site: Site) -> None:
    asked: dict[str, Any] = {"threadId": str(uuid4()), "runId": "r", "messages": []}
    picture = {"id": "m", "role": "user", "content": [{"type": "image"}]}
    unknown = {"interruptId": str(uuid4()), "status": "cancelled"}
    wrong = [
        ("general", asked, 422, "messages_empty"),
        ("general", {**asked, "messages": [picture]}, 422, "file_unsupported"),
        ("nobody", {**asked, "messages": [{**picture, "content": "Hi"}]}, 422, "agent_unknown"),
        ("general", {**asked, "state": {"n": 2**70}}, 422, "shared_state_invalid"),
        ("general", {**asked, "resume": [unknown]}, 404, "approval_not_found"),
        ("general", {**asked, "forwardedProps": {"command": {"resume": {}}}}, 422,
         "resume_invalid"),
        ("general", {**asked, "forwardedProps": {"command": {"resume": True,
         "interruptEvent": "not JSON"}}}, 422, "resume_invalid"),
    ]  # fmt: skip
    for agent, body, status, code in wrong:
        answer = await site.client.post(f"/v1/ag-ui/{agent}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
