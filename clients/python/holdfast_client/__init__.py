"""Holdfast's API from Python: typed operations, and a stream that carries on."""

from holdfast_client.client import ApiError, Client, UnreachableError
from holdfast_client.stream import START, Cursor, Received, follow

__all__ = ["START", "ApiError", "Client", "Cursor", "Received", "UnreachableError", "follow"]
