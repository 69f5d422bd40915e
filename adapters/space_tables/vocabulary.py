"""What a statement may be made of. Whatever is not here is refused, new syntax too.

Left out on purpose: functions that read the server or change a setting; those that make long texts
of short ones or of many rows (`repeat`, `lpad`, `replace`, `string_agg`, `array_agg`, `json_agg`),
since no setting of Postgres limits what one value takes; `generate_series`; whole-row references
and casts to types that look names up (`regclass`).
"""

from typing import Final

from sqlglot import exp

_STRUCTURE: Final = (
    *(exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE),
    *(exp.From, exp.Join, exp.Lateral, exp.Table, exp.TableAlias, exp.Where, exp.Group),
    *(exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Fetch, exp.LimitOptions),
    *(exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup, exp.Rollup),
    *(exp.Cube, exp.GroupingSets, exp.Alias, exp.Identifier, exp.Column, exp.Star),
    *(exp.Unnest, exp.Explode),
)
_VALUES: Final = (
    *(exp.Literal, exp.Boolean, exp.Null, exp.Interval, exp.Var, exp.Tuple, exp.Paren),
    *(exp.Array, exp.Bracket, exp.Cast, exp.DataType, exp.DataTypeParam, exp.AtTimeZone),
)
_OPERATORS: Final = (
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is),
    *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.Exists, exp.Any, exp.All),
    *(exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike, exp.Escape),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe),
    *(exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps),
)
_AGGREGATES: Final = (
    *(exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevPop),
    *(exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.LogicalOr, exp.LogicalAnd),
    *(exp.PercentileCont, exp.PercentileDisc, exp.Mode),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile),
    *(exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue),
)
_FUNCTIONS: Final = (
    *(exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least),
    *(exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Sign),
    *(exp.Lower, exp.Upper, exp.Initcap, exp.Length, exp.Substring, exp.Trim, exp.Left),
    *(exp.Right, exp.StrPosition, exp.SplitPart, exp.Reverse, exp.Concat, exp.ConcatWs),
    *(exp.StartsWith, exp.ArraySize),
    *(exp.CurrentDate, exp.CurrentTimestamp, exp.Extract, exp.TimestampTrunc, exp.TimeToStr),
)
NODES: Final[frozenset[type[exp.Expression]]] = frozenset(
    (*_STRUCTURE, *_VALUES, *_OPERATORS, *_AGGREGATES, *_FUNCTIONS)
)
# Functions that the parser has no class for, in lower case.
NAMED: Final = frozenset({"age", "cardinality", "make_date", "width_bucket", "every"})
# Their operands multiply the length of a text: so many in one statement make 3^5 of it at most.
JOINING: Final = (exp.DPipe, exp.Concat, exp.ConcatWs)
MOST_JOINED: Final = 16
TYPES: Final = frozenset(
    {
        *(exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR),
        *(exp.DataType.Type.BOOLEAN, exp.DataType.Type.UUID, exp.DataType.Type.ARRAY),
        *(exp.DataType.Type.SMALLINT, exp.DataType.Type.INT, exp.DataType.Type.BIGINT),
        *(exp.DataType.Type.DECIMAL, exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE),
        *(exp.DataType.Type.DATE, exp.DataType.Type.TIME, exp.DataType.Type.INTERVAL),
        *(exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ),
    }
)
