"""A layout of a graph in layers, on a grid of characters.

After Sugiyama, Tagawa and Toda (1981): nodes in ranks, edges that go further by way of
dummies, one for all edges of a node in each rank; in each rank an order with few crossings, by
barycentres; places near those of neighbours, by isotonic regression; and between two ranks a
channel, in which each node's edges share one trunk on a track of its own. `across` is along a
rank, from the first item to the last, and `main` is from rank to rank; whether that is from left to
right or downwards is left open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

_SWEEPS = 8


@dataclass(eq=False)
class Item:
    """A box in a rank, or a line through it, which stands for node `node` there.

    It takes `extent` places from `start`. `entries` are the items that edges come in from, in the order
    of their places, and `is_used` tells whether edges leave.
    """

    node: int
    rank: int
    is_box: bool
    extent: int
    entries: list[Item] = field(default_factory=list["Item"])
    start: int = 0
    is_used: bool = False

    def exit(self) -> int:
        """Where edges leave."""
        return self.start + self.extent // 2

    def entry(self, position: int) -> int:
        """Where the edge at a position comes in."""
        inner = self.extent - 2
        if not self.is_box:
            return self.start
        return self.start + 1 + (2 * position + 1) * inner // (2 * len(self.entries))


class Trunk(NamedTuple):
    """The edges of one item through the channel behind its rank: from `pin` to each of `ends`.

    They share a line along `track`, or none (-1) where all is straight.
    """

    pin: int
    ends: tuple[int, ...]
    track: int


class Layers(NamedTuple):
    """Items by rank, in order, and for each rank the trunks behind it and how many tracks they take."""

    ranks: list[list[Item]]
    trunks: list[list[Trunk]]
    tracks: list[int]

    def extent(self) -> int:
        """How many places the longest rank takes."""
        return max(item.start + item.extent for items in self.ranks for item in items)


def layers(extents: Mapping[int, int], edges: Sequence[tuple[int, int]], gap: int) -> Layers:
    """The layout of boxes with these extents and edges, each a source and a target.

    Nodes are given in an order in which arguments come first. Between items are at least `gap` places,
    beside lines one less. A box gets longer where it needs room for its edges.
    """
    ranks = _ranked(extents, edges)
    _order(ranks)
    _place(ranks, gap)
    trunks: list[list[Trunk]] = []
    tracks: list[int] = []
    for rank, items in enumerate(ranks[:-1]):
        found = _routed(items, ranks[rank + 1])
        trunks.append(found)
        tracks.append(max((trunk.track + 1 for trunk in found), default=0))
    return Layers(ranks, trunks, tracks)


def _ranked(extents: Mapping[int, int], edges: Sequence[tuple[int, int]]) -> list[list[Item]]:
    """The items by rank, connected through dummies.

    A node is behind all its arguments; what has none stands right before what needs it first.
    """
    rank = dict.fromkeys(extents, 0)
    incoming: dict[int, list[int]] = {node: [] for node in extents}
    for source, target in edges:
        incoming[target].append(source)
    for node in extents:
        rank[node] = max((rank[source] + 1 for source in incoming[node]), default=0)
    first_use: dict[int, int] = {}
    for source, target in edges:
        first_use[source] = min(first_use.get(source, rank[target]), rank[target])
    for node in extents:
        if not incoming[node] and node in first_use:
            rank[node] = first_use[node] - 1
    ranks: list[list[Item]] = [[] for _ in range(max(rank.values()) + 1)]
    lines: dict[tuple[int, int], Item] = {}

    def line(node: int, at: int) -> Item:
        """The item of a node in a rank: its box, or a dummy that goes on from the one before."""
        start = at
        while (node, start) not in lines:
            start -= 1
        for place in range(start + 1, at + 1):
            dummy = lines[node, place] = Item(node, place, False, 1, [lines[node, place - 1]])
            ranks[place].append(dummy)
        return lines[node, at]

    for node in extents:
        box = lines[node, rank[node]] = Item(node, rank[node], True, extents[node])
        ranks[box.rank].append(box)
    for node in extents:
        box = lines[node, rank[node]]
        box.entries = [line(source, box.rank - 1) for source in incoming[node]]
        box.extent = max(box.extent, len(box.entries) + 2)
    order = _reading_order(incoming)
    for items in ranks:
        items.sort(key=lambda item: order[item.node])
    for node in first_use:
        lines[node, rank[node]].is_used = True
    return ranks


def _reading_order(incoming: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Nodes by when they are met on the way back from the last one, first arguments first."""
    order: dict[int, int] = {}
    pending = list(incoming)
    while pending:
        node = pending.pop()
        if node not in order:
            order[node] = len(order)
            pending.extend(reversed(incoming[node]))
    return order


