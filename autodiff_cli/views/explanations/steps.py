"""An explanation in words and equations: what each step says, with places for its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from autodiff_cli.derivatives.evaluation import DIRECTION
from autodiff_cli.explanations.explanation import Explanation, Passage, Step, Sweep
from autodiff_cli.explanations.taught_rules import TaughtRule, rule_key, taught_rule
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.views.explanations.equations import (
    DERIVATIVE,
    LOCAL,
    PLAIN,
    VALUE,
    Equation,
    Notation,
    Side,
    Slot,
    Writer,
    product,
    total,
)
from autodiff_cli.views.formula import lengths_over

# What a formula of symbols may have of parts; longer ones are left to the steps before.
_LONGEST = 30

# What a bare result and a direction's step are called, the first name that is free.
_FUNCTIONS = ("f", "F", "result")
_PARAMETERS = ("t", "s", "step")

# Rules that are said better in words; those of formulas leave out what holds for equal operands.
_IN_WORDS = {
    BY_NAME["where"]: "choice: the branch that is taken gets all, the other one nothing",
    BY_NAME["max"]: "choice: the greatest operand gets all; several that are equal get the same share",
    BY_NAME["min"]: "choice: the least operand gets all; several that are equal get the same share",
}

# Words and equations.
Line = Sequence[str | Equation]


class Told(NamedTuple):
    """Lines of a step under a label: what arrives, the rule, the local partials, what is passed on."""

    label: str
    lines: Sequence[Line]


class TextStep(NamedTuple):
    """A step of a pass about a node."""

    node: int
    title: Equation
    told: Sequence[Told]
    notes: Sequence[str]


class Pass(NamedTuple):
    """One way through the graph, and what comes of it.

    `name` is that of the output or the variable; of the pass of values it is empty.
    """

    title: str
    about: Line
    name: str
    steps: Sequence[TextStep]
    answers: Mapping[str, Equation]


def passes(
    explanation: Explanation, notation: Notation = PLAIN, only: Collection[int] = ()
) -> Iterator[Pass]:
    """The pass of values, then those of derivatives: one for each output or variable.

    With `only` there are the steps of these nodes alone, which then tell in full what arrives.
    """
    told = [_Values(explanation, notation).told()]
    kind = _Tangents if explanation.is_forward else _Adjoints
    told += [kind(explanation, notation, sweep, bool(only)).told() for sweep in explanation.sweeps]
    for whole in told:
        steps = [step for step in whole.steps if step.node in only] if only else whole.steps
        yield whole._replace(steps=steps, answers={} if only else whole.answers)


class _Values:
    """The forward pass."""

    def __init__(self, explanation: Explanation, notation: Notation) -> None:
        self._explanation = explanation
        self._has_point = explanation.values is not None
        self._writer = Writer(explanation.graph, explanation.names, notation)

    def told(self) -> Pass:
        """Every node from those before it."""
        what = "values" if self._has_point else "nodes"
        return Pass(
            "Forward pass",
            [f"the {what}, from the inputs to the result"],
            "",
            [self._step(node) for node in self._explanation.nodes],
            {},
        )

    def _step(self, node: int) -> TextStep:
        notes = self._explanation.notes.about_values.get(node, ())
        return TextStep(node, valuation(self._writer, node, self._has_point), [], notes)


def valuation(writer: Writer, node: int, has_point: bool) -> Equation:
    """What a node is: its expression, the same over numbers, and its value."""
    sides: list[Side] = [[writer.name(node)]]
    if writer.graph.arguments[node]:
        sides.append(writer.applied(node))
        substituted = writer.substituted(node)
        if has_point and any(isinstance(piece, Slot) for piece in substituted):
            sides.append(substituted)
    if has_point:
        sides.append([Slot(node, VALUE)])
    return Equation(sides)


class _Derivatives:
    """What the passes of derivatives share: rules, partials, and products of the two."""

    def __init__(
        self, explanation: Explanation, notation: Notation, sweep: Sweep, in_full: bool
    ) -> None:
        self._explanation = explanation
        self._in_full = in_full
        self._rules: dict[object, list[Told]] = {}
        self._derivatives = {step.node: step.derivative for step in sweep.steps}
        self._graph = explanation.graph
        self._has_point = explanation.values is not None
        self._writer = Writer(explanation.graph, explanation.names, notation)
        self._notation = notation
        self._sweep = sweep
        self._last_uses: tuple[int, Counter[int]] = (ABSENT, Counter())

    def total(self, node: int) -> str:
        """The derivative that a step is about."""
        raise NotImplementedError

    def free_name(self, names: Sequence[str]) -> str:
        """The first of some names that nothing in the formula has."""
        taken = {*self._explanation.lowered.named()}
        return next((name for name in names if name not in taken), names[-1] + "_")

    @cached_property
    def _sizes(self) -> Sequence[int]:
        """The lengths of formulas over the names of nodes."""
        return lengths_over(self._graph, self._explanation.names.has)

    def value_of(self, node: int, role: str = DERIVATIVE) -> list[Side]:
        """What a derivative is: a number, or without a point a formula, if that is short."""
        if self._has_point:
            return [[Slot(node, role)]]
        if self._sizes[node] > _LONGEST:
            return []
        return [self._writer.over_nodes(node, self._explanation.names.has)]

    def rule(self, node: int) -> list[Told]:
        """The rule of the node's operator, and what is computed instead where digits ask for it."""
        in_words = _IN_WORDS.get(self._graph.operators[node])
        if in_words is not None:
            return [Told("rule", [[in_words]])]
        key = rule_key(self._graph, node)
        told = self._rules.get(key)
        if told is None:
            told = self._rules[key] = self._rule(taught_rule(self._graph, node))
        return told

    def _rule(self, taught: TaughtRule) -> list[Told]:
        line: list[str | Equation] = [f"{taught.name}: "]
        instead: list[str | Equation] = []
        for position, partial in enumerate(taught.partials):
            line += [", "] * (position > 0)
            line.append(self._taught(taught, partial.letter, partial.root))
            if partial.computed != partial.root:
                instead += [", "] * (len(instead) > 0)
                instead.append(Equation([self._alone(taught, partial.computed)]))
        line += [", and so on"] * taught.is_cut
        if not (instead and self._has_point):
            return [Told("rule", [line])]
        return [Told("rule", [line]), Told("computed", [["as ", *instead, ", which is the same"]])]

    def _alone(self, taught: TaughtRule, root: int) -> Side:
        return self._writer.formula(taught.graph, root, taught.letters.get)

    def _taught(self, taught: TaughtRule, letter: str, root: int) -> Equation:
        function = "".join(map(str, self._alone(taught, taught.function)))
        return Equation([[self._notation.rule(function, letter)], self._alone(taught, root)])

    def partial(self, passage: Passage) -> Line:
        """The local partial along an argument, as a formula and as a number."""
        sides: list[Side] = [[self._local(passage)]]
        if passage.partial == ABSENT:
            sides.append(["0"])
        else:
            sides.append(self._writer.partial(passage.formula, passage.node))
            if self._has_point and passage.formula not in self._graph.constants:
                numbers = self._writer.partial_substituted(passage.formula, passage.node)
                # A number by itself follows anyway, and a formula without names stands there.
                is_more = len(numbers) > 1 and any(isinstance(piece, Slot) for piece in numbers)
                sides += [numbers] if is_more else []
            if self._has_point and not self._is_number(passage.formula):
                sides.append([Slot(passage.partial, LOCAL)])
        return [Equation(sides), *self._which(passage)]

    def _is_number(self, node: int) -> bool:
        """Whether a node is a constant that is written as a number."""
        return node in self._graph.constants and not isinstance(self._graph.meanings.get(node), str)

    def _local(self, passage: Passage) -> str:
        return self._writer.local(passage.node, passage.argument)

    def _which(self, passage: Passage) -> list[str]:
        """Which operand an argument is, where it is more than one."""
        if self._uses(passage.node)[passage.argument] == 1:
            return []
        return [f"   as operand {passage.position + 1}"]

    def _uses(self, node: int) -> Counter[int]:
        """How often a node has each of its arguments."""
        if self._last_uses[0] != node:
            self._last_uses = node, Counter(self._graph.arguments[node])
        return self._last_uses[1]

    def chain(self, passage: Passage, outer: int) -> Side:
        """A derivative times a local partial, in symbols."""
        factors = (self.total(outer), self._local(passage))
        return [
            self._notation.times.join(factors if not self._explanation.is_forward else factors[::-1])
        ]

    def chain_substituted(self, passage: Passage, derivative: int) -> list[Side]:
        """The same in numbers."""
        if not self._has_point:
            return []
        slots = (Slot(derivative, DERIVATIVE), Slot(passage.partial, LOCAL))
        return [product(self._notation, *(slots if not self._explanation.is_forward else slots[::-1]))]

    def settled(self, step: Step) -> list[Told]:
        """The derivative where it is not taken from the sweep."""
        if step.settled == ABSENT:
            return []
        equation = Equation([[self.total(step.node)], *self.value_of(step.settled)])
        return [Told("limit", [["beside the point the derivative is ", equation, ", which is used"]])]

    def notes(self, step: Step) -> list[str]:
        """The notes about a step."""
        return list(self._explanation.notes.about_derivatives.get(step.node, ()))


