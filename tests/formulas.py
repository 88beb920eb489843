"""Strategies that write formulas, for the tests that look for properties, and their true values.

A formula is drawn as text, with everything that the language leaves to taste: blanks, line
breaks, redundant parentheses, both signs of a power, products without a sign.
"""

from hypothesis import strategies as st
from mpmath import mp, mpf

NAMES = ("x", "y", "z", "t_1", "λ", "or", "and", "pi")
PARAMETERS = ("p", "q", "x")


def _words(text: str) -> list[str]:
    return text.split()


# How loosely an operand may bind where it stands, as in the grammar.
_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _POSTFIX, _ATOM = range(11)

_blank = st.sampled_from(["", "", "", " ", "  ", "\t"])
_gap = st.sampled_from([" ", "  ", " \t"])
_gap_after_sign = st.sampled_from([" ", "  ", "\n", " # note ) or (\n "])

_digits = st.sampled_from(["0", "1", "2", "3", "7", "12", "1_000", "400"])
_number = st.one_of(
    _digits,
    st.builds("{}.{}".format, _digits, _digits),
    st.builds(".{}".format, _digits),
    st.builds("{}.".format, _digits),
    st.builds("{}{}{}".format, _digits, st.sampled_from(["e", "E"]), st.sampled_from(["0", "-3", "+2"])),
)


@st.composite
def syntax(draw, level=_CHOICE, depth=3, names=NAMES, functions=()):  # noqa: PLR0912
    """The text of an expression that may stand where `level` is due."""
    if depth == 0 or draw(st.integers(0, 6)) == 0:
        return draw(_operand(names))
    kinds = [kind for kind, binds in _KINDS.items() if binds >= level]
    kind = draw(st.sampled_from([*kinds, "group", "call"]))

    def part(at: int) -> str:
        return draw(syntax(level=at, depth=depth - 1, names=names, functions=functions))

    def around(sign: str) -> str:
        # A word must not touch a name, nor == a factorial; a line may break after a sign.
        apart = sign.isalpha() or sign == "=="
        after = draw(_gap_after_sign if apart or draw(st.integers(0, 5)) == 0 else _blank)
        return draw(_gap if apart else _blank) + sign + after

    def one_of(*signs: str) -> str:
        return around(draw(st.sampled_from(signs)))

    match kind:
        case "group":
            return f"({draw(_blank)}{part(_CHOICE)}{draw(_blank)})"
        case "call":
            return draw(_call(names, functions, depth))
        case "choice":
            return f"{part(_OR)}{around('?')}{part(_CHOICE)}{around(':')}{part(_CHOICE)}"
        case "or":
            return part(_OR) + one_of("or", "||") + part(_AND)
        case "and":
            return part(_AND) + one_of("and", "&&") + part(_NOT)
        case "not":
            return "not" + draw(_gap) + part(_NOT)
        case "comparison":
            text = part(_SUM)
            for _ in range(draw(st.integers(1, 3))):
                text += one_of("<", "<=", ">", ">=", "==", "!=", "≤", "≥", "≠") + part(_SUM)
            return text
        case "sum":
            return part(_SUM) + one_of("+", "-", "−") + part(_PRODUCT)
        case "product":
            return part(_PRODUCT) + one_of("*", "/", "·", "×", "÷") + part(_SIGN)
        case "side by side":
            # Parentheses keep a quotient, a number or a word from being misunderstood.
            left = f"({part(_CHOICE)})" if draw(st.booleans()) else draw(st.sampled_from(["2", "3.5"]))
            return left + draw(_blank) + draw(st.sampled_from(["x", "y^2", "√x", "(x)!", "(y)³"]))
        case "sign":
            return draw(st.sampled_from(["-", "+", "−"])) + draw(_blank) + part(_SIGN)
        case "power":
            return part(_POSTFIX) + one_of("^", "**") + part(_SIGN)
        case "superscript":
            return part(_ATOM) + draw(st.sampled_from(["²", "³", "⁻¹", "¹⁰"]))
        case _:
            return f"(1 + {part(_PRODUCT)})!"


