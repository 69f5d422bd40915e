"""Read Server-Sent Events as a browser does."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson


@dataclass
class Seen:
    """One event; comments and `retry:` are kept apart in `Reading`."""

    id: str | None
    kind: str
    data: dict[str, Any]


@dataclass
class Reading:
    comments: list[str] = field(default_factory=list)
    retries: list[int] = field(default_factory=list)

    async def events(self, answer: httpx2.Response) -> AsyncGenerator[Seen, None]:
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                kind = fields.get("event", "message")
                yield Seen(fields.get("id"), kind, orjson.loads(fields["data"]))
                fields = {}
            elif "retry" in fields:
                self.retries.append(int(fields.pop("retry")))


async def all_of(answer: httpx2.Response) -> list[Seen]:
    return [event async for event in Reading().events(answer)]
