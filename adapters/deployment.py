"""Which version of the worker's code gets new runs: what an operator looks at and changes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

# A change of routes is a workflow of the server's own, which tells every queue: seconds under load.
CHANGE: Final = timedelta(seconds=15)
# A look asks that workflow. A worker of the server's that is gone is waited for for 5 s first.
LOOK: Final = timedelta(seconds=15)
# Seconds between looks at whether a worker has come up.
PAUSE: Final = 0.5
_STATUS: Final = "WORKER_DEPLOYMENT_VERSION_STATUS_"


class DeploymentError(Exception):
    """Temporal refused, and said why."""


class UnknownVersionError(DeploymentError):
    """No worker of that deployment, or of that version, has ever asked for work."""


@dataclass(frozen=True, slots=True)
class Version:
    build_id: str
    status: str
    """current, ramping, draining, drained, inactive."""
    since: datetime
    """When it came to this."""
    left_at: datetime | None
    """When new runs last ceased to start on it."""
    open_runs: int
    """Those that stay on it until they end, and those that have moved to it."""


@dataclass(frozen=True, slots=True)
class Routes:
    current: str
    """Empty: workers without a version."""
    current_since: datetime
    ramping: str
    percent: float
    versions: tuple[Version, ...]
    """The newest first."""

    @property
    def previous(self) -> str | None:
        """The version that the current one took over from, unless that one had none, or has been
        used again since."""
        left = (one.build_id for one in self.versions if one.left_at == self.current_since)
        return next(left, None)


class Deployment:
    """A worker deployment, by its name."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    async def routes(self) -> Routes:
        """UnknownVersionError while no worker of the deployment has asked for work."""
        info = await self._described()
        routing = info.routing_config
        return Routes(
            current=routing.current_deployment_version.build_id,
            current_since=routing.current_version_changed_time.ToDatetime(UTC),
            ramping=routing.ramping_deployment_version.build_id,
            percent=routing.ramping_version_percentage,
            versions=tuple([await self._version(one) for one in info.version_summaries]),
        )

    async def make_current(self, build_id: str) -> None:
        """New runs start on it, and conversations move to it with their next turn; empty: they
        go to workers without a version. Ends a ramp to it."""
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace, deployment_name=self._name, build_id=build_id
        )
        async with _told():
            await self._client.workflow_service.set_worker_deployment_current_version(
                request, timeout=CHANGE
            )

    async def ramp(self, build_id: str, percent: float) -> None:
        """That share of conversations goes to it, always the same ones; 0 ends the ramp."""
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build_id if percent > 0 else "",
            percentage=percent,
        )
        async with _told():
            await self._client.workflow_service.set_worker_deployment_ramping_version(
                request, timeout=CHANGE
            )

    async def _described(self) -> WorkerDeploymentInfo:
        request = DescribeWorkerDeploymentRequest(
            namespace=self._client.namespace, deployment_name=self._name
        )
        async with _told():
            found = await self._client.workflow_service.describe_worker_deployment(
                request, timeout=LOOK
            )
        return found.worker_deployment_info

    async def _version(
        self, summary: WorkerDeploymentInfo.WorkerDeploymentVersionSummary
    ) -> Version:
        build_id = summary.deployment_version.build_id
        status = WorkerDeploymentVersionStatus.Name(summary.status).removeprefix(_STATUS).lower()
        routed = summary.HasField("routing_update_time")
        left = summary.HasField("last_deactivation_time")
        return Version(
            build_id=build_id,
            status=status,
            since=(summary.routing_update_time if routed else summary.create_time).ToDatetime(UTC),
            left_at=summary.last_deactivation_time.ToDatetime(UTC) if left else None,
            open_runs=await self._open_runs(build_id),
        )

    async def _open_runs(self, build_id: str) -> int:
        version = f"{self._name}:{build_id}"
        query = f"TemporalWorkerDeploymentVersion = '{version}' AND ExecutionStatus = 'Running'"
        return (await self._client.count_workflows(query, rpc_timeout=LOOK)).count


async def patiently(change: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Until the server agrees: it knows a version once a worker of it asked each queue for work."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        try:
            return await change()
        except DeploymentError:
            if loop.time() >= until:
                raise
            await asyncio.sleep(PAUSE)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise UnknownVersionError(error.message) from error
        raise DeploymentError(error.message) from error
