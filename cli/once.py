"""One question and its answer, for scripts and pipes."""

import asyncio
import signal
import sys
from contextlib import aclosing
from uuid import UUID

from holdfast_client.client import Client

from cli import screen
from cli.answer import Answer
from cli.conversation import Conversation
from cli.failure import CliError
from cli.place import Place
from cli.printable import one_line
from domain.wire import encode

FAILED = 1
APPROVAL_NEEDED = 3
INTERRUPTED = 130  # as shells say for Ctrl-C


async def ask(
    place: Place, text: str, conversation_id: UUID | None, agent: str | None, *, as_json: bool
) -> int:
    """Print the answer to a question; returns the exit code."""
    async with Client.at(place) as client:
        conversation = Conversation(client, conversation_id, agent)
        loop = asyncio.get_running_loop()
        asking = asyncio.ensure_future(_answer(conversation, text, as_json=as_json))
        loop.add_signal_handler(signal.SIGINT, asking.cancel)
        try:
            answer = await asking
        except asyncio.CancelledError:
            if conversation.id is not None:
                await conversation.stop(conversation.asked)
            return INTERRUPTED
        finally:
            loop.remove_signal_handler(signal.SIGINT)
    if not as_json and (said := screen.plain(answer)):
        print(said)
    if why := answer.why():
        print(f"holdfast: {one_line(why)}", file=sys.stderr)
    return 0 if answer.succeeded else FAILED


async def _answer(conversation: Conversation, text: str, *, as_json: bool) -> Answer:
    sent = await conversation.send(text)
    conversation.cursor = sent.after
    answer: Answer | None = None
    async with aclosing(conversation.events()) as events:
        async for logged in events:
            if logged.turn_id != sent.turn_id:
                continue
            if as_json:
                print(encode(logged).data.decode(), flush=True)
            answer = answer or Answer(logged.turn_id, logged.id.turn)
            answer.apply(logged)
            if answer.ending is not None:
                return answer
            for approval in answer.approvals.values():
                raise CliError(
                    f"The turn waits for a person to approve {approval.tool}.",
                    f"Decide with: holdfast chat --conversation {conversation.id}",
                    code=APPROVAL_NEEDED,
                )
    raise CliError("The conversation was erased before the answer was there.")
