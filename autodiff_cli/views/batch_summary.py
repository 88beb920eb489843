"""What is said of a batch at its end: bad rows, kinks, and that the numbers of rows add up."""

from collections.abc import Iterator, Sequence

from autodiff_cli.batches.rows import Kind, Tally, Told, first_bad

_WORDS = {
    Kind.MISSING: "without a number",
    Kind.FAILED: "outside the domain or not finite",
}


def lines(tally: Tally, skips: bool) -> Iterator[str]:
    """What is to be said of the rows that are not as the others; nothing if there are none."""
    if tally.bad:
        parts = [
            f"{tally.counts[kind]:,} {words}" for kind, words in _WORDS.items() if tally.counts[kind]
        ]
        lack = "lacks" if tally.bad == 1 else "lack"
        yield f"warning: {tally.bad:,} of {_rows(tally.rows)} {lack} results: {', '.join(parts)}"
        yield from _listed(list(first_bad(tally)), tally.bad)
    count = tally.counts[Kind.KINK]
    if count:
        yield f"warning: {_rows(count)} at a kink or a singular point"
        yield from _listed(tally.told[Kind.KINK], count)
    if tally.bad:
        done = "left out" if skips else "with empty cells"
        yield f"{_rows(tally.rows)} read: {tally.rows - tally.bad:,} complete, {tally.bad:,} {done}"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _listed(told: Sequence[Told], count: int) -> Iterator[str]:
    yield from (f"  row {row}: {message}" for row, message in told)
    if count > len(told):
        yield f"  and {count - len(told):,} more"


def interrupted(rows: int, written: int, target: str | None) -> str:
    """How far a run got that was interrupted: rows read, and rows written that stay."""
    place = f" to {target}" if target else ""
    done = _rows(written) if written else "nothing"
    are = "are" if written > 1 else "is"
    return f"interrupted after {_rows(rows)}: {done} {are} written{place}"
