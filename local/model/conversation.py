"""A request's conversation, read once, whichever dialect it came in."""

from dataclasses import dataclass, field
from typing import Any

from local.model.problems import ProblemError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    parameters: Json


@dataclass(frozen=True, slots=True)
class ToolResult:
    tool: str
    text: str


@dataclass(slots=True)
class Conversation:
    """`results` are those after the last user message: what the model has not answered yet."""

    instructions: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    """Messages of passages, each of which stood before a question."""
    turns: list[Turn] = field(default_factory=list)
    results: list[ToolResult] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    tool_choice: str = "auto"
    schema: Json | None = None
    words: int = 0
    _called: dict[str, str] = field(default_factory=dict)

    @property
    def question(self) -> str:
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def asked(self) -> str:
        """Everything that the user said."""
        return "\n".join(turn.text for turn in self.turns if turn.role == "user")

    def say(self, role: str, text: str) -> None:
        self.words += len(text.split())
        if role in {"system", "developer"}:
            self.instructions.append(text)
            return
        if role == "user":
            self.results.clear()
            if self.turns and self.turns[-1].role == "user" and _holds_passages(self.turns[-1]):
                self.given.append(self.turns.pop().text)
        self.turns.append(Turn(role, text))

    def called(self, call_id: str, tool: str, arguments: str) -> None:
        self.words += 1 + len(arguments.split())
        self._called[call_id] = tool

    def answered(self, call_id: str, text: str) -> None:
        self.words += len(text.split())
        self.results.append(ToolResult(self._called.get(call_id, "the tool"), text))


def _holds_passages(turn: Turn) -> bool:
    return turn.text.lstrip().startswith("<passages>")


def text_of(content: object, param: str) -> str:
    """A message's text: a string, or parts, of which those without text are skipped."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_part_text(part, param) for part in content)
    raise ProblemError("Content must be a string or a list of parts.", param=param)


def _part_text(part: object, param: str) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise ProblemError("A content part must be an object.", param=param)
    text = part.get("text", part.get("refusal", ""))
    if not isinstance(text, str):
        raise ProblemError("A part's text must be a string.", param=param)
    return text


def string_in(body: Json, key: str, *, default: str | None = None) -> str:
    value = body.get(key, default)
    if not isinstance(value, str):
        raise ProblemError(f"{key!r} must be a string.", param=key)
    return value


def object_in(body: Json, key: str) -> Json:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ProblemError(f"{key!r} must be an object.", param=key)
    return value


def list_in(body: Json, key: str) -> list[Any]:
    value = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ProblemError(f"{key!r} must be a list.", param=key)
    return value


def count_in(body: Json, *keys: str) -> int | None:
    """The first of several names for one limit, which must be a positive whole number."""
    for key in keys:
        value = body.get(key)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ProblemError(f"{key!r} must be a positive integer.", param=key)
        return value
    return None


def metadata_in(body: Json) -> dict[str, str]:
    metadata = object_in(body, "metadata")
    if not all(isinstance(value, str) for value in metadata.values()):
        raise ProblemError("Metadata values must be strings.", param="metadata")
    return metadata


def tool_of(function: Json) -> Tool:
    return Tool(string_in(function, "name"), object_in(function, "parameters"))


def tool_choice_in(body: Json) -> str:
    """`auto`, `none`, `required`, or the name of the one function that must be called."""
    choice = body.get("tool_choice", "auto")
    if choice is None:
        return "auto"
    if isinstance(choice, str):
        return choice
    if isinstance(choice, dict):
        # One function, or a mode over some of them; chat nests either under the type's name.
        named = choice.get("function") or choice.get("allowed_tools") or choice
        wanted = (named.get("name") or named.get("mode")) if isinstance(named, dict) else None
        if isinstance(wanted, str):
            return wanted
    raise ProblemError("'tool_choice' must be a mode or name a function.", param="tool_choice")
