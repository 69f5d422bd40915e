"""What waits for people, the people who decide, and what came of it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
from holdfast_client.client import Client

from local import identity
from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.stored import reading

ANSWER_SECONDS = 30.0
TOKEN_LIFE = timedelta(hours=1)
MOST_CONNECTIONS = 200
# Busy, not decided: the store or the engine was away for a moment.
BUSY = 503
BUSY_WAIT = 0.2
MOST_TRIES = 50
_APPROVALS = """
SELECT a.*, k.status AS call_status FROM approval a
JOIN tool_call k ON k.space_id = a.space_id AND k.turn_id = a.turn_id AND k.call_id = a.call_id
WHERE a.id = ANY($1)
"""
_AUDITS = """
SELECT subject_id, action, user_id FROM audit WHERE subject_id = ANY($1) ORDER BY sequence
"""
_VERDICTS = frozenset({"approval.approved", "approval.denied", "approval.revised"})
_NOTES = "SELECT title FROM note WHERE title = ANY($1)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A note that waits for a verdict; its title is like no other's."""

    approval_id: UUID
    conversation_id: UUID
    title: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody was told; `unheard` verdicts may have counted before this one came."""

    status: int
    code: str
    body: dict[str, Any]
    unheard: bool = False

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


@dataclass(frozen=True, slots=True)
class Stands:
    """What Postgres has of an approval."""

    state: str
    decided_by: UUID | None
    executed: bool
    call_status: str
    audits: tuple[tuple[str, UUID | None], ...]
    """Verdicts, and who gave them."""
    refused: frozenset[UUID]
    """Whose verdicts the trail says were refused."""
    executions: int
    """That the trail knows of."""
    notes: int


class Person:
    """A user with a role of its own in the stack's space, or with whatever token is given."""

    def __init__(
        self,
        site: Site,
        role: str = "approver",
        *,
        user: UUID | None = None,
        token: str | None = None,
        space: UUID | None = None,
    ) -> None:
        self.user = user or uuid4()
        spaces = {site.space_id: role}
        self.token = token or identity.mint(
            site.folder, site.organisation_id, spaces, self.user, TOKEN_LIFE
        )
        self.headers = {
            "Authorization": f"Bearer {self.token}",
            "X-Space-Id": str(space or site.space_id),
        }
        self._http = httpx2.AsyncClient(
            base_url=site.api,
            headers=self.headers,
            timeout=ANSWER_SECONDS,
            limits=httpx2.Limits(max_connections=MOST_CONNECTIONS),
            trust_env=False,
        )

    async def say(self, approval_id: UUID, decision: str) -> Answer:
        """Once, whatever the answer."""
        body = {"decision": decision, "note": f"{decision}, says {self.user}"}
        response = await self._http.post(f"/v1/approvals/{approval_id}", json=body)
        said = response.json()
        return Answer(response.status_code, said.get("code", ""), said)

    async def decide(self, approval_id: UUID, decision: str) -> Answer:
        """Say it, again while the edge is too busy to hear it, or hangs up on an idle connection
        at that moment."""
        body = {"decision": decision, "note": f"{decision}, says {self.user}"}
        heard = f"{MOST_TRIES} times {BUSY}"
        for tried in range(MOST_TRIES):
            try:
                response = await self._http.post(f"/v1/approvals/{approval_id}", json=body)
            except httpx2.TransportError as error:
                heard = repr(error)
            else:
                if response.status_code != BUSY:
                    said = response.json()
                    return Answer(response.status_code, said.get("code", ""), said, tried > 0)
            await asyncio.sleep(BUSY_WAIT)
        raise TimeoutError(heard)

    async def get(self, path: str) -> httpx2.Response:
        return await self._http.get(path)

    async def leave(self, approval_id: UUID, decision: str, after: float) -> None:
        """Say it and hang up before the answer, `after` seconds from asking."""
        try:
            async with asyncio.timeout(after):
                await self.decide(approval_id, decision)
        except (TimeoutError, httpx2.HTTPError):
            return

    async def close(self) -> None:
        await self._http.aclose()


async def ask(
    scene: Scene,
    count: int,
    *,
    client: Client | None = None,
    may_end: frozenset[str] = frozenset(),
) -> tuple[Reader, list[Asked]]:
    """One turn that waits for so many verdicts: 16 at most in one step."""
    conversation_id = await scene.conversation("general")
    reader = await scene.watch(conversation_id)
    message_id = uuid4()
    calls = [
        orjson.dumps({"title": f"{message_id} {number}", "body": "chaos"}).decode()
        for number in range(count)
    ]
    lines = [f"@offline call=publish_note args={one}" for one in calls]
    body = {"id": str(message_id), "content": "\n".join([f"chaos {message_id}", *lines])}
    path = f"/v1/conversations/{conversation_id}/messages"
    answer = await (client or scene.client).post(path, body)
    sent = scene.told(conversation_id, message_id, UUID(answer["turn_id"]))
    scene.sent[message_id] = replace(sent, may_end=may_end)
    await reader.until(TURN_SECONDS, "approval.requested", count)
    frames = [one for one in reader.seen.frames if one.kind == "approval.requested"]
    events = [orjson.loads(one.data) for one in frames]
    asked = [
        Asked(
            UUID(one["approval_id"]),
            conversation_id,
            one["arguments"]["title"],
            datetime.fromisoformat(one["expires_at"]),
        )
        for one in events
    ]
    return reader, asked


async def stands(site: Site, asked: Collection[Asked]) -> dict[UUID, Stands]:
    """By approval; one that is not stored is missing."""
    ids, titles = [one.approval_id for one in asked], [one.title for one in asked]
    async with reading(site) as connection:
        rows = {row["id"]: row for row in await connection.fetch(_APPROVALS, ids)}
        audits = await connection.fetch(_AUDITS, ids)
        notes = [row["title"] for row in await connection.fetch(_NOTES, titles)]
    trail: dict[UUID, list[tuple[str, UUID | None]]] = {one: [] for one in ids}
    for audit in audits:
        trail[audit["subject_id"]].append((audit["action"], audit["user_id"]))
    return {
        one.approval_id: Stands(
            state=row["state"],
            decided_by=row["decided_by"],
            executed=row["executed_at"] is not None,
            call_status=row["call_status"],
            audits=tuple(
                (action, who) for action, who in trail[one.approval_id] if action in _VERDICTS
            ),
            refused=frozenset(
                who
                for action, who in trail[one.approval_id]
                if action == "approval.refused" and who is not None
            ),
            executions=sum(action == "approval.executed" for action, _ in trail[one.approval_id]),
            notes=notes.count(one.title),
        )
        for one in asked
        if (row := rows.get(one.approval_id)) is not None
    }