# -- The order in a rank --------------------------------------------------------------------------


def _order(ranks: list[list[Item]]) -> None:
    """Sort each rank so that few lines cross."""
    best, fewest = [list(items) for items in ranks], _all_crossings(ranks)
    users = _users(ranks)
    for sweep in range(_SWEEPS):
        if sweep % 2 == 0:
            for before, items in pairwise(ranks):
                _sort(items, before, lambda item: item.entries)
        else:
            for items, after in zip(ranks[-2::-1], ranks[:0:-1], strict=True):
                _sort(items, after, lambda item: users[id(item)])
        crossings = _all_crossings(ranks)
        if crossings < fewest:
            best, fewest = [list(items) for items in ranks], crossings
    for items, found in zip(ranks, best, strict=True):
        items[:] = found
    for before, items in pairwise(ranks):
        places = {id(item): place for place, item in enumerate(before)}
        for item in items:
            item.entries.sort(key=lambda entry: places[id(entry)])


def _users(ranks: Sequence[Sequence[Item]]) -> dict[int, list[Item]]:
    users: dict[int, list[Item]] = {id(item): [] for items in ranks for item in items}
    for items in ranks:
        for item in items:
            for entry in item.entries:
                users[id(entry)].append(item)
    return users


def _sort(
    items: list[Item], others: Sequence[Item], neighbours: Callable[[Item], Sequence[Item]]
) -> None:
    """Sort by the mean place of neighbours; what has none stays about where it is."""
    places = {id(item): place for place, item in enumerate(others)}
    keys: dict[int, float] = {}
    for place, item in enumerate(items):
        near = [places[id(other)] for other in neighbours(item)]
        own = place * len(others) / len(items)
        keys[id(item)] = sum(near) / len(near) if near else own
    items.sort(key=lambda item: keys[id(item)])


def _all_crossings(ranks: Sequence[Sequence[Item]]) -> int:
    return sum(_crossings(before, items) for before, items in pairwise(ranks))


def _crossings(before: Sequence[Item], items: Sequence[Item]) -> int:
    """How many pairs of edges cross: inversions among the places where they begin."""
    places = {id(item): place for place, item in enumerate(before)}
    passed = [0] * len(before)
    count = 0
    for item in items:
        starts = sorted(places[id(entry)] for entry in item.entries)
        count += sum(sum(passed[start + 1 :]) for start in starts)
        for start in starts:
            passed[start] += 1
    return count


# -- Places in a rank -----------------------------------------------------------------------------


def _place(ranks: Sequence[Sequence[Item]], gap: int) -> None:
    """Give each item a place near its neighbours', in the order of its rank."""
    users = _users(ranks)
    for items in ranks:
        _settle(items, [0.0] * len(items), gap)
    for sweep in range(_SWEEPS + 1):
        for items in ranks if sweep % 2 == 0 else reversed(ranks):
            wanted: list[float] = []
            for item in items:
                if sweep % 2 == 0:
                    near = [e.exit() - item.entry(k) + item.start for k, e in enumerate(item.entries)]
                else:
                    near = [
                        user.entry(k) - item.extent // 2
                        for user in users[id(item)]
                        for k, entry in enumerate(user.entries)
                        if entry is item
                    ]
                wanted.append(sum(near) / len(near) if near else item.start)
            _settle(items, wanted, gap)
    lowest = min(item.start for items in ranks for item in items)
    for items in ranks:
        for item in items:
            item.start -= lowest


