"""From the syntax tree to the graph: names resolved, definitions in order, functions inlined."""

from array import array
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.errors import FormulaError, Span
from autodiff_cli.graph.arena import Graph, Meaning
from autodiff_cli.graph.definitions import in_order, output_of, statements_by_name
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rewrite import folded
from autodiff_cli.language.notation import COMPARISON_SIGNS
from autodiff_cli.language.syntax import FORMS, Form, Kind, Statement, SyntaxTree
from autodiff_cli.numbers import decimals, floats

if TYPE_CHECKING:
    from autodiff_cli.graph.unfold import Unfolding

RESERVED = {
    "pi": 3.141592653589793,
    "π": 3.141592653589793,
    "e": 2.718281828459045,
    "tau": 6.283185307179586,
    "inf": floats.INFINITY,
    "nan": floats.NAN,
}

# The reserved constants that are no float64, by the names of what they are.
_MEANINGS = {"pi": "pi", "π": "pi", "e": "e", "tau": "tau"}

# Python turns no longer text into a whole number; a longer one stays text.
_LONGEST_NUMBER = 4000

# Nodes of a graph; functions of functions can grow without bound in a short text.
MOST_OPERATIONS = 2_000_000

_AND = BY_NAME["and"]


class Part(NamedTuple):
    """What a statement, a call of the user's function or a form has made: nodes `first` to `end`.

    `end` itself is not among them. Parts lie inside each other or apart, and what is made later
    depends on a part, never a part on it. `source` is the syntax node of the call or the form, or the
    root of the statement.
    """

    source: int
    is_statement: bool
    first: int
    end: int


class Lowered(NamedTuple):
    """A formula as a graph.

    `output` is the node and `output_name` the name of what the formula computes; the name
    is empty for a bare expression. `sources[n]` is the syntax node that made node n first;
    nodes that a sweep has added have none. `parts` are those of more than one node, inner ones
    before those around them.
    """

    tree: SyntaxTree
    graph: Graph
    output: int
    output_name: str
    definitions: dict[str, int]
    sources: "array[int]"
    parts: list[Part]

    def span(self, node: int) -> Span | None:
        """Where the text of a node stands."""
        return self.tree.span(self.sources[node]) if node < len(self.sources) else None

    def named(self) -> dict[str, int]:
        """The nodes of definitions and variables, by name."""
        return {**self.definitions, **self.graph.variables}

    def meant(self, variable: str) -> str | None:
        """A hint for a variable that was probably not meant as one."""
        from autodiff_cli.graph.suggest import meant_call

        own = [s.name for s in self.tree.statements if s.form is Form.FUNCTION]
        return meant_call(variable, own, self.graph.variables)


def lower(
    tree: SyntaxTree, shadowed: Collection[str] = (), most_operations: int = MOST_OPERATIONS
) -> Lowered:
    """The graph of a formula.

    Variables come first in it, in the order of the text. `shadowed` are reserved constants
    that are variables this time. Raises FormulaError for unknown functions, wrong numbers
    of arguments, names defined twice or by themselves, when there is nothing to compute, and
    for more than `most_operations`.
    """
    statements = statements_by_name(tree)
    output = output_of(tree)
    lowering = Lowering(tree, statements, shadowed, most_operations)
    lowering.declare_names()
    ordered = in_order(tree, statements, lowering.bound)
    if any(statement.form is Form.FUNCTION for statement in ordered):
        lowering.check_growth(ordered)
    for statement in ordered:
        if statement.form is Form.FUNCTION:
            lowering.check_calls(statement)
        else:
            lowering.definitions[statement.name] = lowering.run(statement)
    node = lowering.definitions[output.name]
    definitions = {name: node for name, node in lowering.definitions.items() if name}
    return Lowered(
        tree, lowering.graph, node, output.name, definitions, lowering.sources, lowering.parts
    )


