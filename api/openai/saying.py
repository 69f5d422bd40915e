"""What a request says: the new message, what it says was said before, and verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pydantic_core import PydanticCustomError

from api.openai.errors import ParameterError
from api.openai.names import approval_of
from api.schemas.turns import REFERENCES
from api.text import clean
from domain.ports.bringing import Brought
from models.payloads.chat import Role

# Items, and characters of them all: three times what the largest window holds.
MOST_ITEMS: Final = 1_000
MOST_CHARACTERS: Final = 2_000_000
_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT}
_INSTRUCTING: Final = frozenset({"system", "developer"})
_TEXTS: Final = {
    "input_text": "text",
    "output_text": "text",
    "text": "text",
    "refusal": "refusal",
}
# What an earlier answer of ours held besides its text: clients send it back, and we know it.
_OURS: Final = frozenset({"file_search_call", "mcp_approval_request", "mcp_call", "reasoning"})


@dataclass(frozen=True, slots=True)
class Answered:
    """A verdict on a call that waits."""

    approval_id: UUID
    approve: bool
    note: str


@dataclass(slots=True)
class Said:
    """The last user message is the one to answer."""

    text: str = ""
    references: tuple[UUID, ...] = ()
    history: list[Brought] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)
    instructed_by: str | None = None
    """The parameter that the first instruction stood in."""
    verdicts: list[Answered] = field(default_factory=list)


def said_in(given: object, name: str) -> Said:
    """Of `input` or of `messages`. ParameterError."""
    if isinstance(given, str):
        return Said(text=_clean(given, name))
    if not isinstance(given, list):
        raise _wrong(name, "expected text or a list of items", "invalid_type")
    if len(given) > MOST_ITEMS:
        raise _wrong(name, f"{MOST_ITEMS} items at most", "array_above_max_length")
    said, spoken = Said(), list[tuple[Brought, tuple[UUID, ...]]]()
    for place, item in enumerate(given):
        _take(said, spoken, item, f"{name}[{place}]")
    if sum(len(one.content) for one, _ in spoken) > MOST_CHARACTERS:
        raise _wrong(name, f"{MOST_CHARACTERS:,} characters at most", "string_above_max_length")
    if spoken and spoken[-1][0].role is Role.USER:
        last, said.references = spoken.pop()
        said.text = last.content
    elif spoken or not said.verdicts:
        raise _wrong(name, "the last message must be the user's", "invalid_value")
    said.history = [one for one, _ in spoken if one.content.strip()]
    return said


def _take(
    said: Said, spoken: list[tuple[Brought, tuple[UUID, ...]]], item: object, param: str
) -> None:
    if not isinstance(item, dict):
        raise _wrong(param, "expected an object", "invalid_type")
    kind, role = _word(item, "type", param, "message"), _word(item, "role", param)
    if kind == "mcp_approval_response":
        said.verdicts.append(_verdict(item, param))
    elif kind != "message":
        if kind not in _OURS:
            raise _unsupported(f"{param}.type", kind)
    elif role in _INSTRUCTING:
        said.instructions.append(_text(item.get("content"), f"{param}.content")[0])
        said.instructed_by = said.instructed_by or f"{param}.role"
    else:
        spoken.append(_message(item, role, param))


def _message(
    item: Mapping[str, Any], role: str | None, param: str
) -> tuple[Brought, tuple[UUID, ...]]:
    if role not in _ROLES:
        raise _unsupported(f"{param}.role", role)
    for name in ("tool_calls", "function_call", "audio"):
        if item.get(name):
            raise _unsupported(f"{param}.{name}")
    text, references = _text(item.get("content"), f"{param}.content")
    return Brought(_ROLES[role], text), references


def _text(content: object, param: str) -> tuple[str, tuple[UUID, ...]]:
    if isinstance(content, str):
        return _clean(content, param), ()
    if not isinstance(content, list):
        raise _wrong(param, "expected text or a list of parts", "invalid_type")
    texts, references = list[str](), list[UUID]()
    for place, part in enumerate(content[: MOST_ITEMS + 1]):
        where = f"{param}[{place}]"
        if not isinstance(part, dict):
            raise _wrong(where, "expected an object", "invalid_type")
        kind = _word(part, "type", where)
        if kind in _TEXTS:
            texts.append(_clean(part.get(_TEXTS[kind]), f"{where}.{_TEXTS[kind]}"))
        elif kind in {"input_file", "file"}:
            references.append(_document(part if kind == "input_file" else part.get(kind), where))
        else:
            raise _unsupported(f"{where}.type", kind)
    if len(references) > REFERENCES:
        raise _wrong(param, f"{REFERENCES} documents at most", "array_above_max_length")
    return "".join(texts), tuple(dict.fromkeys(references))


def _document(part: object, param: str) -> UUID:
    """A file is a document of the space, by its id; no bytes come this way."""
    found = part.get("file_id") if isinstance(part, dict) else None
    if not isinstance(found, str):
        raise _unsupported(f"{param}.file_data")
    try:
        return UUID(found)
    except ValueError:
        detail = f"There is no document '{found[:80]}': upload it to /v1/documents first"
        raise _wrong(f"{param}.file_id", detail, "invalid_value") from None


def _verdict(item: Mapping[str, Any], param: str) -> Answered:
    name, approve = item.get("approval_request_id"), item.get("approve")
    approval_id = approval_of(name) if isinstance(name, str) else None
    if approval_id is None:
        raise _wrong(f"{param}.approval_request_id", "no such request", "invalid_value")
    if not isinstance(approve, bool):
        raise _wrong(f"{param}.approve", "expected true or false", "invalid_type")
    return Answered(approval_id, approve, _clean(item.get("reason") or "", f"{param}.reason"))


def _word(
    item: Mapping[str, Any], name: str, param: str, otherwise: str | None = None
) -> str | None:
    """What says which of several things it is."""
    word = item.get(name, otherwise)
    if word is not None and not isinstance(word, str):
        raise _wrong(f"{param}.{name}", "expected text", "invalid_type")
    return word


def _clean(text: object, param: str) -> str:
    if not isinstance(text, str):
        raise _wrong(param, "expected text", "invalid_type")
    try:
        return clean(text)
    except PydanticCustomError as error:
        raise _wrong(param, error.message().rstrip("."), "invalid_value") from None


def _wrong(param: str, what: str, code: str) -> ParameterError:
    return ParameterError(f"Invalid value for '{param}': {what}.", code=code, param=param)


def _unsupported(param: str, value: object = None) -> ParameterError:
    said = f"does not support '{str(value)[:80]}'" if value is not None else "is not supported"
    return ParameterError(
        f"Unsupported value: '{param}' {said} with this model.",
        code="unsupported_value",
        param=param,
    )
