"""What the settings name, built once for a worker's process: models, stores, tools."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from redis.asyncio import Redis
from temporalio.client import Client

from activities.accounting import Tariff
from activities.approvals import ApprovalActivities
from activities.choosing import Chooser
from activities.enhancement import Enhancer
from activities.pages import WITHIN, Pages
from activities.publication import Publication
from activities.threads import ThreadActivities
from adapters.embedding.registry import embedders
from adapters.engine.temporal import TemporalEngine
from adapters.events.connection import connect
from adapters.events.feed import RedisEventFeed
from adapters.events.log import RedisEventLog
from adapters.llm.choice import chat_model
from adapters.meters import PrometheusMeters
from adapters.moderation.openai import moderator
from adapters.originals.store import originals_at
from adapters.parsing.process import ChildParser, Limits
from adapters.pictures.registry import captioner, picture_embedder
from adapters.rates.tokens import RedisTokenRates
from adapters.rerank.choice import reranker
from adapters.slack.credentials import Credentials
from adapters.slack.notifier import SlackNotifier
from adapters.slack.threads import SlackThreads
from adapters.store.agents import PostgresAgents
from adapters.store.announcements import PostgresAnnouncements
from adapters.store.collections import PostgresCollections
from adapters.store.contents import PostgresContents
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from adapters.store.events import PostgresStoredEvents
from adapters.store.slack import PostgresSlack
from adapters.store.slack_answers import PostgresSlackAnswers
from adapters.store.transcript import USUAL
from adapters.store.turns import PostgresTurns
from adapters.vault import KeyringVault
from adapters.web.auditor import PageAuditor
from adapters.web.fetcher import HttpFetcher
from adapters.web.guard import Rule
from adapters.web.page_cache import RedisPages
from adapters.web.resolver import SystemResolver
from adapters.web_search.choice import web_search
from domain.ports.agents import Agents
from domain.ports.content import Reviews
from domain.ports.events import EventLog, EventReader, StopFlags
from domain.ports.model import ChatModel
from domain.ports.moderation import Moderator
from domain.ports.originals import Originals
from domain.ports.pictures import Captioner, PictureEmbedder
from domain.ports.search import Reranker
from domain.ports.threads import Threads
from domain.ports.vectors import Embedders
from domain.ports.web import Fetcher
from domain.pricing import PRICE_VERSION, cost
from domain.tokens import count
from domain.tools.cited import Searches
from domain.tools.marketing import WebReach
from settings import EnhancementSettings, Settings, WebSettings
from toolset import Toolset, toolset

# A tool's own limit leaves room beyond for what it does with the page.
TOOL_PAGE = timedelta(seconds=12)
TARIFF = Tariff(count, cost, PRICE_VERSION)


@dataclass(frozen=True, slots=True)
class Adapters:
    """What activities reach, built once for the process."""

    model: ChatModel
    embedders: Embedders
    database: Database
    originals: Originals
    log: EventLog
    feed: EventReader
    flags: StopFlags
    engine: TemporalEngine
    extractive: bool
    """The model is no language model: summaries say that they are extracts."""
    context_tokens: int | None
    fallback: str | None
    """The model of agents that name no fallback."""
    catalogue: Agents
    fetcher: Fetcher
    document_bytes: int
    """The most that an address may give."""
    pictures: PictureEmbedder
    captioner: Captioner | None
    """None: captions stay what the files say."""
    parser: ChildParser
    """Its nursery is one for documents and pages."""
    pages: Pages
    web: WebReach
    """What tools reach on the web."""
    enhancer: Enhancer | None
    """None: messages are searched as they stand."""
    chooser: Chooser | None
    """None: where rules do not say who answers, the default does."""
    reranker: Reranker | None
    """None: the order of the fused rankings stands."""
    moderator: Moderator | None
    """None: nobody is asked, whatever a space wants."""
    warming: Mapping[str, Callable[[], Awaitable[None]]]
    """What to do before the first turn."""
    toolset: Toolset
    telling: ApprovalActivities
    """Of approvals, to people who are not looking at a conversation."""
    threads: ThreadActivities
    """Of answers, to where people asked outside our own pages."""
    meters: PrometheusMeters
    rates: RedisTokenRates | None
    """None: nobody's tokens are counted."""

    @property
    def documents(self) -> PostgresDocuments:
        return PostgresDocuments(self.database, self.originals)


def page_fetcher(settings: WebSettings, stack: AsyncExitStack) -> HttpFetcher:
    resolver = SystemResolver()
    stack.callback(resolver.close)
    rule = Rule.of(settings.allowed, settings.refused, ports=settings.ports)
    return HttpFetcher(resolver, rule, contact=settings.contact)


def page_reader(
    settings: WebSettings, parser: ChildParser, redis: Redis, stack: AsyncExitStack
) -> Pages:
    """With places of its own: a reader waits for these, and never behind documents."""
    reading = parser.within(Limits(time=WITHIN))
    return Pages(page_fetcher(settings, stack), reading, RedisPages(redis))


