"""From the syntax tree to the graph: names resolved, definitions in order, functions inlined."""

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise

from autodiff_cli.errors import FormulaError, Span, did_you_mean
from autodiff_cli.graph.arena import Graph
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.graph.rewrite import folded
from autodiff_cli.language.notation import COMPARISON_SIGNS
from autodiff_cli.language.syntax import Form, Kind, Statement, SyntaxTree
from autodiff_cli.numbers import floats

RESERVED = {
    "pi": 3.141592653589793,
    "π": 3.141592653589793,
    "e": 2.718281828459045,
    "tau": 6.283185307179586,
    "inf": floats.INFINITY,
    "nan": floats.NAN,
}

# Functions of functions can grow without bound in a short text.
MOST_INLINED_NODES = 10_000_000

# Functions of other tools, and what is written here.
ELSEWHERE = {
    "cot": "write 1/tan(x)",
    "ctg": "write 1/tan(x)",
    "sec": "write 1/cos(x)",
    "csc": "write 1/sin(x)",
    "tg": "write tan(x)",
    "sgn": "write sign(x)",
    "square": "write x^2",
    "norm": "write hypot(x, y)",
    "gamma": "write (x - 1)!",
    "diff": "the derivative is what the command computes; write the function alone",
    "integrate": "integrals are not computed here",
}

_AND = BY_NAME["and"]


@dataclass(slots=True)
class Lowered:
    """A formula as a graph.

    `output` is the node and `output_name` the name of what the formula computes; the name
    is empty for a bare expression. `sources[n]` is the syntax node that made node n first,
    -1 for none.
    """

    tree: SyntaxTree
    graph: Graph
    output: int
    output_name: str
    definitions: dict[str, int]
    sources: "array[int]"

    def span(self, node: int) -> Span | None:
        """Where the text of a node stands."""
        source = self.sources[node] if node < len(self.sources) else -1
        return self.tree.span(source) if source >= 0 else None


def lower(tree: SyntaxTree, shadowed: Collection[str] = ()) -> Lowered:
    """The graph of a formula.

    Variables come first in it, in the order of the text. `shadowed` are reserved constants
    that are variables this time. Raises FormulaError for unknown functions, wrong numbers
    of arguments, names defined twice or by themselves, and when there is nothing to compute.
    """
    statements = _by_name(tree)
    output = _output(tree)
    lowering = _Lowering(tree, statements, shadowed)
    lowering.declare_variables()
    for statement in _in_order(tree, statements):
        if statement.form is Form.FUNCTION:
            lowering.check_calls(statement)
        else:
            lowering.definitions[statement.name] = lowering.run(statement)
    node = lowering.definitions[output.name]
    definitions = {name: node for name, node in lowering.definitions.items() if name}
    return Lowered(tree, lowering.graph, node, output.name, definitions, lowering.sources)


def _by_name(tree: SyntaxTree) -> dict[str, Statement]:
    """Statements by the name they define; the bare expression's name is empty."""
    statements: dict[str, Statement] = {}
    for statement in tree.statements:
        name = statement.name
        if name in statements:
            raise FormulaError(
                f"{name} is defined twice" if name else "there is a second bare expression",
                text=tree.text,
                span=statement.name_span,
                hint="each name is defined once" if name else _second_hint(tree, statement),
            )
        if statement.form is Form.FUNCTION and name in BY_NAME:
            raise FormulaError(
                f"{name} is a built-in function",
                text=tree.text,
                span=statement.name_span,
                hint="give yours another name",
            )
        statements[name] = statement
    return statements


def _second_hint(tree: SyntaxTree, statement: Statement) -> str:
    hint = "give it a name: a = ..."
    if tree.text[statement.name_span[0]] in "+-":
        hint += "; a line that goes on ends with its operator"
    return hint


def _output(tree: SyntaxTree) -> Statement:
    """The one bare expression, else the last definition."""
    values = [s for s in tree.statements if s.form is not Form.FUNCTION]
    if not values:
        empty = not tree.statements
        raise FormulaError(
            "the formula is empty" if empty else "there is nothing to compute",
            text=tree.text,
            span=(len(tree.text), len(tree.text)),
            hint="for example: x^2 + 1" if empty else "a function has to be used: f(x) = x^2; f(3)",
        )
    bare = [s for s in values if s.form is Form.RESULT]
    return bare[0] if bare else values[-1]


