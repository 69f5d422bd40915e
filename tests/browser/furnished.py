"""A space with something on each of its pages."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from local.stack import Stack
from tests.browser.approvals import asking
from tests.browser.guide import NAME, brand_guide
from tests.browser.seeding import talk

_RICH: Final = """## Plan

1. Bread first
2. Price last

| Channel | Budget |
|---|---:|
| Print | 400 |

```python
print("rye")
```

See [the harbour](https://example.org/harbour), ![a picture](https://example.org/a.png), `code`
and $$x^2$$.
"""
TONE: Final = "What is the tone of voice?"
_SOON: Final = 0.05
_ENOUGH: Final = 60.0


@dataclass(frozen=True)
class Furnished:
    conversation: str
    turn: str
    rich: str
    """The conversation with a table, code, a formula and a link."""
    document: str
    share: str
    """A path."""
    waiting: str
    """The conversation in which an approval is pending, for all who look: nobody decides it."""
    approval: str


async def furnish(stack: Stack, http: httpx2.AsyncClient) -> Furnished:
    document = await add_document(http, NAME, brand_guide())
    cited = await _ask(http, TONE, references=[document])
    conversation = cited["conversation_id"]
    share = await _made(http, f"/v1/conversations/{conversation}/shares", {})
    waiting, approval = await ask_approval(http, "Winter")
    return Furnished(
        conversation=conversation,
        turn=cited["turn_id"],
        rich=await talk(stack, "A plan", [("Draw up a plan.", _RICH)]),
        document=document,
        share=share["path"],
        waiting=waiting,
        approval=approval,
    )


async def add_document(http: httpx2.AsyncClient, name: str, content: bytes) -> str:
    """Ready to be searched."""
    files = {"file": (name, content, "")}
    answer = (await http.post("/v1/documents", files=files)).raise_for_status().json()
    path = f"/v1/documents/{answer['id']}"
    async with asyncio.timeout(_ENOUGH):
        while (status := (await http.get(path)).json()["status"]) != "ready":
            assert status != "failed"
            await asyncio.sleep(_SOON)
    return str(answer["id"])


async def ask_about(http: httpx2.AsyncClient, document: str) -> str:
    """A conversation whose answer cites it."""
    answer = await _ask(http, TONE, references=[document])
    return str(answer["conversation_id"])


async def ask_approval(http: httpx2.AsyncClient, title: str) -> tuple[str, str]:
    """A conversation whose call waits for a person, and that approval."""
    conversation = (await _ask(http, asking(title), wait=False))["conversation_id"]
    return conversation, await _approval(http, conversation)


async def _approval(http: httpx2.AsyncClient, conversation: str) -> str:
    async with asyncio.timeout(_ENOUGH):
        while True:
            items = (await http.get("/v1/approvals?state=pending")).json()["items"]
            found = [one["id"] for one in items if one["conversation_id"] == conversation]
            if found:
                return str(found[0])
            await asyncio.sleep(_SOON)


async def _ask(
    http: httpx2.AsyncClient,
    content: str,
    *,
    wait: bool = True,
    **more: Any,  # noqa: ANN401 - JSON
) -> dict[str, Any]:
    headers = {"prefer": "wait=60"} if wait else {}
    return await _made(http, "/v1/messages", {"content": content, **more}, headers)


async def _made(
    http: httpx2.AsyncClient, path: str, body: object, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = await http.post(path, json=body, headers=headers or {})
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()
    return made