class Frame:
    """A part of the text being lowered: a statement, or what a call or a form opens.

    It is the syntax nodes from `first` to `root`; `steps` are those still to be lowered, in order.
    `nodes` are the graph's nodes of those done, by their distance from the first, and `bindings`
    those of the parameters and indices that have a meaning here. `begun` is the first node of the
    graph that is made for it.
    """

    __slots__ = ("begun", "bindings", "first", "nodes", "steps", "waiting")

    def __init__(self, first: int, root: int, plan: Iterable[int], bindings: dict[str, int]) -> None:
        self.first = first
        self.nodes = [-1] * (root + 1 - first)
        self.steps = iter(plan)
        self.bindings = bindings
        self.waiting = first
        self.begun = 0

    def node(self, source: int) -> int:
        """The graph's node of a syntax node that is done."""
        return self.nodes[source - self.first]

    def result(self) -> int | None:
        """The node of the whole, at the end of the steps; None if there are more of them."""
        return self.nodes[-1]


class _CallFrame(Frame):
    """The body of a function for a call, the result of which is kept."""

    __slots__ = ("_key", "_results")

    def __init__(self, lowering: "Lowering", statement: Statement, arguments: tuple[int, ...]) -> None:
        bindings = dict(zip(statement.parameters, arguments, strict=True))
        super().__init__(statement.first, statement.root, lowering.plan(statement), bindings)
        self._results = lowering.results
        self._key = (statement.name, arguments)

    def result(self) -> int:
        node = self._results[self._key] = self.nodes[-1]
        return node


