"""A workspace of Slack in this process, spaces that it is installed in, approvals to decide."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import uvicorn
from starlette.types import ASGIApp

from adapters.slack.credentials import Credentials
from adapters.slack.notifier import SlackNotifier
from adapters.store.approvals import PostgresApprovals
from adapters.store.audit import PostgresAudit
from adapters.store.database import Database
from adapters.store.slack import PostgresSlack
from adapters.store.spaces import PostgresSpaces
from adapters.vault import KeyringVault, new_key
from domain.canonical import digest
from domain.ports.approvals import Approval
from domain.ports.identity import Caller
from domain.ports.slack import Installation, SlackUser
from local.ports import KEEP
from local.slack.app import build_app
from local.slack.limits import Limits
from local.slack.names import BOT, CLIENT, TEAM, TEAM_NAME
from local.slack.workspace import Channel, Message, Workspace
from models.payloads.scope import Scope
from models.states import Role

CHANNEL = "CAPPROVALS"
SIGNING_SECRET = "the workspace's signing secret"
CLIENT_SECRET = "the app's own secret"
NOBODY = "http://127.0.0.1:9"

_INSERT = """
INSERT INTO approval (space_id, organisation_id, id, call_id, tool, arguments, state, expires_at,
    arguments_hash, agent, reason, tainted, quotes, approvers, four_eyes, requested_by, content_id)
VALUES ($1, $2, $3, 'call_1', $4, $5::jsonb, 'pending', clock_timestamp() + $6, $7, 'general',
    'A person is asked: no rule speaks of this write.', $8, $9::jsonb, $10, $11, $12, $13)
"""


def address(held: socket.socket) -> str:
    return f"http://127.0.0.1:{held.getsockname()[1]}"


def slack_app(
    workspace: Workspace, held: socket.socket, app_url: str = NOBODY, *, burst: int = 10_000
) -> ASGIApp:
    """The workspace's server; `app_url` is whom it calls back."""
    return build_app(
        address(held),
        app_url,
        signing_secret=SIGNING_SECRET,
        client_id=CLIENT,
        client_secret=CLIENT_SECRET,
        workspace=workspace,
        limits=Limits(burst=burst),
    )


@asynccontextmanager
async def serving(app: ASGIApp, held: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app, log_config=None, timeout_keep_alive=KEEP, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[held]))
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
            await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await running
    held.close()


@dataclass
class Town:
    """One space in a shared workspace."""

    database: Database
    workspace: Workspace
    slack_url: str
    vault: KeyringVault = field(default_factory=lambda: KeyringVault([new_key()]))
    scope: Scope = field(default_factory=lambda: Scope(organisation_id=uuid4(), space_id=uuid4()))

    @property
    def store(self) -> PostgresSlack:
        return PostgresSlack(self.database)

    @property
    def approvals(self) -> PostgresApprovals:
        return PostgresApprovals(self.database)

    @property
    def notifier(self) -> SlackNotifier:
        return SlackNotifier(
            Credentials(self.store, self.vault, f"{self.slack_url}/api/"), self.store
        )

    @property
    def channel(self) -> Channel:
        return self.workspace.held.channels[CHANNEL]

    def about(self, approval: Approval) -> list[Message]:
        """What stands in the channel about it, its threads left out."""
        return [
            one
            for one in self.channel.messages
            if one.metadata
            and one.metadata["event_payload"].get("approval_id") == str(approval.id)
            and not one.thread_ts
        ]

    def replies(self, to: Message) -> list[Message]:
        return [one for one in self.channel.messages if one.thread_ts == to.ts]

    def whispers(self, user: str) -> list[str]:
        return [one.text for one in self.channel.messages if one.to == user]

    async def admit(self, role: Role, user_id: UUID | None = None) -> UUID:
        """A member of the space, as a token would make one."""
        user_id = user_id or uuid4()
        caller = Caller(user_id, self.scope.organisation_id, {self.scope.space_id: role}, "test")
        await PostgresSpaces(self.database).mirror(caller, self.scope)
        return user_id

    async def link(self, slack_user: str, user_id: UUID) -> None:
        user = SlackUser(TEAM, slack_user, slack_user)
        await self.store.link(self.scope, user, user_id=user_id, tier="")

    async def install(self, *, channel: str = CHANNEL) -> None:
        """As OAuth leaves it."""
        by = await self.admit(Role.ADMIN)
        token = self.workspace.install(self.workspace.allow())
        made = Installation(TEAM, TEAM_NAME, BOT, "", "", by)
        sealed = Credentials(self.store, self.vault, "").sealed(self.scope, token)
        await self.store.install(self.scope, made, sealed)
        if channel:
            await self.store.ask_in(self.scope, channel, "approvals", by=by)
            self.channel.members = sorted({*self.channel.members, BOT})

    async def ask(self, **changes: Any) -> Approval:  # noqa: ANN401 - columns of an approval
        """A review that waits for a verdict: it belongs to no turn, whatever it names."""
        said: dict[str, Any] = {
            "tool": "publish_note",
            "arguments": {"title": "Spring", "body": "Hello"},
            "window": timedelta(hours=1),
            "tainted": False,
            "quotes": [],
            "approvers": Role.APPROVER,
            "four_eyes": False,
            "requested_by": None,
            "content_id": None,
            **changes,
        }
        approval_id = uuid4()
        async with self.database.transaction(self.scope) as session:
            await session.fetch(
                _INSERT,
                *(self.scope.space_id, self.scope.organisation_id, approval_id, said["tool"]),
                *(orjson.dumps(said["arguments"]).decode(), said["window"]),
                *(digest(said["arguments"]), said["tainted"]),
                *(orjson.dumps(said["quotes"]).decode(), said["approvers"].value),
                *(said["four_eyes"], said["requested_by"], said["content_id"]),
            )
        return await self.approvals.get(self.scope, approval_id)

    async def posted(self, approval: Approval) -> Message:
        await self.notifier.post(self.scope, approval, url="")
        [message] = self.about(approval)
        return message

    async def audited(self, scope: Scope | None = None) -> list[tuple[str, dict[str, Any]]]:
        """The newest first."""
        page = await PostgresAudit(self.database).page(scope or self.scope, limit=200, cursor=None)
        return [(entry.action, dict(entry.details)) for entry in page.items]
