"""The parser: Lark's LALR tables, driven by a loop that builds the tree as it reads.

The loop is the textbook's (Aho, Lam, Sethi, Ullman, "Compilers", section 4.5) with one
addition. A plain operand climbs through a dozen rules that only pass it on, from `atom` to
`expression`; where the climb ends depends on nothing but the state below and the terminal
ahead, so it is worked out once for each such pair.
"""

from unicodedata import normalize

from autodiff_cli.language.builder import Action, Builder
from autodiff_cli.language.lexer import END, lex
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.language.tables import Rule, Tables, tables


def parse(text: str) -> SyntaxTree:
    """The syntax tree of a formula; time and memory grow linearly with the text.

    Letters with combining marks are composed first; positions are those of the composed text,
    which is in the tree. Raises FormulaError, with the place and a hint, where the text cannot
    be read.
    """
    text = normalize("NFC", text)
    builder = Builder(text)
    stack = _Stack(tables(), builder.actions)
    actions = stack.table.actions
    for terminal, start, end in lex(text):
        while True:
            entry = actions[stack.states[-1]].get(terminal)
            if entry is None:
                from autodiff_cli.language.mistakes import unexpected

                raise unexpected(text, (terminal, start, end))
            if entry >= 0:
                stack.states.append(entry)
                stack.values.append(text[start:end])
                stack.starts.append(start)
                stack.ends.append(end)
                break
            stack.reduce(~entry, terminal, start)
            if terminal == END and stack.states[-1] == stack.table.end:
                return builder.tree
    raise AssertionError("the last token is the end of the text")


class _Stack:
    """The parser's stack as parallel lists: states, values, and the positions they cover."""

    def __init__(self, table: Tables, actions: dict[str, Action]) -> None:
        self.table = table
        self.states = [table.start]
        self.values: list[object] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._reductions = [_reduction(rule, actions) for rule in table.rules]
        self._landings: dict[tuple[int, str, str], int] = {}

    def reduce(self, number: int, terminal: str, position: int) -> None:
        """Replace what a rule's right side matched by what its action makes of it."""
        size, origin, action = self._reductions[number]
        if size == 1:
            self.states.pop()
            if action is not None:
                self.values[-1] = action(self.values[-1:], self.starts[-1], self.ends[-1])
        elif size:
            start, end = self.starts[-size], self.ends[-1]
            value = action(self.values[-size:], start, end) if action is not None else None
            del self.states[-size:], self.values[-size:], self.starts[1 - size :], self.ends[-size:]
            self.values.append(value)
            self.ends.append(end)
        else:
            self.values.append(None)
            self.starts.append(position)
            self.ends.append(position)
        key = (self.states[-1], origin, terminal)
        landing = self._landings.get(key)
        if landing is None:
            landing = self._landings[key] = _landing(self.table, *key)
        self.states.append(landing)


def _reduction(rule: Rule, actions: dict[str, Action]) -> tuple[int, str, Action | None]:
    return rule.size, rule.origin, actions[rule.action] if rule.action else None


def _landing(table: Tables, below: int, symbol: str, terminal: str) -> int:
    """The state above `below` once `symbol` has climbed through the rules that pass it on."""
    while True:
        state = table.gotos[below][symbol]
        entry = table.actions[state].get(terminal, 0)
        if entry >= 0 or table.rules[~entry].action is not None:
            return state
        symbol = table.rules[~entry].origin
