"""Run Python that the model wrote."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.ports.sandbox import Ran, Sandbox
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool


def python_tool(sandbox: Sandbox) -> Tool:
    async def run_python(
        context: ToolContext,  # noqa: ARG001 -- every tool takes it
        code: Annotated[str, Field(min_length=1, max_length=20_000)],
    ) -> str:
        return _told(await sandbox.run(code))

    run_python.__doc__ = f"""Run a Python program and read what it prints and its last expression.

    For calculations and for working on text and tables that you put into the program.
    {sandbox.dialect}

    Args:
        code: The whole program.
    """
    # What it prints may be what a stranger's text was put into: it is trusted no more than that.
    return tool(run_python, effect=Effect.READ, reach=Reach.NOTHING, timeout=timedelta(seconds=30))


def _told(ran: Ran) -> str:
    parts = []
    if ran.output:
        parts.append(ran.output.rstrip("\n"))
    if ran.value is not None:
        parts.append(f"=> {ran.value}")
    if ran.error is not None:
        parts.append(ran.error)
    if ran.cut:
        parts.append("[cut: it was longer]")
    return "\n".join(parts) or "It printed nothing."
