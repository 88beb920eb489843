"""The forms of the language as nodes: sums term by term, derivatives by the reverse sweep.

A sum is the graph of its terms written out, and equal terms are made once. A derivative is
ordinary nodes. Where a function derives along its own parameters, these must be told apart
even when one value is passed for several: its body is lowered over unnamed leaves, and each
call gets a copy with the arguments in their place.
"""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.forms import Forms, Loop
from autodiff_cli.graph.lower import Frame, Lowering
from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.reverse import ABSENT, derivative
from autodiff_cli.graph.rewrite import folded, simplified
from autodiff_cli.language.notation import number_text
from autodiff_cli.language.syntax import Kind, Statement

# Beyond, not every whole number is a float64.
_LARGEST_INDEX = 2**53


class Unfolding:
    """What lowering does at a form, and at a call of a function with a derivative in its body."""

    def __init__(self, lowering: Lowering, forms: Forms) -> None:
        self.lowering = lowering
        self.forms = forms
        self.templates: dict[tuple[str, tuple[int, ...]], Template] = {}
        self._constants = _Constants(lowering.graph)
        self._leaves: dict[tuple[str, str], int] = {}
        self._derivatives: dict[tuple[int, int], int] = {}

    def is_form(self, call: int) -> bool:
        """Whether a call in the text is a form, and no function's."""
        return call in self.forms.loops or call in self.forms.derivatives

    def form(self, frame: Frame, call: int) -> Frame | int:
        """The node of a form; or first the frame of its body."""
        loop = self.forms.loops.get(call)
        return self._derivative(frame, call) if loop is None else self._loop(frame, loop)

    # -- Sums and products ---------------------------------------------------------------------

    def _loop(self, frame: Frame, loop: Loop) -> Frame | int:
        low, high = (self._bound(frame, loop, end) for end in (loop.low, loop.high))
        count = high - low + 1
        if count <= 0:
            return self.lowering.graph.constant(loop.empty)
        steps = len(loop.plan) + count * (1 + len(loop.again))
        self.lowering.spend(steps, loop.call)
        for end, index in ((loop.low, low), (loop.high, high)):
            if abs(index) > _LARGEST_INDEX:
                message = "an index this large is not exact in float64"
                raise self.lowering.error(message, end, "whole numbers are, up to 2^53")
        return _LoopFrame(self.lowering, frame, loop, range(low, high + 1))

    def _bound(self, frame: Frame, loop: Loop, end: int) -> int:
        """A bound of a loop, which must be a constant whole number."""
        side = "lower" if end == loop.low else "upper"
        what = "sum" if self.lowering.tree.labels[loop.call] == "sum" else "product"
        said = f"the {side} bound of a {what}"
        return self._whole(frame, end, frame.node(end), said, "n = 10; sum(i, 1, n, x^i)")

    def _whole(self, frame: Frame, source: int, node: int, what: str, example: str) -> int:
        """The value of a constant expression; raises FormulaError where it is no whole number."""
        tree = self.lowering.tree
        value = self._constants.value(node)
        if value is None:
            message = f"{what} is a constant, and this depends on {self._dependence(frame, source)}"
            hint = f"it needs a value in the formula itself: {example}"
            raise self.lowering.error(message, source, hint)
        # 2.0000000000000000001 is none, though its float64 is.
        is_other = node in self.lowering.graph.meanings and abs(value) <= _LARGEST_INDEX
        if not value.is_integer() or is_other:
            start, end = tree.span(source)
            is_number = tree.kinds[source] is Kind.NUMBER
            said = tree.text[start:end] if is_number else number_text(value)
            hint = "write a whole number" if is_number else "round it: floor(...) or round(...)"
            hint = hint if isfinite(value) else "it must be finite"
            raise self.lowering.error(f"{what} is a whole number, not {said}", source, hint)
        return int(value)

    def _dependence(self, frame: Frame, source: int) -> str:
        """The first name in an expression that stands for no constant."""
        tree = self.lowering.tree
        first = source
        while tree.children[first]:
            first = tree.children[first][0]
        no_values = self.forms.bound | self.forms.along
        for node in range(first, source + 1):
            if tree.kinds[node] is Kind.NAME and node not in no_values:
                meant = self.lowering.named(frame, node)
                if meant >= 0 and self._constants.value(meant) is None:
                    return tree.labels[node]
        return "a variable"

    # -- Derivatives ---------------------------------------------------------------------------

    def _derivative(self, frame: Frame, call: int) -> int:
        of, *items = self.lowering.tree.children[call]
        node = frame.node(of)
        for along, order in self._steps(frame, items):
            self.lowering.spend(order, call)
            for _ in range(order):
                if node in self.lowering.graph.constants:
                    return self.lowering.graph.constant(0.0)
                node = self._derived(node, along)
                self.lowering.note(call)
        return node

    def _derived(self, node: int, along: int) -> int:
        found = self._derivatives.get((node, along))
        if found is None:
            found = derivative(self.lowering.graph, node, along)
            if found == ABSENT:
                found = self.lowering.graph.constant(0.0)
            self._derivatives[node, along] = found
        return found

    def _steps(self, frame: Frame, items: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The nodes that a derivative is along, one after another, each with how often.

        Behind a name an order may stand: a constant expression, or the name of a constant.
        """
        along = -1
        for item in items:
            is_name = item in self.forms.along
            node = self.lowering.named(frame, item) if is_name else frame.node(item)
            is_constant = self._constants.value(node) is not None
            if along >= 0 and (is_constant or not is_name):
                yield along, self._order(frame, item, node)
                along = -1
                continue
            if along >= 0:
                yield along, 1
            if is_constant:
                raise self._along_a_constant(item)
            along = node
        if along >= 0:
            yield along, 1

    def _order(self, frame: Frame, item: int, node: int) -> int:
        what = "the order of a derivative"
        order = self._whole(frame, item, node, what, "n = 2; diff(f, x, n)")
        if order < 0:
            raise self.lowering.error(f"{what} is not negative", item, "diff(f, x, 0) is f itself")
        return order

    def _along_a_constant(self, item: int) -> Exception:
        name = self.lowering.tree.labels[item]
        hint = f"leave the definition of {name} out, and it is a variable"
        if item in self.forms.bound:
            hint = f"{name} is the index of a sum or a product, a number in each term"
        message = f"{name} is a constant, and there is no derivative along it"
        return self.lowering.error(message, item, hint)

    # -- Functions with a derivative in their bodies --------------------------------------------

    def call(self, statement: Statement, arguments: tuple[int, ...]) -> Frame | int:
        """The result of a call; or first the frame of the function's body."""
        key = (statement.name, tuple(self._fixed(statement, arguments)))
        template = self.templates.get(key)
        if template is None:
            return self._template_frame(statement, arguments, key)
        return self.copy(template, arguments)

    def _fixed(self, statement: Statement, arguments: tuple[int, ...]) -> Iterator[int]:
        """The arguments that may stand in the body as they are: constants not derived along."""
        along = self.forms.along_parameters[statement.name]
        for parameter, argument in zip(statement.parameters, arguments, strict=True):
            is_fixed = parameter not in along and self._constants.value(argument) is not None
            yield argument if is_fixed else -1

    def _template_frame(
        self, statement: Statement, arguments: tuple[int, ...], key: "tuple[str, tuple[int, ...]]"
    ) -> Frame:
        leaves = tuple(
            self._leaf(statement.name, parameter) if fixed < 0 else fixed
            for parameter, fixed in zip(statement.parameters, key[1], strict=True)
        )
        return _TemplateFrame(self, statement, arguments, key, leaves)

    def _leaf(self, function: str, parameter: str) -> int:
        """The unnamed leaf of a function's parameter."""
        leaf = self._leaves.get((function, parameter))
        if leaf is None:
            leaf = self._leaves[function, parameter] = self.lowering.graph.unnamed()
        return leaf

    def copy(self, template: "Template", arguments: tuple[int, ...]) -> int:
        """A function's body with the arguments in place of its leaves."""
        lowering, graph = self.lowering, self.lowering.graph
        copies = dict(zip(template.leaves, arguments, strict=True))
        for node in template.nodes:
            if node in copies:
                continue
            operator = graph.operators[node]
            operands = tuple([copies.get(a, a) for a in graph.arguments[node]])
            # What is written stays as it is, also where a derivative would have been simplified.
            derived = lowering.sources[node] in self.forms.derivatives
            copies[node] = (simplified if derived else folded)(graph, operator, operands)
            lowering.note(lowering.sources[node])
        result = copies.get(template.root, template.root)
        lowering.results[template.function, arguments] = result
        return result


class Template(NamedTuple):
    """A function's body over `leaves` in place of its parameters; `nodes` depend on them."""

    function: str
    leaves: tuple[int, ...]
    nodes: list[int]
    root: int


class _LoopFrame(Frame):
    """The body of a sum or a product, lowered for one index after another."""

    __slots__ = ("_indices", "_loop", "_lowering", "_total")

    def __init__(self, lowering: Lowering, outer: Frame, loop: Loop, indices: range) -> None:
        super().__init__(loop.high + 1, loop.body, loop.plan, {**outer.bindings})
        self._lowering = lowering
        self._loop = loop
        self._indices = iter(indices)
        self._total = -1
        self._bind(next(self._indices))

    def _bind(self, index: int) -> None:
        graph = self._lowering.graph
        self.bindings[self._loop.name] = graph.constant(float(index))
        self._lowering.note(self._loop.call)

    def result(self) -> int | None:
        """The sum of the terms, once there are no more."""
        term = self.nodes[-1]
        operator: Operator = self._loop.operator
        first = self._total < 0
        self._total = term if first else folded(self._lowering.graph, operator, (self._total, term))
        self._lowering.note(self._loop.call)
        index = next(self._indices, None)
        if index is None:
            return self._total
        self._bind(index)
        self.steps = iter(self._loop.again)
        return None


class _TemplateFrame(Frame):
    """The body of a function over unnamed leaves, for the call that needs it first."""

    __slots__ = ("_arguments", "_key", "_leaves", "_unfolding")

    def __init__(
        self,
        unfolding: Unfolding,
        statement: Statement,
        arguments: tuple[int, ...],
        key: tuple[str, tuple[int, ...]],
        leaves: tuple[int, ...],
    ) -> None:
        plan = unfolding.forms.plans[statement.root]
        bindings = dict(zip(statement.parameters, leaves, strict=True))
        super().__init__(statement.first, statement.root, plan, bindings)
        self._unfolding = unfolding
        self._arguments = arguments
        self._key = key
        self._leaves = leaves

    def result(self) -> int:
        """The value of the call."""
        root = self.nodes[-1]
        open_leaves = [leaf for leaf, fixed in zip(self._leaves, self._key[1], strict=True) if fixed < 0]
        nodes = self._unfolding.lowering.graph.between(open_leaves, root)
        template = Template(self._key[0], self._leaves, nodes, root)
        self._unfolding.templates[self._key] = template
        return self._unfolding.copy(template, self._arguments)


class _Constants:
    """The values of the nodes below which there is no variable, found as the graph grows."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._values: list[float | None] = []

    def value(self, node: int) -> float | None:
        """The value of a constant expression; None where a variable is below."""
        if node in self._graph.constants:
            return self._graph.constants[node]
        graph, values = self._graph, self._values
        for new in range(len(values), node + 1):
            operands = [values[argument] for argument in graph.arguments[new]]
            known = [operand for operand in operands if operand is not None]
            if not operands or len(known) < len(operands):
                values.append(graph.constants.get(new))
            else:
                values.append(graph.operators[new].floats(*known))
        return values[node]