def web_reach(
    settings: Settings, parser: ChildParser, redis: Redis, stack: AsyncExitStack
) -> WebReach:
    """With places of its own: a tool has more time than a reader who waits for a first word."""
    search = web_search(settings.web_search, redis, stack)
    fetcher = page_fetcher(settings.web, stack)
    reading = parser.within(Limits(time=TOOL_PAGE))
    return WebReach(
        Searches(search, settings.web_search.price_usd),
        Pages(fetcher, reading, RedisPages(redis), within=TOOL_PAGE),
        PageAuditor(fetcher, reading),
    )


def fast_model(settings: EnhancementSettings, stack: AsyncExitStack) -> ChatModel | None:
    """For what is asked on the way to an answer; None: rules alone decide."""
    return None if settings.provider is None else chat_model(settings, stack)


def enhancer(model: ChatModel | None, settings: EnhancementSettings) -> Enhancer | None:
    return None if model is None else Enhancer(model, TARIFF, within=settings.within)


def chooser(model: ChatModel | None, settings: EnhancementSettings) -> Chooser | None:
    return None if model is None else Chooser(model, TARIFF, within=settings.within)


def telling(settings: Settings, database: Database, reviews: Reviews) -> ApprovalActivities:
    announcements = PostgresAnnouncements(database)
    if not settings.slack.configured:
        return ApprovalActivities(announcements, reviews=reviews)
    store = PostgresSlack(database)
    vault = KeyringVault(settings.vault.keyring())
    notifier = SlackNotifier(Credentials(store, vault, settings.slack.api_url), store)
    return ApprovalActivities(
        announcements,
        notices=store,
        notifier=notifier,
        reviews=reviews,
        page=settings.slack.approval_page,
    )


def threads(settings: Settings, database: Database) -> Threads | None:
    """None: nobody asks from outside."""
    slack = settings.slack
    if not slack.configured:
        return None
    vault = KeyringVault(settings.vault.keyring())
    return SlackThreads(
        Credentials(PostgresSlack(database), vault, slack.api_url),
        PostgresSlackAnswers(database),
        slack.conversation_page,
    )


def token_rates(settings: Settings, redis: Redis, stack: AsyncExitStack) -> RedisTokenRates | None:
    if not settings.rates.counted:
        return None
    rates = RedisTokenRates(redis)
    stack.push_async_callback(rates.close)
    return rates


def adapters_of(settings: Settings, client: Client, stack: AsyncExitStack) -> Adapters:
    """Build what the settings name; the stack closes it."""
    database = Database(settings.database_url.get_secret_value())
    stack.push_async_callback(database.close)
    redis = connect(settings.redis_url.get_secret_value())
    stack.push_async_callback(redis.aclose)
    model = chat_model(settings.model, stack)
    fast = fast_model(settings.enhancement, stack)
    log = RedisEventLog(redis)
    feed = RedisEventFeed(redis, PostgresStoredEvents(database))
    stack.push_async_callback(feed.close)
    parser = ChildParser()
    stack.push_async_callback(parser.close)
    engine = TemporalEngine(client, notifying=settings.slack.configured)
    originals = originals_at(settings.originals.url, **settings.originals.access())
    publication = Publication(
        PostgresContents(database),
        PostgresDocuments(database, originals),
        PostgresCollections(database),
        engine,
    )
    return Adapters(
        model=model,
        embedders=embedders(settings.embedding, settings.former_embeddings, stack),
        database=database,
        originals=originals,
        log=log,
        feed=feed,
        flags=log,
        engine=engine,
        telling=telling(settings, database, publication),
        threads=ThreadActivities(threads(settings, database), feed, PostgresTurns(database)),
        extractive=settings.model.provider == "offline",
        context_tokens=settings.model.context_tokens,
        fallback=settings.model.fallback,
        catalogue=PostgresAgents(
            database,
            context_tokens=settings.model.context_tokens,
            output_tokens=settings.model.output_tokens,
        ),
        fetcher=page_fetcher(settings.web, stack),
        document_bytes=settings.document_bytes,
        pictures=picture_embedder(settings.picture, stack),
        captioner=captioner(settings.picture, stack, cost, PRICE_VERSION),
        parser=parser,
        pages=page_reader(settings.web, parser, redis, stack),
        web=web_reach(settings, parser, redis, stack),
        enhancer=enhancer(fast, settings.enhancement),
        chooser=chooser(fast, settings.enhancement),
        reranker=reranker(settings.rerank, stack),
        moderator=moderator(settings.moderation, stack),
        warming={"model": model.warm, "postgres": partial(database.warm, USUAL), "redis": log.warm},
        meters=PrometheusMeters(),
        rates=token_rates(settings, redis, stack),
        toolset=toolset(settings, database, redis, stack),
    )
