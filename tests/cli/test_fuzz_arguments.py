"""Whatever the arguments and the formula: a documented exit code, and never an exception.

Everything runs within this process, so that an exception shows itself.
"""

from command import DOCUMENTED_EXITS, quick, strict_json
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

EXITS_OF_EVAL = frozenset({0, 1, 2, 3, 4})
COMMON = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# No command line has a NUL in an argument.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
NAMES = st.sampled_from(["x", "y", "q", "e", "pi", "θ", "json", "v1", "f", "value", "sin", "or", "not"])
NUMBERS = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from(["", "-", "pi/2", "1/0", "nan", "-inf", "1e-320", "1e999", "0x1", "[1]", "--"]),
)
OPTIONS = st.sampled_from(
    [
        *["--set", "--params", "--wrt", "--output", "--format", "--json", "--get", "--digits", "--all"],
        *["--color", "--allow-nonfinite", "--help", "-h", "--version", "--", "-", "--nope", "-x", "---"],
    ]
)
OPTION_VALUES = st.sampled_from(
    [
        *["table", "tree", "plain", "json", "csv", "markdown", "always", "never", "3", "17", "x=1", "x"],
        *["x,y", ",", "value", "d.x", "error", "d.", ".", "q,f", "/dev/null", ".", "/no/such/file"],
    ]
)
FORMULAS = st.sampled_from(
    [
        *["x", "x*y", "q = x; f = q*y", "sqrt(x)", "where(x < y, x, y)", "abs(x)!", "3", "1/x", "x + %"],
        *["f(u) = u^2; f(x)", "e^x", "json*x", "θ", "@/dev/null", "@/no/such/file", "-", "-x", "x=1"],
    ]
)
ARGUMENTS = st.one_of(
    FORMULAS,
    NUMBERS,
    OPTIONS,
    OPTION_VALUES,
    TEXT,
    st.builds("{}={}".format, st.one_of(NAMES, OPTIONS), st.one_of(NUMBERS, OPTION_VALUES, TEXT)),
    st.builds("--{}".format, NAMES),
    st.builds("--{}={}".format, NAMES, NUMBERS),
)

FORMATS = st.sampled_from(["plain", "json", "tree", "table", "csv", "markdown"])

# Pieces of the language, so that random formulas are sometimes well formed.
PIECES = st.sampled_from(
    [
        *["x", "y", "θ", "e", "pi", "inf", "nan", "0", "1", "2.5", "1e-3", ".5", "1e308", "(", ")"],
        *["+", "-", "*", "/", "^", "**", "!", "√", "²", "⁻¹", "<", "<=", "==", "!=", " and ", "||"],
        *["not ", "?", ":", ",", ";", "\n", "=", "sin(", "log(", "sqrt(", "max(", "where(", "f("],
        *["abs(", "gamma(", "clip(", "f(x) = ", "q = ", " ", "\t", "# c\n", "%", "[", "@", "÷", "·"],
    ]
)
RANDOM_FORMULAS = st.one_of(
    st.lists(PIECES, max_size=14).map("".join),
    st.recursive(
        st.sampled_from(["x", "y", "2", "0", "-1.5", "1e200", "inf", "pi"]),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*/^<"), inner),
            st.builds(
                "{}({})".format, st.sampled_from(["sin", "log", "sqrt", "abs", "exp", "-"]), inner
            ),
            st.builds("where({} < {}, {}, {})".format, inner, inner, inner, inner),
        ),
        max_leaves=12,
    ),
    TEXT,
)


@COMMON
@given(st.lists(ARGUMENTS, max_size=7))
@example([])
@example(["x", "--set"])
@example(["x", "--params"])
@example(["--", "--"])
@example(["x", "--x", "1", "--get", ","])
@example(["x", "=1"])
@example(["--json", "--json"])
def test_arguments_of_eval(arguments):
    ran = quick("eval", *arguments)
    assert ran.code in EXITS_OF_EVAL
    if ran.code:
        assert ran.out == ""
        assert ran.err


@COMMON
@given(st.lists(ARGUMENTS, max_size=5))
def test_arguments_of_the_program(arguments):
    assert quick(*arguments).code in DOCUMENTED_EXITS


@COMMON
@given(
    RANDOM_FORMULAS,
    st.sampled_from(["plain", "json", "tree", "table", "csv", "markdown"]),
    st.booleans(),
)
def test_formulas(formula, form, allow):
    values = ["--set", "x=0.5", "--set", "y=-2", "--set", "θ=0"]
    names = [value for value in values[1::2] if value[0] in formula]
    options = [argument for value in names for argument in ("--set", value)]
    options += ["--allow-nonfinite"] * allow
    ran = quick("eval", *options, "--format", form, "--", formula)
    assert ran.code in EXITS_OF_EVAL
    if ran.code == 0 and form == "json":
        strict_json(ran.out)
    if ran.code:
        assert ran.out == ""
        if form == "json":
            error = strict_json(ran.err)["error"]
            if error["span"] is not None and ran.code in (3, 4):
                start, end = error["span"]
                assert 0 <= start <= end <= len(formula)
        else:
            assert ran.err.startswith("error: ")


@COMMON
@given(RANDOM_FORMULAS)
def test_formula_by_every_way(formula):
    """Text on the command line and on standard input are the same formula."""
    options = ("--set", "x=0.5", "--allow-nonfinite", "--get", "value")
    if formula == "-" or formula.startswith(("@", "\ufeff")) or "\r" in formula:
        return
    direct = quick("eval", *options, "--", formula)
    piped = quick("eval", *options, "-", stdin=formula.encode())
    assert piped == direct


@COMMON
@given(st.binary(max_size=30))
def test_bytes_on_standard_input(content):
    assert quick("eval", "-", "--json", stdin=content).code in EXITS_OF_EVAL


@COMMON
@given(RANDOM_FORMULAS, TEXT)
def test_values(text, name):
    ran = quick("eval", "x", f"--x={text}", "--get", "value", "--allow-nonfinite")
    assert ran.code in (0, 2)
    assert quick("eval", "x", "--set", f"{name}={text}").code in EXITS_OF_EVAL