class _Adjoints(_Derivatives):
    """A backward pass, from an output."""

    def __init__(
        self, explanation: Explanation, notation: Notation, sweep: Sweep, in_full: bool
    ) -> None:
        super().__init__(explanation, notation, sweep, in_full)
        self._of = notation.name(sweep.name or self.free_name(_FUNCTIONS))
        self._ways = Counter(
            passage.argument
            for step in sweep.steps
            for passage in step.departures
            if passage.passed != ABSENT and not passage.is_shut
        )

    def total(self, node: int) -> str:
        return self._notation.total(self._of, self._writer.name(node))

    def told(self) -> Pass:
        """The steps from the output to what the derivatives are along."""
        output = self._writer.name(self._sweep.node)
        is_alias = output != self._of
        alias = Equation([[self._of], [output]] if is_alias else [[output]])
        steps = [self._step(step) for step in self._sweep.steps if self._has_news(step)]
        return Pass(
            "Backward pass",
            ["the derivatives of ", alias, ", from it back to the inputs"],
            self._sweep.name,
            steps,
            {
                name: Equation([[self._notation.total(self._of, self._notation.name(name))], *sides])
                for name, node in self._sweep.answers.items()
                if (sides := [["0"]] if node == ABSENT else self.value_of(node))
            },
        )

    def _has_news(self, step: Step) -> bool:
        """Whether more is to be said than the step before has said."""
        is_told = self._in_full or step.settled != ABSENT or bool(self.notes(step))
        return is_told or bool(step.departures) or len(step.arrivals) > 1 or self._is_last(step)

    def _is_last(self, step: Step) -> bool:
        return step.node == self._sweep.node

    def _step(self, step: Step) -> TextStep:
        told = [Told("arrives", [self._arrival(step)])]
        if step.departures:
            told += [
                *self.rule(step.node),
                Told("local", [self.partial(passage) for passage in step.departures]),
                Told("passes on", [self._departure(step, passage) for passage in step.departures]),
            ]
        told += self.settled(step)
        return TextStep(step.node, valuation(self._writer, step.node, False), told, self.notes(step))

    def _arrival(self, step: Step) -> Line:
        head: Side = [self.total(step.node)]
        if self._is_last(step):
            return [Equation([head, ["1"]])]
        sides: list[Side] = [head]
        if len(step.arrivals) > 1 or (self._in_full and step.arrivals):
            sides.append(total([self.chain(passage, passage.node) for passage in step.arrivals]))
            sides += self._arrived(step)
        return [Equation([*sides, *self.value_of(step.derivative)])]

    def _arrived(self, step: Step) -> list[Side]:
        """What has arrived at a node, in numbers: as products, unless these were told before."""
        if not self._has_point:
            return []
        if not self._in_full:
            return [total([[Slot(passage.passed, DERIVATIVE)] for passage in step.arrivals])]
        products = [self.chain_substituted(p, self._derivatives[p.node])[0] for p in step.arrivals]
        return [total(products)]

    def _departure(self, step: Step, passage: Passage) -> Line:
        name = Equation([[self._writer.name(passage.argument)]])
        if passage.passed == ABSENT:
            return ["nothing to ", name]
        if passage.is_shut:
            return ["nothing to ", name, ": at this point the choice is another"]
        sides: list[Side] = [
            self.chain(passage, step.node),
            *self.chain_substituted(passage, step.derivative),
            *self.value_of(passage.passed),
        ]
        ways = self._ways[passage.argument]
        if ways == 1:
            return [Equation([[self.total(passage.argument)], *sides])]
        return [Equation(sides), f"   one of {ways} ways to ", name]


