"""The operators as rows, JSON and Markdown, and the facts about one of them; never cut."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from autodiff_cli.graph.operators import Operator
from autodiff_cli.graph.reference import (
    FORM_FAMILY,
    Convention,
    Entry,
    LanguageForm,
    Side,
    alias,
    conventions,
    derivatives,
    example,
    grouped,
    other_names,
    related,
    signs,
    summary,
    usage,
)
from autodiff_cli.language.notation import number_text

FUNCTIONS_SCHEMA = "autodiff.functions/1"

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

Facts = list[tuple[str, str]]


def along(parameter: str) -> str:
    """What the derivative along a parameter is called."""
    return f"d/d{parameter}" if len(parameter) == 1 else f"d/d {parameter}"


def plain(entries: Sequence[Entry | LanguageForm]) -> Iterator[str]:
    """Tab-separated rows under a heading."""
    yield "\t".join(["name", "function", "family", "summary", "derivative"]) + "\n"
    for entry in entries:
        if isinstance(entry, LanguageForm):
            cells = [entry.name, entry.usage, FORM_FAMILY, entry.summary, entry.derivative]
            yield "\t".join(cells) + "\n"
            continue
        operator, family = entry
        rules = " | ".join(f"{along(name)} = {rule}" for name, rule in derivatives(operator).items())
        yield "\t".join([operator.name, usage(operator), family, summary(operator), rules]) + "\n"


def plain_facts(entries: Sequence[Entry | LanguageForm], asked: Sequence[str]) -> Iterator[str]:
    """All about each of a few, a tab-separated row for each fact."""
    for position, entry in enumerate(entries):
        yield "\n" if position else ""
        for label, text in facts(entry, asked):
            yield f"{label}\t{text}\n"


def functions_json(entries: Sequence[Entry | LanguageForm]) -> Iterator[str]:
    """The whole records, one line for each."""
    forms = [entry for entry in entries if isinstance(entry, LanguageForm)]
    operators = [entry for entry in entries if isinstance(entry, Entry)]
    yield f'{{"schema": {_text(FUNCTIONS_SCHEMA)},\n "functions": ['
    for position, entry in enumerate(operators):
        yield (",\n  " if position else "\n  ") + _text(_record(entry))
    yield '],\n "forms": ['
    for position, form in enumerate(forms):
        record = {**form._asdict(), "notes": dict(form.notes)}
        yield (",\n  " if position else "\n  ") + _text(record)
    yield "]}\n"


def _record(entry: Entry) -> dict[str, object]:
    operator = entry.operator
    return {
        "name": operator.name,
        "usage": usage(operator),
        "family": entry.family,
        "parameters": list(operator.parameters),
        "aliases": list(operator.aliases),
        "signs": signs(operator),
        "summary": summary(operator),
        "definition": operator.definition or None,
        "partials": derivatives(operator),
        "domain": operator.domain or None,
        "kinks": [_kink(operator, convention) for convention in conventions(operator)],
        "ulps": {
            "value": _whole(operator.rounding),
            "first": _whole(operator.first_ulps),
            "second": _whole(operator.second_ulps),
        },
        "example": example(operator),
    }


def _whole(ulps: float) -> float:
    return int(ulps) if ulps == int(ulps) else ulps


def _kink(operator: Operator, convention: Convention) -> dict[str, object]:
    rules = derivatives(operator)
    sides = {
        side.parameter: {
            "left": side.left,
            "right": side.right,
            "used": rules[side.parameter] if side.used is None else side.used,
        }
        for side in convention.sides
    }
    return {"when": convention.when, "sides": sides}


def markdown(entries: Sequence[Entry | LanguageForm]) -> Iterator[str]:
    """A table for each family, under a heading."""
    families: dict[str, list[list[str]]] = {}
    for entry in entries:
        if isinstance(entry, LanguageForm):
            cells = [f"`{entry.usage}`", entry.summary, f"`{entry.derivative}`", "", "", ""]
            families.setdefault(FORM_FAMILY, []).append(cells)
        else:
            families.setdefault(entry.family, []).append(_markdown_cells(entry.operator))
    for position, (family, rows) in enumerate(families.items()):
        yield "\n" if position else ""
        yield f"#### {family[:1].upper()}{family[1:]}\n\n"
        yield "| function | what it is | derivative | domain | kinks | ulps |\n"
        yield "| --- | --- | --- | --- | --- | --- |\n"
        for row in rows:
            cells = [cell.replace("|", r"\|") for cell in row]
            yield f"| {' | '.join(cells)} |\n"


def _markdown_cells(operator: Operator) -> list[str]:
    names = [usage(operator), *other_names(operator)]
    what = re.sub(r"([*_<\[\]])", r"\\\1", summary(operator))
    kinks = [
        f"`{convention.when}`: " + "; ".join(_markdown_sides(operator, convention))
        for convention in conventions(operator)
    ]
    return [
        ", ".join(f"`{name}`" for name in names),
        what + (f": `{operator.definition}`" if operator.definition else ""),
        "<br>".join(
            f"{', '.join(names)}: `{rule}`" if names else f"`{rule}`"
            for names, rule in grouped(operator)
        ),
        f"`{operator.domain}`" if operator.domain else "",
        "<br>".join(kinks),
        ", ".join(map(number_text, _ulps(operator))),
    ]


def _markdown_sides(operator: Operator, convention: Convention) -> list[str]:
    several = len(derivatives(operator)) > 1
    return [
        f"along {names}: {said}" if several else said for names, said in sides_said(convention, code="`")
    ]


def _ulps(operator: Operator) -> list[float]:
    """Of the value and, where there are any, of the first and the second derivative."""
    derived = [operator.first_ulps, operator.second_ulps] if operator.partials else []
    return [operator.rounding, *derived]


# -- One in full -----------------------------------------------------------------------------


def facts(entry: Entry | LanguageForm, asked: Sequence[str] = ()) -> Facts:
    """All that is known of an operator or a form, each fact under a label.

    `asked` are the words it was found by: an alias among them is said to be one.
    """
    if isinstance(entry, LanguageForm):
        found = [("function", entry.usage), ("summary", entry.summary), ("family", FORM_FAMILY)]
        found.append(("derivative", entry.derivative))
        return [*found, *entry.notes, ("example", entry.example)]
    operator = entry.operator
    found: Facts = [("function", usage(operator)), ("summary", summary(operator))]
    aliases = filter(None, (alias(operator, text) for text in asked))
    found += [(name, f"another name of {operator.name}") for name in dict.fromkeys(aliases)]
    others = other_names(operator)
    found += [("also written", "  ".join(others))] if others else []
    found.append(("family", entry.family))
    found += [("definition", operator.definition)] if operator.definition else []
    found += [(along(name), rule) for name, rule in derivatives(operator).items()]
    found += _names_explained(operator)
    found.append(("domain", operator.domain or "everywhere"))
    for convention in conventions(operator):
        found.append(("jump at" if _jumps(convention) else "kink at", convention.when))
        found += [(f"  along {names}", said) for names, said in sides_said(convention)]
    found += [("accuracy", _accuracy(operator)), ("example", example(operator))]
    others = related(operator)
    return found + ([("see also", "  ".join(others))] if others else [])


def _names_explained(operator: Operator) -> Facts:
    """What the names in the rules stand for that are not parameters."""
    if operator.variadic:
        return [("in the rule", "x is the argument at hand, xs are all of them, out is the value")]
    formulas = [*operator.partials.values()]
    for kink in operator.kinks:
        formulas += [kink.when, *chain.from_iterable(kink.sides.values())]
    uses_out = any(re.search(r"\bout\b", formula) for formula in formulas)
    return [("in the rule", "out is the value")] if uses_out else []


def _jumps(convention: Convention) -> bool:
    return any("inf" in (side.left or "") + (side.right or "") for side in convention.sides)


def sides_said(convention: Convention, code: str = "") -> list[tuple[str, str]]:
    """At a kink: the parameters that have the same sides, and these sides with the value used.

    `code` is set around formulas.
    """
    by_sides: dict[Side, list[str]] = {}
    for side in convention.sides:
        by_sides.setdefault(side._replace(parameter=""), []).append(side.parameter)
    return [(", ".join(names), _side_said(side, code)) for side, names in by_sides.items()]


def _side_said(side: Side, code: str) -> str:
    if side.used is not None:
        used = f"{code}{side.used}{code} is used"
    else:
        used = "the rule's value is used" + (
            f", {code}{side.of_two}{code} of two" if side.of_two else ""
        )
    if side.left is None:
        return used
    return f"{code}{side.left}{code} from the left, {code}{side.right}{code} from the right; {used}"


def _accuracy(operator: Operator) -> str:
    said: list[str] = []
    unit_said = False
    for what, ulps in zip(("value", "derivative", "second derivative"), _ulps(operator), strict=False):
        if not ulps:
            said.append(f"{what} exact")
        elif unit_said:
            said.append(f"{what} {number_text(ulps)}")
        else:
            said.append(f"{what} within {number_text(ulps)} ulp{'' if ulps == 1 else 's'}")
            unit_said = True
    return ", ".join(said if operator.partials else [*said, "derivative 0"])
