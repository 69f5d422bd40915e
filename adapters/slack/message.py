"""An approval as a message in Slack: what, why, with which arguments, until when."""

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.slack import blocks
from adapters.slack.blocks import Block
from adapters.slack.text import cut, escaped, visible
from domain.ports.approvals import Approval, ApprovalState
from domain.ports.slack import Question
from models.errors import BadRequestError
from models.payloads.scope import Scope

APPROVE: Final = "approval.approve"
DENY: Final = "approval.deny"
REVISE: Final = "approval.revise"
EVENT: Final = "holdfast_approval"
# More are read in the app: a message of fifty blocks is read by nobody.
MOST_ARGUMENTS: Final = 20
MOST_QUOTES: Final = 5
# Slack refuses a message with more than some 13,000 characters in its blocks, and documents that
# nowhere (https://github.com/slackapi/bolt-js/issues/2509). These, the quotes and our own words
# are 12,500 at most. Of all arguments with their names:
ROOM: Final = 8_000
NAME: Final = 200
REASON: Final = 1_000
NOTE: Final = 800
QUOTE: Final = 250
PLACE: Final = 100
# So that a long text leaves room for what else there is.
MOST_OF_ONE: Final = 3 * blocks.RICH
_VERSION: Final = "1"
_ID: Final = "([0-9a-f]{32})"
_VALUE: Final = re.compile(rf"{_VERSION}:{_ID}:{_ID}:{_ID}:([0-9a-f]{{0,64}}):([A-Z0-9]{{0,32}})")
_STATES: Final = {
    ApprovalState.APPROVED: ":white_check_mark: *Approved*",
    ApprovalState.DENIED: ":no_entry: *Denied*",
    ApprovalState.REVISED: ":pencil2: *Sent back*",
    ApprovalState.EXPIRED: ":hourglass: *Expired:* nobody decided in time",
    ApprovalState.WITHDRAWN: ":wastebasket: *Withdrawn:* the turn was stopped",
}


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    """For notifications and screen readers."""
    blocks: list[Block]
    metadata: dict[str, Any]


def value(question: Question) -> str:
    """What a button carries; the hash binds the verdict to what was shown."""
    scope = question.scope
    ids = (scope.organisation_id.hex, scope.space_id.hex, question.approval_id.hex)
    return ":".join((_VERSION, *ids, question.arguments_hash, question.channel))


def question(text: str) -> Question:
    """BadRequestError("slack_payload_invalid") for what is not from here."""
    found = _VALUE.fullmatch(text)
    if found is None:
        raise BadRequestError("This button is not from here.", code="slack_payload_invalid")
    organisation, space, approval, shown, channel = found.groups()
    scope = Scope(organisation_id=UUID(organisation), space_id=UUID(space))
    return Question(scope, UUID(approval), shown, channel)


def message(
    scope: Scope,
    approval: Approval,
    channel: str,
    url: str,
    *,
    asked_by: str = "",
    decided_by: str = "",
) -> Message:
    """How it stands now. `asked_by` and `decided_by` are people in Slack's markup."""
    return Message(
        text=_summary(approval),
        blocks=[
            blocks.header(_title(approval)),
            *_why(approval),
            *([blocks.small(f"Asked for by {asked_by}")] if asked_by else []),
            *_arguments(approval),
            *_quotes(approval),
            *_ending(scope, approval, channel, url, decided_by),
        ][: blocks.MOST_BLOCKS],
        metadata=metadata(scope, approval),
    )


def until(approval: Approval) -> str:
    return f"Silence is a no: decide before {blocks.moment(approval.expires_at)}."


def metadata(scope: Scope, approval: Approval) -> dict[str, Any]:
    said = {
        "approval_id": str(approval.id),
        "organisation_id": str(scope.organisation_id),
        "space_id": str(scope.space_id),
        "agent": approval.agent,
        "tool": approval.tool,
    }
    if approval.content_id is not None:
        said["content_id"] = str(approval.content_id)
    return {"event_type": EVENT, "event_payload": said}


def _title(approval: Approval) -> str:
    if approval.content_id is not None:
        return "Review of content"
    return f"Approval: {approval.tool}"


def _summary(approval: Approval) -> str:
    agent = f" by {escaped(cut(approval.agent, 100))}" if approval.agent else ""
    if approval.state is ApprovalState.PENDING:
        return f"{escaped(cut(_title(approval), 200))} waits for a decision{agent}."
    return f"{escaped(cut(_title(approval), 200))}: {approval.state.value}."


