"""The statements of a formula: their names, the output, and an order that can be computed."""

from collections.abc import Collection

from autodiff_cli.errors import FormulaError
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.syntax import Form, Kind, Statement, SyntaxTree


def statements_by_name(tree: SyntaxTree) -> dict[str, Statement]:
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


def output_of(tree: SyntaxTree) -> Statement:
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


def in_order(
    tree: SyntaxTree, statements: dict[str, Statement], bound: Collection[int] = ()
) -> list[Statement]:
    """Statements so that each comes after those it uses; raises on a circle.

    `bound` are syntax nodes whose names mean something else than a definition.
    """
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
                pending = _uses(tree, statements, statements[name], bound)
            elif path:
                name, pending = path.pop()
                on_path.discard(name)
                done.add(name)
                ordered.append(statements[name])
            else:
                break
    return ordered


def _uses(
    tree: SyntaxTree, statements: dict[str, Statement], statement: Statement, bound: Collection[int]
) -> list[str]:
    """The definitions and functions that a statement refers to."""
    if statements.keys() == {""}:
        return []  # a bare expression alone
    used: dict[str, None] = {}
    for node in range(statement.first, statement.root + 1):
        name = tree.labels[node]
        if name not in statements or node in bound:
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
