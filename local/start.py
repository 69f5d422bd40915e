"""One start of the stack: what can start together does."""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from local import (
    environment,
    identity,
    people,
    ports,
    product,
    provider,
    smollm2,
    temporal_cli,
    vault,
    web,
)
from local.layout import EVERYTHING, SLACK, Options, Stack
from local.paths import Folder
from local.ports import HOST
from local.postgres import APPLICATION, OWNER, READER, Postgres
from local.process import Show
from local.redis import Redis
from local.slack import program as slack
from local.supervisor import Supervisor
from local.temporal import NAMESPACE, UI_VARIABLE, Temporal, given_address, register
from models import names

PORTS = ("edge", "postgres", "redis", "temporal", "temporal_ui", "model", "smollm2", "slack")
TOKEN_LIFE = timedelta(hours=12)  # a working day; `holdfast token` makes another


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """All at once; the first failure cancels the rest and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class Start:
    """One start of the stack."""

    def __init__(
        self, folder: Folder, only: frozenset[str], options: Options, show: Show, held: ExitStack
    ) -> None:
        if unknown := only - set(EVERYTHING):
            raise ValueError(f"Unknown: {sorted(unknown)}; there are {EVERYTHING}.")
        self.supervisor = Supervisor(folder, show, self._write)
        self._folder = folder
        # Who has an app of their own at Slack keeps it.
        self._only = only - {SLACK} if slack.is_theirs() else only
        self._options = options
        self._held = held
        self._env = environment.for_servers(folder)
        chosen = ports.choose(folder, PORTS, dict(options.ports))
        self._ports = chosen
        self._postgres = Postgres(folder, chosen["postgres"], self._env)
        self._redis = Redis(folder, chosen["redis"], self._env)
        self._temporal = Temporal(folder, chosen["temporal"], chosen["temporal_ui"], self._env)
        self._provider = provider.chosen(
            options.model, chosen["model"], chosen["smollm2"], self._env
        )
        self._stack: Stack | None = None

    async def everything(self) -> Stack:
        await asyncio.to_thread(identity.create, self._folder)
        vault.create(self._folder)
        people.create(self._folder)
        self._stack = self._described()
        servers = {
            "postgres": self._start_postgres,
            "redis": self._start_redis,
            "temporal": self._start_temporal,
            "model": self._start_model,
            SLACK: self._start_slack,
        }
        started = [start() for name, start in servers.items() if name in self._only]
        await _together(self._build_web(), *started)
        product_parts = {"edge": self._start_edge, "worker": self._start_worker}
        await _together(*(start() for name, start in product_parts.items() if name in self._only))
        self._write()
        return self._stack

    def _described(self) -> Stack:
        folder, only = self._folder, self._only
        organisation, space, user = (
            folder.identifier(name) for name in ("organisation", "space", "user")
        )

        def where(name: str, address: str) -> str:
            return address if name in only else ""

        given = given_address()
        return Stack(
            folder=folder.root,
            api=where("edge", f"http://{HOST}:{self._ports['edge']}"),
            temporal_address=given or where("temporal", self._temporal.address),
            temporal_ui=self._temporal_ui(),
            database_url=where("postgres", self._postgres.url(APPLICATION)),
            database_owner_url=where("postgres", self._postgres.url(OWNER)),
            redis_url=where("redis", self._redis.url),
            model_base_url=where("model", self._provider.base_url),
            slack=where(SLACK, slack.url(self._ports["slack"])),
            organisation_id=organisation,
            space_id=space,
            user_id=user,
            token=identity.mint(folder.root, organisation, {space: "admin"}, user, TOKEN_LIFE),
            environment=self._product_env(),
            _supervisor=self.supervisor,
        )

    def _temporal_ui(self) -> str:
        if given_address():
            return os.environ.get(UI_VARIABLE, "")
        return self._temporal.ui if "temporal" in self._only else ""

    def _write(self) -> None:
        """Called at each change: what runs under which process id is part of it."""
        if self._stack is None:
            return
        try:
            self._folder.write_stack(self._stack.written())
        except OSError as error:  # a full disk must not stop what runs
            self.supervisor.say(f"{self._folder.stack_file} cannot be written: {error}")

    async def _start_postgres(self) -> None:
        await self._postgres.create(self.supervisor)
        await self.supervisor.start(self._postgres.program())
        await self._postgres.prepare()
        if self._options.migrate:
            await self.supervisor.run(
                product.preparation(self._postgres.url(OWNER), self._folder, self._env)
            )

    async def _build_web(self) -> None:
        if self._options.web:
            await web.bring_up_to_date(self.supervisor.say)

    async def _start_redis(self) -> None:
        await self.supervisor.start(self._redis.program())

    async def _start_temporal(self) -> None:
        address = given_address()
        if address is None:
            binary = await temporal_cli.get(self.supervisor.say)
            await self.supervisor.start(self._temporal.program(binary))
            address = self._temporal.address
        await register(self.supervisor, address, self._env)

    async def _start_model(self) -> None:
        if self._provider.name == "smollm2":
            await smollm2.install(self.supervisor.say)
        await _together(*(self.supervisor.start(one) for one in self._provider.programs()))

    async def _start_slack(self) -> None:
        where = self._ports["slack"], self._ports["edge"]
        await self.supervisor.start(slack.server(self._folder, *where, self._env))

    async def _join_slack(self) -> None:
        """Through the product's own doors, as an admin would."""
        assert self._stack is not None  # noqa: S101 - described before anything starts
        where = self._ports["slack"], self._ports["edge"]
        said = self._stack.token, str(self._stack.space_id)
        await self.supervisor.run(slack.joining(*where, *said, self._env))

    async def _start_edge(self) -> None:
        held = self._held.enter_context(ports.listening(self._ports["edge"]))
        program = product.edge(
            held.fileno(), self._ports["edge"], self._options.edges, self._product_env()
        )
        await self.supervisor.start(program)
        if {SLACK, "postgres", "redis"} <= self._only:
            await self._join_slack()

    async def _start_worker(self) -> None:
        env = self._product_env()
        program = product.worker(self._options.workers, env, self._worker_polls)
        await self.supervisor.start(program)
        if env.get(product.DEPLOYMENT_VARIABLE):
            await self.supervisor.run(product.current(env))

    async def _worker_polls(self) -> bool:
        if given_address() is not None:
            return True  # a server of someone else: only the worker knows
        pids = self.supervisor.pids()["worker"]
        queues = (names.TURNS_QUEUE, names.DOCUMENTS_QUEUE)
        return all([await self._temporal.is_polled(queue, pids) for queue in queues])

    def _slack_settings(self) -> dict[str, str]:
        pages = self._options.web and web.is_built()
        where = self._ports["slack"], self._ports["edge"]
        return slack.settings(self._folder, *where, pages=pages)

    def _product_env(self) -> dict[str, str]:
        addresses = {
            "HOLDFAST_DATABASE_URL": self._postgres.url(APPLICATION),
            "HOLDFAST_TABLES__DATABASE_URL": self._postgres.url(READER),
            "HOLDFAST_REDIS_URL": self._redis.url,
            "HOLDFAST_TEMPORAL__ADDRESS": given_address() or self._temporal.address,
            "HOLDFAST_TEMPORAL__NAMESPACE": NAMESPACE,
            "HOLDFAST_TEMPORAL__UI_URL": self._temporal_ui(),
            **self._provider.settings,
            **(self._slack_settings() if SLACK in self._only else {}),
        }
        return environment.for_product(self._folder, addresses, self._options.idle_window)
