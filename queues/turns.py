"""The worker for all that waits for others: models, tools, people."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.briefing import Briefing
from activities.following import FollowActivities
from activities.gate import Gate
from activities.gathering import Gathering
from activities.model import ModelActivities
from activities.opening import TeamPorts
from activities.references import References
from activities.retrieval import RetrievalActivities
from activities.retriever import Retriever
from activities.routing import RoutingActivities
from activities.sessions import SessionActivities
from activities.step import ModelPorts
from activities.tools import ToolActivities
from activities.transcript import TranscriptActivities
from adapters.correlation import CorrelationInterceptor
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.allowances import PostgresAllowances
from adapters.store.child_runs import PostgresChildRuns
from adapters.store.citing import PostgresCitings
from adapters.store.collections import PostgresCollections
from adapters.store.contents import PostgresContents
from adapters.store.message_texts import PostgresMessageTexts
from adapters.store.notes import PostgresNotes
from adapters.store.notices import PostgresNotices
from adapters.store.policies import PostgresPolicies
from adapters.store.sessions import PostgresSessions
from adapters.store.spaces import PostgresSpaces
from adapters.store.tool_calls import PostgresToolCalls
from adapters.store.transcript import PostgresTranscript
from adapters.store.turns import PostgresTurns
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
from queues.running import DRAIN, STICKY, workflow_runner
from wiring import TARIFF, Adapters
from workflows.agent_run import AgentRunWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.slack_answer import SlackAnswerWorkflow
from workflows.turn import TurnWorkflow

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


def turns_worker(
    client: Client,
    adapters: Adapters,
    queue: str = names.TURNS_QUEUE,
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Everything that waits for others: models, tools, people."""
    return Worker(
        client,
        task_queue=queue,
        workflows=[
            *(TurnWorkflow, AgentRunWorkflow, PostSessionWorkflow),
            *(ApprovalWorkflow, SlackAnswerWorkflow),
        ],
        activities=_activities(adapters),
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


def _activities(adapters: Adapters) -> Sequence[Callable[..., Any]]:
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
    return [
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
        adapters.threads.write,
    ]


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
        rates=adapters.rates,
        fallback=adapters.fallback,
    )


def _team(adapters: Adapters) -> FollowActivities:
    database = adapters.database
    ports = TeamPorts(
        calls=PostgresToolCalls(database),
        log=adapters.log,
        feed=adapters.feed,
        runs=PostgresChildRuns(database),
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
