"""What the operator table knows, as a reader asks for it: by usage, by name, by subject, at a kink."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import product
from math import isfinite
from typing import NamedTuple
from unicodedata import normalize

from autodiff_cli.errors import did_you_mean
from autodiff_cli.graph.operators import FAMILIES, Kink, Operator
from autodiff_cli.graph.rewrite import GATE
from autodiff_cli.graph.rules import Rule, partial, rule, value
from autodiff_cli.language.notation import ATOM, NOTATIONS, applied, number_text
from autodiff_cli.language.syntax import FORMS
from autodiff_cli.numbers.floats import NAN

# Signs the grammar takes beside those that are printed. A test reads each of them.
OTHER_SIGNS: tuple[tuple[str, str], ...] = (
    ("**", "pow"),
    ("×", "mul"),
    ("·", "mul"),
    ("÷", "div"),
    ("−", "sub"),
    ("−", "neg"),
    ("√", "sqrt"),
    ("≤", "le"),
    ("≥", "ge"),
    ("≠", "ne"),
    ("&&", "and"),
    ("||", "or"),
    ("?:", "where"),
)

# Points of a grid on which kinks are looked for, and numbers for an example.
_GRID, _COARSE_GRID = (-1.5, -1.0, 0.0, 0.5, 1.0, 2.0), (-1.0, 0.0, 1.0)
_FINEST_FOR = 3
_NICE = (0.5, 2.0, 3.0, 1.5, 0.25, 4.0, 1.0, 5.0, -0.5, -2.0, 10.0)
_MOST_NICE, _FEWEST_NICE = 6, 4

_MOST_RELATED = 8


class Entry(NamedTuple):
    """An operator and the family it belongs to."""

    operator: Operator
    family: str


class LanguageForm(NamedTuple):
    """What is written like a function, but takes names among its arguments.

    `notes` are facts about it, each under a label.
    """

    name: str
    usage: str
    summary: str
    derivative: str
    notes: tuple[tuple[str, str], ...]
    example: str


FORM_FAMILY = "with names as arguments"

_BOUNDS = "constant whole numbers, or definitions of such; i is known in the body only"

LANGUAGE_FORMS = (
    LanguageForm(
        "diff",
        FORMS["diff"],
        "derivative of f along x, a variable, a definition or a parameter",
        "diff(f, x, 2)",
        (
            ("also written", "diff(f, x, 2)  diff(f, x, y)  diff(f, x, 2, y)"),
            ("order", "a constant whole number behind the name; 1 if there is none"),
            ("along a definition", "with all else fixed, as --wrt does it"),
            ("at a kink", "the value that eval uses there"),
        ),
        'autodiff eval "x - f/diff(f, x); f = x^2 - 2" x=1.5',
    ),
    LanguageForm(
        "sum",
        FORMS["sum"],
        "sum of the body's values for i = 1, 2, ..., n; 0 if there are none",
        "sum(i, 1, n, diff(body, x))",
        (("bounds", _BOUNDS), ("see also", "add  prod")),
        'autodiff eval "sum(i, 1, 10, x^i/i)" x=0.5',
    ),
    LanguageForm(
        "prod",
        FORMS["prod"],
        "product of the body's values for i = 1, 2, ..., n; 1 if there are none",
        "sum(i, 1, n, diff(body, x)*(the other factors))",
        (("bounds", _BOUNDS), ("see also", "mul  sum")),
        'autodiff eval "prod(k, 1, 4, x - k)" x=0.5',
    ),
)


class Side(NamedTuple):
    """The derivative along a parameter at a kink: from both sides, where known, and as used.

    `used` is a number where the partial has the same value wherever the kink is, else None:
    then it is what the partial's rule gives. `of_two` is that value for two arguments, where
    it depends on how many there are.
    """

    parameter: str
    left: str | None
    right: str | None
    used: str | None
    of_two: str | None = None


class Convention(NamedTuple):
    """A condition under which partial derivatives do not exist, and what is used there."""

    when: str
    sides: tuple[Side, ...]


@cache
def entries() -> tuple[Entry, ...]:
    """Every operator, in the order of the table."""
    return tuple(Entry(operator, family) for family, table in FAMILIES.items() for operator in table)


# -- How an operator is written --------------------------------------------------------------


def usage(operator: Operator) -> str:
    """How the operator is written: `atan2(y, x)`, `max(a, b, ...)`, `x!`."""
    if operator.variadic:
        return f"{operator.name}(a, b, ...)"
    return applied(operator.name, [(name, ATOM) for name in operator.parameters])[0]


def signs(operator: Operator) -> list[str]:
    """The signs that mean the operator, the printed one first; none for most."""
    notation = NOTATIONS.get(operator.name)
    printed = (notation.before + notation.between + notation.after).strip() if notation else ""
    others = [sign for sign, name in OTHER_SIGNS if name == operator.name]
    return [printed, *others] if printed and printed != operator.name else others


def other_names(operator: Operator) -> list[str]:
    """Everything the operator is called beside what its usage shows."""
    name = [] if operator.name in usage(operator) else [operator.name]
    shown = usage(operator)
    return [*name, *operator.aliases, *(sign for sign in signs(operator) if sign not in shown)]


def along(operator: Operator) -> tuple[str, ...]:
    """What derivatives are taken along: the parameters, or `x` for any one of many."""
    return ("x",) if operator.variadic else operator.parameters


def derivatives(operator: Operator) -> dict[str, str]:
    """Along each parameter the rule as it is written; "0" where there is no dependence at all."""
    return {name: operator.partials.get(name, "0") for name in along(operator)}


def grouped(operator: Operator) -> list[tuple[tuple[str, ...], str]]:
    """The rules, each with the parameters that share it.

    No parameter is named where there is only one, or no dependence on any.
    """
    parameters: dict[str, tuple[str, ...]] = {}
    rules = derivatives(operator)
    for name, rule_text in rules.items():
        parameters[rule_text] = (*parameters.get(rule_text, ()), name)
    if len(rules) == 1 or parameters.keys() == {"0"}:
        return [((), rule_text) for rule_text in parameters]
    return [(names, rule_text) for rule_text, names in parameters.items()]


def summary(operator: Operator) -> str:
    """What the operator is; of one that only rules need also where to see it.

    Those are the gate, and counts of arguments: they have no derivative, of any number.
    """
    only_of_rules = operator is GATE or (operator.variadic and not operator.partials)
    users = _users(operator) if only_of_rules else []
    return operator.summary + (f"; for derivative rules, as that of {users[0]}" if users else "")


def _users(operator: Operator) -> list[str]:
    """The other operators in whose rules this one is called."""
    call = re.compile(rf"\b{operator.name}\(")
    return [
        other.name
        for other, _ in entries()
        if other is not operator and any(map(call.search, other.partials.values()))
    ]


# -- Finding ---------------------------------------------------------------------------------


def everything() -> tuple[Entry | LanguageForm, ...]:
    """Every operator and every form."""
    return (*entries(), *LANGUAGE_FORMS)


def exactly(text: str) -> list[Entry | LanguageForm]:
    """What a text names: by name, alias, sign or usage, in whatever case."""
    wanted = _folded(text)
    return [entry for entry in everything() if wanted in map(_folded, _names(entry))]


def alias(operator: Operator, text: str) -> str | None:
    """The other name or sign of the operator that a text is, if it is one."""
    others = [name for name in other_names(operator) if name != operator.name]
    return next((name for name in others if _folded(name) == _folded(text)), None)


def about(words: Sequence[str]) -> list[Entry | LanguageForm]:
    """All in whose names, summary, definition or family every word occurs."""
    wanted = [_folded(word) for word in words]
    return [entry for entry in everything() if all(word in _subject(entry) for word in wanted)]


def related(operator: Operator) -> list[str]:
    """Operators whose names contain this one's, or are contained in it."""
    names = [other.name for other, _ in entries() if other is not operator]
    near = [
        name
        for name in names
        if min(len(name), len(operator.name)) > 2 and (name in operator.name or operator.name in name)
    ]
    return near[:_MOST_RELATED]


