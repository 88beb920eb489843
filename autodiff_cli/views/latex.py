r"""Formulas in LaTeX, as one writes them: fractions, roots, powers, Greek names.

What is used is plain LaTeX with amsmath, and known to MathJax and KaTeX.
"""

from collections.abc import Iterator

from autodiff_cli.graph.operators import BY_NAME, Operator
from autodiff_cli.language.notation import (
    ATOM,
    COMPARISON,
    COMPARISON_SIGNS,
    LOOSEST,
    NOTATIONS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    number_text,
)
from autodiff_cli.language.printer import Piece, interleaved, written
from autodiff_cli.language.syntax import Kind, SyntaxTree

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_LETTERS = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
_COMMANDS = dict(zip((*_LETTERS, *_GREEK.split()), _GREEK.split() * 2, strict=True))
_WORDS = {"inf": r"\infty", "nan": r"\mathrm{NaN}", "tau": r"2\pi"}
_SIGNS = {
    "lt": "<",
    "le": r"\le",
    "gt": ">",
    "ge": r"\ge",
    "eq": "=",
    "ne": r"\ne",
    "and": r"\land",
    "or": r"\lor",
}
_SPECIAL = {
    **{character: f"\\{character}" for character in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
# The level of a product that is written without the minus it begins with.
_UNSIGNED = -1
_OPEN, _CLOSE = r"\left(", r"\right)"


def latex_statements(tree: SyntaxTree) -> Iterator[tuple[str, str]]:
    """The name of each statement, empty for a bare expression, and its expression."""
    for statement in tree.statements:
        yield latex_name(statement.name), written(tree, statement.root, latex)


def latex_name(name: str) -> str:
    r"""A name as it is set: x_12 and x12 as x_{12}, alpha as \alpha, speed upright."""
    stem, _, index = name.partition("_")
    letters = stem.rstrip("0123456789")
    if letters and letters != stem and not index:
        stem, index = letters, stem[len(letters) :]
    if not stem:
        return rf"\mathrm{{{_escaped(name)}}}" if name else ""
    return f"{_symbol(stem)}_{{{_symbol(index)}}}" if index else _symbol(stem)


def latex_number(text: str) -> str:
    """A number as it is set: powers of ten, the sign of infinity."""
    sign, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    if plain in _WORDS:
        return sign + _WORDS[plain]
    return sign + "".join(str(piece) for piece in _number(plain, LOOSEST))


def latex_text(words: str) -> str:
    """Words as they are set, with what is special in LaTeX as characters."""
    return "".join(_SPECIAL.get(character, character) for character in words)


def _symbol(word: str) -> str:
    """A Greek letter, a single letter, a number, or an upright word."""
    if word in _COMMANDS:
        return f"\\{_COMMANDS[word]}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{_escaped(word)}}}"


def _escaped(word: str) -> str:
    return word.replace("_", r"\_")


def latex(tree: SyntaxTree, node: int, level: int) -> list[Piece]:
    """The pieces of one node in LaTeX, with its operands still as nodes."""
    kind, label, children = tree.kinds[node], tree.labels[node], tree.children[node]
    if kind is Kind.NUMBER:
        return _number(label, level)
    if kind is Kind.NAME:
        return [_WORDS.get(label) or latex_name(label)]
    if kind is Kind.COMPARISON:
        signs = [f" {_SIGNS[COMPARISON_SIGNS[sign]]} " for sign in label.split()]
        return _bracketed(interleaved(children, [SUM] * len(children), signs), COMPARISON, level)
    match label:
        case "div":
            return _fraction(tree, node, level)
        case "pow":
            return _power(tree, node, level)
        case "neg" if level == _UNSIGNED:
            return [(children[0], SIGN)]
        case "mul":
            first = _UNSIGNED if level == _UNSIGNED else PRODUCT
            between = r" \cdot " if _begins_with_digit(tree, children[1]) else r"\,"
            return _bracketed([(children[0], first), between, (children[1], POWER)], PRODUCT, level)
        case "where":
            return _bracketed(_cases(children), LOOSEST, level)
        case "not":
            return _bracketed([r"\lnot ", (children[0], ATOM)], SIGN, level)
        case _ if label in _SIGNS:
            levels = [SUM, SUM] if label not in ("and", "or") else [COMPARISON, COMPARISON]
            return _bracketed(
                interleaved(children, levels, [f" {_SIGNS[label]} "]), NOTATIONS[label].binds, level
            )
        case _ if label in NOTATIONS:
            notation = NOTATIONS[label]
            body = interleaved(children, notation.operands, [notation.between] * (len(children) - 1))
            return _bracketed([notation.before, *body, notation.after], notation.binds, level)
        case _:
            return _call(label, children, level)


def _bracketed(body: list[Piece], binds: int, level: int) -> list[Piece]:
    return body if binds >= level else [_OPEN, *body, _CLOSE]


def _number(label: str, level: int) -> list[Piece]:
    text = label if len(label) > 17 else number_text(float(label))
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return [text]
    power = rf"10^{{{int(exponent)}}}"
    if mantissa == "1":
        return _bracketed([power], POWER, level)
    return _bracketed([rf"{mantissa} \cdot {power}"], PRODUCT, level)


def _fraction(tree: SyntaxTree, node: int, level: int) -> list[Piece]:
    """A fraction; a minus at the beginning of the numerator stands in front of it."""
    numerator, denominator = tree.children[node]
    is_negative = _begins_with_minus(tree, numerator)
    above = (numerator, _UNSIGNED if is_negative else LOOSEST)
    body: list[Piece] = [r"\frac{", above, "}{", (denominator, LOOSEST), "}"]
    if is_negative:
        return _bracketed(["-", *body], SIGN, level)
    return body if level <= POWER else [_OPEN, *body, _CLOSE]


def _begins_with_minus(tree: SyntaxTree, node: int) -> bool:
    while tree.labels[node] == "mul":
        node = tree.children[node][0]
    return tree.labels[node] == "neg"


def _power(tree: SyntaxTree, node: int, level: int) -> list[Piece]:
    base, exponent = tree.children[node]
    label = tree.labels[base]
    raised: list[Piece] = ["^{", (exponent, LOOSEST), "}"]
    if tree.kinds[base] is Kind.CALL and label in BY_NAME and label not in NOTATIONS:
        name = BY_NAME[label].latex
        if name.startswith("\\") and not is_template(name, BY_NAME[label]):
            # sin^2(x), as everybody writes it.
            body = [name, *raised, *_arguments(tree.children[base])]
            return _bracketed(body, POWER, level)
    operand: list[Piece] = [(base, ATOM)]
    if tree.kinds[base] is Kind.CALL and label not in NOTATIONS:
        operand = [_OPEN, (base, LOOSEST), _CLOSE]
    return _bracketed([*operand, *raised], POWER, level)


def _begins_with_digit(tree: SyntaxTree, node: int) -> bool:
    """Whether what is written first is a number, which must not touch a factor before it."""
    while tree.children[node] and tree.labels[node] in ("mul", "pow", "factorial"):
        node = tree.children[node][0]
    return tree.kinds[node] is Kind.NUMBER


def _cases(children: tuple[int, ...]) -> list[Piece]:
    condition, a, b = children
    return [
        r"\begin{cases} ",
        (a, LOOSEST),
        r" & \text{if } ",
        (condition, LOOSEST),
        r" \\ ",
        (b, LOOSEST),
        r" & \text{otherwise} \end{cases}",
    ]


def _arguments(children: tuple[int, ...]) -> list[Piece]:
    commas = [", "] * (len(children) - 1)
    return [_OPEN, *interleaved(children, [LOOSEST] * len(children), commas), _CLOSE]


def _call(label: str, children: tuple[int, ...], level: int) -> list[Piece]:
    operator = BY_NAME.get(label)
    if operator is None or not is_template(operator.latex, operator):
        name = operator.latex if operator is not None else ""
        return [name or rf"\operatorname{{{_escaped(label)}}}", *_arguments(children)]
    body = filled(operator.latex, dict(zip(operator.parameters, children, strict=True)), LOOSEST)
    return body if level <= POWER or not label.startswith("exp") else [_OPEN, *body, _CLOSE]


def is_template(text: str, operator: Operator) -> bool:
    """Whether a spelling says where the operands stand; else it is a name."""
    return any(f"{{{name}}}" in text for name in operator.parameters)


def filled(template: str, operands: dict[str, int], level: int) -> list[Piece]:
    """The pieces of a template: {x} is the operand of that name, {{ and }} are braces."""
    from string import Formatter

    pieces: list[Piece] = []
    for text, name, _, _ in Formatter().parse(template):
        pieces.append(text)
        if name is not None:
            pieces.append((operands[name], level))
    return pieces
