"""CopilotKit's runtime and its browser's client, unmodified, against the edge as it is started,
over real Postgres, Redis and Temporal. The runtime is told an agent's address, nothing else."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.dialects.conftest import Site
from tests.dialects.node import Clients, clients
from tests.turns.cast import CALCULATE, PUBLISH

# By the custom event that CopilotKit knows from LangGraph, and by the run's outcome.
AGENTS = {"general": "general", "asking": "general?interrupts=outcome"}

Seen = dict[str, Any]


@pytest.fixture(scope="module")
async def copilotkit(site: Site) -> AsyncIterator[Clients]:
    async with clients("runtime.mjs", folder=Path(__file__).parent) as found:
        await found.ask("serve", agents=urls(site))
        yield found


@pytest.fixture
async def restarted(site: Site) -> AsyncIterator[Clients]:
    """Another process of it, which asks us what there is of a thread."""
    async with clients("runtime.mjs", folder=Path(__file__).parent) as found:
        await found.ask("serve", agents=urls(site), base=site.address)
        yield found


def urls(site: Site) -> dict[str, str]:
    return {name: f"{site.address}/v1/ag-ui/{path}" for name, path in AGENTS.items()}


class Page:
    """Somebody's page of the application that the runtime stands behind."""

    def __init__(self, copilotkit: Clients, name: str) -> None:
        self._copilotkit, self._name = copilotkit, name

    async def do(self, operation: str, **asked: object) -> Seen:
        seen: Seen = await self._copilotkit.ask(operation, name=self._name, **asked)
        return seen


async def a_page(
    copilotkit: Clients,
    site: Site,
    agent: str = "general",
    *,
    thread: str = "",
    headers: dict[str, str] | None = None,
    **asked: object,
) -> Page:
    page = Page(copilotkit, str(uuid4()))
    who = site.headers if headers is None else headers
    await page.do("open", agent=agent, headers=who, thread=thread or str(uuid4()), **asked)
    return page


def said(seen: Seen) -> str:
    return str(seen["messages"][-1].get("content"))


def roles(seen: Seen) -> list[str]:
    return [one["role"] for one in seen["messages"]]


def results(seen: Seen) -> list[str]:
    return [one["content"] for one in seen["messages"] if one["role"] == "tool"]


async def test_a_message_is_answered_through_the_runtime(site: Site, copilotkit: Clients) -> None:
    page = await a_page(copilotkit, site)
    seen = await page.do("say", text="Hello\n@offline tokens=5")
    assert seen["failed"] is None
    assert said(seen).split() == [f"w{index}" for index in range(5)]
    assert seen["state"]["holdfast"]["outcome"] == "completed"
    again = await page.do("say", text="More\n@offline tokens=2")
    assert roles(again) == ["user", "assistant"] * 2


async def test_whose_message_it_is_the_pages_own_headers_say(
    site: Site, copilotkit: Clients
) -> None:
    seen = await (await a_page(copilotkit, site, headers={})).do("say", text="Hello")
    assert "HTTP 401" in seen["failed"]
    thread = str(uuid4())
    await (await a_page(copilotkit, site, thread=thread)).do("say", text="@offline tokens=2")
    listed = await site.client.get(f"/v1/conversations/{thread}/messages")
    assert [one["role"] for one in listed.json()["items"]] == ["user", "assistant"]


async def test_a_call_and_its_result_are_messages(site: Site, copilotkit: Clients) -> None:
    seen = await (await a_page(copilotkit, site)).do("say", text=CALCULATE)
    assert seen["failed"] is None
    assert roles(seen) == ["user", "assistant", "tool", "assistant"]
    (call,) = seen["messages"][1]["toolCalls"]
    assert call["function"]["name"] == "calculator"
    assert "42" in results(seen)[0]


