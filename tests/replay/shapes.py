"""The shapes that each kind of workflow can take, played for the replay gate."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.embedding.registry import EmbedderRegistry
from adapters.engine.temporal import TemporalEngine
from adapters.store.documents import PostgresDocuments
from domain.ports.approvals import Decision
from domain.ports.conversations import ConversationKind
from domain.ports.knowledge import Document
from domain.ports.web import Fetched
from models import ids, names
from models.payloads.ingestion import IngestionStart, ReembeddingStart
from models.payloads.turn import Limits, Outcome, RunStart
from queues.documents import documents_worker, fetching_worker
from tests.adapters.pictures.drawing import as_png, drawn
from tests.knowledge.ingesting import OnePage
from tests.knowledge.material import DIMENSION, HashingEmbedder
from tests.replay.late import cancelled_with_an_end, stopped_between, stopped_too_late
from tests.replay.telling import reminded, told
from tests.replay.written import answered, waited
from tests.turns.cast import Cast
from tests.turns.lab import Lab
from tests.turns.shapes import CALCULATE, PUBLISH, SHAPES, SLOW, TOOLED, USUAL
from tests.turns.team_shapes import TEAMS, shown
from tests.waiting import until

BRIEF = Limits(idle_window=timedelta(seconds=0.5))
# Long enough to be still running when the workflow has woken and waits again.
MOVED = Limits(idle_window=timedelta(seconds=2))
# Shorter than the first turn takes, and longer.
CONTINUES = Limits(same_run=timedelta(seconds=0.3))
SHARES = Limits(same_run=timedelta(hours=1))
ADDRESS = "https://example.com/page.html"
OTHER_MODEL = "hashing-2"
TOPICS = "\n\n".join(f"# Topic {n}\n\n" + f"Amber and basalt, {n}. " * 25 for n in range(130))


@dataclass(frozen=True)
class Shape:
    """`play` leads one workflow to its end; gives its id."""

    play: Callable[[Lab], Awaitable[str]]
    limits: Limits = USUAL
    chat_completions: bool = False
    cast: Cast | None = None


async def over(client: Client, workflow_id: str) -> str:
    handle: WorkflowHandle[object, object] = client.get_workflow_handle(workflow_id)
    await handle.result()
    return workflow_id


def a_turn(name: str) -> Shape:
    """A turn's shape, as its own tests play it."""
    shape = SHAPES[name]

    async def play(here: Lab) -> str:
        await shape.play(here)
        await here.idle()
        return ids.turn_workflow_id(here.scope, here.conversation_id)

    return Shape(play, shape.limits, shape.chat_completions, shape.cast)


def a_team(name: str) -> Shape:
    """A turn whose agents work together."""
    play, agents = TEAMS[name]

    async def team(here: Lab) -> str:
        await play(here)
        await here.idle()
        return ids.turn_workflow_id(here.scope, here.conversation_id)

    return Shape(team, cast=Cast(*agents))


async def idle(here: Lab) -> str:
    await here.answer("@offline tokens=2")
    return await over(here.client, await here.session_workflow_id())


async def closed(here: Lab) -> str:
    await here.answer("@offline tokens=2")
    await here.close()
    return await over(here.client, await here.session_workflow_id())


async def waits_again(here: Lab) -> None:
    """Speak once more before the window is over, and see the workflow wait for what is left."""
    await here.answer("@offline tokens=2")
    await here.answer("@offline tokens=40 gap_ms=25")
    handle: WorkflowHandle[object, object] = here.client.get_workflow_handle(
        await here.session_workflow_id()
    )

    async def waits() -> bool:
        try:
            history = await handle.fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return any(
            event.event_type == EventType.EVENT_TYPE_TIMER_STARTED for event in history.events
        )

    await until(waits)


async def moved(here: Lab) -> str:
    await waits_again(here)
    return await over(here.client, await here.session_workflow_id())


async def closed_awake(here: Lab) -> str:
    await waits_again(here)
    await here.close()
    return await over(here.client, await here.session_workflow_id())


async def _started(chat: Lab, text: str) -> tuple[Lab, UUID]:
    here = await chat.beside(ConversationKind.RUN)
    message = here.message(text, message_id=here.conversation_id, agent=TOOLED)
    run = RunStart(
        scope=here.scope, run_id=here.conversation_id, message=message, limits=here.limits
    )
    await here.engine.start_run(run)
    return here, message.turn_id


async def _ended(here: Lab, turn_id: UUID, outcome: Outcome) -> str:
    await here.ended(turn_id)
    assert (await here.view(turn_id)).outcome is outcome
    return await over(here.client, ids.run_workflow_id(here.scope, here.conversation_id))


async def run_plain(chat: Lab) -> str:
    return await _ended(*await _started(chat, "@offline tokens=2"), Outcome.COMPLETED)


async def run_tool(chat: Lab) -> str:
    return await _ended(*await _started(chat, CALCULATE), Outcome.COMPLETED)


async def run_approved(chat: Lab) -> str:
    here, turn_id = await _started(chat, PUBLISH)
    await here.decide(await here.requested(turn_id), Decision.APPROVE)
    return await _ended(here, turn_id, Outcome.COMPLETED)


async def run_stopped(chat: Lab) -> str:
    here, turn_id = await _started(chat, SLOW)
    await here.until(turn_id, "text.delta", 3)
    await here.engine.stop(here.log, ConversationKind.RUN, turn_id)
    return await _ended(here, turn_id, Outcome.STOPPED)