_KINDS = {
    "choice": _CHOICE,
    "or": _OR,
    "and": _AND,
    "not": _NOT,
    "comparison": _COMPARISON,
    "sum": _SUM,
    "product": _PRODUCT,
    "side by side": _PRODUCT,
    "sign": _SIGN,
    "power": _POWER,
    "superscript": _POSTFIX,
    "factorial": _POSTFIX,
}


def _operand(names):
    return st.one_of(_number, st.sampled_from(names), st.sampled_from(names))


_BUILT_IN = (
    ("sin", 1),
    ("exp", 1),
    ("abs", 1),
    ("atan2", 2),
    ("max", 2),
    ("max", 3),
    ("where", 3),
    ("pow", 2),
)


@st.composite
def _call(draw, names, functions, depth):
    name, count = draw(st.sampled_from([*_BUILT_IN, *functions, *_FORMS]))
    if count == 0 and (name, count) in _FORMS:
        return draw(_form(name, names, functions, depth))
    arguments = [draw(syntax(depth=depth - 1, names=names, functions=functions)) for _ in range(count)]
    comma = draw(_blank) + "," + draw(_blank)
    space = draw(st.sampled_from(["", "", " "]))
    return f"{name}{space}({draw(_blank)}{comma.join(arguments)}{draw(_blank)})"


_FORMS = (("diff", 0), ("sum", 0), ("prod", 0))


@st.composite
def _form(draw, name, names, functions, depth):
    """A derivative along a name that is there, or a short sum or product."""
    inner = (*names, "i") if name != "diff" else names
    body = draw(syntax(depth=depth - 1, names=inner, functions=functions))
    if name == "diff":
        along = draw(st.sampled_from(["x", "y"]))
        order = draw(st.sampled_from(["", ", 0", ", 1", ", 2", f", {along}"]))
        return f"diff({along}*({body}), {along}{order})"
    low, high = draw(st.sampled_from(["-1", "0", "1"])), draw(st.sampled_from(["0", "1", "2", "3/1"]))
    return f"{name}(i, {low}, {high}, {body})"


@st.composite
def programs(draw):
    """A whole text: definitions and functions around an expression, in any order."""
    functions, names, statements = [], NAMES, []
    for number in range(draw(st.integers(0, 2))):
        parameters = PARAMETERS[: draw(st.integers(0, 3))]
        body = draw(syntax(depth=2, names=(*NAMES, *parameters), functions=tuple(functions)))
        name = f"f{number}"
        statements.append(f"{name}({', '.join(parameters)}) = {body}")
        functions.append((name, len(parameters)))
    for number in range(draw(st.integers(0, 2))):
        name = f"d{number}"
        statements.append(f"{name} = {draw(syntax(depth=2, names=names, functions=tuple(functions)))}")
        names = (*names, name)
    if not names[len(NAMES) :] or draw(st.booleans()):
        statements.append(draw(syntax(names=names, functions=tuple(functions))))
    return draw(st.sampled_from(["; ", ";", "\n", " # note\n", ";\n\n"])).join(
        draw(st.permutations(statements))
    )


_TOKENS = _words("""
    x y z f g or and not pi e inf nan sin max where if atan2 factorial polygamma mod clip log sqrt
    0 1 2 2.5 .5 1e3 2e 1e999 1_000 + - * / ^ ** ! ( ) ( ) ( ) , ; = == < <= != ? : && || ² ⁻¹ √ · −
    # @ [ ] ' . $ % sin( f( max( f(x)= x= diff( sum( prod( i, sum(i,1,2, ,x) diff sum
""")

# Texts that are mostly not formulas.
garbage = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="xyz012.e+-*/^!()=<>?:;,\n &|²√_ ", max_size=30),
    st.lists(st.sampled_from([*_TOKENS, "\n", " "]), max_size=20).map("".join),
    st.lists(st.sampled_from([*_TOKENS, "\n"]), max_size=20).map(" ".join),
)


