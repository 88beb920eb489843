"""Options and arguments that several commands have."""

from typing import Annotated

from typer import Argument, Option

FormulaText = Annotated[
    str,
    Argument(metavar="EXPR", help="The formula: text, @file, or - for standard input."),
]
Assignments = Annotated[
    list[str] | None,
    Option("--set", metavar="NAME=VALUE", help="Give a variable a value; any name, repeatable."),
]
Params = Annotated[str | None, Option(metavar="FILE", help="A JSON object with values of variables.")]
Wrt = Annotated[
    list[str] | None,
    Option(metavar="NAMES", help="Derivatives along these only: x,y (default: all variables)."),
]
Outputs = Annotated[
    list[str] | None,
    Option(metavar="NAMES", help="Definitions to take as outputs: a,b."),
]
Random = Annotated[
    list[str] | None,
    Option(metavar="NAME=DIST,...", help="Random points: x=0:1,y=normal(0,1); see --n."),
]
Count = Annotated[int | None, Option("--n", metavar="N", min=0, help="How many random points.")]
Seed = Annotated[int | None, Option(metavar="S", min=0, help="The same random points again.")]
MaxSize = Annotated[float, Option(metavar="MB", help="Read formulas of at most so many megabytes.")]
MaxOperations = Annotated[
    int, Option(metavar="N", min=1, help="Take formulas of at most so many operations.")
]