def guess(words: Sequence[str]) -> str | None:
    """A word that occurs, for one that does not."""
    known = [name for entry in everything() for name in _names(entry)]
    known += [word for entry in everything() for word in _subject(entry).split() if word.isalpha()]
    for word in words:
        if not about([word]):
            return did_you_mean(_folded(word), known)
    return None


def _names(entry: Entry | LanguageForm) -> list[str]:
    if isinstance(entry, LanguageForm):
        return [entry.name, entry.usage]
    return _called(entry.operator)


def _called(operator: Operator) -> list[str]:
    return [operator.name, *operator.aliases, *signs(operator), usage(operator)]


@cache
def _subject(entry: Entry | LanguageForm) -> str:
    if isinstance(entry, LanguageForm):
        return _folded(" ".join([entry.name, entry.usage, entry.summary, FORM_FAMILY]))
    operator = entry.operator
    texts = [*_called(operator), operator.summary, operator.definition, entry.family]
    return _folded(" ".join(texts))


def _folded(text: str) -> str:
    return " ".join(normalize("NFKC", text).casefold().split())


# -- At a kink -------------------------------------------------------------------------------


def conventions(operator: Operator) -> list[Convention]:
    """For each kink the one-sided derivatives and the value that is used.

    The value used is what the partial's rule gives on the kink's points of a grid.
    """
    return [
        Convention(
            kink.when,
            tuple(
                Side(name, *kink.sides.get(name, (None, None)), *_used(operator, kink, position))
                for position, name in enumerate(along(operator))
                if not kink.sides or name in kink.sides
            ),
        )
        for kink in operator.kinks
    ]