def _in_order(tree: SyntaxTree, statements: dict[str, Statement]) -> list[Statement]:
    """Statements so that each comes after those it uses; raises on a circle."""
    ordered: list[Statement] = []
    done: set[str] = set()
    for start in statements:
        path: list[tuple[str, list[str]]] = []
        on_path: set[str] = set()
        pending = [start]
        while True:
            while pending and pending[-1] in done:
                pending.pop()
            if pending:
                name = pending.pop()
                if name in on_path:
                    raise _circle(tree, statements, [*(above for above, _ in path), name])
                on_path.add(name)
                path.append((name, pending))
                pending = _uses(tree, statements, statements[name])
            elif path:
                name, pending = path.pop()
                on_path.discard(name)
                done.add(name)
                ordered.append(statements[name])
            else:
                break
    return ordered


def _uses(tree: SyntaxTree, statements: dict[str, Statement], statement: Statement) -> list[str]:
    """The definitions and functions that a statement refers to."""
    if statements.keys() == {""}:
        return []  # a bare expression alone
    used: dict[str, None] = {}
    for node in range(statement.first, statement.root + 1):
        name = tree.labels[node]
        if name not in statements:
            continue
        # A parameter hides a definition, but not a function; operators are calls as well.
        if statements[name].form is Form.FUNCTION:
            if tree.kinds[node] is Kind.CALL:
                used[name] = None
        elif tree.kinds[node] is Kind.NAME and name not in statement.parameters:
            used[name] = None
    return list(used)


def _circle(tree: SyntaxTree, statements: dict[str, Statement], path: list[str]) -> FormulaError:
    name = path[-1]
    circle = path[path.index(name) :]
    return FormulaError(
        f"{name} is defined by itself" + (f": {' -> '.join(circle)}" if len(circle) > 2 else ""),
        text=tree.text,
        span=statements[name].name_span,
        hint="a definition may use only what can be computed before it",
    )


@dataclass(slots=True)
class _Frame:
    """A statement being lowered: one of the formula's own, or a function's body for a call.

    `nodes` are the graph's nodes of the syntax nodes done so far, from the statement's first.
    """

    statement: Statement
    arguments: tuple[int, ...] = ()
    nodes: list[int] = field(default_factory=list[int])

    def binding(self, name: str) -> int | None:
        """The argument that a parameter stands for."""
        parameters = self.statement.parameters
        return self.arguments[parameters.index(name)] if name in parameters else None


