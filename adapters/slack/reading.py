"""What people write in Slack, as plain text: its own markup taken apart."""

import re
from typing import Final

_TOKEN: Final = re.compile(r"<([^<>\n]{1,3000})>")


def plain(text: str, bot_user_id: str) -> str:
    """Without the mention of the app; other mentions, channels and links by their names."""
    read = _TOKEN.sub(lambda found: _read(found[1], bot_user_id), text)
    # Unescaped last: what somebody typed as `<@U1>` stays what they typed.
    return _unescaped(read).strip()


def _unescaped(text: str) -> str:
    """The three that Slack escapes, and no other entity."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _read(token: str, bot_user_id: str) -> str:
    inside, bar, label = token.partition("|")
    if inside[:1] == "@":
        return "" if inside[1:] == bot_user_id else f"@{label or inside[1:]}"
    if inside[:1] == "#":
        return f"#{label or inside[1:]}"
    if inside[:1] == "!":
        return label or f"@{inside[1:].partition('^')[0]}"
    address = inside.removeprefix("mailto:")
    return label + f" ({address})" if bar and label not in {address, inside} else address
