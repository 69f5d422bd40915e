"""A tool is a typed function; its JSON schema comes from its signature and docstring."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, get_type_hints
from uuid import UUID

import docstring_parser
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from domain.ports.transcript import UsageEntry
from models.errors import InvalidError
from models.payloads.agent import Agent, AgentPlan
from models.payloads.chat import ToolSchema
from models.payloads.policy import Effect as Effect  # noqa: PLC0414 - beside the tools that have it
from models.payloads.scope import TurnKey
from models.payloads.sources import Source


class Reach(StrEnum):
    """What a tool touches beyond the turn itself."""

    NOTHING = "nothing"
    SPACE = "space"
    """The space's own documents and rows."""
    WEB = "web"
    """Pages and services that anybody may have written to."""
    ACCOUNT = "account"
    """The customer's account at somebody else's service."""
    AGENT = "agent"
    """Another agent."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """On whose behalf a tool runs; never part of what the model writes."""

    turn: TurnKey
    idempotency_key: UUID
    """The same in every attempt of this call."""
    user_id: UUID | None = None
    """Whose turn it is."""
    usage: list[UsageEntry] = field(default_factory=list)
    """What the tool's own calls to providers cost, for the turn's account."""
    agent: Agent | None = None
    """Who calls it, with the limits on what it may reach."""
    sources: list[Source] = field(default_factory=list)
    """What the tool found that an answer may cite."""


class ArgumentsError(ValueError):
    """Arguments that do not validate; the text is for the model to read."""


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    schema: ToolSchema
    effect: Effect
    timeout: timedelta
    trusted: bool
    """Its results are our own words: they leave a turn untainted."""
    reach: Reach
    cost: str
    """What a call costs, in words for people: `free`, `about $0.005`."""
    agent: AgentPlan | None
    """The agent that it calls: it runs as a child workflow, and never here."""
    _arguments: type[BaseModel]
    _run: Callable[..., Awaitable[str]]

    def validate(self, raw: str) -> dict[str, Any]:
        """Parse and check the model's arguments, strictly: ArgumentsError says what is wrong."""
        try:
            arguments = self._arguments.model_validate_json(raw or "{}")
        except ValidationError as error:
            detail = f"Invalid arguments for {self.name}: {_problems(error)}"
            raise ArgumentsError(detail) from None
        return arguments.model_dump(mode="json")

    async def run(self, context: ToolContext, arguments: dict[str, Any]) -> str:
        """Run with validated arguments. InvalidError("arguments_invalid"): a person's edits fit the
        schema, which cannot say all that the types do."""
        try:
            checked = self._arguments.model_validate(arguments)
        except ValidationError as error:
            detail = f"Invalid arguments for {self.name}: {_problems(error)}"
            raise InvalidError(detail, code="arguments_invalid") from None
        values = {name: getattr(checked, name) for name in type(checked).model_fields}
        return await self._run(context, **values)


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)[:5]
    )


def tool(
    function: Callable[..., Awaitable[str]],
    *,
    effect: Effect,
    trusted: bool = False,
    reach: Reach = Reach.SPACE,
    cost: str = "free",
    timeout: timedelta = timedelta(seconds=20),
) -> Tool:
    """Make a tool of an async function `(context, **typed arguments) -> str`. Whether a call runs
    is for the policy to say."""
    name = function.__name__
    documentation = docstring_parser.parse(inspect.getdoc(function) or "")
    described = {parameter.arg_name: parameter.description for parameter in documentation.params}
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (
            hints[parameter.name],
            Field(default, description=described.get(parameter.name)),
        )
    arguments = create_model(
        f"{name}_arguments", __config__=ConfigDict(extra="forbid", frozen=True), **fields
    )
    schema = arguments.model_json_schema()
    schema.pop("title", None)
    return Tool(
        name=name,
        schema=ToolSchema(
            name=name, description=(documentation.description or "").strip(), parameters=schema
        ),
        effect=effect,
        timeout=timeout,
        trusted=trusted,
        reach=reach,
        cost=cost,
        agent=None,
        _arguments=arguments,
        _run=function,
    )