class _Lowering:
    """Walks statements from front to back; a call of a user's function opens a frame."""

    def __init__(
        self, tree: SyntaxTree, statements: dict[str, Statement], shadowed: Collection[str]
    ) -> None:
        self.tree = tree
        self.statements = statements
        self.shadowed = shadowed
        self.graph = Graph()
        self.definitions: dict[str, int] = {}
        self.sources = array("q")
        self._results: dict[tuple[str, tuple[int, ...]], int] = {}

    def declare_variables(self) -> None:
        """Variables become the first nodes, in the order of the text."""
        kinds, labels = self.tree.kinds, self.tree.labels
        for statement in self.tree.statements:
            seen = set(statement.parameters)
            for source in range(statement.first, statement.root + 1):
                if kinds[source] is Kind.NAME and labels[source] not in seen:
                    seen.add(labels[source])
                    self._name(labels[source])
                    self._note(source)

    def run(self, statement: Statement) -> int:
        """The node of a statement's expression."""
        frames = [_Frame(statement)]
        while True:
            frame = frames[-1]
            call = self._advance(frame)
            if call is not None:
                frames.append(call)
                continue
            node = frames.pop().nodes[-1]
            if not frames:
                return node
            # The caller comes back to its call and finds the result.
            self._results[frame.statement.name, frame.arguments] = node

    def _advance(self, frame: _Frame) -> _Frame | None:
        """Lower up to the end, or up to a call that must be lowered first: its frame."""
        tree, nodes = self.tree, frame.nodes
        kinds, labels, children = tree.kinds, tree.labels, tree.children
        operators, sources = self.graph.operators, self.sources
        first = frame.statement.first
        for source in range(first + len(nodes), frame.statement.root + 1):
            kind = kinds[source]
            if kind is Kind.CALL:
                arguments = tuple([nodes[child - first] for child in children[source]])
                operator = BY_NAME.get(labels[source])
                if operator is None:
                    node = self._results.get((labels[source], arguments))
                    if node is None:
                        return self._call(source, arguments)
                else:
                    node = self._apply(source, operator, arguments)
            elif kind is Kind.NAME:
                node = frame.binding(labels[source])
                if node is None:
                    node = self._name(labels[source])
            elif kind is Kind.NUMBER:
                node = self.graph.constant(self._number(source))
            else:
                node = self._comparison(source, [nodes[child - first] for child in children[source]])
            nodes.append(node)
            if len(operators) != len(sources):
                self._note(source)
        return None

    def _note(self, source: int) -> None:
        """Write down that the nodes made since the last note come from `source`."""
        self.sources.extend([source] * (len(self.graph) - len(self.sources)))

    def check_calls(self, statement: Statement) -> None:
        """Look at the calls in a function's body, whether or not it is ever used."""
        for source in range(statement.first, statement.root + 1):
            if self.tree.kinds[source] is Kind.CALL:
                operator = BY_NAME.get(self.tree.labels[source])
                if operator is None:
                    self._called(source)
                else:
                    self._check_count(source, operator)

    def _apply(self, source: int, operator: Operator, arguments: tuple[int, ...]) -> int:
        if len(arguments) != len(operator.parameters):
            self._check_count(source, operator)
        return folded(self.graph, operator, arguments)

    def _check_count(self, source: int, operator: Operator) -> None:
        given, needed = len(self.tree.children[source]), len(operator.parameters)
        if operator.variadic and not given:
            message = f"{operator.name} takes at least one argument"
            raise self._error(message, source, f"usage: {operator.name}(a, b, ...)")
        if given != needed and not operator.variadic:
            raise self._wrong_count(source, operator.name, operator.parameters)

    def _call(self, source: int, arguments: tuple[int, ...]) -> _Frame:
        """The frame of a call of a user's function."""
        statement = self._called(source)
        if len(self.graph) > MOST_INLINED_NODES:
            raise self._error(
                f"the formula grows beyond {MOST_INLINED_NODES} operations",
                source,
                "functions that call themselves through each other double at every level",
            )
        return _Frame(statement, arguments)

    def _called(self, source: int) -> Statement:
        """The user's function that a call means."""
        name = self.tree.labels[source]
        statement = self.statements.get(name)
        if statement is None or statement.form is not Form.FUNCTION:
            raise self._unknown_function(source, name)
        if len(self.tree.children[source]) != len(statement.parameters):
            raise self._wrong_count(source, name, statement.parameters)
        return statement

    def _name(self, name: str) -> int:
        node = self.definitions.get(name)
        if node is not None:
            return node
        statement = self.statements.get(name)
        if statement is not None and statement.form is Form.DEFINITION:
            return -1  # declared ahead of its definition; not a variable
        if name in RESERVED and name not in self.shadowed:
            return self.graph.constant(RESERVED[name])
        return self.graph.variable(name)

    def _number(self, source: int) -> float:
        label = self.tree.labels[source]
        value = float(label)
        if value == floats.INFINITY or (value == 0 and label.lower().split("e")[0].strip("0.")):
            size, hint = ("large", "write inf") if value else ("small", "write 0")
            raise self._error(f"{label} is too {size} for a float64", source, hint)
        return value

    def _comparison(self, source: int, operands: list[int]) -> int:
        """a < b < c is a < b and b < c, with b computed once."""
        signs = self.tree.labels[source].split()
        result = -1
        for sign, pair in zip(signs, pairwise(operands), strict=True):
            link = folded(self.graph, BY_NAME[COMPARISON_SIGNS[sign]], pair)
            result = link if result < 0 else folded(self.graph, _AND, (result, link))
        return result

    def _unknown_function(self, source: int, name: str) -> FormulaError:
        span = self.tree.name_span(source)
        if name in self.statements or name in self.graph.variables or name in RESERVED:
            message, hint = f"{name} is not a function", f"for a product write {name}*(...)"
        else:
            functions = [n for n, s in self.statements.items() if s.form is Form.FUNCTION]
            guess = did_you_mean(name, [*BY_NAME, *functions])
            message = f"there is no function {name}"
            hint = f"{name}(a) = ... defines one; {name}*(...) multiplies"
            if guess is not None:
                hint = f"did you mean {guess}(...)?"
            hint = ELSEWHERE.get(name, hint)
        return FormulaError(message, text=self.tree.text, span=span, hint=hint)

    def _wrong_count(self, source: int, name: str, parameters: tuple[str, ...]) -> FormulaError:
        plural = "" if len(parameters) == 1 else "s"
        given = len(self.tree.children[source])
        hint = f"usage: {name}({', '.join(parameters)})"
        if BY_NAME.get(name) is BY_NAME["log"]:
            hint += "; to another base b: log(x)/log(b), log2, log10"
        message = f"{name} takes {len(parameters)} argument{plural}, not {given}"
        return self._error(message, source, hint)

    def _error(self, message: str, source: int, hint: str | None = None) -> FormulaError:
        return FormulaError(message, text=self.tree.text, span=self.tree.span(source), hint=hint)
