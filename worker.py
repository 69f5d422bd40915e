"""The worker: workflows and activities, their ports filled with adapters. Composition root 2."""

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
import uvloop
from prometheus_client import start_http_server
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from activities.briefing import Briefing
from activities.following import FollowActivities
from activities.gate import Gate
from activities.gathering import Gathering
from activities.ingestion import IngestionActivities
from activities.ingestion_pictures import PictureActivities
from activities.ingestion_vectors import VectorActivities
from activities.model import ModelActivities
from activities.opening import TeamPorts
from activities.reembedding import ReembeddingActivities, reembed_spaces
from activities.references import References
from activities.retrieval import RetrievalActivities
from activities.retriever import Retriever
from activities.routing import RoutingActivities
from activities.sessions import SessionActivities
from activities.step import ModelPorts
from activities.sweep import announce_approvals, deliver_verdicts
from activities.tools import ToolActivities
from activities.transcript import TranscriptActivities
from activities.upkeep import remove_originals, restart_ingestions
from adapters.correlation import CorrelationInterceptor, WithoutRepeats
from adapters.logs import configure_logs
from adapters.meters import PrometheusMeters
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.allowances import PostgresAllowances
from adapters.store.announcements import PostgresAnnouncements
from adapters.store.approvals import PostgresApprovals
from adapters.store.citing import PostgresCitings
from adapters.store.collections import PostgresCollections
from adapters.store.contents import PostgresContents
from adapters.store.conversations import PostgresConversations
from adapters.store.message_texts import PostgresMessageTexts
from adapters.store.notes import PostgresNotes
from adapters.store.notices import PostgresNotices
from adapters.store.policies import PostgresPolicies
from adapters.store.sessions import PostgresSessions
from adapters.store.spaces import PostgresSpaces
from adapters.store.tool_calls import PostgresToolCalls
from adapters.store.transcript import PostgresTranscript
from adapters.store.turns import PostgresTurns
from adapters.upgrading import UpgradingRunner
from adapters.versions import WORKFLOW_CODE, build_id, versioned
from adapters.warming import warm
from domain.ports.policies import Policies
from domain.pricing import PRICE_VERSION, cost
from domain.reviewing import Reviewing
from domain.tools.arithmetic import CALCULATOR
from domain.tools.asking import ASK_USER
from domain.tools.clock import CURRENT_TIME
from domain.tools.content import content_tools
from domain.tools.marketing import marketing_tools
from domain.tools.members import Members
from domain.tools.notes import note_tool
from domain.tools.search import search_tool
from domain.tools.toolbox import BuiltIn, Tools
from models import names
from settings import Settings, TemporalSettings
from wiring import TARIFF, Adapters, adapters_of
from workflows.agent_run import AgentRunWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.ingestion import IngestionWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.reembedding import ReembeddingWorkflow
from workflows.turn import TurnWorkflow

# Answers that no provider keeps may finish. A supervisor that waits less kills us: survived too.
DRAIN = timedelta(seconds=25)
# Waiting for tokens costs a slot and no CPU: 200 stuck calls must leave room for others.
TURN_SLOTS = 500
# Workflow tasks cost CPU and wait for nothing. Those taken beyond what the CPU does would wait in
# here, where no fairness between spaces reaches, their eager activities' heartbeats running out:
# of 100 turns that came at once 28 were tried twice with the default of 100 slots, none with 16.
WORKFLOW_SLOTS = 16
# The default asks for new runs' tasks with one poll of five; here every turn is a new run, and a
# task that finds no poll waiting goes through the server's disk.
WORKFLOW_POLLS = 10
NEW_RUNS_SHARE = 0.6
# Parsing runs in child processes, one for each core; the rest of an ingestion waits for a provider.
DOCUMENT_SLOTS = 8
# Each may hold a page of the largest size twice, and a silent site holds one for a minute.
FETCHING_SLOTS = 16
# The default of 10 s holds up a killed worker's runs, and every update to them, by as much.
STICKY = timedelta(seconds=1)


_log = structlog.get_logger(__name__)


def workflow_runner(*, versioned: bool = False) -> UpgradingRunner:
    # Pure modules of ours: importing them anew for each run costs time and protects nothing.
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*WORKFLOW_CODE)
    return UpgradingRunner(restrictions=restrictions, versioned=versioned)


