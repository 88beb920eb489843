"""What JSON from users has in common: keys that come once, numbers that JSON has no numbers for."""

from collections import Counter

from autodiff_cli.errors import UsageError

# As strings in JSON, and as they are written in formulas.
SPELLED = {"NaN": "nan", "Infinity": "inf", "+Infinity": "inf", "-Infinity": "-inf"}


def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The members of an object. Raises UsageError for a key that comes twice."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name in times if times[name] > 1)
        raise UsageError(f"{twice} is given twice", hint="give each name one value")
    return entries
