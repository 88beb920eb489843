"""Which parts of a graph are framed in a picture, and which are folded to one node.

Folding goes from the inside: the innermost parts first, a whole level at a time, and only as many
levels as are needed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import NamedTuple

from autodiff_cli.errors import UsageError, did_you_mean
from autodiff_cli.graph.lower import Lowered, Part
from autodiff_cli.language.syntax import Form

# A call is told by so many characters of its text.
_LONGEST_CALL = 28


class Extent(NamedTuple):
    """How much is drawn: at most so many nodes, with these definitions and functions open."""

    most_nodes: int
    expanded: Collection[str] = ()
    expands_all: bool = False


class Shown(NamedTuple):
    """A part of a graph, nodes `first` to `end` without `end`; `size` of them are drawn.

    `names` are those of the definition and the function, `text` is what stands in its node where it
    is folded, the call, `label` on its frame. `parent` is the part around it, or -1; it comes before.
    """

    names: tuple[str, ...]
    label: str
    text: str
    first: int
    end: int
    size: int
    parent: int
    is_folded: bool = False


def shown_parts(
    lowered: Lowered, outputs: Collection[str], drawn: Sequence[int], extent: Extent
) -> list[Shown]:
    """The parts in which at least two nodes are drawn, outer ones before those in them.

    Those that are folded contain no others. The definitions of outputs are no parts, nor what has made
    everything: they are what the picture is about. Raises UsageError for a name to expand
    that is none.
    """
    parts = _nested(lowered, outputs, drawn)
    _check_names(lowered, extent.expanded)
    folded = _folded(parts, len(drawn), extent)
    hidden = [False] * len(parts)
    numbers: list[int] = []
    found: list[Shown] = []
    for position, part in enumerate(parts):
        parent = part.parent
        hidden[position] = parent >= 0 and (hidden[parent] or folded[parent])
        numbers.append(len(found))
        if not hidden[position]:
            above = numbers[parent] if parent >= 0 else -1
            found.append(part._replace(parent=above, is_folded=folded[position]))
    return found


def _nested(lowered: Lowered, outputs: Collection[str], drawn: Sequence[int]) -> list[Shown]:
    """All parts worth a frame, with what is in what.

    Of two with the same nodes one is left: `q = f(x)`, or the outer one of two calls. Inner parts are
    listed before outer ones, so that those that begin together must be turned round.
    """
    definitions = {s.root: s.name for s in lowered.tree.statements if s.form is Form.DEFINITION}
    operations = sum(1 for node in drawn if lowered.graph.arguments[node])
    found: list[Shown] = []
    spans: list[tuple[int, int]] = []
    path: list[int] = []
    for part in sorted(reversed(lowered.parts), key=lambda part: part.first):  # noqa: C414
        low, high = bisect_left(drawn, part.first), bisect_left(drawn, part.end)
        is_named = not part.is_statement or definitions.get(part.source, "") not in (*outputs, "")
        if high - low < 2 or high - low == operations or not is_named:
            continue
        while path and spans[path[-1]][1] <= low:
            path.pop()
        if path and spans[path[-1]] == (low, high):
            found[path[-1]] = _merged(
                found[path[-1]], _shown(lowered, definitions, part, high - low, -1)
            )
            continue
        found.append(_shown(lowered, definitions, part, high - low, path[-1] if path else -1))
        spans.append((low, high))
        path.append(len(found) - 1)
    return found


def _shown(lowered: Lowered, names: dict[int, str], part: Part, count: int, parent: int) -> Shown:
    name, text = names.get(part.source, ""), ""
    if not part.is_statement:
        name, text = lowered.tree.labels[part.source], _call_text(lowered, part)
    return Shown((name,), text or name, text, part.first, part.end, count, parent)


def _merged(outer: Shown, inner: Shown) -> Shown:
    """Two parts with the same nodes as one."""
    names = (*outer.names, *inner.names)
    if not outer.text:
        return outer._replace(names=names, label=f"{outer.label} = {inner.label}", text=inner.text)
    return outer._replace(names=names)


def _call_text(lowered: Lowered, part: Part) -> str:
    """A call as it is written, without comments, or its beginning."""
    start, end = lowered.tree.span(part.source)
    text = lowered.tree.text[start : min(end, start + 8 * _LONGEST_CALL)]
    text = " ".join(re.sub("#[^\n]*", "", text).split())
    return text if len(text) <= _LONGEST_CALL else f"{text[: _LONGEST_CALL - 3]}..."


def _folded(parts: Sequence[Shown], count: int, extent: Extent) -> list[bool]:
    """Which parts are folded so that no more than `most_nodes` are left, if that is possible."""
    folded = [False] * len(parts)
    if extent.expands_all or count <= extent.most_nodes:
        return folded
    levels: list[list[int]] = []
    depths: list[int] = []
    for position, part in enumerate(parts):
        depths.append(depths[part.parent] + 1 if part.parent >= 0 else 0)
        if depths[position] == len(levels):
            levels.append([])
        levels[depths[position]].append(position)
    is_open = [not set(extent.expanded).isdisjoint(part.names) for part in parts]
    for position in range(len(parts) - 1, -1, -1):
        if is_open[position] and parts[position].parent >= 0:
            is_open[parts[position].parent] = True
    # How many nodes each part is drawn as.
    counts = [part.size for part in parts]
    saved = [0] * len(parts)
    for level in reversed(levels):
        for position in level:
            counts[position] -= saved[position]
            if not is_open[position]:
                folded[position] = True
                count -= counts[position] - 1
                counts[position] = 1
            if parts[position].parent >= 0:
                saved[parts[position].parent] += parts[position].size - counts[position]
        if count <= extent.most_nodes:
            break
    return folded


def _check_names(lowered: Lowered, names: Collection[str]) -> None:
    known = [s.name for s in lowered.tree.statements if s.form is not Form.RESULT]
    for name in names:
        if name not in known:
            guess = did_you_mean(name, known)
            hint = f"did you mean {guess}?" if guess else "--expand names definitions and functions"
            raise UsageError(f"there is no {name} to expand", hint=hint)


def too_large(count: int, extent: Extent) -> UsageError:
    """The error of a picture with too many nodes."""
    hint = "what has a name of its own is folded (q = ...; f(x) = ...); --max-nodes allows more"
    if extent.expanded or extent.expands_all:
        hint = "leave out --expand; or --max-nodes allows more"
    return UsageError(f"the picture has {count:,} nodes, more than {extent.most_nodes:,}", hint=hint)
