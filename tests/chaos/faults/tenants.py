"""Spaces with something of their own in each, which nobody else may ever see."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from holdfast_client.client import Client

from local import identity
from models.payloads.scope import Scope
from tests.chaos.scene import TURN_SECONDS, answers
from tests.chaos.site import Site

TOKEN_LIFE = timedelta(hours=1)
CONVERSATIONS = 2
AT_ONCE = 8  # spaces that are furnished
_MARK = re.compile(r"canary-[0-9a-f]{32}")


@dataclass(slots=True)
class Tenant:
    """`mark` stands in all that it owns."""

    scope: Scope
    token: str
    mark: str
    conversations: list[UUID] = field(default_factory=list)
    documents: list[UUID] = field(default_factory=list)


async def settle(site: Site, count: int) -> list[Tenant]:
    """So many spaces, a third of them in an organisation of their own, each with conversations,
    a turn and a document."""
    found = [_tenant(site, number) for number in range(count)]
    room = asyncio.Semaphore(AT_ONCE)

    async def furnish(tenant: Tenant) -> None:
        async with room:
            await _furnished(site, tenant)

    await asyncio.gather(*map(furnish, found))
    return found


def _tenant(site: Site, number: int) -> Tenant:
    organisation = site.organisation_id if number % 3 else uuid4()
    space = uuid4()
    token = identity.mint(site.folder, organisation, {space: "admin"}, uuid4(), TOKEN_LIFE)
    scope = Scope(organisation_id=organisation, space_id=space)
    return Tenant(scope, token, f"canary-{uuid4().hex}")


async def _furnished(site: Site, tenant: Tenant) -> None:
    mark = tenant.mark
    async with Client(
        site.api, tenant.token, tenant.scope.space_id, patience=TURN_SECONDS
    ) as client:
        for number in range(CONVERSATIONS):
            body = {"agent": "direct", "title": f"{mark} {number}"}
            made = await client.post("/v1/conversations", body, key=uuid4())
            tenant.conversations.append(UUID(made["id"]))
        document = {"title": mark, "text": f"The word of this space is {mark}."}
        kept = await client.post("/v1/documents", document)
        tenant.documents.append(UUID(kept["id"]))
        said = {"id": str(uuid4()), "content": f"{mark}\n@offline reply={mark}"}
        talk = tenant.conversations[0]
        await client.post(f"/v1/conversations/{talk}/messages", said)
        await answers(client, talk)


def foreign(text: str, own: Tenant | None) -> Iterator[str]:
    """Marks of others in what somebody was shown."""
    for mark in set(_MARK.findall(text)):
        if own is None or mark != own.mark:
            yield mark


def others(tenants: Sequence[Tenant], tenant: Tenant) -> list[Tenant]:
    return [one for one in tenants if one is not tenant]