def _used(operator: Operator, kink: Kink, position: int) -> tuple[str | None, str | None]:
    """The value used along a parameter; and of a variadic operator that for two arguments."""
    if not operator.variadic:
        return _only_value(operator, kink, position, len(operator.parameters)), None
    of_two, of_three = (_only_value(operator, kink, position, count) for count in (2, 3))
    return (of_two, None) if of_two == of_three else (None, of_two)


def _only_value(operator: Operator, kink: Kink, position: int, count: int) -> str | None:
    """The one value of the partial on the kink; None where it has several."""
    formula = partial(operator, count, position)
    if formula is None:
        return "0"
    values = {
        number_text(_at(operator, formula, point, position) + 0.0)
        for point in _points_at(operator, kink, count)
        if not operator.variadic or point[position] == operator.floats(*point)
    }
    return values.pop() if len(values) == 1 else None


def _points_at(operator: Operator, kink: Kink, count: int) -> list[tuple[float, ...]]:
    """The points of a grid that the kink is at: those of the domain, if there are any.

    The numbers of the kink's own condition are on the grid, with both signs.
    """
    named = rule(operator, kink.when, count).graph.constants.values()
    numbers = {*(_GRID if count <= _FINEST_FOR else _COARSE_GRID), *named, *(-x for x in named)}
    grid = product(sorted(filter(isfinite, numbers)), repeat=count)
    points = [point for point in grid if _holds(operator, kink.when, point)]
    return [point for point in points if _inside(operator, point)] or points


# -- An example ------------------------------------------------------------------------------


def example(operator: Operator) -> str:
    """A command that shows the operator at an ordinary point.

    A parameter without a derivative is a number in the formula.
    """
    names = ("a", "b") if operator.variadic else operator.parameters
    numbers = map(number_text, _ordinary_point(operator))
    given = dict(zip(names, numbers, strict=True))
    fixed = {name: given.pop(name) for name in names if operator.partials.get(name) == "nan"}
    written, _ = applied(operator.name, [(fixed.get(name, name), ATOM) for name in names])
    return " ".join(
        [f'autodiff eval "{written}"', *(f"{name}={number}" for name, number in given.items())]
    )


def _ordinary_point(operator: Operator) -> tuple[float, ...]:
    """Numbers inside the samples and the domain, off the kinks, all different if possible."""
    intervals = [operator.samples[name.removesuffix("...")] for name in operator.parameters]
    intervals *= 2 if operator.variadic else 1
    most = _MOST_NICE if len(intervals) <= _FINEST_FOR else _FEWEST_NICE
    points = list(product(*(_nice_numbers(low, high)[:most] for low, high in intervals)))
    points.sort(key=lambda point: len(set(point)), reverse=True)
    return next((point for point in points if _is_ordinary(operator, point)), points[0])


def _nice_numbers(low: float, high: float) -> list[float]:
    return [x for x in _NICE if low <= x <= high] or [low + (high - low) / 2]


def _is_ordinary(operator: Operator, point: tuple[float, ...]) -> bool:
    return _inside(operator, point) and not any(
        _holds(operator, kink.when, point) for kink in operator.kinks
    )


def _inside(operator: Operator, point: tuple[float, ...]) -> bool:
    return not operator.domain or _holds(operator, operator.domain, point)


def _holds(operator: Operator, condition: str, point: tuple[float, ...]) -> bool:
    return _at(operator, rule(operator, condition, len(point)), point) == 1.0


def _at(operator: Operator, formula: Rule, point: tuple[float, ...], position: int = 0) -> float:
    """The value of a rule; the operator itself, which may load a library, only where it is needed."""
    needed = any(slot == len(point) for _, slot in formula.slots)
    return value(formula, point, operator.floats(*point) if needed else NAN, position)
