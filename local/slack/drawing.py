"""Blocks and markup as HTML, the way Slack shows them: only markup makes links and mentions."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup, escape

_TOKEN: Final = re.compile(r"<([^<>\n]+)>")
_BOLD: Final = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_EMOJI: Final = {
    ":white_check_mark:": "✅",
    ":no_entry:": "⛔",
    ":pencil2:": "✏️",
    ":hourglass:": "⌛",
    ":wastebasket:": "🗑️",
    ":warning:": "⚠️",
    ":rotating_light:": "🚨",
}


def markup(text: str, people: Mapping[str, str]) -> Markup:
    """Slack's mrkdwn. What was escaped for it stands as it was written."""
    parts = _TOKEN.split(text)
    drawn = [
        _token(part, people) if index % 2 else _plain(part) for index, part in enumerate(parts)
    ]
    return Markup("").join(drawn)


def block(one: Mapping[str, Any], people: Mapping[str, str]) -> Markup:
    match one["type"]:
        case "header":
            return Markup("<h3>{}</h3>").format(one["text"]["text"])
        case "section":
            return Markup("<p>{}</p>").format(_text(one["text"], people))
        case "context":
            drawn = (_text(element, people) for element in one["elements"])
            return Markup("<p class=small>{}</p>").format(Markup(" ").join(drawn))
        case "markdown":
            # Slack draws it; what matters here is that it is the text.
            return Markup("<p>{}</p>").format(one["text"])
        case "rich_text":
            return Markup("").join(_rich(element) for element in one["elements"])
        case _:
            return Markup("")


def _text(part: Mapping[str, Any], people: Mapping[str, str]) -> Markup:
    return markup(part["text"], people) if part["type"] == "mrkdwn" else escape(part["text"])


def _rich(element: Mapping[str, Any]) -> Markup:
    drawn = Markup("").join(
        Markup("<b>{}</b>").format(part["text"])
        if part.get("style", {}).get("bold")
        else escape(part["text"])
        for part in element["elements"]
    )
    match element["type"]:
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format(drawn)
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(drawn)
        case _:
            return Markup("<p>{}</p>").format(drawn)


def _plain(text: str) -> Markup:
    for name, sign in _EMOJI.items():
        text = text.replace(name, sign)
    read = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    shown = str(escape(read))
    shown = _BOLD.sub(r"<b>\1</b>", _CODE.sub(r"<code>\1</code>", shown))
    return Markup(shown.replace("\n", "<br>"))  # noqa: S704 - escaped above


def _token(text: str, people: Mapping[str, str]) -> Markup:
    inside, _, label = text.partition("|")
    if inside.startswith("@"):
        name = people.get(inside[1:], inside[1:])
        return Markup("<span class=mention>@{}</span>").format(name)
    if inside.startswith("!date^"):
        at = datetime.fromtimestamp(int(inside.split("^")[1]), UTC)
        return Markup("<time>{}</time>").format(at.strftime("%d %b %Y %H:%M UTC"))
    if inside.startswith("!"):
        return Markup("<span class=mention>@{}</span>").format(inside[1:])
    if inside.startswith(("https://", "http://")):
        address = inside.replace("&amp;", "&")
        return Markup('<a href="{}" rel=noreferrer>{}</a>').format(address, label or inside)
    return escape(f"<{text}>")
