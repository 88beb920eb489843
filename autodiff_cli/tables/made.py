"""A table of points that are made: a grid of ranges, or random ones."""

from collections.abc import Iterator

from autodiff_cli.tables.formats import TableFormat, require_polars
from autodiff_cli.tables.points import Points
from autodiff_cli.tables.source import Block, Cells, Source

_ROWS = 500_000


class Made(Source):
    """The points as rows."""

    form, cells = TableFormat.CSV, Cells.TYPED

    def __init__(self, points: Points) -> None:
        require_polars()
        self._points = points
        self.columns, self.size = points.names, points.count

    def blocks(self) -> Iterator[Block]:
        """The rows in blocks; their columns are float64."""
        import polars as pl

        for columns in self._points.blocks(_ROWS):
            frame = pl.DataFrame(columns)
            yield Block(frame, self.position + 1, {})
            self.position += len(frame)
        if not self.position:
            yield Block(pl.DataFrame(schema=dict.fromkeys(self.columns, pl.Float64)), 1, {})
