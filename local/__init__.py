"""The local stack: servers, their supervisor, and the offline model server."""
