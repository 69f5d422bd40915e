"""Runs workflows in the SDK's sandbox, and nothing but workflows."""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker._command_aware_visitor import CommandInfo
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info


class LeanSandboxedRunner(SandboxedWorkflowRunner):
    """The SDK enters the sandbox up to five times for each payload, to ask in which context it is
    encoded and stored outside: a quarter of a worker's CPU. Our codec depends on no context and
    nothing is stored outside, so the answer is known without asking."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Instance(super().create_instance(det))


class _Instance(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_serialization_context(
        self,
        command_info: CommandInfo | None,  # noqa: ARG002 - the SDK's contract
    ) -> SerializationContext | None:
        return None

    def get_external_store_context(
        self,
        command_info: CommandInfo | None,  # noqa: ARG002 - the SDK's contract
    ) -> StorageDriverStoreContext:
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()