def _binary(sign):
    return lambda pair: f"({pair[0]} {sign} {pair[1]})"


def arithmetic(names=("x", "y", "z"), leaves=8):
    """Formulas of + - * / sin exp sqrt, over numbers and names."""
    leaf = st.one_of(st.sampled_from(names), st.sampled_from(["1", "2", "3", "0.1", "7.25"]))

    def grow(inner):
        pairs = st.tuples(inner, inner)
        return st.one_of(
            *(pairs.map(_binary(sign)) for sign in "+-*/"),
            *(inner.map(f"{name}({{}})".format) for name in ("sin", "exp", "sqrt")),
        )

    return st.recursive(leaf, grow, max_leaves=leaves)


SMOOTH_FUNCTIONS = _words("""
    sin cos tan asin acos atan sinh cosh tanh asinh exp expm1 log log1p sqrt sigmoid softplus cbrt
    exp2 log2
""")


def smooth(names=("x", "y"), leaves=5):
    """Formulas of smooth functions; where they are not smooth is for the test to find out."""
    leaf = st.one_of(
        st.sampled_from(names), st.sampled_from(names), st.sampled_from(["1", "2", "3", "0.5", "pi"])
    )

    def grow(inner):
        pairs = st.tuples(inner, inner)
        return st.one_of(
            *(pairs.map(_binary(sign)) for sign in "+-*/"),
            *(st.tuples(inner, st.just(n)).map(_binary("^")) for n in ("2", "3", "-1", "0.5")),
            pairs.map("abs({0[0]})^({0[1]})".format),
            pairs.map("atan2({0[0]}, {0[1]})".format),
            pairs.map("hypot({0[0]}, {0[1]})".format),
            st.tuples(st.sampled_from(SMOOTH_FUNCTIONS), inner).map("{0[0]}({0[1]})".format),
            pairs.map("where({0[0]} > 0.3, {0[0]}*{0[1]}, {0[1]})".format),
        )

    return st.recursive(leaf, grow, max_leaves=leaves)


class OutsideTheDomainError(Exception):
    """The formula has no real value at the point."""


def true_value(graph, root, point):
    """The value of a node at a point of mpmath's numbers, to its working precision."""
    values = {}
    for node in graph.reachable([root]):
        name, operands = graph.operators[node].name, [values[a] for a in graph.arguments[node]]
        if node in graph.constants:
            values[node] = mpf(graph.constants[node])
        elif name == "var":
            (variable,) = (n for n, found in graph.variables.items() if found == node)
            values[node] = mpf(point[variable])
        elif name == "where":
            values[node] = operands[1] if operands[0] else operands[2]
            if values[node] is None:
                raise OutsideTheDomainError
        else:
            values[node] = _true_application(name, operands)
    if values[root] is None:
        raise OutsideTheDomainError
    return values[root]


def _true_application(name, operands):
    """The value of one operator; None where it has none, for it may not be needed."""
    if None in operands:
        return None
    try:
        value = _TRUE[name](*operands)
    except (ValueError, ZeroDivisionError):
        return None
    return value if isinstance(value, mpf) and mp.isfinite(value) else None


_TRUE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": lambda a, b: a**b,
    "gt": lambda a, b: mpf(a > b),
    "abs": abs,
    "cbrt": lambda a: mp.sign(a) * mp.cbrt(abs(a)),
    "exp2": lambda a: mpf(2) ** a,
    "log2": lambda a: mp.log(a) / mp.log(2),
    "sigmoid": lambda a: 1 / (1 + mp.exp(-a)),
    "softplus": lambda a: mp.log1p(mp.exp(a)),
    "acosh": mp.acosh,
    "atan2": mp.atan2,
    "atanh": mp.atanh,
    "hypot": mp.hypot,
}
_TRUE.update({name: getattr(mp, name) for name in SMOOTH_FUNCTIONS if name not in _TRUE})
