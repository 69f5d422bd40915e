"""Send new turns to the workers that were just started; runs as a process of its own.

Only where the user names a deployment: the stack's workers have no version otherwise. A process of
its own for the reasons in `local.attributes`.
"""

import asyncio
import os
import sys

from temporalio.client import Client

from adapters.deployment import Deployment, DeploymentError, patiently
from adapters.versions import build_id

PATIENCE = 60.0  # seconds for workers that are coming up


async def make_current(address: str, namespace: str, name: str, build: str) -> None:
    client = await Client.connect(address, namespace=namespace)
    deployment = Deployment(client, name)
    await patiently(lambda: deployment.make_current(build), PATIENCE)


def main() -> None:
    address, namespace, name, build = sys.argv[1:]
    code = 0
    try:
        asyncio.run(make_current(address, namespace, name, build or build_id()))
    except DeploymentError as error:
        sys.stdout.write(f"{error}\n")
        code = 1
    sys.stdout.flush()
    os._exit(code)  # the client's runtime may crash in its own clean-up; nothing is left to do


if __name__ == "__main__":
    main()
