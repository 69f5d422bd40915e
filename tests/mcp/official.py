"""A server of the official SDK, over HTTP or, as a program, over its pipes."""

import os

from mcp.server.mcpserver import MCPServer


def official() -> MCPServer:
    server = MCPServer("tests")

    @server.tool()
    def add(a: int, b: int) -> str:
        """Add two numbers."""
        return str(a + b)

    @server.tool()
    def surroundings() -> str:
        """Tell what is around this program."""
        return ",".join(sorted(os.environ)) + f"|{os.getpid()}"

    @server.tool()
    def sprawl() -> str:
        """Say far too much."""
        return "x" * 10_000_000

    @server.tool()
    def vanish() -> str:
        """Be gone in the middle of a call."""
        os._exit(3)

    @server.tool()
    def linger() -> str:
        """Do not come back."""
        import time  # noqa: PLC0415 - read by nothing else

        time.sleep(600)
        return ""

    return server


if __name__ == "__main__":
    official().run()
