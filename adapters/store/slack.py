"""Slack's rows: installations, linked people, and the messages that ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from adapters.store.trail import record
from domain.ports.notifying import Posted
from domain.ports.slack import Installation, Member, SlackUser
from models.payloads.scope import Scope
from models.states import Role

# People who are called by name in a reminder: a line or two of them.
MOST_CALLED: Final = 20

_INSTALLATION = """
SELECT team_id, team, bot_user_id, channel, channel_name, installed_by, created_at, token
FROM slack_installation WHERE space_id = $1 AND organisation_id = $2
"""
# In another workspace the channel is another one.
_INSTALL = """
INSERT INTO slack_installation (space_id, organisation_id, team_id, team, bot_user_id, token,
    installed_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (space_id) DO UPDATE SET team_id = excluded.team_id, team = excluded.team,
    bot_user_id = excluded.bot_user_id, token = excluded.token,
    installed_by = excluded.installed_by, created_at = now(),
    channel = CASE WHEN slack_installation.team_id = excluded.team_id
        THEN slack_installation.channel ELSE '' END,
    channel_name = CASE WHEN slack_installation.team_id = excluded.team_id
        THEN slack_installation.channel_name ELSE '' END
"""
_CHANNEL = """
UPDATE slack_installation SET channel = $3, channel_name = $4
WHERE space_id = $1 AND organisation_id = $2
"""
_UNINSTALL = """
DELETE FROM slack_installation WHERE space_id = $1 AND organisation_id = $2
RETURNING team_id
"""
_SPACES = "SELECT organisation_id, space_id FROM slack_spaces($1)"
_MEMBER = """
SELECT s.user_id, m.role, s.tier FROM slack_member s
LEFT JOIN membership m ON m.space_id = $1 AND m.organisation_id = $2 AND m.user_id = s.user_id
WHERE s.organisation_id = $2 AND s.team_id = $3 AND s.slack_user_id = $4
"""
_SLACK_USER = """
SELECT slack_user_id FROM slack_member
WHERE organisation_id = $1 AND team_id = $2 AND user_id = $3
"""
_CALLED = """
SELECT s.slack_user_id FROM slack_member s
JOIN membership m ON m.space_id = $1 AND m.user_id = s.user_id
WHERE s.organisation_id = $2 AND s.team_id = $3 AND m.role = ANY($4::varchar[])
ORDER BY s.created_at LIMIT $5
"""
_FORGET_LINKS = """
DELETE FROM slack_member
WHERE organisation_id = $1 AND team_id = $2 AND (slack_user_id = $3 OR user_id = $4)
"""
_LINK = """
INSERT INTO slack_member (organisation_id, team_id, slack_user_id, user_id, name, tier)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_UNLINK = """
DELETE FROM slack_member WHERE organisation_id = $1 AND user_id = $2 RETURNING slack_user_id
"""
_CLAIM = """
INSERT INTO slack_message (space_id, organisation_id, approval_id, channel)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING channel
"""
_MESSAGE = """
SELECT channel, timestamp, created_at FROM slack_message
WHERE space_id = $1 AND approval_id = $2
"""
_KEEP = """
INSERT INTO slack_message AS kept (space_id, organisation_id, approval_id, channel, timestamp)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (space_id, approval_id) DO UPDATE SET channel = excluded.channel,
    timestamp = excluded.timestamp
WHERE kept.timestamp = ''
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of an approval's message before it is posted."""

    channel: str
    timestamp: str
    """Empty: nobody knows whether it stands."""
    at: datetime | None
    """Of the first try; None: this is it."""


class PostgresSlack(Repository):
    """Implements `domain.ports.slack.SlackStore` and `domain.ports.notifying.Notices`."""

    async def installation(self, scope: Scope) -> Installation | None:
        found = await self.credentials(scope)
        return None if found is None else found[0]

    async def credentials(self, scope: Scope) -> tuple[Installation, bytes] | None:
        """With the sealed token."""

        async def work(session: Session) -> tuple[Installation, bytes] | None:
            row = await session.first(_INSTALLATION, scope.space_id, scope.organisation_id)
            return None if row is None else (_installation(row), bytes(row["token"]))

        return await self._run(scope, work)

    async def install(self, scope: Scope, made: Installation, token: bytes) -> None:
        """Put it in place of another."""
        entry = uuid4()

        async def work(session: Session) -> None:
            await session.fetch(
                _INSTALL,
                *(scope.space_id, scope.organisation_id),
                *(made.team_id, clean(made.team)[:200], made.bot_user_id, token),
                made.installed_by,
            )
            details = {"team_id": made.team_id, "team": made.team[:200]}
            await _audit(session, entry, "slack.installed", made.installed_by, details)

        await self._run(scope, work)

    async def ask_in(self, scope: Scope, channel: str, name: str, *, by: UUID) -> None:
        entry = uuid4()

        async def work(session: Session) -> None:
            ids = scope.space_id, scope.organisation_id
            await session.fetch(_CHANNEL, *ids, channel, clean(name)[:100])
            said = {"channel": channel, "name": name[:100]}
            await _audit(session, entry, "slack.channel", by, said)

        await self._run(scope, work)

    async def remove(self, scope: Scope, *, by: UUID | None) -> None:
        entry = uuid4()

        async def work(session: Session) -> None:
            row = await session.first(_UNINSTALL, scope.space_id, scope.organisation_id)
            if row is not None:
                said = {"team_id": row["team_id"]}
                await _audit(session, entry, "slack.uninstalled", by, said)

        await self._run(scope, work)

    async def spaces(self, team_id: str) -> Sequence[Scope]:
        """The one question across spaces: its answer holds ids only."""

        async def work(session: Session) -> Sequence[Scope]:
            rows = await session.fetch(_SPACES, team_id)
            return [Scope(organisation_id=row[0], space_id=row[1]) for row in rows]

        return await self._database.run(None, work)

    async def uninstalled(self, team_id: str) -> Sequence[Scope]:
        found = await self.spaces(team_id)
        for scope in found:
            await self.remove(scope, by=None)
        return found

    async def member(self, scope: Scope, team_id: str, slack_user_id: str) -> Member | None:
        async def work(session: Session) -> Member | None:
            ids = scope.space_id, scope.organisation_id
            row = await session.first(_MEMBER, *ids, team_id, slack_user_id)
            if row is None:
                return None
            role = None if row["role"] is None else Role(row["role"])
            return Member(row["user_id"], role, row["tier"])

        return await self._run(scope, work)

    async def slack_user(self, scope: Scope, team_id: str, user_id: UUID) -> str | None:
        async def work(session: Session) -> str | None:
            row = await session.first(_SLACK_USER, scope.organisation_id, team_id, user_id)
            return None if row is None else str(row["slack_user_id"])

        return await self._run(scope, work)

    async def called(self, scope: Scope, team_id: str, least: Role) -> Sequence[str]:
        """Linked people of the space with this role at least: their ids at Slack."""
        roles = [role.value for role in Role if role.includes(least)]

        async def work(session: Session) -> Sequence[str]:
            ids = scope.space_id, scope.organisation_id
            rows = await session.fetch(_CALLED, *ids, team_id, roles, MOST_CALLED)
            return [row["slack_user_id"] for row in rows]

        return await self._run(scope, work)

    async def link(self, scope: Scope, user: SlackUser, *, user_id: UUID, tier: str) -> None:
        entry = uuid4()

        async def work(session: Session) -> None:
            whose = scope.organisation_id, user.team_id, user.user_id, user_id
            await session.fetch(_FORGET_LINKS, *whose)
            await session.fetch(_LINK, *whose, clean(user.name)[:200], tier)
            details = {"team_id": user.team_id, "slack_user_id": user.user_id}
            await _audit(session, entry, "slack.linked", user_id, details, subject=user_id)

        await self._run(scope, work)

    async def unlink(self, scope: Scope, user_id: UUID, *, by: UUID) -> bool:
        async def work(session: Session) -> bool:
            rows = await session.fetch(_UNLINK, scope.organisation_id, user_id)
            for row in rows:
                details = {"slack_user_id": row["slack_user_id"]}
                await _audit(session, uuid4(), "slack.unlinked", by, details, subject=user_id)
            return bool(rows)

        return await self._run(scope, work)

    async def claim(self, scope: Scope, approval_id: UUID, channel: str) -> Claim:
        """Say that its message is about to be posted there, or learn what came of that before."""

        async def work(session: Session) -> Claim:
            whose = scope.space_id, scope.organisation_id, approval_id
            if await session.first(_CLAIM, *whose, channel) is not None:
                return Claim(channel, "", None)
            row = await session.first(_MESSAGE, scope.space_id, approval_id)
            assert row is not None  # noqa: S101 - it stood in the way
            return Claim(row["channel"], row["timestamp"], row["created_at"])

        return await self._run(scope, work)

    async def posted(self, scope: Scope, approval_id: UUID) -> Posted | None:
        async def work(session: Session) -> Posted | None:
            row = await session.first(_MESSAGE, scope.space_id, approval_id)
            if row is None or not row["timestamp"]:
                return None
            return Posted(row["channel"], row["timestamp"])

        return await self._run(scope, work)

    async def keep(self, scope: Scope, approval_id: UUID, posted: Posted) -> None:
        """The first that is kept stays: look with `posted` whether it was this one."""

        async def work(session: Session) -> None:
            whose = scope.space_id, scope.organisation_id, approval_id
            await session.fetch(_KEEP, *whose, posted.channel, posted.timestamp)

        await self._run(scope, work)


async def _audit(
    session: Session,
    entry: UUID,
    action: str,
    by: UUID | None,
    details: dict[str, Any],
    *,
    subject: UUID | None = None,
) -> None:
    subject = subject or session.scope.space_id
    await record(session, entry, action, subject, by=by, details=details)


def _installation(row: Any) -> Installation:  # noqa: ANN401 - a driver's record
    return Installation(
        team_id=row["team_id"],
        team=row["team"],
        bot_user_id=row["bot_user_id"],
        channel=row["channel"],
        channel_name=row["channel_name"],
        installed_by=row["installed_by"],
        installed_at=row["created_at"],
    )
