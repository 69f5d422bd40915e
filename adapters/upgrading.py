"""What workflow tasks say of versions, where definitions and server do not suit each other.

Definitions state whether their runs stay or move. A worker without a version may not say so: the
server refuses its tasks. And `continue_as_new(initial_versioning_behavior=AUTO_UPGRADE)`, by which
the next run begins on the version that is current then, is not known to servers of 1.29: there it
inherits the version of a pinned one. They do take each task's own behaviour, before they look at
its commands. So the task that continues as new is answered as that of a run that moves; the next
run's first task pins it again.
"""

from dataclasses import dataclass

from temporalio.api.enums.v1 import ContinueAsNewVersioningBehavior, VersioningBehavior
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker._command_aware_visitor import CommandInfo
from temporalio.workflow import Info

from adapters.sandbox import LeanSandboxedRunner

_UPGRADE = ContinueAsNewVersioningBehavior.CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_AUTO_UPGRADE


@dataclass(frozen=True)
class UpgradingRunner(LeanSandboxedRunner):
    """The sandbox, with a word on versions."""

    versioned: bool = False

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Upgrading(super().create_instance(det), versioned=self.versioned)


class _Upgrading(WorkflowInstance):
    def __init__(self, inner: WorkflowInstance, *, versioned: bool) -> None:
        self._inner = inner
        self._versioned = versioned

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        completion = self._inner.activate(act)
        if not completion.HasField("successful"):
            return completion
        if not self._versioned:
            completion.successful.ClearField("versioning_behavior")
        elif _continues_upgrading(completion):
            completion.successful.versioning_behavior = (
                VersioningBehavior.VERSIONING_BEHAVIOR_AUTO_UPGRADE
            )
        return completion

    def get_serialization_context(
        self, command_info: CommandInfo | None
    ) -> SerializationContext | None:
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(
        self, command_info: CommandInfo | None
    ) -> StorageDriverStoreContext:
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Info:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()


def _continues_upgrading(completion: WorkflowActivationCompletion) -> bool:
    """The command that ends a run is its last."""
    commands = completion.successful.commands
    if not commands or not commands[-1].HasField("continue_as_new_workflow_execution"):
        return False
    continuing = commands[-1].continue_as_new_workflow_execution
    return continuing.initial_versioning_behavior == _UPGRADE