@pytest.mark.parametrize("payload", [{"approved": True}, True])
async def test_an_approval_goes_on_with_what_the_page_resolves(
    payload: object, site: Site, copilotkit: Clients
) -> None:
    page = await a_page(copilotkit, site)
    asked = await page.do("say", text=PUBLISH)
    assert asked["pending"]["kind"] == "legacy"
    assert json.loads(asked["pending"]["event"]["value"])["metadata"]["holdfast"]["tool"]
    seen = await page.do("resolve", payload=payload)
    assert seen["failed"] is None
    assert "publish_note answered" in said(seen)
    assert len(results(seen)) == 1


@pytest.mark.parametrize("payload", [{"approved": False}, {"approved": "yes"}, False, "yes"])
async def test_whatever_is_no_clear_yes_is_a_no(
    payload: object, site: Site, copilotkit: Clients
) -> None:
    page = await a_page(copilotkit, site)
    await page.do("say", text=PUBLISH)
    seen = await page.do("resolve", payload=payload)
    assert seen["state"]["holdfast"]["outcome"] == "completed"
    assert "refused" in results(seen)[0]


async def test_by_the_runs_outcome_the_calls_result_replaces_the_verdict(
    site: Site, copilotkit: Clients
) -> None:
    page = await a_page(copilotkit, site, "asking")
    asked = await page.do("say", text=PUBLISH)
    assert asked["pending"]["kind"] == "standard"
    seen = await page.do("resolve", payload={"approved": True})
    assert seen["failed"] is None
    assert "publish_note answered" in said(seen)
    (result,) = results(seen)
    assert "approved" not in result


async def test_by_the_runs_outcome_a_page_can_cancel(site: Site, copilotkit: Clients) -> None:
    page = await a_page(copilotkit, site, "asking")
    await page.do("say", text=PUBLISH)
    seen = await page.do("cancel")
    assert seen["failed"] is None
    assert "refused" in results(seen)[0]


async def test_a_page_that_is_reloaded_sees_the_answer_to_its_end(
    site: Site, copilotkit: Clients
) -> None:
    thread = str(uuid4())
    page = await a_page(copilotkit, site, thread=thread)
    await page.do("begin", text="@offline tokens=40 gap_ms=25")
    reloaded = await (await a_page(copilotkit, site, thread=thread)).do("connect")
    whole = await page.do("end")
    assert said(reloaded).split() == [f"w{index}" for index in range(40)]
    assert reloaded["messages"] == whole["messages"]


async def test_a_page_behind_another_runtime_sees_what_there_is(
    site: Site, copilotkit: Clients, restarted: Clients
) -> None:
    thread = str(uuid4())
    first = await a_page(copilotkit, site, thread=thread)
    later = await a_page(restarted, site, "asking", thread=thread)
    assert (await later.do("connect"))["messages"] == []
    had = await first.do("say", text="Hello\n@offline tokens=5")
    seen = await later.do("connect")
    assert [one["content"] for one in seen["messages"]] == [
        one["content"] for one in had["messages"]
    ]
    await first.do("begin", text="@offline tokens=40 gap_ms=25")
    assert said(await later.do("connect")).split() == [f"w{index}" for index in range(40)]
    assert said(await first.do("end")).split() == [f"w{index}" for index in range(40)]
    await first.do("say", text=PUBLISH)
    assert (await later.do("connect"))["pending"]["kind"] == "standard"
    decided = await later.do("resolve", payload={"approved": True})
    assert "publish_note answered" in said(decided)


async def test_a_failed_turn_is_told_by_its_name(site: Site, copilotkit: Clients) -> None:
    seen = await (await a_page(copilotkit, site)).do("say", text="@offline fail=400")
    assert seen["events"][-1]["type"] == "RUN_ERROR"
    assert seen["events"][-1]["code"] == "model_rejected"


async def test_a_tool_of_the_pages_own_is_said_to_be_ignored(
    site: Site, copilotkit: Clients
) -> None:
    page = await a_page(copilotkit, site, tool="change_colour")
    seen = await page.do("say", text="@offline tokens=2")
    (told,) = [event["value"] for event in seen["events"] if event["type"] == "CUSTOM"]
    assert told == {"fields": ["tools"]}
