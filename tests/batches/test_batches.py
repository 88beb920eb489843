"""Rows of a batch are what `eval` gives at each point."""

import itertools
import json
import random
from collections.abc import Mapping, Sequence
from math import inf, isnan, nan, ulp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autodiff_cli.batches import program as programs
from autodiff_cli.batches.engine import Engine
from autodiff_cli.batches.program import Program, compiled_from
from autodiff_cli.batches.results import nowhere, numbers, results, suspect
from autodiff_cli.batches.rows import Block, Examiner, Kind
from autodiff_cli.derivatives.diagnosis import diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.graph.lower import lower
from autodiff_cli.language.parser import parse

FEYNMAN = json.loads((Path(__file__).parents[1] / "data/feynman.json").read_text())["cases"]
ENGINES = [Engine.ARRAYS, Engine.COMPILED]


class Computed:
    """A formula's batch: its results by name, what was found of rows."""

    def __init__(
        self,
        formula: str,
        columns: Mapping[str, Sequence[float]],
        fixed: Mapping[str, float] | None = None,
        order: int = 1,
        engine: Engine = Engine.AUTO,
        allow_nonfinite: bool = False,
    ) -> None:
        known = fixed or {}
        evaluation = nowhere(lower(parse(formula)), [], [], order)
        wanted = results(evaluation)
        arrays = {name: np.array(values, dtype=float) for name, values in columns.items()}
        count = len(next(iter(arrays.values())))
        program = Program(evaluation, wanted, suspect(evaluation), list(columns), known, engine)
        found, look = program.run(arrays, count)
        examiner = Examiner(evaluation, wanted, known, allow_nonfinite)
        lacking = np.zeros(count, dtype=bool)
        self.block: Block = examiner.block(arrays, lacking, str, found, look, 1)
        self.tally = examiner.tally
        self.names = [result.name for result in wanted]

    def __getitem__(self, name: str) -> list[float | None]:
        i = self.names.index(name)
        absent: Any = self.block.absent[i]
        values = self.block.results[i].tolist()
        return (
            values if absent is None else [None if a else v for v, a in zip(values, absent, strict=True)]
        )


def expected(formula: str, point: Mapping[str, float], order: int = 1) -> list[float]:
    """The results of `eval` at a point."""
    evaluation = Evaluation(lower(parse(formula)), point, (), (), order)
    diagnose(evaluation)
    return numbers(evaluation, results(evaluation))


def sampled(case: Mapping[str, Any], count: int) -> dict[str, list[float]]:
    """The points of a case, and others between them."""
    draw = random.Random(case["id"])
    columns = {name: [p["point"][name] for p in case["points"]] for name in case["variables"]}
    for values in columns.values():
        low, high = min(values), max(values)
        values += [draw.uniform(low, high) for _ in range(count)]
    return columns


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", FEYNMAN, ids=lambda case: case["id"])
def test_rows_are_what_eval_gives(case: Mapping[str, Any], engine: Engine) -> None:
    """Each operation is within 2 units of eval's: results differ by a few, more where they cancel."""
    columns = sampled(case, 20)
    found = Computed(case["expr"], columns, engine=engine)
    for row in range(len(columns[case["variables"][0]])):
        point = {name: values[row] for name, values in columns.items()}
        theirs = expected(case["expr"], point)
        scale = max(map(abs, theirs))
        for name, their in zip(found.names, theirs, strict=True):
            mine = found[name][row]
            assert mine is not None
            assert abs(mine - their) <= 64 * ulp(their) or abs(mine - their) <= 1e-15 * scale, (
                name,
                point,
            )


@pytest.mark.parametrize("engine", ENGINES)
def test_second_derivatives_come_once_for_each_pair(engine: Engine) -> None:
    found = Computed("x^2*y", {"x": [1.0, 2.0], "y": [3.0, 5.0]}, order=2, engine=engine)
    assert found.names == ["value", "d.x", "d.y", "h.x.x", "h.x.y", "h.y.y"]
    assert (found["h.x.x"], found["h.x.y"], found["h.y.y"]) == ([6, 10], [2, 4], [0, 0])


def test_derivatives_at_kinks_are_settled_as_by_eval() -> None:
    found = Computed("relu(x) - relu(-x) + abs(y)", {"x": [-1, 0, 2], "y": [1, 0, -1]})
    assert (found["d.x"], found["d.y"]) == ([1, 1, 1], [1, 0, -1])
    assert found.tally.counts == {Kind.MISSING: 0, Kind.FAILED: 0, Kind.KINK: 1}
    assert found.tally.told[Kind.KINK][0].row == 2
    assert "abs(y) has a kink at y = 0" in found.tally.told[Kind.KINK][0].message