class Lowering:
    """Walks statements from front to back; calls of the user's functions and forms open frames."""

    def __init__(
        self,
        tree: SyntaxTree,
        statements: dict[str, Statement],
        shadowed: Collection[str],
        most_operations: int,
    ) -> None:
        self.tree = tree
        self.statements = statements
        self.shadowed = shadowed
        self.most_operations = most_operations
        self.graph = Graph()
        self.definitions: dict[str, int] = {}
        self.sources = array("q")
        self.parts: list[Part] = []
        self.results: dict[tuple[str, tuple[int, ...]], int] = {}
        self._numbers: dict[str, int] = {}
        self._spent = 0
        self._unfolding = None if FORMS.keys().isdisjoint(tree.labels) else self._forms_unfolding()

    def _forms_unfolding(self) -> "Unfolding":
        """What knows the forms; loaded only for a formula that has some."""
        from autodiff_cli.graph.forms import Forms
        from autodiff_cli.graph.unfold import Unfolding

        return Unfolding(self, Forms(self.tree, self.statements))

    @property
    def bound(self) -> Collection[int]:
        """The syntax nodes of names that a form binds."""
        return self._unfolding.forms.bound if self._unfolding is not None else ()

    def declare_names(self) -> None:
        """Variables become the first nodes, in the order of the text; forms look for their names."""
        kinds, labels = self.tree.kinds, self.tree.labels
        forms = self._unfolding.forms if self._unfolding is not None else None
        elsewhere = forms.bound | forms.along if forms is not None else ()
        for statement in self.tree.statements:
            seen = set(statement.parameters)
            for source in range(statement.first, statement.root + 1):
                if kinds[source] is Kind.NAME and labels[source] not in seen:
                    if source in elsewhere:
                        continue
                    seen.add(labels[source])
                    self._name(labels[source])
                    self.note(source)
        if forms is not None:
            forms.check(self.graph.variables, RESERVED.keys() - set(self.shadowed))

    def run(self, statement: Statement) -> int:
        """The node of a statement's expression."""
        frames = [Frame(statement.first, statement.root, self.plan(statement), {})]
        frames[0].begun = len(self.graph)
        while True:
            frame = frames[-1]
            opened = self._advance(frame)
            if opened is not None:
                opened.begun = len(self.graph)
                frames.append(opened)
                continue
            node = frame.result()
            if node is None:
                continue
            frames.pop()
            if not frames:
                self._end_part(statement.root, frame.begun, is_statement=True)
                return node
            self._end_part(frames[-1].waiting, frame.begun)
            frames[-1].nodes[frames[-1].waiting - frames[-1].first] = node

    def plan(self, statement: Statement) -> Iterable[int]:
        """The syntax nodes of a statement that are to be lowered, in order."""
        everything = range(statement.first, statement.root + 1)
        forms = self._unfolding.forms if self._unfolding is not None else None
        return everything if forms is None else forms.plans.get(statement.root, everything)

    def _advance(self, frame: Frame) -> Frame | None:
        """Lower up to the end, or up to what must be lowered first: its frame."""
        tree, nodes, first = self.tree, frame.nodes, frame.first
        kinds, labels, children = tree.kinds, tree.labels, tree.children
        operators, sources, bindings = self.graph.operators, self.sources, frame.bindings
        for source in frame.steps:
            kind = kinds[source]
            if kind is Kind.CALL:
                arguments = tuple([nodes[child - first] for child in children[source]])
                operator = BY_NAME.get(labels[source])
                if operator is not None:
                    node = self._apply(source, operator, arguments)
                else:
                    node = self._open(frame, source, arguments)
                    if isinstance(node, Frame):
                        frame.waiting = source
                        return node
            elif kind is Kind.NAME:
                node = bindings.get(labels[source])
                if node is None:
                    node = self._name(labels[source])
            elif kind is Kind.NUMBER:
                node = self._numbers.get(labels[source])
                if node is None:
                    node = self._number(source)
            else:
                node = self._comparison(source, [nodes[child - first] for child in children[source]])
            nodes[source - first] = node
            if len(operators) != len(sources):
                self.note(source)
        return None

    def note(self, source: int) -> None:
        """Write down that the nodes made since the last note come from `source`."""
        count = len(self.graph)
        self.sources.extend([source] * (count - len(self.sources)))
        if count > self.most_operations:
            raise self._too_many(source)

    def check_growth(self, ordered: list[Statement]) -> None:
        """Refuse what is sure to grow too large, without expanding it."""
        from autodiff_cli.graph.growth import Chains

        forms = self._unfolding.forms if self._unfolding is not None else None
        chains = Chains(self.tree, RESERVED.keys() - self.shadowed, forms)
        for statement in ordered:
            if chains.add(statement, self.plan(statement)) > self.most_operations:
                raise self._too_many(statement.root)

    def check_calls(self, statement: Statement) -> None:
        """Look at the calls in a function's body, whether or not it is ever used."""
        for source in range(statement.first, statement.root + 1):
            if self.tree.kinds[source] is Kind.CALL:
                operator = BY_NAME.get(self.tree.labels[source])
                if operator is not None:
                    self._check_count(source, operator)
                elif self._unfolding is None or not self._unfolding.is_form(source):
                    self._called(source)

    def _apply(self, source: int, operator: Operator, arguments: tuple[int, ...]) -> int:
        if len(arguments) != len(operator.parameters):
            self._check_count(source, operator)
        return folded(self.graph, operator, arguments)

    def _check_count(self, source: int, operator: Operator) -> None:
        given, needed = len(self.tree.children[source]), len(operator.parameters)
        if operator.variadic and not given:
            message, hint = "takes at least one argument", f"usage: {operator.name}(a, b, ...)"
            raise self.error(f"{operator.name} {message}", source, hint)
        if given != needed and not operator.variadic:
            raise self._wrong_count(source, operator.name, operator.parameters)

    def _open(self, frame: Frame, source: int, arguments: tuple[int, ...]) -> Frame | int:
        """The node of a form or of a call of a user's function; or first the frame of its body."""
        unfolding, begun = self._unfolding, len(self.graph)
        if unfolding is not None and unfolding.is_form(source):
            return self._ended(unfolding.form(frame, source), source, begun)
        node = self.results.get((self.tree.labels[source], arguments))
        if node is not None:
            return node
        statement = self._called(source)
        self.spend(1, source)  # a call of constants may make no node, and takes its time
        if unfolding is not None and statement.name in unfolding.forms.along_parameters:
            return self._ended(unfolding.call(statement, arguments), source, begun)
        return _CallFrame(self, statement, arguments)

    def _ended(self, opened: Frame | int, source: int, begun: int) -> Frame | int:
        """A form or a call: if it needs no frame, a part ends here."""
        if isinstance(opened, int):
            self._end_part(source, begun)
        return opened

    def _end_part(self, source: int, begun: int, is_statement: bool = False) -> None:
        end = len(self.graph)
        if end > begun + 1:
            self.parts.append(Part(source, is_statement, begun, end))

    def spend(self, steps: int, source: int) -> None:
        """Count steps to come, of which some make no node; raises FormulaError for too many."""
        self._spent += steps
        if self._spent > self.most_operations:
            raise self._too_many(source)

    def _too_many(self, source: int) -> FormulaError:
        message = f"the formula has more than {self.most_operations:,} operations"
        return self.error(message, source, "--max-operations allows more")

    def _called(self, source: int) -> Statement:
        """The user's function that a call means."""
        name = self.tree.labels[source]
        statement = self.statements.get(name)
        if statement is None or statement.form is not Form.FUNCTION:
            raise self._unknown_function(source, name)
        if len(self.tree.children[source]) != len(statement.parameters):
            raise self._wrong_count(source, name, statement.parameters)
        return statement

    def named(self, frame: Frame, source: int) -> int:
        """The node that a name stands for inside a frame."""
        name = self.tree.labels[source]
        node = frame.bindings.get(name)
        return self._name(name) if node is None else node

    def _name(self, name: str) -> int:
        node = self.definitions.get(name)
        if node is not None:
            return node
        statement = self.statements.get(name)
        if statement is not None and statement.form is Form.DEFINITION:
            return -1  # declared ahead of its definition; not a variable
        if name in RESERVED and name not in self.shadowed:
            return self.graph.constant(RESERVED[name], _MEANINGS.get(name))
        return self.graph.variable(name)

    def _number(self, source: int) -> int:
        """The node of a number; it keeps what is written where that is no float64."""
        label = self.tree.labels[source]
        value = float(label)
        if value == floats.INFINITY or (value == 0 and label.lower().split("e")[0].strip("0.")):
            size, hint = ("large", "write inf") if value else ("small", "write 0")
            raise self.error(f"{label} is too {size} for a float64", source, hint)
        node = self._numbers[label] = self.graph.constant(value, _meaning(label, value))
        return node

    def _comparison(self, source: int, operands: list[int]) -> int:
        """a < b < c is a < b and b < c, with b computed once."""
        signs = self.tree.labels[source].split()
        result = -1
        for sign, pair in zip(signs, pairwise(operands), strict=True):
            link = folded(self.graph, BY_NAME[COMPARISON_SIGNS[sign]], pair)
            result = link if result < 0 else folded(self.graph, _AND, (result, link))
        return result

    def _unknown_function(self, source: int, name: str) -> FormulaError:
        from autodiff_cli.graph.suggest import meant_function, out_of_scope

        elsewhere = out_of_scope(name)
        if name in self.statements or name in self.graph.variables or name in RESERVED:
            message, hint = f"{name} is not a function", f"for a product write {name}*(...)"
        elif elsewhere is not None:
            message, hint = elsewhere
        else:
            own = [n for n, s in self.statements.items() if s.form is Form.FUNCTION]
            message, hint = f"there is no function {name}", meant_function(name, own)
        span = self.tree.name_span(source)
        return FormulaError(message, text=self.tree.text, span=span, hint=hint)

    def _wrong_count(self, source: int, name: str, parameters: tuple[str, ...]) -> FormulaError:
        from autodiff_cli.graph.suggest import usage

        plural = "" if len(parameters) == 1 else "s"
        given = len(self.tree.children[source])
        message = f"{name} takes {len(parameters)} argument{plural}, not {given}"
        return self.error(message, source, usage(name, parameters))

    def error(self, message: str, source: int, hint: str | None = None) -> FormulaError:
        return FormulaError(message, text=self.tree.text, span=self.tree.span(source), hint=hint)


def _meaning(label: str, value: float) -> Meaning | None:
    """What a number is as it is written; None where that is the float64 itself."""
    if label.isdigit() and len(label) < 16:
        return None
    if len(label) > _LONGEST_NUMBER:
        return label
    decimal = decimals.written(label)
    return None if decimal.is_float(value) else decimal
