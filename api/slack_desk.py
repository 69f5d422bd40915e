"""What a button in Slack comes to: whose it is, whether they may, the verdict, what they hear."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from api.deciding import decide
from api.ports import Ports
from api.schemas.slack import Interaction
from domain.ports.approvals import DECIDED, ApprovalState, Decision, Judgement, Via
from domain.ports.slack import Question, Slack, SlackUser
from models.errors import AccessError, AppError, BadRequestError, ConflictError
from models.states import Role

APPROVE: Final = "approval.approve"
DENY: Final = "approval.deny"
REVISE: Final = "approval.revise"
_DECISIONS: Final = {APPROVE: Decision.APPROVE, DENY: Decision.DENY}
# What a person is told; what is not here is told by the error's own words.
_WORDS: Final = {
    "slack_workspace_foreign": "This space does not use Holdfast from this workspace.",
    "slack_role_missing": "You are no longer a member of this space: nothing was decided.",
    "slack_role_low": "You do not have the role to decide this.",
    "role_required": "You do not have the role to decide this: nothing was decided.",
    "four_eyes": "You asked for this, or wrote it, yourself: somebody else must decide.",
    "arguments_changed": "The arguments have changed since: read the message again.",
    "approval_not_found": "This is no longer there: its conversation was erased.",
    "expired": "Too late: nobody decided in time, so it does not run.",
    "withdrawn": "Too late: the turn was stopped, so it does not run.",
}
# Those that the verdict's own audit does not know.
_AUDITED: Final = frozenset(
    {"slack_workspace_foreign", "slack_role_missing", "slack_role_low", "approval_not_found"}
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Person:
    """A linked member with a role in the space."""

    user_id: UUID
    role: Role


class SlackDesk:
    def __init__(self, the: Ports, slack: Slack) -> None:
        self._the = the
        self._slack = slack

    async def pressed(self, sent: Interaction) -> None:
        """Each button that is ours; what goes wrong is told to who pressed it."""
        for action in sent.actions:
            if action.action_id not in {APPROVE, DENY, REVISE}:
                log.info("slack.action_unknown", action=action.action_id)
                continue
            question = self._slack.app.question(action.value)
            if (words := await self._done(sent, question, action.action_id)) is not None:
                await self._tell(sent, question, words)

    async def submitted(self, sent: Interaction) -> str | None:
        """A revision, with its note; what to tell when it did not count."""
        if sent.view is None or sent.view.callback_id != REVISE:
            raise BadRequestError("This window is not ours.", code="slack_payload_invalid")
        question = self._slack.app.question(sent.view.private_metadata)
        fields = sent.view.state.values.get("note", {})
        note = (fields["note"].value or "").strip() if "note" in fields else ""
        if not note:
            return "Say what should change."
        deciding = self._decide(sent, question, Decision.REVISE, note[:2_000])
        return await self._worded(sent, question, deciding)

    async def _done(self, sent: Interaction, question: Question, action: str) -> str | None:
        if action == REVISE:
            return await self._worded(sent, question, self._open(sent, question))
        deciding = self._decide(sent, question, _DECISIONS[action], "")
        return await self._worded(sent, question, deciding)

    async def _worded(
        self, sent: Interaction, question: Question, work: Coroutine[Any, Any, str | None]
    ) -> str | None:
        """What the person hears, in their words; refusals of ours are audited here, those of
        verdicts where verdicts are."""
        try:
            return await work
        except AppError as error:
            log.info("slack.verdict_refused", code=error.code)
            if error.code in _AUDITED:
                await self._audit(sent, question, error.code)
            return _WORDS.get(error.code, error.detail)
        except Exception:  # the person waits, and the answer was given
            log.exception("slack.failed")
            return "Something went wrong here: nothing is known to be decided. Look in the app."

    async def _open(self, sent: Interaction, question: Question) -> str | None:
        person = await self._person(sent, question)
        if isinstance(person, str):
            return person
        approval = await self._the.approvals.get(question.scope, question.approval_id)
        if approval.state is not ApprovalState.PENDING:
            return f"It is {approval.state.value} already."
        if not person.role.includes(approval.approvers):
            raise AccessError("This role may not decide.", code="slack_role_low")
        await self._slack.app.ask_for_note(question, sent.trigger_id)
        return None

    async def _decide(
        self, sent: Interaction, question: Question, decision: Decision, note: str
    ) -> str | None:
        person = await self._person(sent, question)
        if isinstance(person, str):
            return person
        judgement = Judgement(
            decision=decision,
            decided_by=person.user_id,
            role=person.role,
            via=Via.SLACK,
            note=note,
            arguments_hash=question.arguments_hash or None,
        )
        try:
            await decide(self._the, question.scope, question.approval_id, judgement)
        except ConflictError as error:
            if error.code != "already_decided":
                raise
            return await self._decided_before(question, judgement)
        return None

    async def _decided_before(self, question: Question, judgement: Judgement) -> str | None:
        """Their own double click, or Slack's repeat, is told nothing; another's verdict is."""
        approval = await self._the.approvals.get(question.scope, question.approval_id)
        theirs = approval.decided_by == judgement.decided_by
        if theirs and approval.state is DECIDED[judgement.decision]:
            return None
        whose = "you" if theirs else "somebody else"
        return f"It was {approval.state.value} by {whose} before: the first verdict counts."

    async def _person(self, sent: Interaction, question: Question) -> _Person | str:
        """Who it is, or what to tell whom we do not know."""
        installation = await self._slack.store.installation(question.scope)
        team = "" if sent.team is None else sent.team.id
        # In channels that workspaces share, people of the other one see the buttons too.
        of_team = sent.user.team_id or team
        if installation is None or not team or {team, of_team} != {installation.team_id}:
            raise AccessError("Another workspace's.", code="slack_workspace_foreign")
        member = await self._slack.store.member(question.scope, team, sent.user.id)
        if member is None:
            await self._audit(sent, question, "slack_user_unlinked")
            return await self._invitation(sent, team)
        if member.role is None:
            raise AccessError("No role in the space.", code="slack_role_missing")
        return _Person(member.user_id, member.role)

    async def _invitation(self, sent: Interaction, team: str) -> str:
        user = SlackUser(team, sent.user.id, sent.user.name or sent.user.username)
        return invitation(await self._slack.app.offer(user), self._slack.link_page)

    async def _audit(self, sent: Interaction, question: Question, reason: str) -> None:
        details = {
            "reason": reason,
            "team_id": "" if sent.team is None else sent.team.id,
            "slack_user_id": sent.user.id,
        }
        try:
            await self._slack.audit.record(
                question.scope, "slack.refused", question.approval_id, by=None, details=details
            )
        except AppError as error:
            # It stays refused: what may not happen unaudited did not happen.
            log.error("slack.refusal_unaudited", code=error.code, reason=reason)  # noqa: TRY400 - named

    async def _tell(self, sent: Interaction, question: Question, words: str) -> None:
        try:
            if sent.response_url:
                await self._slack.app.answer(sent.response_url, words)
            else:
                await self._slack.app.whisper(question, sent.user.id, words)
        except AppError as error:
            log.warning("slack.untold", code=error.code)


def invitation(token: str, page: str) -> str:
    """How a Slack user becomes a member's."""
    start = "I do not know yet who you are in Holdfast. "
    if page:
        return f"{start}<{page}{token}|Sign in and confirm that this account is yours>."
    return f"{start}Confirm there that this account is yours: `holdfast slack link {token}`"
