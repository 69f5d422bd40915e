"""Text and arguments as a model writes them: bounded, and whole or refused."""

from typing import Final

import orjson

from models.errors import ModelGarbledError

# An answer is kept in memory, in Postgres and in the final event: 1,000,000 tokens are a runaway.
LONGEST_ANSWER: Final = 4_000_000


class Length:
    """Counts what an answer has grown to, reasoning and arguments included."""

    def __init__(self) -> None:
        self.used = 0

    def take(self, text: object) -> str:
        """Check one piece. NUL, which no database column takes, becomes U+FFFD."""
        if not isinstance(text, str):
            raise ModelGarbledError("The model's stream has something else where text belongs.")
        self.used += len(text)
        if self.used > LONGEST_ANSWER:
            raise ModelGarbledError(
                f"The model's answer is over {LONGEST_ANSWER} characters.",
                code="model_answer_too_long",
                retryable=False,
            )
        return printable(text)


def printable(text: str) -> str:
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def is_cut(arguments: str) -> bool:
    """Whether a call's arguments stop inside an object, list or string.

    Other text that does not parse is what the model wrote, and goes back to it as its error.
    """
    depth = 0
    inside = escaped = False
    for character in arguments:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
    return inside or depth > 0


def whole_arguments(arguments: str, *, stopped_early: bool) -> str:
    """Give the arguments; raises ModelGarbledError when they are only the beginning.

    `stopped_early`: the answer hit a limit, so that anything but an object is a beginning.
    """
    if _is_object(arguments):
        return arguments
    if stopped_early:
        raise ModelGarbledError(
            "The model's answer was cut inside a tool call.", code="model_call_cut", retryable=False
        )
    if not arguments.strip():
        # How some servers write a call without arguments.
        return "{}"
    if is_cut(arguments):
        raise ModelGarbledError("The arguments of a tool call are incomplete.")
    return printable(arguments)


def sendable_arguments(arguments: str) -> str:
    """Arguments to show the model again: servers refuse, or crash on, ones that do not parse."""
    if _is_object(arguments):
        return arguments
    return orjson.dumps({"unreadable": arguments}).decode()


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(orjson.loads(arguments), dict)
    except orjson.JSONDecodeError:
        return False
