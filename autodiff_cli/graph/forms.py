"""The forms of the language, read from the text alone: `sum`, `prod` and `diff`.

They look like calls, but some of their arguments are names. A sum binds its index in its
body; a derivative is along names, which are variables only if they are used elsewhere.
"""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.language.syntax import FORMS, Form, Kind, Statement, SyntaxTree

_USAGES = {**FORMS, "diff": f"{FORMS['diff']}, diff(f, x, 2) or diff(f, x, y)"}

_FOLDS = {"sum": (BY_NAME["add"], 0.0), "prod": (BY_NAME["mul"], 1.0)}


class Loop(NamedTuple):
    """A sum or a product: `operator` folds the values of its body, `empty` is that of no value.

    `low`, `high` and `body` are syntax nodes. `plan` are those of the body that have to be
    lowered, in order; what is inside another loop's body is in the plan of that one. `again`
    are those of the plan that depend on the index.
    """

    call: int
    operator: Operator
    empty: float
    name: str
    low: int
    high: int
    body: int
    plan: list[int]
    again: list[int]


class Forms:
    """The forms of a formula, by the syntax nodes of their calls, and what names belong to them.

    `plans` are the syntax nodes of statements, by their roots, that are lowered outside of loops.
    `bound` are names that are an index; `along` those that a derivative is along.
    `along_parameters` are, for each function with a derivative in its body, the parameters that
    derivatives are along.
    """

    def __init__(self, tree: SyntaxTree, statements: dict[str, Statement]) -> None:
        """Read the forms of all statements; raises FormulaError where one is not complete."""
        self.loops: dict[int, Loop] = {}
        self.derivatives: dict[int, Statement] = {}
        self.plans: dict[int, list[int]] = {}
        self.bound: set[int] = set()
        self.along: set[int] = set()
        self.along_parameters: dict[str, set[str]] = {}
        self._tree = tree
        self._statements = statements
        own = {name for name, s in statements.items() if s.form is Form.FUNCTION}
        self._names = FORMS.keys() - own
        for statement in tree.statements:
            if not self._names.isdisjoint(tree.labels[statement.first : statement.root + 1]):
                self._read(statement)

    def _read(self, statement: Statement) -> None:
        tree = self._tree
        nodes = range(statement.first, statement.root + 1)
        calls = [n for n in nodes if tree.kinds[n] is Kind.CALL and tree.labels[n] in self._names]
        starts: dict[int, Loop] = {}
        declared: set[int] = set()
        derivatives: list[int] = []
        for call in calls:
            if tree.labels[call] == "diff":
                self._read_derivative(statement, call)
                derivatives.append(call)
            else:
                loop = self._read_loop(call)
                starts[loop.high + 1] = loop
                declared.add(tree.children[call][0])
        if calls:
            self._plan(statement, starts, declared)
        if derivatives and statement.form is Form.FUNCTION:
            self.along_parameters[statement.name] = self._parameters(statement, derivatives)

    def _read_loop(self, call: int) -> Loop:
        tree = self._tree
        label, children = tree.labels[call], tree.children[call]
        if len(children) != 4:
            hint = f"usage: {_USAGES[label]}"
            if self._is_value(label):
                hint += f"; for a product write {label}*(...)"
            elif len(children) > 1:
                hint += f"; a few values are written out: {'a + b' if label == 'sum' else 'a*b'}"
            raise self._error(f"{label} takes 4 arguments, not {len(children)}", call, hint)
        index, low, high, body = children
        if tree.kinds[index] is not Kind.NAME:
            what = "a sum" if label == "sum" else "a product"
            raise self._error(f"the index of {what} is a name", index, f"usage: {_USAGES[label]}")
        operator, empty = _FOLDS[label]
        loop = Loop(call, operator, empty, tree.labels[index], low, high, body, [], [])
        self.loops[call] = loop
        return loop

    def _read_derivative(self, statement: Statement, call: int) -> None:
        tree = self._tree
        _, *items = tree.children[call] or (call,)
        if not items:
            given = len(tree.children[call])
            message = f"diff takes a formula and what to derive it along, not {given} argument"
            hint = f"usage: {_USAGES['diff']}"
            if self._is_value("diff"):
                hint += "; for a product write diff*(...)"
            raise self._error(message + ("" if given == 1 else "s"), call, hint)
        after_name = False
        for item in items:
            if tree.kinds[item] is Kind.NAME:
                self.along.add(item)
                after_name = True
            elif after_name:
                after_name = False
            else:
                raise self._no_name(call, item)
        self.derivatives[call] = statement

    def _no_name(self, call: int, item: int) -> FormulaError:
        """The error for something else where a derivative needs a name."""
        tree = self._tree
        start, end = tree.span(item)
        text = tree.text[start:end]
        if tree.kinds[item] is Kind.NUMBER:
            hint = "the second derivative along x is diff(f, x, 2)"
        else:
            hint = f"give it a name: u = {text}; diff(f, u)"
        if item != tree.children[call][1]:
            hint = f"usage: {_USAGES['diff']}"
        return self._error(f"a derivative is along a name, and {text} is none", item, hint)

    def _plan(self, statement: Statement, starts: dict[int, Loop], declared: set[int]) -> None:
        """Sort a statement's nodes by the loops they are in, and find out what needs an index."""
        tree = self._tree
        nodes = range(statement.first, statement.root + 1)
        parents = {child: node for node in nodes for child in tree.children[node]}
        needing: dict[int, set[int]] = {loop.call: set() for loop in starts.values()}
        plan: list[int] = []
        inside: list[Loop] = []
        indices: dict[str, list[Loop]] = {}
        for node in nodes:
            if node in starts:
                inside.append(starts[node])
                indices.setdefault(inside[-1].name, []).append(inside[-1])
            if node in declared:
                self.bound.add(node)
                continue
            if tree.kinds[node] is Kind.NAME and indices.get(tree.labels[node]):
                self.bound.add(node)
                loop = indices[tree.labels[node]][-1]
                above = node
                while above != loop.call and above not in needing[loop.call]:
                    needing[loop.call].add(above)
                    above = parents[above]
            if node not in self.along:
                (inside[-1].plan if inside else plan).append(node)
            if inside and node == inside[-1].body:
                loop = inside.pop()
                indices[loop.name].pop()
                loop.again.extend(n for n in loop.plan if n in needing[loop.call])
        self.plans[statement.root] = plan

    def _parameters(self, statement: Statement, derivatives: list[int]) -> set[str]:
        """The parameters of a function that derivatives in its body are along.

        Behind a name, one that occurs nowhere else in the body is an order.
        """
        tree = self._tree
        used = {
            tree.labels[node]
            for node in range(statement.first, statement.root + 1)
            if tree.kinds[node] is Kind.NAME and node not in self.along
        }
        along: set[str] = set()
        for call in derivatives:
            for before, item in zip(tree.children[call], tree.children[call][1:], strict=False):
                name = tree.labels[item]
                if item not in self.along or item in self.bound or name not in statement.parameters:
                    continue
                if before not in self.along or name in used:
                    along.add(name)
        return along

    # -- Names, once it is known which ones there are -----------------------------------------

    def check(self, variables: dict[str, int], constants: set[str]) -> None:
        """Raise FormulaError for derivatives along names that stand for nothing, and of functions."""
        for call, statement in self.derivatives.items():
            of, *items = self._tree.children[call]
            self._check_not_a_function(call, of, statement)
            for item in items:
                if item in self.along and not self._is_known(item, statement, variables):
                    raise self._unknown(call, item, statement, variables, constants)

    def _is_known(self, item: int, statement: Statement, variables: dict[str, int]) -> bool:
        name = self._tree.labels[item]
        if item in self.bound or name in statement.parameters or name in variables:
            return True
        return name in self._statements and self._statements[name].form is Form.DEFINITION

    def _check_not_a_function(self, call: int, of: int, statement: Statement) -> None:
        tree = self._tree
        name = tree.labels[of]
        function = self._statements.get(name)
        if tree.kinds[of] is not Kind.NAME or of in self.bound or name in statement.parameters:
            return
        if function is not None and function.form is Form.FUNCTION:
            start, end = tree.span(tree.children[call][1])[0], tree.span(tree.children[call][-1])[1]
            called = f"{name}({', '.join(function.parameters)})"
            hint = f"write diff({called}, {tree.text[start:end]})"
            raise self._error(f"{name} is a function, and a derivative is of its value", of, hint)

    def _unknown(
        self,
        call: int,
        item: int,
        statement: Statement,
        variables: dict[str, int],
        constants: set[str],
    ) -> FormulaError:
        from autodiff_cli.errors import did_you_mean

        name = self._tree.labels[item]
        if name in constants:
            message = f"{name} is a constant, and there is no derivative along it"
            return self._error(message, item, "a derivative is along a variable: diff(f, x)")
        if name in self._statements:
            message = f"{name} is a function, and there is no derivative along it"
            return self._error(message, item, "a derivative is along a variable: diff(f, x)")
        known = list(dict.fromkeys([*statement.parameters, *self._definitions(), *variables]))
        guess = did_you_mean(name, known)
        hint = "it has no variables" if not known else f"it has {', '.join(known[:10])}"
        of = self._tree.children[call][0]
        if guess:
            hint = f"did you mean {guess}?"
        elif self._tree.kinds[of] is Kind.NAME and self._tree.labels[of] in BY_NAME:
            function = self._tree.labels[of]
            hint = f"{function} is a function: diff({function}({name}), {name})"
        return self._error(f"the formula has no {name}", item, hint)

    def _definitions(self) -> Iterator[str]:
        return (name for name, s in self._statements.items() if s.form is Form.DEFINITION)

    def _is_value(self, name: str) -> bool:
        """Whether a form's name is used as one of a variable or a definition, too."""
        tree = self._tree
        return name in self._statements or any(
            tree.kinds[node] is Kind.NAME for node, label in enumerate(tree.labels) if label == name
        )

    def _error(self, message: str, node: int, hint: str) -> FormulaError:
        return FormulaError(message, text=self._tree.text, span=self._tree.span(node), hint=hint)
