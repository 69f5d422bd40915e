"""Parts of messages, within Slack's limits. Strangers' text goes into rich text and plain text
alone: Slack reads no markup there, so that no word of theirs links, mentions or formats."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from adapters.slack.text import cut, escaped, visible

Block = dict[str, Any]

MOST_BLOCKS: Final = 50
HEADER: Final = 150
SECTION: Final = 3_000
# Of one text inside rich text, whose own limit nobody states: that of a section is known to pass.
RICH: Final = 2_900


def header(text: str) -> Block:
    shown = cut(visible(text).replace("\n", " "), HEADER)
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def labelled(pairs: Sequence[tuple[str, str]]) -> Block:
    """One line for each: our label, and what is said."""
    elements: list[Block] = []
    for label, text in pairs:
        parts = [_text(f"{label}: ", bold=True), _text(cut(visible(text), RICH))]
        elements.append({"type": "rich_text_section", "elements": parts})
    return {"type": "rich_text", "elements": elements}


def verbatim(label: str, text: str) -> Block:
    """A label over text in a box, exactly as it is."""
    shown = cut(visible(text), RICH) or "(empty)"
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [_text(cut(visible(label), 200), bold=True)]},
            {"type": "rich_text_preformatted", "elements": [_text(shown)]},
        ],
    }


def quote(label: str, text: str) -> Block:
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [_text(cut(visible(label), 700))]},
            {"type": "rich_text_quote", "elements": [_text(cut(visible(text), RICH) or "(empty)")]},
        ],
    }


def markup(text: str) -> Block:
    """Our own words; what is put into them was escaped."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION]}}


def small(*texts: str) -> Block:
    parts = [{"type": "mrkdwn", "text": text[:SECTION]} for text in texts[:10]]
    return {"type": "context", "elements": parts}


def button(text: str, action: str, value: str, *, style: str = "", confirm: str = "") -> Block:
    made: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "value": value,
    }
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = {
            "title": {"type": "plain_text", "text": "Are you sure?"},
            "text": {"type": "plain_text", "text": cut(confirm, 300)},
            "confirm": {"type": "plain_text", "text": text},
            "deny": {"type": "plain_text", "text": "Go back"},
        }
    return made


def actions(*buttons: Block) -> Block:
    return {"type": "actions", "block_id": "verdict", "elements": list(buttons)}


def moment(at: datetime) -> str:
    """In each reader's own time zone."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def link(url: str, text: str) -> str:
    """Only to addresses of our own."""
    return f"<{escaped(url).replace('|', '%7C')}|{escaped(text)}>"


def _text(text: str, *, bold: bool = False) -> Block:
    made: Block = {"type": "text", "text": text or "–"}  # empty ones are refused
    return {**made, "style": {"bold": True}} if bold else made
