"""The window: the newest messages that fit beside everything else the model must read."""

from collections.abc import Callable, Sequence

from models.errors import ContextTooLongError
from models.payloads.agent import Agent
from models.payloads.chat import ChatMessage, Role, StoredMessage, ToolSchema

# What providers add around each message.
MESSAGE_TOKENS = 6
# No tokenizer here packs more text than this into a token on average.
CHARACTERS_PER_TOKEN = 6
# Loaded from the store at most, whatever a model's limit: keeps a turn's cost flat.
MOST_CHARACTERS = 1_500_000
# Of one tool's result, for the model: four pages say what a page of results says, and what is
# stored is whole. The results of one step have half of what is left beside the output, together.
RESULT_CHARACTERS = 16_000
_RESULTS_SHARE = 2
# Careful: Chinese and code pack less text into a token than the most above.
_SCANTY_CHARACTERS_PER_TOKEN = 3


def characters_for(agent: Agent) -> int:
    """How many characters of history are worth loading for this agent."""
    return min(agent.context_tokens * CHARACTERS_PER_TOKEN, MOST_CHARACTERS)


def window(
    history: Sequence[StoredMessage],
    agent: Agent,
    instructions: str,
    tools: Sequence[ToolSchema],
    count: Callable[[str], int],
) -> tuple[ChatMessage, ...]:
    """Choose the newest messages that fit the model's limit less the room for the output, the
    instructions and the tools; long tool results are cut, and say so. The last user message and
    what follows it are always in;
    ContextTooLongError when they do not fit. An answer's tool results are never parted from it.
    """
    room = agent.context_tokens - agent.output_tokens - count(instructions)
    room -= sum(count(tool.model_dump_json()) for tool in tools)
    history = _with_short_results(history, agent)
    needed = _last_user(history)
    start = len(history)
    for first, last in _groups(history):
        cost = sum(_cost(message, count) for message in history[first:last])
        if cost > room:
            break
        room -= cost
        start = first
    if start > needed:
        raise ContextTooLongError(
            f"The message does not fit the model's limit of {agent.context_tokens} tokens beside "
            "its instructions and passages. Shorten it, or refer to a document instead."
        )
    return tuple(_chat(message) for message in history[start:])


def _with_short_results(history: Sequence[StoredMessage], agent: Agent) -> list[StoredMessage]:
    tokens = agent.context_tokens - agent.output_tokens
    together = tokens * _SCANTY_CHARACTERS_PER_TOKEN // _RESULTS_SHARE
    short: list[StoredMessage] = []
    for first, last in reversed(_groups(history)):
        most = min(RESULT_CHARACTERS, together // max(last - first - 1, 1))
        short += (_short(message, most) for message in history[first:last])
    return short


def _short(message: StoredMessage, most: int) -> StoredMessage:
    if message.role is not Role.TOOL or len(message.content) <= most:
        return message
    left = len(message.content) - most
    content = f"{message.content[:most]}\n[cut here: {left} more characters are stored, not shown]"
    return message.model_copy(update={"content": content})


def _last_user(history: Sequence[StoredMessage]) -> int:
    users = [index for index, message in enumerate(history) if message.role is Role.USER]
    return users[-1] if users else 0


def _groups(history: Sequence[StoredMessage]) -> list[tuple[int, int]]:
    """Runs of messages that stay together, the newest first: an answer and its tool results."""
    groups: list[tuple[int, int]] = []
    last = len(history)
    for index in range(len(history) - 1, -1, -1):
        if history[index].role is not Role.TOOL:
            groups.append((index, last))
            last = index
    return groups


def _cost(message: StoredMessage, count: Callable[[str], int]) -> int:
    calls = sum(count(call.name) + count(call.arguments) for call in message.calls)
    return MESSAGE_TOKENS + count(message.content) + calls


def _chat(message: StoredMessage) -> ChatMessage:
    return ChatMessage(
        role=message.role,
        content=message.content,
        calls=message.calls,
        call_id=message.call_id,
    )
