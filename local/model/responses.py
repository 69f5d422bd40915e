"""The Responses API: create, follow, read, cancel, delete."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.model.answering import (
    Desk,
    asked,
    body_of,
    finished_or_left,
    plain,
    refused,
    streamed,
)
from local.model.conversation import (
    Conversation,
    Json,
    count_in,
    list_in,
    metadata_in,
    object_in,
    string_in,
    text_of,
    tool_choice_in,
    tool_of,
)
from local.model.directive import Failure
from local.model.failures import instead_of_answer
from local.model.generation import Generation
from local.model.ledger import Entry
from local.model.problems import NotFoundError, ProblemError
from local.model.response_events import ResponseEncoder
from local.model.rewriting import kind_of
from local.model.store import ResponseStore, Stored

PATH = "/v1/responses"


class ResponseRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store = ResponseStore()

    def routes(self) -> list[Route]:
        one = PATH + "/{response_id}"
        return [
            Route(PATH, self.create, methods=["POST"]),
            Route(one, self.retrieve, methods=["GET"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(one + "/cancel", self.cancel, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        body = await body_of(request)
        conversation = conversation_in(body)
        stream, background, store = _modes(body)
        entry = self._entry(body, conversation, stream=stream, background=background)
        ask = asked(conversation, self._desk, entry.model, stream=stream)
        if refusal := ask.refusal:
            return refused(refusal, entry, ask.failure)
        plan = ask.plan(self._desk.pace, count_in(body, "max_output_tokens"))
        encoder = ResponseEncoder(
            plan,
            model=entry.model,
            background=background,
            metadata=entry.metadata,
            input_tokens=conversation.words,
        )
        entry.response_id = encoder.id
        generation = Generation(encoder, plan, entry)
        stored = Stored(encoder, generation, ask.directive, ask.message)
        self._desk.begin(generation, lambda: self._store.grown(stored))
        if store:
            self._store.keep(stored)
        if stream:
            on_gone = _stay if background else generation.cancel
            return streamed(
                generation.log, ask.failure, ask.directive, on_gone=on_gone, entry=entry
            )
        if not background:
            await finished_or_left(generation, request)
        return plain(encoder.response(), ask.failure)

    async def retrieve(self, request: Request) -> Response:
        stored = self._found(request)
        stream = request.query_params.get("stream") == "true"
        entry = self._follow_up("responses.retrieve", stored, stream=stream)
        if not stream:
            return plain(stored.encoder.response())
        if not stored.encoder.background:
            raise ProblemError("Only a background response can be streamed again.", param="stream")
        after = request.query_params.get("starting_after", "-1")
        if not after.removeprefix("-").isdecimal():
            raise ProblemError("'starting_after' must be an integer.", param="starting_after")
        failure = self._again(stored)
        if refusal := instead_of_answer(failure, stored.directive, stream=True):
            return refusal
        return streamed(
            stored.generation.log,
            failure,
            stored.directive,
            start=max(0, int(after) + 1),
            on_gone=_stay,
            entry=entry,
        )

    async def cancel(self, request: Request) -> Response:
        stored = self._found(request)
        entry = self._follow_up("responses.cancel", stored, stream=False)
        if not stored.encoder.background:
            entry.status = "refused"
            raise ProblemError("Cannot cancel a synchronous response.")
        if stored.encoder.status not in {"queued", "in_progress", "cancelled"}:
            entry.status = "refused"
            raise ProblemError(f"Cannot cancel a {stored.encoder.status} response.")
        stored.generation.cancel()
        entry.status = stored.encoder.status
        return plain(stored.encoder.response())

    async def delete(self, request: Request) -> Response:
        stored = self._found(request)
        stored.generation.cancel()
        self._store.drop(stored.encoder.id)
        self._follow_up("responses.delete", stored, stream=False)
        body = {"id": stored.encoder.id, "object": "response", "deleted": True}
        return Response(orjson.dumps(body), media_type="application/json")

    def _again(self, stored: Stored) -> Failure | None:
        """A failure of the connection may be due on this one too; others had their chance."""
        wanted = stored.directive.fail
        if wanted is None or not wanted.on_the_wire:
            return None
        return self._desk.failures.due(stored.directive, stored.message, stored.encoder.model)

    def _found(self, request: Request) -> Stored:
        response_id = str(request.path_params["response_id"])
        stored = self._store.find(response_id)
        if stored is None:
            raise NotFoundError(f"Response with id '{response_id[:100]}' not found.")
        return stored

    def _entry(
        self, body: Json, conversation: Conversation, *, stream: bool, background: bool
    ) -> Entry:
        return self._desk.ledger.write(
            Entry(
                kind_of(conversation.schema, "responses.create"),
                model=string_in(body, "model"),
                stream=stream,
                background=background,
                marker=conversation.question,
                metadata=metadata_in(body),
                input_tokens=conversation.words,
            )
        )

    def _follow_up(self, kind: str, stored: Stored, *, stream: bool) -> Entry:
        return self._desk.ledger.write(
            Entry(
                kind,
                model=stored.encoder.model,
                stream=stream,
                background=stored.encoder.background,
                response_id=stored.encoder.id,
                marker=stored.message,
                tokens=stored.encoder.tokens,
                status=stored.encoder.status,
            )
        )


def _stay() -> None:
    """A background answer goes on without its reader."""


def _modes(body: Json) -> tuple[bool, bool, bool]:
    background = bool(body.get("background"))
    store = body.get("store") is not False
    if background and not store:
        raise ProblemError("A background response must be stored.", param="background")
    if body.get("previous_response_id") or body.get("conversation"):
        raise ProblemError(
            "Send the conversation: none is kept here.", param="previous_response_id"
        )
    return bool(body.get("stream")), background, store


def conversation_in(body: Json) -> Conversation:
    conversation = Conversation(tool_choice=tool_choice_in(body))
    if body.get("instructions") is not None:
        conversation.say("developer", string_in(body, "instructions"))
    asked_for = body.get("input")
    if isinstance(asked_for, str):
        conversation.say("user", asked_for)
    elif isinstance(asked_for, list):
        for item in asked_for:
            _add(conversation, item)
    else:
        raise ProblemError("'input' must be a string or a list of items.", param="input")
    for tool in list_in(body, "tools"):
        if isinstance(tool, dict) and tool.get("type") == "function":
            conversation.tools.append(tool_of(tool))
    conversation.schema = _schema_in(body)
    return conversation


def _add(conversation: Conversation, item: object) -> None:
    if not isinstance(item, dict):
        raise ProblemError("An input item must be an object.", param="input")
    match item.get("type", "message"):
        case "message":
            text = text_of(item.get("content"), "input")
            conversation.say(string_in(item, "role"), text)
        case "function_call":
            name, arguments = string_in(item, "name"), string_in(item, "arguments")
            conversation.called(string_in(item, "call_id"), name, arguments)
        case "function_call_output":
            text = text_of(item.get("output"), "input")
            conversation.answered(string_in(item, "call_id"), text)
        case _:
            # Reasoning items and references come back from clients and say nothing to quote.
            return


def _schema_in(body: Json) -> Json | None:
    wanted = object_in(object_in(body, "text"), "format")
    match wanted.get("type", "text"):
        case "json_schema":
            return object_in(wanted, "schema")
        case "json_object":
            return {}
        case _:
            return None
