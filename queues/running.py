"""What the workers of all queues have in common."""

from datetime import timedelta

from temporalio.worker.workflow_sandbox import SandboxRestrictions

from adapters.upgrading import UpgradingRunner
from adapters.versions import WORKFLOW_CODE

# Answers that no provider keeps may finish. A supervisor that waits less kills us: survived too.
DRAIN = timedelta(seconds=25)
# The default of 10 s holds up a killed worker's runs, and every update to them, by as much.
STICKY = timedelta(seconds=1)


def workflow_runner(*, versioned: bool = False) -> UpgradingRunner:
    # Pure modules of ours: importing them anew for each run costs time and protects nothing.
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*WORKFLOW_CODE)
    return UpgradingRunner(restrictions=restrictions, versioned=versioned)