def _why(approval: Approval) -> list[Block]:
    pairs = [("Tool", cut(approval.tool, NAME))]
    if approval.agent:
        pairs.append(("Agent", cut(approval.agent, NAME)))
    if approval.reason:
        pairs.append(("Why you are asked", cut(approval.reason, REASON)))
    who = f"{approval.approvers.value} or above"
    pairs.append(("Who may decide", who + (", not whoever asked" if approval.four_eyes else "")))
    return [blocks.labelled(pairs)]


def _arguments(approval: Approval) -> list[Block]:
    """In full where they fit: what is cut says so, and where the rest is read."""
    shown: list[Block] = []
    room, missing = ROOM, 0
    given = {name: visible(_text(one)) for name, one in approval.arguments.items()}
    # The short ones first: a long text pushes none of them out.
    for name, text in sorted(given.items(), key=lambda item: len(item[1])):
        if len(shown) >= MOST_ARGUMENTS or room <= 0:
            missing += 1
            continue
        part = text[: min(room, MOST_OF_ONE)]
        boxes = _boxes(cut(name, NAME), part, len(text))
        shown += boxes
        room -= len(part) + len(boxes) * min(len(name), NAME)
    if not approval.arguments:
        shown.append(blocks.small("It takes no arguments."))
    if missing:
        shown.append(blocks.small(f":warning: {missing} more arguments are shown in the app."))
    return shown


def _boxes(name: str, part: str, whole: int) -> list[Block]:
    """In as many boxes as it takes: one holds less than a page."""
    label = name if len(part) == whole else f"{name} (the first {len(part):,} of {whole:,})"
    pieces = [part[at : at + blocks.RICH] for at in range(0, len(part), blocks.RICH)] or [""]
    labels = [label, *(f"{name}, going on" for _ in pieces[1:])]
    return [blocks.verbatim(*pair) for pair in zip(labels, pieces, strict=True)]


def _quotes(approval: Approval) -> list[Block]:
    if not approval.tainted:
        return []
    warning = ":warning: *This turn has read text that nobody vouches for.*"
    if approval.quotes:
        warning += " The arguments quote it:"
    shown = [
        blocks.quote(cut(f"{one.path}, from {one.source}:", PLACE), cut(one.text, QUOTE))
        for one in approval.quotes[:MOST_QUOTES]
    ]
    if (more := len(approval.quotes) - MOST_QUOTES) > 0:
        shown.append(blocks.small(f"{more} more quotes are shown in the app."))
    return [blocks.markup(warning), *shown]


def _ending(
    scope: Scope, approval: Approval, channel: str, url: str, decided_by: str
) -> list[Block]:
    see = [blocks.link(url, "Open in the app")] if url.startswith(("https://", "http://")) else []
    about = f"`{approval.arguments_hash[:12]}`" if approval.arguments_hash else ""
    foot = " · ".join([part for part in (about, *see) if part])
    if approval.state is ApprovalState.PENDING:
        question = Question(scope, approval.id, approval.arguments_hash, channel)
        return [
            blocks.small(*filter(None, (until(approval), foot))),
            _buttons(approval, value(question)),
        ]
    said = [blocks.markup(_verdict(approval, decided_by))]
    if approval.original_arguments is not None:
        said.append(blocks.small("The arguments were edited: the ones above are what runs."))
    if approval.note:
        said.append(blocks.quote("Note:", cut(approval.note, NOTE)))
    return [*said, *([blocks.small(foot)] if foot else [])]


def _verdict(approval: Approval, decided_by: str) -> str:
    said = _STATES[approval.state]
    if approval.decided_by is not None:
        said += f" by {decided_by or 'a member'}"
        said += f" in {'Slack' if approval.decided_via == 'slack' else 'the app'}"
    return said + (f", {blocks.moment(approval.decided_at)}" if approval.decided_at else "")


def _buttons(approval: Approval, carried: str) -> Block:
    doubt = (
        "The turn has read text that nobody vouches for. What you see runs exactly as it is shown."
        if approval.tainted
        else ""
    )
    return blocks.actions(
        blocks.button("Approve", APPROVE, carried, style="primary", confirm=doubt),
        blocks.button("Deny", DENY, carried, style="danger"),
        blocks.button("Request revision", REVISE, carried),
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
