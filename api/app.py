"""The edge's process: ports filled with adapters. Composition root 1."""

import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
from fastapi import FastAPI
from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.retriever import Retriever
from adapters.connections.registry import connections
from adapters.embedding.registry import embedders
from adapters.engine.temporal import TemporalEngine
from adapters.events.connection import command, connect
from adapters.events.edge import EdgeEventFeed
from adapters.events.log import RedisEventLog
from adapters.events.repeats import RedisRepeats
from adapters.identity.keys import FileKeys, KeySource, UrlKeys
from adapters.identity.people import ListedPeople, NoPeople
from adapters.identity.spaces import CachedSpaces
from adapters.identity.tickets import RedisTickets
from adapters.identity.verifier import JwksVerifier
from adapters.logs import configure_logs, sink_writes
from adapters.mcp.registry import mcp_servers
from adapters.originals.store import originals_at
from adapters.parsing.process import ChildParser
from adapters.parsing.process import Limits as ParsingLimits
from adapters.pictures.registry import picture_embedder
from adapters.rates.limits import RedisRates
from adapters.rates.places import RedisStreamPlaces
from adapters.rerank.choice import reranker
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.slack.app import Registration
from adapters.slack.edge import slack_at
from adapters.store.accounts import PostgresAccounts
from adapters.store.agents import PostgresAgents
from adapters.store.allowances import PostgresAllowances
from adapters.store.api_keys import PostgresApiKeys
from adapters.store.approvals import PostgresApprovals
from adapters.store.audit import PostgresAudit
from adapters.store.branches import PostgresBranches
from adapters.store.bringing import PostgresHistories
from adapters.store.collections import PostgresCollections
from adapters.store.contents import PostgresContents
from adapters.store.conversations import PostgresConversations
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from adapters.store.events import PostgresStoredEvents
from adapters.store.exports import PostgresExports
from adapters.store.feedback import PostgresFeedback
from adapters.store.inspection import PostgresInspection
from adapters.store.log_end import PostgresLogEnds
from adapters.store.policies import PostgresPolicies
from adapters.store.remarks import PostgresRemarks
from adapters.store.shares import PostgresShares
from adapters.store.spaces import PostgresSpaces
from adapters.store.turns import PostgresTurns
from adapters.store.usage import PostgresUsage
from adapters.store.web_origins import PostgresWebOrigins
from adapters.store.web_sessions import PostgresWebSessions
from adapters.vault import KeyringVault
from adapters.warming import warm
from adapters.web.guard import Rule
from api.edge import build
from api.ports import Limits, Ports
from api.site import Site
from domain.ports.rates import Rates
from domain.ports.slack import Slack
from domain.rates import tiers_of
from settings import Settings

# A picture to search by: its caller waits, and few come at once.
_PICTURES = ParsingLimits(time=timedelta(seconds=20), at_once=2)
# Where `npm run build` puts it.
_APP = Path(__file__).resolve().parent.parent / "web" / "dist"


