"""How operators are written: signs, how tightly they bind, and which side needs parentheses.

One table serves the canonical printer and every view that shows a node as an expression.
"""

from typing import NamedTuple


class Notation(NamedTuple):
    """`before`, `between` and `after` are what is printed around the operands.

    `binds` is the level of the whole; each operand needs at least the level in `operands`,
    or parentheses.
    """

    binds: int
    operands: tuple[int, ...]
    before: str = ""
    between: str = ""
    after: str = ""


# The levels follow the grammar, from `disjunction` to `atom`.
LOOSEST, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, POSTFIX, ATOM = range(11)

NOTATIONS = {
    "or": Notation(OR, (OR, AND), between=" or "),
    "and": Notation(AND, (AND, NOT), between=" and "),
    "not": Notation(NOT, (NOT,), before="not "),
    "add": Notation(SUM, (SUM, PRODUCT), between=" + "),
    "sub": Notation(SUM, (SUM, PRODUCT), between=" - "),
    "mul": Notation(PRODUCT, (PRODUCT, SIGN), between="*"),
    "div": Notation(PRODUCT, (PRODUCT, SIGN), between="/"),
    "neg": Notation(SIGN, (SIGN,), before="-"),
    "pow": Notation(POWER, (POSTFIX, SIGN), between="^"),
    "factorial": Notation(POSTFIX, (ATOM,), after="!"),
}

COMPARISON_SIGNS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
for _sign, _name in COMPARISON_SIGNS.items():
    NOTATIONS[_name] = Notation(COMPARISON, (SUM, SUM), between=f" {_sign} ")


def number_text(value: float) -> str:
    """The shortest text that reads back as `value`; whole numbers without `.0`."""
    text = repr(value)
    return text.removesuffix(".0")


def applied(operator: str, operands: list[tuple[str, int]]) -> tuple[str, int]:
    """An operator applied to operands, each a text and its level; returns the same."""
    notation = NOTATIONS.get(operator)
    if notation is None:
        return f"{operator}({', '.join(text for text, _ in operands)})", ATOM
    texts = [
        text if level >= needed else f"({text})"
        for (text, level), needed in zip(operands, notation.operands, strict=True)
    ]
    return notation.before + notation.between.join(texts) + notation.after, notation.binds
