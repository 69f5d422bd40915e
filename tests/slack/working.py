"""The edge, and a worker on a queue of its own that knows the workspace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.sweep import announce_approvals
from activities.thread_writing import Pace
from activities.threads import ThreadActivities
from adapters.engine.temporal import TemporalEngine
from adapters.slack.credentials import Credentials
from adapters.slack.threads import SlackThreads
from adapters.store.announcements import PostgresAnnouncements
from adapters.store.database import Database
from adapters.store.slack_answers import PostgresSlackAnswers
from adapters.store.turns import PostgresTurns
from local.slack.names import APP, CLIENT
from local.stack import Stack
from queues.turns import turns_worker
from settings import Settings
from tests.slack.edge import Square, square
from tests.slack.town import CLIENT_SECRET, SIGNING_SECRET, Town
from tests.turns.lab import settings_of
from tests.waiting import PATIENCE
from wiring import Adapters, adapters_of

PAGE = "https://app.example/c/"
# As the product's, in a hurry.
PACE = Pace(gap=0.05, quiet=0.2, patience=0.6)


def threads_of(here: Town) -> SlackThreads:
    credentials = Credentials(here.store, here.vault, f"{here.slack_url}/api/")
    return SlackThreads(credentials, PostgresSlackAnswers(here.database), PAGE)


def slack_settings(stack: Stack, found: Square) -> Settings:
    settings = settings_of(stack)
    slack = settings.slack.model_copy(
        update={
            "app_id": APP,
            "client_id": CLIENT,
            "client_secret": SecretStr(CLIENT_SECRET),
            "signing_secret": SecretStr(SIGNING_SECRET),
            "api_url": f"{found.slack_url}/api/",
        }
    )
    vault = settings.vault.model_copy(update={"keys": found.keys})
    return settings.model_copy(update={"slack": slack, "vault": vault})


def hurried(adapters: Adapters, here: Square) -> ThreadActivities:
    turns = PostgresTurns(here.database)
    return ThreadActivities(threads_of(here), adapters.feed, turns, PACE)


@asynccontextmanager
async def working(stack: Stack, database: Database, folder: Path) -> AsyncIterator[Square]:
    queue = f"turns-{uuid4()}"
    async with square(stack, database, folder) as found, AsyncExitStack() as opened:
        client = await Client.connect(
            stack.temporal_address, data_converter=pydantic_data_converter
        )
        engine = TemporalEngine(client, turns_queue=queue, answer=PATIENCE, notifying=True)
        adapters = adapters_of(slack_settings(stack, found), client, opened)
        adapters = replace(adapters, engine=engine, threads=hurried(adapters, found))
        found.app.state.ports = replace(found.app.state.ports, engine=engine)
        sweep = announce_approvals(
            PostgresAnnouncements(database), engine, everywhere=True, interval_s=0.2
        )
        opened.callback(asyncio.create_task(sweep).cancel)
        async with turns_worker(client, adapters, queue):
            yield found
