"""Start and follow the run of an agent that another one called."""

from temporalio import activity

from models.payloads.team import FollowReply, FollowRequest, OpenReply, OpenRequest


class FollowActivities:
    @activity.defn(name="agents.open")
    async def open(self, request: OpenRequest) -> OpenReply:
        """Take the call, and make the place that its run works in."""
        raise NotImplementedError

    @activity.defn(name="agents.follow")
    async def follow(self, request: FollowRequest) -> FollowReply:
        """Show the run's progress in its caller's log, and end the call with its answer."""
        raise NotImplementedError
