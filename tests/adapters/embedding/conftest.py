"""The offline model server, as the chat adapters' tests start it."""

from tests.adapters.llm.conftest import client, offline_server

__all__ = ["client", "offline_server"]
