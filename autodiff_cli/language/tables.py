"""The parse tables that Lark makes of `grammar/expression.lark`.

Lark needs some 60 ms to analyse the grammar, more than all the rest of a run. So the tables
are made once, when the package is built (`grammar/build_tables.py`), and stored beside this
file together with the grammar they came from. A table file that is absent or came from
another grammar is never used: then Lark runs here and now.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

STORED = Path(__file__).with_name("tables.json")
_INSTALLED_GRAMMAR = Path(__file__).with_name("expression.lark")
_CHECKOUT_GRAMMAR = Path(__file__).parents[2] / "grammar" / "expression.lark"


class Rule(NamedTuple):
    """`origin` -> `size` symbols; `action` names what is built, None passes the only child on."""

    origin: str
    size: int
    action: str | None


class Tables(NamedTuple):
    """LALR(1) tables.

    `actions[state][terminal]` is a state to shift to, or `~rule` to reduce by that rule;
    `gotos[state][symbol]` is the state after a reduction. `terminals` are (name, pattern)
    in the order in which they are to be tried; `ignored` names those without meaning.
    """

    terminals: list[tuple[str, str]]
    ignored: frozenset[str]
    rules: list[Rule]
    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    start: int
    end: int


def grammar_text() -> str:
    """The grammar: beside this file in an installed package, at the top of a checkout."""
    path = _INSTALLED_GRAMMAR if _INSTALLED_GRAMMAR.exists() else _CHECKOUT_GRAMMAR
    return path.read_text(encoding="utf-8")


def compile_grammar(grammar: str) -> dict[str, Any]:
    """Let Lark analyse `grammar`; returns the tables as plain data, ready for JSON."""
    # Lark's classes are not exported with types, and nothing of them leaves this function.
    import lark

    compiled: Any = lark.Lark(grammar, parser="lalr")
    table: Any = compiled.parser.parser._parse_table
    # Lark numbers states by the order of a set, which changes from run to run.
    order = _states_in_reading_order(table)
    numbers = {state: number for number, state in enumerate(order)}
    rules: list[Any] = list(compiled.rules)
    rule_numbers = {rule: number for number, rule in enumerate(rules)}
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in order:
        entries = {str(symbol): entry for symbol, entry in table.states[state].items()}
        shifts = {s: numbers[arg] for s, (kind, arg) in entries.items() if kind.name == "Shift"}
        reduces = {s: ~rule_numbers[arg] for s, (kind, arg) in entries.items() if kind.name == "Reduce"}
        terminal_shifts = {s: target for s, target in shifts.items() if _is_terminal(s)}
        actions.append(dict(sorted({**terminal_shifts, **reduces}.items())))
        gotos.append(dict(sorted((s, target) for s, target in shifts.items() if not _is_terminal(s))))
    return {
        "grammar": grammar,
        "terminals": [
            [terminal.name, terminal.pattern.to_regexp()]
            for terminal in sorted(compiled.terminals, key=_trial_order)
        ],
        "ignored": sorted(compiled.ignore_tokens),
        "rules": [[str(r.origin.name), len(r.expansion), r.alias or _own_action(r)] for r in rules],
        "actions": actions,
        "gotos": gotos,
        "start": numbers[table.start_states["start"]],
        "end": numbers[table.end_states["start"]],
    }


def _is_terminal(symbol: str) -> bool:
    return symbol.isupper() or symbol == "$END"


def _own_action(rule: Any) -> str | None:
    """A rule without an alias acts under its own name, unless `?` makes it pass its child on."""
    return None if rule.options.expand1 else str(rule.origin.name)


def _trial_order(terminal: Any) -> tuple[int, int, int, str]:
    """Lark's own order of trial: by priority, then the longest."""
    pattern = terminal.pattern
    return (-terminal.priority, -pattern.max_width, -len(pattern.value), terminal.name)


def _states_in_reading_order(table: Any) -> list[Any]:
    order = [table.start_states["start"]]
    seen = set(order)
    for state in order:
        for _, (kind, target) in sorted(table.states[state].items()):
            if kind.name == "Shift" and target not in seen:
                seen.add(target)
                order.append(target)
    return order


@cache
def tables() -> Tables:
    """The tables of the grammar as it stands now."""
    grammar, data = grammar_text(), stored()
    if data is None or data.get("grammar") != grammar:
        data = compile_grammar(grammar)
    return Tables(
        terminals=[(name, pattern) for name, pattern in data["terminals"]],
        ignored=frozenset(data["ignored"]),
        rules=[Rule(*rule) for rule in data["rules"]],
        actions=data["actions"],
        gotos=data["gotos"],
        start=data["start"],
        end=data["end"],
    )


def stored() -> dict[str, Any] | None:
    """What the build has stored, or None where that cannot be read."""
    try:
        data = json.loads(STORED.read_bytes())
    except (OSError, ValueError):
        return None
    return cast(dict[str, Any], data) if isinstance(data, dict) else None
