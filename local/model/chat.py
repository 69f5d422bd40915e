"""The Chat Completions API."""

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
from local.model.chat_events import ChatEncoder
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
from local.model.generation import Generation
from local.model.ledger import Entry
from local.model.problems import ProblemError
from local.model.rewriting import kind_of


class ChatRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [Route("/v1/chat/completions", self.create, methods=["POST"])]

    async def create(self, request: Request) -> Response:
        body = await body_of(request)
        conversation = conversation_in(body)
        stream = bool(body.get("stream"))
        entry = Entry(
            kind_of(conversation.schema, "chat"),
            model=string_in(body, "model"),
            stream=stream,
            marker=conversation.question,
            metadata=metadata_in(body),
            input_tokens=conversation.words,
        )
        self._desk.ledger.write(entry)
        ask = asked(conversation, self._desk, entry.model, stream=stream)
        if refusal := ask.refusal:
            return refused(refusal, entry, ask.failure)
        plan = ask.plan(self._desk.pace, count_in(body, "max_completion_tokens", "max_tokens"))
        encoder = ChatEncoder(
            plan,
            model=entry.model,
            input_tokens=conversation.words,
            include_usage=bool(object_in(body, "stream_options").get("include_usage")),
        )
        entry.response_id = encoder.id
        generation = Generation(encoder, plan, entry)
        self._desk.begin(generation)
        if stream:
            return streamed(
                generation.log,
                ask.failure,
                ask.directive,
                on_gone=generation.cancel,
                entry=entry,
            )
        await finished_or_left(generation, request)
        return plain(encoder.completion(), ask.failure)


def conversation_in(body: Json) -> Conversation:
    if count_in(body, "n") not in {None, 1}:
        raise ProblemError("One choice is all that is given here.", param="n")
    messages = list_in(body, "messages")
    if not messages:
        raise ProblemError("'messages' must hold at least one message.", param="messages")
    conversation = Conversation(tool_choice=tool_choice_in(body))
    for message in messages:
        _add(conversation, message)
    for tool in list_in(body, "tools"):
        if isinstance(tool, dict) and tool.get("type") == "function":
            conversation.tools.append(tool_of(object_in(tool, "function")))
    conversation.schema = _schema_in(body)
    return conversation


def _add(conversation: Conversation, message: object) -> None:
    if not isinstance(message, dict):
        raise ProblemError("A message must be an object.", param="messages")
    role = string_in(message, "role")
    text = text_of(message.get("content"), "messages")
    if role == "tool":
        conversation.answered(string_in(message, "tool_call_id"), text)
        return
    if text or role == "user":
        conversation.say(role, text)
    for call in list_in(message, "tool_calls"):
        if not isinstance(call, dict):
            raise ProblemError("A tool call must be an object.", param="messages")
        function = object_in(call, "function")
        name, arguments = string_in(function, "name"), string_in(function, "arguments")
        conversation.called(string_in(call, "id"), name, arguments)


def _schema_in(body: Json) -> Json | None:
    wanted = object_in(body, "response_format")
    match wanted.get("type", "text"):
        case "json_schema":
            return object_in(object_in(wanted, "json_schema"), "schema")
        case "json_object":
            return {}
        case _:
            return None