def create() -> FastAPI:
    """What uvicorn's `--factory` calls; reads the environment."""
    settings = Settings()
    _open_files()
    configure_logs(settings.log.format, settings.log.level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.ports = await ports_of(settings, stack)
            await warm(app.state.ports.checks)
            yield

    limits = Limits(
        document_bytes=settings.document_bytes,
        message_characters=settings.message_characters,
        approval_window=settings.approval_window,
        idle_window=settings.session.idle_window,
    )
    site = Site(settings.public_origins, settings.web_folder or _APP)
    return build(limits=limits, site=site, lifespan=lifespan)


def _open_files() -> None:
    """Each reader is a socket: as many as the system grants, instead of the usual 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def ports_of(settings: Settings, stack: AsyncExitStack) -> Ports:
    """Build what the settings name; the stack closes it. Nothing has to be up yet."""
    database = Database(settings.database_url.get_secret_value())
    stack.push_async_callback(database.close)
    redis = connect(settings.redis_url.get_secret_value())
    stack.push_async_callback(redis.aclose)
    client = await Client.connect(
        settings.temporal.address,
        namespace=settings.temporal.namespace,
        data_converter=pydantic_data_converter,
        lazy=True,
    )
    engine = TemporalEngine(client)
    feed = EdgeEventFeed(redis, PostgresStoredEvents(database), PostgresLogEnds(database))
    stack.push_async_callback(feed.close)

    places = RedisStreamPlaces(redis, settings.rates.streams)
    stack.push_async_callback(places.close)
    originals = originals_at(settings.originals.url, **settings.originals.access())
    collections, passages = PostgresCollections(database), PostgresPassages(database)
    judge = reranker(settings.rerank, stack)
    pictures = picture_embedder(settings.picture, stack)

    async def redis_answers() -> None:
        await command(redis, "PING")

    async def postgres_answers() -> None:
        async with database.transaction(None) as session:
            await session.fetch("SELECT 1")

    return Ports(
        verifier=JwksVerifier(
            await keys(settings, stack),
            issuer=settings.identity.issuer,
            audience=settings.identity.audience,
            leeway=settings.identity.leeway,
        ),
        places=places,
        tickets=RedisTickets(redis),
        keys=PostgresApiKeys(database),
        sessions=PostgresWebSessions(database),
        origins=PostgresWebOrigins(database),
        sign_in=(
            NoPeople()
            if settings.identity.people_file is None
            else ListedPeople(settings.identity.people_file)
        ),
        spaces=CachedSpaces(PostgresSpaces(database), redis),
        agents=PostgresAgents(
            database,
            context_tokens=settings.model.context_tokens,
            output_tokens=settings.model.output_tokens,
        ),
        conversations=PostgresConversations(database),
        branches=PostgresBranches(database),
        exports=PostgresExports(database),
        histories=PostgresHistories(database),
        repeats=RedisRepeats(redis),
        turns=PostgresTurns(database),
        remarks=PostgresRemarks(database),
        feedback=PostgresFeedback(database),
        shares=PostgresShares(database),
        inspection=PostgresInspection(database),
        accounts=PostgresAccounts(database),
        engine_page=settings.temporal.page,
        approvals=PostgresApprovals(database),
        audit=PostgresAudit(database),
        policies=PostgresPolicies(database),
        allowances=PostgresAllowances(database),
        connections=connections(
            database, redis, settings.vault.keyring(), google_as=settings.google.registration()
        ),
        mcp=mcp_servers(
            database,
            settings.vault.keyring(),
            Rule.of(settings.mcp.allowed, settings.mcp.refused, ports=settings.mcp.ports),
            settings.mcp.programs(),
            stack,
        ),
        contents=PostgresContents(database),
        documents=PostgresDocuments(database, originals),
        collections=collections,
        finder=Retriever(
            passages,
            embedders(settings.embedding, settings.former_embeddings, stack),
            PostgresVectors(database),
            collections,
            judge,
        ),
        index=passages,
        parser=ChildParser(_PICTURES),
        pictures=pictures,
        feed=feed,
        flags=RedisEventLog(redis),
        engine=engine,
        usage=PostgresUsage(database),
        rates=_rates(settings, redis),
        slack=_slack(settings, database, redis),
        checks={
            "postgres": postgres_answers,
            "redis": redis_answers,
            "temporal": engine.ready,
            # What cannot be logged must not be done: then others take the requests.
            "audit": PostgresAudit(database).rehearse,
            "logs": sink_writes,
        },
        info={
            "chat": settings.model.name,
            "provider": settings.model.provider,
            "embedding": settings.embedding.name,
            "embedding_dimension": settings.embedding.dimension,
            "reranker": None if judge is None else judge.name,
            "pictures": pictures.name,
        },
    )


def _rates(settings: Settings, redis: Redis) -> Rates | None:
    rates = settings.rates
    if not rates.counted:
        return None
    tiers = tiers_of(rates.minutes())
    if rates.default_tier not in tiers:
        raise ValueError(f"HOLDFAST_RATES__DEFAULT_TIER is one of {', '.join(tiers)}.")
    return RedisRates(redis, tiers, rates.default_tier)


def _slack(settings: Settings, database: Database, redis: Redis) -> Slack | None:
    told = settings.slack
    if not told.configured:
        return None
    registration = Registration(
        app_id=told.app_id,
        client_id=told.client_id,
        client_secret=told.client_secret.get_secret_value(),
        authorize_url=told.authorize_url,
        hooks_url=told.hooks_url,
        redirect_url=told.redirect_url,
    )
    return slack_at(
        registration,
        told.signing_secret.get_secret_value(),
        told.api_url,
        told.link_page,
        database=database,
        redis=redis,
        vault=KeyringVault(settings.vault.keyring()),
    )


async def keys(settings: Settings, stack: AsyncExitStack) -> KeySource:
    identity = settings.identity
    if identity.jwks_file is not None:
        return FileKeys(identity.jwks_file)
    if identity.jwks_url is None:
        raise ValueError("Set HOLDFAST_IDENTITY__JWKS_FILE or HOLDFAST_IDENTITY__JWKS_URL.")
    client = await stack.enter_async_context(httpx2.AsyncClient(follow_redirects=False))
    return UrlKeys(identity.jwks_url, client)
