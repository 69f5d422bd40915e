"""What people say to the app in Slack: who they are, which conversation it is, and the send."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from api import posting, rates
from api.admission import Context, admit
from api.dependencies import Edge
from api.schemas.slack import Happening
from api.schemas.turns import NewMessage
from api.sending import Sent
from api.slack_desk import invitation
from domain.ports.identity import Caller
from domain.ports.rates import Kind
from domain.ports.slack import Installation, Slack
from models import ids
from models.errors import AppError, UnavailableError
from models.payloads.scope import Scope, TurnKey
from models.payloads.slack import SlackAnswer, SlackThread
from models.states import Role

# Slack's own, and messages that are no person's words.
SLACKBOT: Final = "USLACKBOT"
# Spaces of one workspace among which a person's is looked for.
MOST_SPACES: Final = 20
# Seconds between tries to have the answer shown: some moments without Temporal.
PAUSES: Final = (0.5, 2.0, 8.0)
_FOREIGN: Final = "This space does not use Holdfast from your workspace."
_ROLE: Final = "You may read in Holdfast, and not ask: an admin of your space can change that."
_NO_ROLE: Final = "You are in no space that uses Holdfast from this workspace."
_FILES: Final = "I read no files here: upload them in the app, and ask then."
_NOTHING: Final = "Say what you want to know."
_FAULT: Final = "Something went wrong here: nothing is known to be sent. Look in the app."

log = structlog.get_logger(__name__)


def is_said(event: Happening) -> bool:
    """A person, to the app: with its name in a channel, or in a message to it alone."""
    person = event.user and event.bot_id is None and event.user != SLACKBOT
    to_us = event.type == "app_mention" or (event.type == "message" and event.channel_type == "im")
    words = event.subtype in {None, "file_share"}
    return bool(person and to_us and words and event.channel and event.ts)


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A linked member who may ask, and the space that they ask from."""

    scope: Scope
    installation: Installation
    user_id: UUID
    role: Role
    tier: str


