"""The worker: everything that its queues serve, in one process. Composition root 2."""

import asyncio
import logging
import signal
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

import structlog
import uvloop
from prometheus_client import start_http_server
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import WorkerDeploymentConfig

from activities.reembedding import reembed_spaces
from activities.sweep import announce_approvals, deliver_verdicts
from activities.upkeep import remove_originals, restart_ingestions
from adapters.correlation import WithoutRepeats
from adapters.garbage import keep_collecting
from adapters.logs import configure_logs
from adapters.meters import PrometheusMeters
from adapters.search.vectors import PostgresVectors
from adapters.store.announcements import PostgresAnnouncements
from adapters.store.approvals import PostgresApprovals
from adapters.versions import build_id, versioned
from adapters.warming import warm
from models import names
from queues.documents import documents_worker, fetching_worker
from queues.running import DRAIN
from queues.turns import turns_worker
from settings import Settings, TemporalSettings
from wiring import Adapters, adapters_of

_log = structlog.get_logger(__name__)


def version(settings: TemporalSettings) -> WorkerDeploymentConfig | None:
    """Which version of the code this is; None without versions."""
    if not settings.deployment:
        return None
    return versioned(settings.deployment, settings.build_id or build_id())


async def connected(settings: Settings, leaving: asyncio.Event) -> Client | None:
    """Wait for Temporal: a supervisor may start us first, and restarting would wait no less. None
    when it is time to leave before."""
    while not leaving.is_set():
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
            with suppress(TimeoutError):
                await asyncio.wait_for(leaving.wait(), 1)
    return None


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
        client = await connected(settings, leaving)
        if client is None:
            return
        adapters = adapters_of(settings, client, stack)
        await warm(adapters.warming)
        _serve(adapters.meters, settings)
        for upkeep in _upkeep(adapters, settings):
            stack.callback(asyncio.create_task(upkeep).cancel)
        await _work(client, adapters, version(settings.temporal), leaving)
    _log.info("worker_stopped")


def _upkeep(adapters: Adapters, settings: Settings) -> Sequence[Coroutine[Any, Any, None]]:
    """What is to be done now and then, by any worker."""
    database, engine = adapters.database, adapters.engine
    everywhere = settings.slack.configured
    return (
        keep_collecting(),
        deliver_verdicts(PostgresApprovals(database), engine),
        announce_approvals(PostgresAnnouncements(database), engine, everywhere=everywhere),
        restart_ingestions(adapters.documents, engine),
        remove_originals(adapters.documents),
        reembed_spaces(PostgresVectors(database), adapters.embedders, engine),
    )


async def _work(
    client: Client,
    adapters: Adapters,
    deployment: WorkerDeploymentConfig | None,
    leaving: asyncio.Event,
) -> None:
    """Serve all queues until it is time to leave."""
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


if __name__ == "__main__":
    # Workflow sandboxes import this module again: only a process started as such may run it.
    uvloop.run(main())
