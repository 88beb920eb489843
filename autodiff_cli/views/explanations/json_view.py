"""An explanation as JSON: each step with its numbers, and what is said of it as lines of text."""

import json
from collections.abc import Iterable, Iterator, Mapping

from autodiff_cli.explanations.explanation import Explanation, Passage, Step, Sweep
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.explanations.equations import PLAIN, Writer
from autodiff_cli.views.explanations.steps import Pass, TextStep
from autodiff_cli.views.explanations.text import (
    Numbers,
    equation_text,
    exact_numbers,
    side_text,
    step_lines,
)
from autodiff_cli.views.json_view import json_number

EXPLAIN_SCHEMA = "autodiff.explain/1"

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def explanation_json(explanation: Explanation, passes: Iterable[Pass]) -> Iterator[str]:
    """The passes, with one step a line; nodes by the numbers that `eval --json` gives them."""
    view = _View(explanation)
    tree = explanation.lowered.tree
    yield from _members(
        {
            "schema": EXPLAIN_SCHEMA,
            "expression": tree.text,
            "parsed": canonical(tree),
            "mode": "forward" if explanation.is_forward else "reverse",
        }
    )
    values, *derivatives = passes
    yield ',\n "values": ['
    yield from _lines(view.valued(step) for step in values.steps)
    yield '],\n "sweeps": ['
    for position, (told, sweep) in enumerate(zip(derivatives, explanation.sweeps, strict=True)):
        yield ",\n  {" if position else "\n  {"
        yield f'"name": {_text(told.name)}, "derivatives": {_text(view.answers(sweep))}, '
        yield f'"equations": {_text(view.equations(told))}, "steps": ['
        steps = {step.node: step for step in sweep.steps}
        yield from _lines(view.swept(step, steps[step.node]) for step in told.steps)
        yield "]}"
    yield f'],\n "notes": {_text(explanation.notes.remarks)}}}\n'


def _members(members: Mapping[str, object]) -> Iterator[str]:
    """The first members of an object that goes on."""
    yield "{" + ",\n ".join(f"{_text(key)}: {_text(value)}" for key, value in members.items())


def _lines(objects: Iterable[Mapping[str, object]]) -> Iterator[str]:
    for position, found in enumerate(objects):
        yield (",\n   " if position else "\n   ") + _text(found)


class _View:
    """Writes the steps of one explanation."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation
        graph = explanation.graph
        nodes = graph.reachable(explanation.outputs.values())
        self._ids = {node: position for position, node in enumerate(nodes)}
        self._writer = Writer(graph, explanation.names, PLAIN)
        self._numbers: Numbers = exact_numbers(explanation)

    def valued(self, step: TextStep) -> dict[str, object]:
        """A step of the pass of values."""
        return self._step(step) | {"value": self._number(step.node), **self._told(step)}

    def swept(self, told: TextStep, step: Step) -> dict[str, object]:
        """A step of a sweep."""
        limit = {} if step.settled == ABSENT else {"limit": self._number(step.settled)}
        return {
            **self._step(told),
            "derivative": self._number(step.derivative),
            **limit,
            "arrivals": [self._passage(passage) for passage in step.arrivals],
            "departures": [self._passage(passage) for passage in step.departures],
            **self._told(told),
        }

    def answers(self, sweep: Sweep) -> dict[str, object]:
        """The derivatives that a sweep is made for."""
        numbers = {name: self._number(node) for name, node in sweep.answers.items()}
        # A zero has no sign, as in the gradient of `eval`.
        return {name: 0.0 if number == 0 else number for name, number in numbers.items()}

    def equations(self, told: Pass) -> dict[str, str]:
        """The same as text, which without a point is all there is."""
        return {name: equation_text(answer, self._numbers) for name, answer in told.answers.items()}

    def _step(self, step: TextStep) -> dict[str, object]:
        return {"node": self._ids[step.node], "name": self._explanation.names[step.node]}

    def _told(self, step: TextStep) -> dict[str, object]:
        return {"text": list(step_lines(step, self._numbers)), "notes": list(step.notes)}

    def _passage(self, passage: Passage) -> dict[str, object]:
        is_absent = passage.partial == ABSENT
        formula = (
            "0"
            if is_absent
            else side_text(self._writer.partial(passage.formula, passage.node), self._numbers)
        )
        return {
            "node": self._ids[passage.node],
            "argument": self._ids[passage.argument],
            "position": passage.position,
            "formula": formula,
            "partial": self._number(passage.partial),
            "passed": None if passage.passed == ABSENT else self._number(passage.passed),
        }

    def _number(self, node: int) -> object:
        values = self._explanation.values
        return None if values is None else json_number(0.0 if node == ABSENT else values[node])
