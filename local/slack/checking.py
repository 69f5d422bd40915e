"""Slack's limits on blocks: what breaks one is refused as Slack refuses it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.slack.workspace import SlackError

MOST_BLOCKS: Final = 50
LONGEST_TEXT: Final = 40_000
LONGEST_MARKDOWN: Final = 12_000
# Documented nowhere: https://github.com/slackapi/bolt-js/issues/2509
LONGEST_BLOCKS: Final = 13_000
Block = Mapping[str, Any]


def blocks(given: object, *, most: int = MOST_BLOCKS) -> list[dict[str, Any]]:
    """SlackError("invalid_blocks"), saying where."""
    if not isinstance(given, list):
        raise SlackError("invalid_blocks_format")
    if len(given) > most:
        raise _invalid(f"no more than {most} items allowed [json-pointer:/blocks]")
    for index, block in enumerate(given):
        try:
            _KINDS[block["type"]](block)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _invalid(f"{error} [json-pointer:/blocks/{index}]") from None
    if _length(given) > LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return given


def _length(part: object) -> int:
    """Of all texts in it."""
    if isinstance(part, dict):
        return sum(
            len(one) if name == "text" and isinstance(one, str) else _length(one)
            for name, one in part.items()
        )
    return sum(_length(one) for one in part) if isinstance(part, list) else 0


def _invalid(why: str) -> SlackError:
    return SlackError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {why}"]})


def _text(part: Any, most: int, *kinds: str) -> None:  # noqa: ANN401 - whatever was sent
    if part["type"] not in kinds:
        raise ValueError(f"unsupported type: {part['type']}")
    if not 1 <= len(part["text"]) <= most:
        raise ValueError(f"must be between 1 and {most} characters")


def _section(block: Block) -> None:
    if "text" in block:
        _text(block["text"], 3_000, "mrkdwn", "plain_text")
    for field in block.get("fields", ()):
        _text(field, 2_000, "mrkdwn", "plain_text")
    if "text" not in block and not block.get("fields"):
        raise ValueError("missing text or fields")


def _header(block: Block) -> None:
    _text(block["text"], 150, "plain_text")


def _context(block: Block) -> None:
    _count(block["elements"], 10)
    for element in block["elements"]:
        _text(element, 3_000, "mrkdwn", "plain_text")


def _actions(block: Block) -> None:
    _count(block["elements"], 25)
    names = [element["action_id"] for element in block["elements"]]
    if len(set(names)) != len(names):
        raise ValueError("action_id already exists")
    for element in block["elements"]:
        _button(element)


def _button(element: Block) -> None:
    if element["type"] != "button":
        raise ValueError(f"unsupported element: {element['type']}")
    _text(element["text"], 75, "plain_text")
    _short(element, "action_id", 255)
    _short(element, "value", 2_000)
    if element.get("style") not in {None, "primary", "danger"}:
        raise ValueError("invalid style")
    if (confirm := element.get("confirm")) is not None:
        _text(confirm["title"], 100, "plain_text")
        _text(confirm["text"], 300, "plain_text", "mrkdwn")
        _text(confirm["confirm"], 30, "plain_text")
        _text(confirm["deny"], 30, "plain_text")


def _rich(block: Block) -> None:
    for element in block["elements"]:
        if element["type"] not in {
            *("rich_text_section", "rich_text_preformatted", "rich_text_quote"),
            "rich_text_list",
        }:
            raise ValueError(f"unsupported type: {element['type']}")
        for part in element["elements"]:
            if part["type"] == "text" and not part["text"]:
                raise ValueError("must be more than 0 characters")


def _markdown(block: Block) -> None:
    if not 1 <= len(block["text"]) <= LONGEST_MARKDOWN:
        raise ValueError(f"must be between 1 and {LONGEST_MARKDOWN} characters")


def _input(block: Block) -> None:
    _text(block["label"], 2_000, "plain_text")
    element = block["element"]
    if element["type"] != "plain_text_input" or not 1 <= element.get("max_length", 3_000) <= 3_000:
        raise ValueError("unsupported input")


def _divider(_block: Block) -> None:
    return


def _short(element: Block, name: str, most: int) -> None:
    if len(element.get(name, "")) > most:
        raise ValueError(f"{name} must be less than {most} characters")


def _count(elements: list[Any], most: int) -> None:
    if not 1 <= len(elements) <= most:
        raise ValueError(f"between 1 and {most} elements")


_KINDS: Final[dict[str, Callable[[Block], None]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "rich_text": _rich,
    "input": _input,
    "markdown": _markdown,
    "divider": _divider,
}
