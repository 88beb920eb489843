"""The formats of `autodiff eval`."""

from enum import StrEnum


class Format(StrEnum):
    """How the result is shown."""

    TABLE = "table"
    TREE = "tree"
    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