async def run_failed(chat: Lab) -> str:
    return await _ended(*await _started(chat, "@offline fail=400"), Outcome.FAILED)


async def _take_in(
    here: Lab, add: Callable[[PostgresDocuments], Awaitable[Document]], *, fetch: bool = False
) -> str:
    documents = PostgresDocuments(here.database, here.adapters.originals, limit=10_000_000)
    document = await add(documents)
    queue = f"documents-{uuid4()}"
    engine = TemporalEngine(here.client, documents_queue=queue)
    start = IngestionStart(
        scope=here.scope, document_id=document.id, user_id=here.user_id, fetch=fetch
    )
    async with (
        documents_worker(here.client, here.adapters, queue),
        fetching_worker(here.client, here.adapters, names.fetching_queue(queue)),
    ):
        await engine.start_ingestion(start)
        return await over(here.client, ids.ingestion_workflow_id(here.scope, document.id))


async def _file(here: Lab, name: str, data: bytes) -> str:
    async def add(documents: PostgresDocuments) -> Document:
        document, _ = await documents.add(
            here.scope, here.user_id, title="", name=name, media_type="", data=data
        )
        return document

    return await _take_in(here, add)


async def document_ready(here: Lab) -> str:
    return await _file(here, "topics.md", f"{uuid4()}\n\n{TOPICS}".encode())


async def document_failed(here: Lab) -> str:
    return await _file(here, "deep.html", b"<div>" * 30_000 + str(uuid4()).encode())


async def document_pictured(here: Lab) -> str:
    return await _file(here, "poster.png", as_png(drawn(3)))


async def document_fetched(here: Lab) -> str:
    page = Fetched(ADDRESS, "text/html", "page.html", f"<h1>{uuid4()}</h1><p>Amber.".encode())
    there = replace(here, adapters=replace(here.adapters, fetcher=OnePage(page)))

    async def add(documents: PostgresDocuments) -> Document:
        document, _ = await documents.add_url(here.scope, here.user_id, url=ADDRESS, title="")
        return document

    return await _take_in(there, add, fetch=True)


async def model_changed(here: Lab) -> str:
    """A space with a document goes to another model."""
    await document_ready(here)
    other = EmbedderRegistry(HashingEmbedder(name=OTHER_MODEL), here.adapters.embedders.default)
    queue = f"documents-{uuid4()}"
    async with documents_worker(here.client, replace(here.adapters, embedders=other), queue):
        start = ReembeddingStart(scope=here.scope, model=OTHER_MODEL, dimension=DIMENSION)
        await TemporalEngine(here.client, documents_queue=queue).start_reembedding(start)
        return await over(here.client, ids.reembedding_workflow_id(here.scope, OTHER_MODEL))


# Recorded since an answer ends its turn by itself. Runs that began before that are still open
# somewhere, so the histories under the plain names stay.
SELF_ENDED = ("plain", "retrieving", "approved", "steered", "three_in_a_row")


def run_called(name: str) -> Callable[[Lab], Awaitable[str]]:
    """The run of an agent that another one calls."""
    play, _ = TEAMS[name]

    async def called(here: Lab) -> str:
        await play(here)
        (run_id,) = {event.run_id for event in shown(await here.whole_log())}
        return await over(here.client, ids.run_workflow_id(here.scope, run_id))

    return called


KINDS: dict[str, dict[str, Shape]] = {
    names.TURN_WORKFLOW: {name: a_turn(name) for name in SHAPES}
    | {f"{name}_self_ended": a_turn(name) for name in SELF_ENDED}
    | {name: a_team(name) for name in TEAMS}
    | {
        "stopped_between": Shape(stopped_between, CONTINUES),
        "stopped_too_late": Shape(stopped_too_late, SHARES),
        "cancelled_with_an_end": Shape(cancelled_with_an_end, SHARES),
    },
    names.POST_SESSION_WORKFLOW: {
        "idle": Shape(idle, BRIEF),
        "moved": Shape(moved, MOVED),
        "closed": Shape(closed),
        "closed_awake": Shape(closed_awake, MOVED),
    },
    names.AGENT_RUN_WORKFLOW: {
        "plain": Shape(run_plain),
        "tool": Shape(run_tool),
        "approved": Shape(run_approved),
        "stopped": Shape(run_stopped),
        "failed": Shape(run_failed),
        "plain_self_ended": Shape(run_plain),
        "tool_self_ended": Shape(run_tool),
        "called": Shape(run_called("delegated"), cast=Cast(*TEAMS["delegated"][1])),
        "called_asking": Shape(
            run_called("delegated_asking"), cast=Cast(*TEAMS["delegated_asking"][1])
        ),
    },
    names.INGESTION_WORKFLOW: {
        "ready": Shape(document_ready),
        "failed": Shape(document_failed),
        # Batches of 250: the history says so itself.
        "ready_by_250": Shape(document_ready),
        "pictured": Shape(document_pictured),
        "fetched": Shape(document_fetched),
    },
    names.REEMBEDDING_WORKFLOW: {"changed": Shape(model_changed)},
    names.APPROVAL_WORKFLOW: {"told": Shape(told), "reminded": Shape(reminded)},
    names.SLACK_ANSWER_WORKFLOW: {"answered": Shape(answered), "waited": Shape(waited)},
}
