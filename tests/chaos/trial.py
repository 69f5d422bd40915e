"""One run of one fault, from a healthy stack to its verdict."""

import asyncio
import time
import traceback
from uuid import UUID, uuid4

from holdfast_client.client import ApiError, Client, UnreachableError

from tests.chaos.checker import check
from tests.chaos.fault import Fault
from tests.chaos.report import Result
from tests.chaos.scene import TURN_SECONDS, Scene, answers
from tests.chaos.site import Site
from tests.chaos.violation import Violation


async def trial(site: Site, fault: Fault, seed: int) -> Result:
    """Bring the fault, wait until all is quiet, check everything."""
    began = time.monotonic()
    result = Result(fault.number, fault.name, seed, fault.recovery, fault.budget)
    scene = Scene(site, seed)
    try:
        await _healthy(site)
        try:
            async with asyncio.timeout(fault.longest):
                await fault.run(scene)
        except (ApiError, UnreachableError, TimeoutError) as error:
            scene.violations.append(Violation("run", fault.name, _said(error)))
        await _healthy(site)
        await scene.settled()
        await _judge(scene, fault)
    except Exception as error:  # noqa: BLE001 - the other rows still have their say
        told = "".join(traceback.format_exception(error)[-3:])
        scene.violations.append(Violation("run", "could not be finished", told))
    finally:
        await scene.close()
    result.violations = scene.violations
    result.times = fault.times(scene)
    result.facts = scene.facts
    result.turns = len(scene.sent)
    result.readers = len(scene.readers)
    result.seconds = time.monotonic() - began
    return result


async def _judge(scene: Scene, fault: Fault) -> None:
    evidence = await scene.evidence()
    scene.violations += check(evidence)
    try:
        await fault.verify(scene)
        await scene.come_late(evidence)
        await scene.estranged()
    except (ApiError, UnreachableError, TimeoutError) as error:
        scene.violations.append(Violation("run", "after the fault", _said(error)))


async def _healthy(site: Site) -> None:
    for name in ("postgres", "redis", "temporal", "model", "worker", "edge"):
        await site.up(name)
    await site.ready()
    # Workers answer at no port: a turn shows that one of them listens.
    async with Client(site.api, site.token, site.space_id, patience=TURN_SECONDS) as client:
        body = {"id": str(uuid4()), "content": "ready?\n@offline tokens=1", "agent": "direct"}
        sent = await client.post("/v1/messages", body)
        await answers(client, UUID(sent["conversation_id"]))


def _said(error: Exception) -> str:
    if isinstance(error, ApiError):
        return f"{error.status} {error.code}: {error} (request {error.request_id})"
    return repr(error)
