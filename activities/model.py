"""Ask the model, and let readers watch it answer."""

from temporalio import activity

from activities.failures import reported
from activities.heartbeat import heartbeating
from activities.step import ModelPorts, Step
from activities.stopping import stoppable
from models.payloads.turn import ThinkReply, ThinkRequest


class ModelActivities:
    """Model calls. The client must not retry by itself: Temporal owns retries."""

    def __init__(self, ports: ModelPorts) -> None:
        self._ports = ports

    @activity.defn(name="model.think")
    async def think(self, request: ThinkRequest) -> ThinkReply:
        """Answer one step. What is committed by an earlier attempt is only published again."""
        step = Step(self._ports, request)
        async with heartbeating():
            with reported():
                return await stoppable(step.run(), step.stop)
