"""Bring one space's vectors to another model, beside those in use, then switch at once."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.reembedding import ReembeddingActivities
    from models.names import REEMBEDDING_WORKFLOW
    from models.payloads.ingestion import Reembedded, ReembeddingStart, ReembedRequest
    from workflows import policies

# Documents that were published meanwhile are few; those that are being published are soon there.
NEXT_ROUND = timedelta(seconds=5)


@workflow.defn(name=REEMBEDDING_WORKFLOW, versioning_behavior=VersioningBehavior.PINNED)
class ReembeddingWorkflow:
    @workflow.run
    async def run(self, start: ReembeddingStart) -> Reembedded:
        """Gives how many vectors were made, over all its runs."""
        try:
            done = await self._bring(start)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            cause = error.cause
            code = cause.type if isinstance(cause, ApplicationError) else None
            workflow.set_current_details(f"failed: {code}")
            # The sweep would start it again at once: what is wrong is not mended by asking.
            await workflow.sleep(start.pause)
            raise ApplicationError(
                "The space keeps its model.", type=code or "internal", non_retryable=True
            ) from error
        return Reembedded(done=done)

    async def _bring(self, start: ReembeddingStart) -> int:
        after, done = start.after, start.done
        for _ in range(start.batches):
            request = ReembedRequest(
                scope=start.scope, model=start.model, dimension=start.dimension, after=after
            )
            batch = await workflow.execute_activity_method(
                ReembeddingActivities.embed, request, **policies.reembed_passages()
            )
            after, done = batch.after, done + batch.done
            workflow.set_current_details(f"{done} passages have a vector of {start.model}")
            if after is None:
                left = await workflow.execute_activity_method(
                    ReembeddingActivities.switch, request, **policies.switch_model(start.model)
                )
                if not left:
                    workflow.set_current_details(f"switched to {start.model}")
                    return done
                if not batch.done:
                    await workflow.sleep(NEXT_ROUND)
        return workflow.continue_as_new(start.model_copy(update={"after": after, "done": done}))
