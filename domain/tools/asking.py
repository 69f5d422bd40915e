"""Ask the user instead of guessing: the turn ends with the question."""

from typing import Annotated, Final

from pydantic import Field

from domain.tools.tool import ArgumentsError, Effect, Reach, ToolContext, tool
from models.payloads.chat import Reply
from models.payloads.turn import Finish

MOST_QUESTION_CHARACTERS: Final = 2_000


async def ask_user(
    context: ToolContext,  # noqa: ARG001 -- called alone it never runs
    question: Annotated[str, Field(min_length=1, max_length=MOST_QUESTION_CHARACTERS)],  # noqa: ARG001 -- as above
) -> str:
    """Ask the user for what is missing, when no good answer is possible without it. This ends
    your turn: call nothing beside it.

    Args:
        question: What you need to know, in the user's language.
    """
    return "Not asked: it was called beside other tools. Call it alone if it is still needed."


ASK_USER = tool(ask_user, effect=Effect.READ, trusted=True, reach=Reach.NOTHING)


def asking(reply: Reply, names: tuple[str, ...]) -> Reply:
    """The reply as an answer that asks, when all it calls is `ask_user`, and soundly. `names` are
    the tools that the agent has."""
    if len(reply.calls) != 1 or reply.calls[0].name != ASK_USER.name or ASK_USER.name not in names:
        return reply
    try:
        question = ASK_USER.validate(reply.calls[0].arguments)["question"]
    except ArgumentsError:
        return reply  # it hears of it as of any call
    text = f"{reply.text}\n\n{question}" if reply.text else question
    return reply.model_copy(update={"text": text, "calls": (), "finish": Finish.NEEDS_MORE_CONTEXT})