def _settle(items: Sequence[Item], wanted: Sequence[float], gap: int) -> None:
    """The places nearest to those wanted that keep the order and the distance.

    Least squares under an order: pool adjacent violators (Ayer and others, 1955).
    """
    offsets: list[int] = []
    offset = 0
    for item, after in zip(items, [*items[1:], None], strict=True):
        offsets.append(offset)
        both = after is not None and (item.is_box or after.is_box)
        offset += item.extent + (gap if both else gap - 1)
    pools: list[tuple[float, int]] = []
    for goal, offset in zip(wanted, offsets, strict=True):
        total, count = goal - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    means = [round(total / count) for total, count in pools for _ in range(count)]
    for item, mean, offset in zip(items, means, offsets, strict=True):
        item.start = mean + offset


# -- Channels -------------------------------------------------------------------------------------


def _routed(items: Sequence[Item], after: Sequence[Item]) -> list[Trunk]:
    """The trunks in the channel behind a rank.

    Where one edge leaves and another one arrives at the same place, the first must turn off before the
    second turns in. Where that goes round in a circle the next rank makes way.
    """
    while True:
        nets = _nets(items, after)
        tracks, blocked = _tracks(nets)
        if blocked is None:
            return [Trunk(net.pin, net.ends, track) for net, track in zip(nets, tracks, strict=True)]
        place = next(
            k
            for k, item in enumerate(after)
            if any(item.entry(e) == blocked for e in range(len(item.entries)))
        )
        for item in after[place:]:
            item.start += 1


class _Net(NamedTuple):
    pin: int
    ends: tuple[int, ...]

    @property
    def low(self) -> int:
        return min(self.pin, *self.ends)

    @property
    def high(self) -> int:
        return max(self.pin, *self.ends)


def _nets(items: Sequence[Item], after: Sequence[Item]) -> list[_Net]:
    ends: dict[int, list[int]] = {}
    for item in after:
        for position, entry in enumerate(item.entries):
            ends.setdefault(id(entry), []).append(item.entry(position))
    return [_Net(item.exit(), tuple(ends[id(item)])) for item in items if id(item) in ends]


def _tracks(nets: Sequence[_Net]) -> tuple[list[int], int | None]:
    """A track for each net, -1 for what is straight; or a place at which a circle is closed."""
    pins = {net.pin: k for k, net in enumerate(nets)}
    earlier: list[list[int]] = []
    for k, net in enumerate(nets):
        earlier.append([pins[end] for end in net.ends if end in pins and pins[end] != k])
    tracks = [-2] * len(nets)
    taken: list[list[_Net]] = []
    left = set(range(len(nets)))
    while left:
        ready = [k for k in sorted(left) if all(tracks[e] > -2 for e in earlier[k])]
        if not ready:
            stuck = min(left)
            return tracks, next(
                end for end in nets[stuck].ends if pins.get(end, stuck) in left - {stuck}
            )
        for k in ready:
            left.discard(k)
            net = nets[k]
            if net.low == net.high:
                tracks[k] = -1
                continue
            least = max((tracks[e] + 1 for e in earlier[k]), default=0)
            tracks[k] = next(_free(taken, net, least))
            taken[tracks[k]].append(net)
    return tracks, None


def _free(taken: list[list[_Net]], net: _Net, least: int) -> Iterator[int]:
    """Tracks on which nothing is in the way, from `least` on."""
    track = least
    while True:
        while len(taken) <= track:
            taken.append([])
        if all(net.high < other.low or other.high < net.low for other in taken[track]):
            yield track
        track += 1