def version(settings: TemporalSettings) -> WorkerDeploymentConfig | None:
    """Which version of the code this is; None without versions."""
    if not settings.deployment:
        return None
    return versioned(settings.deployment, settings.build_id or build_id())


def turns_worker(
    client: Client,
    adapters: Adapters,
    queue: str = names.TURNS_QUEUE,
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Everything that waits for others: models, tools, people."""
    database, log = adapters.database, adapters.log
    transcript = PostgresTranscript(database)
    finder = _finder(adapters)
    policies = PostgresPolicies(database)
    tools = _tools(adapters, finder, policies)
    team, sessions = _team(adapters), _sessions(adapters)
    closing = TranscriptActivities(transcript, log, adapters.engine, adapters.meters)
    settling = ToolActivities(
        PostgresToolCalls(database), log, tools, adapters.catalogue, adapters.meters
    )
    retrieval = RetrievalActivities(
        transcript, log, adapters.catalogue, _gathering(adapters, finder)
    )
    routing = RoutingActivities(
        transcript, PostgresMessageTexts(database), adapters.catalogue, adapters.chooser
    )
    return Worker(
        client,
        task_queue=queue,
        workflows=[TurnWorkflow, AgentRunWorkflow, PostSessionWorkflow, ApprovalWorkflow],
        activities=[
            routing.choose,
            retrieval.prepare,
            ModelActivities(_model_ports(adapters, transcript, tools, policies)).think,
            settling.settle,
            team.open,
            team.follow,
            closing.close,
            sessions.end,
            sessions.summarise,
            adapters.telling.attend,
        ],
        workflow_runner=workflow_runner(versioned=deployment is not None),
        interceptors=[CorrelationInterceptor()],
        max_concurrent_activities=TURN_SLOTS,
        max_concurrent_workflow_task_polls=WORKFLOW_POLLS,
        nonsticky_to_sticky_poll_ratio=NEW_RUNS_SHARE,
        max_concurrent_workflow_tasks=WORKFLOW_SLOTS,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )


def _finder(adapters: Adapters) -> Retriever:
    database = adapters.database
    return Retriever(
        PostgresPassages(database),
        adapters.embedders,
        PostgresVectors(database),
        PostgresCollections(database),
        adapters.reranker,
    )


def _gathering(adapters: Adapters, finder: Retriever) -> Gathering:
    index = PostgresPassages(adapters.database)
    return Gathering(
        finder,
        References(finder, index, adapters.documents),
        adapters.pages,
        PostgresSpaces(adapters.database),
        adapters.enhancer,
    )


def _tools(adapters: Adapters, finder: Retriever, policies: Policies) -> Tools:
    database = adapters.database
    citings, spaces = PostgresCitings(database), PostgresSpaces(database)
    contents = PostgresContents(database)
    return Tools(
        BuiltIn(
            [
                CALCULATOR,
                CURRENT_TIME,
                ASK_USER,
                search_tool(finder, citings),
                note_tool(PostgresNotes(database)),
                *content_tools(Reviewing(contents, policies, adapters.engine)),
                *marketing_tools(adapters.web, finder, citings, spaces),
                *adapters.toolset.tools,
            ]
        ),
        Members(adapters.catalogue),
        *adapters.toolset.sources,
    )


def _model_ports(
    adapters: Adapters, transcript: PostgresTranscript, tools: Tools, policies: Policies
) -> ModelPorts:
    database = adapters.database
    return ModelPorts(
        model=adapters.model,
        transcript=transcript,
        log=adapters.log,
        engine=adapters.engine,
        agents=adapters.catalogue,
        tools=tools,
        tariff=TARIFF,
        meters=adapters.meters,
        briefing=Briefing(PostgresSpaces(database)),
        gate=Gate(policies, PostgresAllowances(database)),
        moderator=adapters.moderator,
    )


def _team(adapters: Adapters) -> FollowActivities:
    database = adapters.database
    ports = TeamPorts(
        calls=PostgresToolCalls(database),
        log=adapters.log,
        feed=adapters.feed,
        conversations=PostgresConversations(database),
        turns=PostgresTurns(database),
        citings=PostgresCitings(database),
        flags=adapters.flags,
    )
    return FollowActivities(ports, adapters.meters)


def _sessions(adapters: Adapters) -> SessionActivities:
    return SessionActivities(
        PostgresSessions(adapters.database),
        PostgresNotices(adapters.database),
        adapters.log,
        adapters.model,
        cost,
        PRICE_VERSION,
        extractive=adapters.extractive,
        context_tokens=adapters.context_tokens,
    )


def documents_worker(
    client: Client,
    adapters: Adapters,
    queue: str = names.DOCUMENTS_QUEUE,
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Everything that costs CPU."""
    database = adapters.database
    documents = adapters.documents
    vectors = PostgresVectors(database)
    ingestion = _ingestion(adapters)
    embedding = VectorActivities(documents, vectors, adapters.embedders)
    pictures = PictureActivities(documents, adapters.pictures, adapters.captioner)
    reembedding = ReembeddingActivities(vectors, adapters.embedders)
    return Worker(
        client,
        task_queue=queue,
        workflows=[IngestionWorkflow, ReembeddingWorkflow],
        activities=[
            ingestion.parse,
            ingestion.publish,
            ingestion.fail,
            embedding.embed,
            pictures.describe,
            reembedding.embed,
            reembedding.switch,
        ],
        workflow_runner=workflow_runner(versioned=deployment is not None),
        interceptors=[CorrelationInterceptor()],
        max_concurrent_activities=DOCUMENT_SLOTS,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )


def fetching_worker(
    client: Client,
    adapters: Adapters,
    queue: str = names.fetching_queue(),
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Everything that waits for other people's servers."""
    return Worker(
        client,
        task_queue=queue,
        activities=[_ingestion(adapters).fetch],
        interceptors=[CorrelationInterceptor()],
        max_concurrent_activities=FETCHING_SLOTS,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )


def _ingestion(adapters: Adapters) -> IngestionActivities:
    return IngestionActivities(
        adapters.documents,
        PostgresCollections(adapters.database),
        adapters.parser,
        adapters.fetcher,
        document_bytes=adapters.document_bytes,
        captions=adapters.captioner is not None,
    )


async def connected(settings: Settings) -> Client:
    """Wait for Temporal: a supervisor may start us first, and restarting would wait no less."""
    while True:
        try:
            return await Client.connect(
                settings.temporal.address,
                namespace=settings.temporal.namespace,
                data_converter=pydantic_data_converter,
            )
        except RuntimeError as error:
            _log.warning(
                "temporal_unreachable", address=settings.temporal.address, error=str(error)
            )
            await asyncio.sleep(1)


def _serve(meters: PrometheusMeters, settings: Settings) -> None:
    """Let Prometheus in, where an operator says where."""
    if settings.metrics_port is None:
        return
    server, _ = start_http_server(
        settings.metrics_port, addr=settings.metrics_host, registry=meters.registry
    )
    _log.info("metrics_served", address=f"http://{settings.metrics_host}:{server.server_port}")


async def main() -> None:
    settings = Settings()
    configure_logs(settings.log.format, settings.log.level)
    logging.getLogger("temporalio.activity").addFilter(WithoutRepeats())
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leaving.set)
    async with AsyncExitStack() as stack:
        client = await connected(settings)
        adapters = adapters_of(settings, client, stack)
        await warm(adapters.warming)
        _serve(adapters.meters, settings)
        documents = adapters.documents
        for upkeep in (
            deliver_verdicts(PostgresApprovals(adapters.database), adapters.engine),
            announce_approvals(
                PostgresAnnouncements(adapters.database),
                adapters.engine,
                everywhere=settings.slack.configured,
            ),
            restart_ingestions(documents, adapters.engine),
            remove_originals(documents),
            reembed_spaces(PostgresVectors(adapters.database), adapters.embedders, adapters.engine),
        ):
            stack.callback(asyncio.create_task(upkeep).cancel)
        deployment = version(settings.temporal)
        async with (
            turns_worker(client, adapters, deployment=deployment),
            documents_worker(client, adapters, deployment=deployment),
            fetching_worker(client, adapters, deployment=deployment),
        ):
            _log.info(
                "worker_started",
                queues=[names.TURNS_QUEUE, names.DOCUMENTS_QUEUE, names.fetching_queue()],
                version=deployment and deployment.version.to_canonical_string(),
            )
            await leaving.wait()
            _log.info("worker_draining", seconds=DRAIN.total_seconds())
    _log.info("worker_stopped")


if __name__ == "__main__":
    # Workflow sandboxes import this module again: only a process started as such may run it.
    uvloop.run(main())