def test_equal_derivatives_are_settled_apart() -> None:
    """d.x and d.y are one node, and at a kink of one of them they are told apart."""
    found = Computed("x + y + 0*abs(x) - 0*abs(y)", {"x": [0.0, 1.0], "y": [1.0, 0.0]})
    assert found["d.x"] == [
        expected("x + y + 0*abs(x) - 0*abs(y)", {"x": x, "y": 1 - x})[1] for x in (0, 1)
    ]


def test_derivatives_without_a_number_are_looked_at() -> None:
    """0 times infinity on the way: eval finds the derivative from both sides."""
    found = Computed("sqrt(x)^2 + y", {"x": [0.0, 4.0], "y": [1.0, 1.0]})
    theirs = expected("sqrt(x)^2 + y", {"x": 0.0, "y": 1.0})
    assert [found["value"][0], found["d.x"][0], found["d.y"][0]] == theirs


def test_zeros_of_either_sign_are_looked_at_apart() -> None:
    formula = "atan2(1, 1/x) + abs(x)"
    found = Computed(formula, {"x": [-0.0, 0.0, -0.0]}, allow_nonfinite=True)
    assert found["value"] == [expected(formula, {"x": x})[0] for x in (-0.0, 0.0, -0.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_settled_choice_may_leave_numbers_only(engine: Engine) -> None:
    formula = "erfc(where(1e-8 != 1e-8, x, 0)) + x"
    found = Computed(formula, {"x": [3.0]}, engine=engine)
    assert (found["value"], found["d.x"]) == ([4], [1])


def test_rows_outside_the_domain_have_no_result() -> None:
    found = Computed("log(x) + sqrt(y)", {"x": [1.0, -1.0, 1.0], "y": [4.0, 4.0, 0.0]})
    assert (found["value"], found["d.x"], found["d.y"]) == (
        [2, None, 0],
        [1, None, 1],
        [0.25, None, None],
    )
    assert found.block.bad.tolist() == [False, True, True]
    told = found.tally.told[Kind.FAILED]
    assert [t.row for t in told] == [2, 3]
    assert "log(x) needs x > 0" in told[0].message


def test_what_is_not_finite_can_be_a_result() -> None:
    found = Computed("1/x", {"x": [0.0, 2.0, nan]}, allow_nonfinite=True)
    assert found["value"][:2] == [inf, 0.5]
    assert isnan(found["value"][2] or 0)
    assert found.tally.bad == 0


def test_infinite_powers_are_those_of_eval() -> None:
    found = Computed("x^(-0.5) + y", {"x": [-inf, 4.0], "y": [1.0, 1.0]}, allow_nonfinite=True)
    assert found["value"][0] == expected("x^(-0.5) + y", {"x": -inf, "y": 1.0})[0]


def test_the_more_operations_the_fewer_rows_are_worth_compiling() -> None:
    assert compiled_from(1) > compiled_from(50) > compiled_from(1000) > 150_000


def test_results_do_not_depend_on_how_rows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch to compiled code is at a row, wherever blocks end."""
    switch, count = 80_000, 81_000
    monkeypatch.setattr(programs, "compiled_from", lambda _: switch)
    x = np.random.default_rng(1).uniform(0.1, 3, count)
    text = "exp(-x)*log(x)"
    evaluation = nowhere(lower(parse(text)), [], [], 1)
    wanted = results(evaluation)
    whole, _ = Program(evaluation, wanted, -1, ["x"], {}).run({"x": x}, count)
    program = Program(evaluation, wanted, -1, ["x"], {})
    cuts = [0, 1, 70_000, switch - 3, switch + 5, count]
    parts = [program.run({"x": x[a:b]}, b - a)[0] for a, b in itertools.pairwise(cuts)]
    for i, array in enumerate(whole):
        assert np.array_equal(array, np.concatenate([part[i] for part in parts]))


def test_what_cannot_be_compiled_is_refused_if_it_is_asked_for() -> None:
    with pytest.raises(UsageError, match="no compiled code"):
        Computed("besselj(0, x)", {"x": [1.0]}, engine=Engine.COMPILED)
    assert Computed("besselj(0, x)", {"x": [1.0]})["value"] == [expected("besselj(0, x)", {"x": 1.0})[0]]


def test_infinite_derivatives_are_told_where_they_are_results() -> None:
    found = Computed("sqrt(x)", {"x": [0.0, 4.0]}, allow_nonfinite=True)
    assert found["d.x"] == [inf, 0.25]
    assert found.tally.counts == {Kind.MISSING: 0, Kind.FAILED: 0, Kind.KINK: 1}


def test_rows_that_fail_are_counted_once() -> None:
    """acos has a kink at -1, and no finite derivative."""
    found = Computed("acos(x)", {"x": [-1.0, 0.5]})
    assert found.tally.counts == {Kind.MISSING: 0, Kind.FAILED: 1, Kind.KINK: 0}