class SlackConversation:
    """A thread is a conversation; Slack's repeats of a message are copies of it, and run once."""

    def __init__(self, edge: Edge, slack: Slack, request_id: str) -> None:
        self._edge = edge
        self._slack = slack
        self._request_id = request_id

    async def heard(self, team_id: str, event: Happening) -> None:
        """What cannot be sent is told where it was said. UnavailableError where Slack should send
        it again."""
        thread = SlackThread(
            team_id=team_id, channel=event.channel, timestamp=event.thread_ts or event.ts
        )
        scopes = (await self._slack.store.spaces(team_id))[:MOST_SPACES]
        if not scopes:
            log.info("slack.workspace_unknown")
            return
        # In channels that workspaces share, people of the other one speak too.
        if (event.user_team or event.team or team_id) != team_id:
            await self._refuse(scopes[0], thread, event.user, "slack_workspace_foreign", _FOREIGN)
            return
        speaker = await self._speaker(scopes, thread, event.user)
        if speaker is None or event.user == speaker.installation.bot_user_id:
            return
        # A NUL is no character that anybody meant; nothing here holds one.
        said = event.text.replace("\x00", "")
        text = self._slack.app.plain(said, speaker.installation.bot_user_id)
        if event.files or not text:
            words = _FILES if event.files else _NOTHING
            await self._whisper(speaker.scope, thread, event.user, words)
            return
        await self._say(speaker, thread, event.ts, text)

    async def _speaker(
        self, scopes: Sequence[Scope], thread: SlackThread, user: str
    ) -> _Speaker | None:
        """In the newest installation's space where they may ask; None when they were told why
        not."""
        known = False
        reader = False
        for scope in scopes:
            installation = await self._slack.store.installation(scope)
            if installation is None:
                continue
            if user == installation.bot_user_id:
                return None
            member = await self._slack.store.member(scope, thread.team_id, user)
            known = known or member is not None
            if member is None or member.role is None:
                continue
            if member.role.includes(Role.MEMBER):
                return _Speaker(scope, installation, member.user_id, member.role, member.tier)
            reader = True
        if not known:
            await self._invite(scopes, thread, user)
        else:
            reason = "slack_role_low" if reader else "slack_role_missing"
            words = _ROLE if reader else _NO_ROLE
            await self._refuse(scopes[0], thread, user, reason, words)
        return None

    async def _say(self, speaker: _Speaker, thread: SlackThread, ts: str, text: str) -> None:
        space_id = speaker.scope.space_id
        place = thread.team_id, thread.channel, thread.timestamp
        conversation_id = ids.slack_conversation_id(space_id, *place)
        message_id = ids.slack_message_id(conversation_id, ts)
        structlog.contextvars.bind_contextvars(space_id=str(space_id))
        try:
            sent = await self._send(speaker, conversation_id, message_id, text)
        except AppError as error:
            log.info("slack.message_refused", code=error.code)
            await self._told(speaker.scope, thread, error.detail)
            return
        except Exception:
            await self._told(speaker.scope, thread, _FAULT)
            raise
        await self._show(speaker.scope, thread, sent)

    async def _send(
        self, speaker: _Speaker, conversation_id: UUID, message_id: UUID, text: str
    ) -> Sent:
        """As the web and the API do, for the member that it is."""
        ports, scope = self._edge.ports, speaker.scope
        caller = Caller(
            speaker.user_id,
            scope.organisation_id,
            {scope.space_id: speaker.role},
            token_id="slack",  # noqa: S106 - a name, not a secret
            tier=speaker.tier,
            mirrored=False,  # the role is from the rows
        )
        context: Context = await admit(ports, caller, scope, Role.MEMBER, self._request_id)
        rates.refuse(await rates.ask(ports, self._edge.metrics, caller, Kind.WORK))
        body = NewMessage(content=text)
        return await posting.post_first(self._edge, context, message_id, body, conversation_id)

    async def _show(self, scope: Scope, thread: SlackThread, sent: Sent) -> None:
        """Have the answer written into the thread. It is on its way whatever becomes of that."""
        turn = TurnKey(
            scope=scope,
            conversation_id=sent.conversation_id,
            turn_id=sent.result.turn_id,
            request_id=self._request_id,
        )
        answer = SlackAnswer(
            turn=turn, thread=thread, after=sent.after, position=sent.result.position
        )
        for pause in PAUSES:
            try:
                await self._edge.ports.engine.start_slack_answer(answer)
            except UnavailableError:
                await asyncio.sleep(pause)
            else:
                return
        await self._edge.ports.engine.start_slack_answer(answer)

    async def _invite(self, scopes: Sequence[Scope], thread: SlackThread, user: str) -> None:
        """Through the newest installation that still works; the link is for their eyes alone."""
        for scope in scopes:
            try:
                known = await self._slack.app.person(scope, thread.team_id, user)
                words = invitation(await self._slack.app.offer(known), self._slack.link_page)
                await self._slack.app.whisper_in(scope, thread, user, words)
            except AppError as error:
                log.warning("slack.uninvited", code=error.code)
            else:
                return

    async def _refuse(
        self, scope: Scope, thread: SlackThread, user: str, reason: str, words: str
    ) -> None:
        details = {"reason": reason, "team_id": thread.team_id, "slack_user_id": user}
        try:
            await self._slack.audit.record(
                scope, "slack.refused", scope.space_id, by=None, details=details
            )
        except AppError as error:
            log.error("slack.refusal_unaudited", code=error.code, reason=reason)  # noqa: TRY400 - named
        await self._whisper(scope, thread, user, words)

    async def _whisper(self, scope: Scope, thread: SlackThread, user: str, words: str) -> None:
        try:
            await self._slack.app.whisper_in(scope, thread, user, words)
        except AppError as error:
            log.warning("slack.untold", code=error.code)

    async def _told(self, scope: Scope, thread: SlackThread, words: str) -> None:
        try:
            await self._slack.app.reply(scope, thread, words)
        except AppError as error:
            log.warning("slack.untold", code=error.code)
