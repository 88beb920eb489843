"""Formulas as a Python function, with the standard library and, where it has no such function, SciPy."""

import re
from collections.abc import Sequence
from keyword import iskeyword
from typing import NamedTuple

from autodiff_cli.errors import UsageError
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.notation import (
    ATOM,
    COMPARISON,
    LOOSEST,
    NOTATIONS,
    POWER,
    Notation,
    number_text,
)
from autodiff_cli.language.printer import Piece, interleaved, written
from autodiff_cli.language.syntax import Form, Kind, SyntaxTree
from autodiff_cli.views.latex import filled, is_template

_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_CONSTANTS = {"pi": "math.pi", "e": "math.e", "tau": "math.tau", "inf": "math.inf", "nan": "math.nan"}
_CALL = re.compile(r"[\w.]+\([^()]*\)(\.real|\[\d\])?")


class Function(NamedTuple):
    """What the function is called, what it takes, and what it is about."""

    name: str
    parameters: Sequence[str]
    about: str


def python_function(tree: SyntaxTree, function: Function) -> str:
    """The source of a function that returns the results in `tree`: a number, or a tuple of them.

    Raises UsageError for an operator that Python has no name for.
    """
    taken = {*function.parameters, *(s.name for s in tree.statements if s.form is Form.DEFINITION)}
    names = {name: _identifier(name, taken) for name in taken}
    expand = _Expansion(names)
    lines: list[str] = []
    results: list[str] = []
    for statement in tree.statements:
        text = written(tree, statement.root, expand)
        if statement.form is Form.DEFINITION:
            lines.append(f"    {names[statement.name]} = {text}")
        else:
            results.append(text)
    returned = (
        results[0] if len(results) == 1 else "(\n        " + ",\n        ".join(results) + ",\n    )"
    )
    body = "\n".join([*lines, f"    return {returned}"])
    used = [module for module in ("math", "scipy.special") if re.search(rf"\b{module}\.", body)]
    imports = "".join(f"import {module}\n" for module in used)
    parameters = ", ".join(names[name] for name in function.parameters)
    about = function.about.replace("\\", "\\\\").replace('"', '\\"')
    head = f'def {function.name}({parameters}):\n    """{about}"""\n'
    return (f"{imports}\n\n" if imports else "") + head + body + "\n"


def _identifier(name: str, taken: set[str]) -> str:
    """A name that Python takes, and that hides nothing the code makes use of."""
    while iskeyword(name) or name in ("math", "scipy", "abs", "max", "min", "round"):
        name += "_"
        while name in taken:
            name += "_"
    return name


class _Expansion:
    """The pieces of a node in Python; levels are those of the tool's language, which Python shares."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def __call__(self, tree: SyntaxTree, node: int, level: int) -> list[Piece]:
        kind, label, children = tree.kinds[node], tree.labels[node], tree.children[node]
        if kind is Kind.NUMBER:
            return [label if len(label) > 17 else number_text(float(label))]
        if kind is Kind.NAME:
            return [self._names.get(label) or _CONSTANTS[label]]
        match label:
            case "pow":
                return self._power(tree, node, level)
            case "where":
                condition, a, b = children
                body: list[Piece] = [
                    (a, COMPARISON),
                    " if ",
                    (condition, COMPARISON),
                    " else ",
                    (b, COMPARISON),
                ]
                return body if level == LOOSEST else ["(", *body, ")"]
            case _ if label in NOTATIONS and label != "factorial":
                notation = NOTATIONS[label]
                between = f" {_SIGNS[label]} " if label in _SIGNS else notation.between
                return _bracketed(
                    notation,
                    interleaved(children, notation.operands, [between] * (len(children) - 1)),
                    level,
                )
            case _:
                return self._call(label, children, level)

    def _power(self, tree: SyntaxTree, node: int, level: int) -> list[Piece]:
        base, exponent = tree.children[node]
        if tree.kinds[exponent] is Kind.NUMBER and float(tree.labels[exponent]).is_integer():
            body: list[Piece] = [(base, ATOM), "**", (exponent, ATOM)]
            return body if level <= POWER else ["(", *body, ")"]
        # Other powers of a negative number are complex for **, and an error for math.pow.
        return ["math.pow(", (base, LOOSEST), ", ", (exponent, LOOSEST), ")"]

    def _call(self, label: str, children: tuple[int, ...], level: int) -> list[Piece]:
        operator = BY_NAME[label]
        template = operator.python
        if not template:
            raise UsageError(
                f"there is no {label} in Python", hint="--format infix and latex know all functions"
            )
        if not is_template(template, operator):
            commas = [", "] * (len(children) - 1)
            return [f"{template}(", *interleaved(children, [LOOSEST] * len(children), commas), ")"]
        body = filled(template, dict(zip(operator.parameters, children, strict=True)), ATOM)
        return body if level == LOOSEST or _CALL.fullmatch(template) else ["(", *body, ")"]


def _bracketed(notation: Notation, operands: list[Piece], level: int) -> list[Piece]:
    body: list[Piece] = [notation.before, *operands, notation.after]
    return body if notation.binds >= level else ["(", *body, ")"]
