"""Options that say how large a formula may be; each command that takes one has them."""

from typing import Annotated

from typer import Option

MaxSize = Annotated[float, Option(metavar="MB", help="Read formulas of at most so many megabytes.")]
MaxOperations = Annotated[
    int, Option(metavar="N", min=1, help="Take formulas of at most so many operations.")
]
