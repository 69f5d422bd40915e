"""The calculator."""

import ast
import math
from typing import Annotated

from pydantic import Field
from simpleeval import DEFAULT_OPERATORS, InvalidExpression, SimpleEval

from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.errors import InvalidError

_FUNCTIONS = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "ln": math.log,
    "log10": math.log10,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}
# The widest exact number worth showing to a model, and the widest worth computing.
_DIGITS = 300
_BITS = 4_096


def _power(base: float, exponent: float) -> float:
    """The library's own limit still lets one power run for minutes."""
    if abs(exponent) * math.log2(abs(base) + 2) > _BITS:
        raise ValueError("the power is too large")
    return float(base**exponent) if isinstance(exponent, float) else base**exponent


_OPERATORS = {
    kind: function
    for kind, function in DEFAULT_OPERATORS.items()
    if kind not in {ast.LShift, ast.RShift, ast.In, ast.NotIn}
} | {ast.Pow: _power}


async def calculator(
    context: ToolContext,  # noqa: ARG001 -- every tool takes it
    expression: Annotated[str, Field(min_length=1, max_length=500)],
) -> str:
    """Calculate an arithmetic expression exactly.

    Args:
        expression: For example `(12.5 * 4) ** 2 / 3`. Functions: abs, ceil, exp, floor, ln,
            log10, max, min, round, sqrt; constants: pi, e.
    """
    evaluator = SimpleEval(
        operators=_OPERATORS, functions=_FUNCTIONS, names={"pi": math.pi, "e": math.e}
    )
    try:
        value = evaluator.eval(expression)
        text = str(value)
    except (InvalidExpression, SyntaxError, ArithmeticError, TypeError, ValueError) as error:
        raise InvalidError(
            f"Cannot calculate that: {error}"[:300], code="expression_invalid"
        ) from None
    if not isinstance(value, int | float) or len(text) > _DIGITS:
        raise InvalidError("The result is not a number of sane size.", code="expression_invalid")
    return text


CALCULATOR: Tool = tool(calculator, effect=Effect.READ, trusted=True, reach=Reach.NOTHING)
