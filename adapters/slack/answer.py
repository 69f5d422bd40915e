"""An answer as a message in Slack: the model's Markdown, what goes on, its sources."""

import re
from dataclasses import dataclass
from typing import Any, Final

from adapters.slack import blocks
from adapters.slack.blocks import Block
from adapters.slack.text import cut, escaped
from domain.ports.threads import Shown
from models.payloads.scope import TurnKey
from models.payloads.sources import Source

EVENT: Final = "holdfast_answer"
# A `markdown` block takes 12,000 characters, and Slack refuses messages whose blocks have some
# 13,000 together (msg_blocks_too_long): sources and notes take the rest.
ROOM: Final = 9_000
# When that was too much all the same.
NARROW: Final = 2_500
SOURCES: Final = 1_500
# Of what a note names, before it is escaped.
NAMES: Final = 300
# For notifications and screen readers.
FALLBACK: Final = 1_000
# What would call people or groups, or be filled in by Slack, were it read as Slack's own markup.
_MARKUP: Final = re.compile(
    r"<(?=@[A-Z0-9]|#[A-Z0-9]|!(?:here|channel|everyone|group|subteam|date)\b)", re.IGNORECASE
)
_CALL: Final = re.compile(r"(?<![\w.+-])@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)
# Seen nowhere, and enough to keep two signs apart.
_APART: Final = "\u200b"
_PICTURE: Final = re.compile(r"!(?=\[[^\]\n]{0,500}\](?:\(|\[))")
_FENCE: Final = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AnswerMessage:
    text: str
    blocks: list[Block]
    metadata: dict[str, Any]


def message(turn: TurnKey, shown: Shown, page: str, room: int = ROOM) -> AnswerMessage:
    """How it stands now; what does not fit is read in the app, whose address `page` begins."""
    whole = harmless(shown.text)
    part = fitting(whole, room)
    made: list[Block] = []
    if part.strip():
        made.append({"type": "markdown", "text": part})
    if len(part) < len(whole):
        made.append(blocks.small(_rest(turn, page)))
    if shown.sources and room:
        made.append(blocks.small(_sources(shown.sources)))
    if shown.note or not made:
        made.append(blocks.small(_note(turn, shown, page)))
    plain = escaped(cut(whole, FALLBACK)) if part.strip() else _said(shown)
    return AnswerMessage(plain, made, metadata(turn))


def metadata(turn: TurnKey) -> dict[str, Any]:
    said = {"turn_id": str(turn.turn_id), "conversation_id": str(turn.conversation_id)}
    return {"event_type": EVENT, "event_payload": said}


def harmless(text: str) -> str:
    """Nobody is called by a model's words, and no picture is fetched for them."""
    text = _MARKUP.sub(f"<{_APART}", text)
    return _PICTURE.sub("", _CALL.sub(f"@{_APART}", text))


def fitting(text: str, most: int) -> str:
    """The beginning, up to a line's end where there is one near; a fence that is cut is closed."""
    if len(text) <= most:
        return text
    if not most:
        return ""
    kept = text[: most - 8]
    line = kept.rfind("\n")
    if line > len(kept) // 2:
        kept = kept[:line]
    open_fence = ""
    for match in _FENCE.finditer(kept):
        if not open_fence:
            open_fence = match[1]
        elif match[1].startswith(open_fence):
            open_fence = ""
    return f"{kept}\n{open_fence[:5]}" if open_fence else kept.rstrip() + " …"


def _rest(turn: TurnKey, page: str) -> str:
    if page:
        return blocks.link(f"{page}{turn.conversation_id}", "Read all of it")
    return "The rest is in the app."


def _sources(sources: tuple[Source, ...]) -> str:
    lines: list[str] = []
    for count, source in enumerate(sources):
        line = _source(source)
        if sum(map(len, lines)) + len(line) > SOURCES:
            lines.append(f"and {len(sources) - count} more in the app")
            break
        lines.append(line)
    return "\n".join(lines)


def _source(source: Source) -> str:
    title = cut(" ".join(source.title.split()) or "untitled", 150)
    address = source.url or ""
    # One that Slack would end early, or that no browser should follow, stays out.
    safe = address.startswith(("https://", "http://")) and len(address) <= 500
    named = blocks.link(address, title.replace("|", "¦")) if safe else escaped(title)
    page = f", p. {source.page}" if source.page else ""
    return f"[{source.mark}] {named}{page}"


def _note(turn: TurnKey, shown: Shown, page: str) -> str:
    said = _said(shown)
    if shown.waits and page:
        link = blocks.link(f"{page}{turn.conversation_id}", "Open in the app")
        return f":hourglass: {said} {link}"
    return f":hourglass: {said}" if shown.waits else said


def _said(shown: Shown) -> str:
    names = escaped(cut(", ".join(" ".join(name.split()) for name in shown.names), NAMES))
    return " ".join(part for part in (shown.note, names) if part) or "It has no words."