class _Tangents(_Derivatives):
    """A forward pass of derivatives, along a variable or a direction."""

    def __init__(
        self, explanation: Explanation, notation: Notation, sweep: Sweep, in_full: bool
    ) -> None:
        super().__init__(explanation, notation, sweep, in_full)
        self._is_direction = sweep.node == DIRECTION
        name = self.free_name(_PARAMETERS) if self._is_direction else sweep.name
        self._along = notation.name(name)

    def total(self, node: int) -> str:
        return self._notation.total(self._writer.name(node), self._along)

    def told(self) -> Pass:
        """The steps from what moves to the outputs."""
        along = f"a step {self._along} in the direction" if self._is_direction else self._along
        about: Line = [f"the derivatives along {along}, from the inputs to the result"]
        outputs = self._explanation.outputs
        answers = {
            name: Equation([[self.total(outputs[name])], *sides])
            for name, node in self._sweep.answers.items()
            if (sides := [["0"]] if node == ABSENT else self.value_of(node))
        }
        steps = [self._step(step) for step in self._sweep.steps]
        return Pass("Tangents", about, self._sweep.name, steps, answers)

    def _step(self, step: Step) -> TextStep:
        title = valuation(self._writer, step.node, False)
        head: Side = [self.total(step.node)]
        if not step.arrivals:
            told = [Told("moves", [[Equation([head, *self.value_of(step.derivative)])]])]
            return TextStep(step.node, title, told, self.notes(step))
        told = [
            *self.rule(step.node),
            Told("local", [self.partial(passage) for passage in step.arrivals]),
            Told("tangent", [[self._tangent(head, step)]]),
        ]
        told += self.settled(step)
        return TextStep(step.node, title, told, self.notes(step))

    def _tangent(self, head: Side, step: Step) -> Equation:
        sides = [head, total([self.chain(passage, passage.argument) for passage in step.arrivals])]
        if self._has_point:
            terms = [
                self.chain_substituted(passage, self._derivatives[passage.argument])[0]
                for passage in step.arrivals
            ]
            sides.append(total(terms))
        return Equation([*sides, *self.value_of(step.derivative)])
