"""Give Temporal the search attributes that our workflows set; runs as a process of its own.

A process of its own, since the client's runtime would slow the start of the stack's own process,
and may crash at exit.
"""

import asyncio
import os
import sys
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.names import SEARCH_ATTRIBUTES

CALL = timedelta(seconds=5)
PATIENCE = 60.0  # seconds for a server that is coming up
POLL = 0.05


async def _connected(address: str, namespace: str) -> Client:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await Client.connect(address, namespace=namespace)
            except RuntimeError:  # how the SDK says that nobody answers
                await asyncio.sleep(POLL)


async def register(address: str, namespace: str) -> None:
    client = await _connected(address, namespace)
    operator = client.operator_service
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                known = await operator.list_search_attributes(
                    ListSearchAttributesRequest(namespace=namespace), timeout=CALL
                )
                missing = [n for n in SEARCH_ATTRIBUTES if n not in known.custom_attributes]
                if not missing:
                    return
                keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
                await operator.add_search_attributes(
                    AddSearchAttributesRequest(
                        namespace=namespace, search_attributes=dict.fromkeys(missing, keyword)
                    ),
                    timeout=CALL,
                )
            except RPCError as error:
                # A namespace that is being made; a server that is still warming up.
                if error.status not in (
                    RPCStatusCode.NOT_FOUND,
                    RPCStatusCode.UNAVAILABLE,
                    RPCStatusCode.ALREADY_EXISTS,
                    RPCStatusCode.DEADLINE_EXCEEDED,
                    RPCStatusCode.UNKNOWN,  # "transport error": it closed the connection again
                ):
                    raise
                await asyncio.sleep(POLL)


def main() -> None:
    address, namespace = sys.argv[1:]
    asyncio.run(register(address, namespace))
    sys.stdout.flush()
    os._exit(0)  # the client's runtime may crash in its own clean-up; nothing is left to do


if __name__ == "__main__":
    main()
