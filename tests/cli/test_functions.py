"""`autodiff functions`: by loops over the operator table, so that a new record needs no new test."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command import at_terminal, environment, quick, run, strict_json
from operator_truth import kinks, special
from test_completion import bash, zsh
from test_terminal import GREEN, RED, bare, pieces, width

from autodiff_cli.graph.lower import lower
from autodiff_cli.graph.operators import BY_NAME, FAMILIES, OPERATORS
from autodiff_cli.graph.reference import (
    LANGUAGE_FORMS,
    OTHER_SIGNS,
    conventions,
    derivatives,
    entries,
    signs,
    usage,
)
from autodiff_cli.graph.rules import partial, value
from autodiff_cli.language.notation import number_text
from autodiff_cli.language.parser import parse
from autodiff_cli.language.syntax import FORMS

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- functions: begin -->\n", "<!-- functions: end -->\n"

each = pytest.mark.parametrize("record", OPERATORS, ids=lambda record: record.name)


def out(*arguments):
    ran = quick("functions", *arguments)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def found(*arguments):
    """The records that a search finds, by name."""
    return {record["name"]: record for record in strict_json(out("--json", *arguments))["functions"]}


def facts(*arguments):
    """What plain rows say of one function: (label, text)."""
    return [tuple(line.split("\t")) for line in out(*arguments, "--format", "plain").splitlines()]


def squeezed(text):
    return re.sub(r"\s", "", text)


class TestJson:
    """Complete records for programs."""

    def test_every_record_is_there_and_complete(self):
        records = found()
        assert list(records) == [record.name for record in OPERATORS]
        for family, table in FAMILIES.items():
            for record in table:
                shown = records[record.name]
                assert shown["family"] == family
                assert shown["usage"] == usage(record)
                assert shown["parameters"] == list(record.parameters)
                assert shown["aliases"] == list(record.aliases)
                assert shown["summary"].startswith(record.summary)
                assert (shown["definition"] or "") == record.definition
                assert (shown["domain"] or "") == record.domain
                assert record.partials.items() <= shown["partials"].items()
                assert {shown["partials"][n] for n in shown["partials"].keys() - record.partials} <= {
                    "0"
                }
                assert shown["ulps"] == {
                    "value": record.rounding,
                    "first": record.first_ulps,
                    "second": record.second_ulps,
                }
                assert [kink["when"] for kink in shown["kinks"]] == [k.when for k in record.kinks]
                for kink, meant in zip(shown["kinks"], record.kinks, strict=True):
                    for name, (left, right) in meant.sides.items():
                        assert (kink["sides"][name]["left"], kink["sides"][name]["right"]) == (
                            left,
                            right,
                        )

    def test_one_function_on_each_line(self):
        head, *lines = out("--json").splitlines()
        assert head == '{"schema": "autodiff.functions/1",'
        assert len(lines) == 2 + len(OPERATORS) + len(LANGUAGE_FORMS)
        assert out("--json") == out("--format", "json")

    def test_along_each_parameter_there_is_a_rule(self):
        for record in OPERATORS:
            along = ["x"] if record.variadic else list(record.parameters)
            assert list(found(record.name)[record.name]["partials"]) == along


class TestKinks:
    """What is said to be used at a kink is what the sweep uses there."""

    @each
    def test_used(self, record):
        points = special(record)
        for number, convention in enumerate(conventions(record)):
            here = [p for p in points if number in kinks(record, p) and self._is_at(record, p)]
            for side in convention.sides:
                position = 0 if record.variadic else record.parameters.index(side.parameter)
                used = {p: number_text(self._used(record, p, position)) for p in here}
                got = set(used.values())
                if side.used is not None:
                    assert got <= {side.used}, f"{record.name} along {side.parameter}: {got}"
                elif side.of_two is not None:
                    assert {used[p] for p in here if len(p) == 2} == {side.of_two}
                elif len(here) > 5:
                    assert len(got) > 1, f"{record.name} along {side.parameter} always uses {got}"

    @staticmethod
    def _is_at(record, point):
        return not record.variadic or point[0] == record.floats(*point)

    @staticmethod
    def _used(record, point, position):
        rule = partial(record, len(point), position)
        return 0.0 if rule is None else value(rule, point, record.floats(*point), position) + 0.0

    @pytest.mark.parametrize(
        ("name", "used"),
        [("abs", "0"), ("relu", "0"), ("sign", "0"), ("hypot", "0"), ("floor", "0"), ("lt", "0")],
    )
    def test_conventions(self, name, used):
        for kink in found(name)[name]["kinks"]:
            assert {side["used"] for side in kink["sides"].values()} == {used}

    def test_a_share_of_a_tie(self):
        (kink,) = found("max")["max"]["kinks"]
        assert kink["sides"]["x"]["used"] == BY_NAME["max"].partials["x"]
        assert (
            "  along x",
            "0 from the left, 1 from the right; the rule's value is used, 0.5 of two",
        ) in facts("max")

    def test_as_eval_warns(self):
        (kink,) = found("abs")["abs"]["kinks"]
        side = kink["sides"]["x"]
        assert (
            f"{side['left']} from the left, {side['right']} from the right, and {side['used']} is used"
            in (quick("eval", "abs(x)", "x=0").err)
        )


class TestExamples:
    """Every example can be run, without a warning."""

    @each
    def test_example(self, record):
        command = shlex.split(found(record.name)[record.name]["example"])
        assert command[:2] == ["autodiff", "eval"]
        ran = quick(*command[1:])
        assert (ran.code, ran.err) == (0, ""), ran
        lowered = lower(parse(command[2]))
        assert lowered.graph.operators[lowered.output] is record

    def test_examples_of_the_help(self):
        text = " ".join(out("--help").split())
        examples = re.search(r"Examples: (.*?) Exit codes", text)[1].split(", ")
        assert len(examples) == 2
        for example in examples:
            command = example.split()
            assert command[:2] == ["autodiff", "functions"]
            assert out(*command[2:])


class TestNames:
    """A name, an alias, a sign or the usage leads to one function in full."""

    @each
    def test_all_that_it_is_called(self, record):
        for text in (record.name, record.name.upper(), *record.aliases, *signs(record), usage(record)):
            named = found("--", text)
            assert record.name in named
            assert len(named) == 1 or text in "-−"

    @each
    def test_full(self, record):
        rows = facts(record.name)
        assert rows[0] == ("function", usage(record))
        texts = [text for _, text in rows]
        for text in (*derivatives(record).values(), record.domain or "everywhere"):
            assert text in texts
        assert record.definition in [*texts, ""]
        for kink in record.kinks:
            assert kink.when in texts
            for sides in kink.sides.values():
                assert any(all(side in text for side in sides) for text in texts)
        (accuracy,) = (text for label, text in rows if label == "accuracy")
        bounds = {"value": record.rounding, "derivative": record.first_ulps if record.partials else 0}
        bounds |= {"second derivative": record.second_ulps} if record.partials else {}
        for what, ulps in bounds.items():
            number = re.escape(number_text(ulps))
            said = (
                rf"(within )?{number}( ulps?)?" if ulps else "exact" if record.partials else "(exact|0)"
            )
            assert re.search(rf"(^|, ){what} {said}(,|$)", accuracy)
        assert accuracy.count("within") <= 1

    @each
    def test_aliases_say_so(self, record):
        for name in record.aliases:
            if name.lower() == record.name:
                continue  # in any case it is the name
            assert (name, f"another name of {record.name}") in facts(name.upper())
        others = [name for name in record.aliases if name.lower() != record.name]
        said = [name for name, text in facts(record.name) if "another name" in text]
        assert not set(said) & set(others)

    @pytest.mark.parametrize(("sign", "name"), OTHER_SIGNS)
    def test_signs_are_of_the_language(self, sign, name):
        operands = ["u", "v", "w"][: len(BY_NAME[name].parameters)]
        written = f"{sign}u" if len(operands) == 1 else f"u {sign} v"
        formula = "u ? v : w" if sign == "?:" else written
        lowered = lower(parse(formula))
        assert lowered.graph.operators[lowered.output] is BY_NAME[name]

    def test_a_sign_of_two_operators(self):
        assert list(found("-")) == ["sub", "neg"]
        assert facts("-")[0] == ("function", "a - b")

    @pytest.mark.parametrize(
        ("sign", "name"),
        [("+", "add"), ("^", "pow"), ("**", "pow"), ("!", "factorial"), ("<", "lt"), ("?:", "where")],
    )
    def test_signs(self, sign, name):
        assert list(found(sign)) == [name]

    def test_several_names(self):
        assert list(found("sqrt", "ARCSIN", "sqrt")) == ["sqrt", "asin"]

    def test_usages(self):
        for name, text in {
            "atan2": "atan2(y, x)",
            "max": "max(a, b, ...)",
            "add": "a + b",
            "factorial": "x!",
            "neg": "-a",
            "not": "not a",
        }.items():
            assert usage(BY_NAME[name]) == text


class TestForms:
    """What takes names among its arguments is no operator, and is listed all the same."""

    each = pytest.mark.parametrize("form", LANGUAGE_FORMS, ids=lambda form: form.name)

    def test_all_are_there(self):
        assert {form.name for form in LANGUAGE_FORMS} == FORMS.keys()
        records = strict_json(out("--json"))["forms"]
        assert [record["name"] for record in records] == [form.name for form in LANGUAGE_FORMS]
        assert strict_json(out("--json", "sin"))["forms"] == []

    @each
    def test_in_full(self, form):
        for text in (form.name, form.name.upper(), form.usage):
            rows = facts(text)
            assert rows[0] == ("function", form.usage)
            assert ("example", form.example) in rows
        assert form.summary in out(form.name, "--format", "table", "--color", "never")
        assert f"| `{form.usage}` |" in out(form.name, "--format", "markdown")
        assert lower(parse(f"{form.usage}; f = x*y; body = x*i*y; n = 3; i = x"))

    @each
    def test_the_example_runs(self, form):
        ran = quick(*shlex.split(form.example)[1:])
        assert (ran.code, ran.err) == (0, ""), ran

    def test_they_are_found(self):
        assert [form["name"] for form in strict_json(out("--json", "product", "body"))["forms"]] == [
            "prod"
        ]


class TestSearch:
    """Words are searched for in everything that is said of a function but its rules."""

    def test_every_word_must_occur(self):
        inverse, sine = set(found("inverse")), set(found("sine"))
        assert "acosh" in inverse
        assert set(found("inverse", "sine")) == inverse & sine != set()
        assert found("inverse sine") == found("INVERSE", "Sine") == found("sine", "inverse")

    @pytest.mark.parametrize("family", FAMILIES)
    def test_families(self, family):
        assert {record.name for record in FAMILIES[family]} <= set(found(family))

    def test_aliases_and_definitions(self):
        assert "digamma" in found("derivative", "gamma")
        assert "asinh" in found("arsin")
        assert "log2" in found("log(x)/log(2)")

    def test_nothing_to_search_for_is_everything(self):
        assert len(found("")) == len(OPERATORS)

    @pytest.mark.parametrize(
        ("texts", "hint"),
        [
            (["logaritm"], "did you mean logarithm?"),
            (["inverse", "sien"], "did you mean"),
            (["arcsni"], "did you mean arcsin?"),
            (["zzzzzz"], "autodiff functions lists them all"),
        ],
    )
    def test_nothing_found(self, texts, hint):
        ran = quick("functions", *texts)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: no function matches {' '.join(texts)}\nhint: {hint}")
        error = strict_json(quick("functions", *texts, "--json").err)
        assert error["schema"] == "autodiff.error/1"
        assert error["error"]["code"] == "usage"
        assert hint in error["error"]["hint"]

    def test_text_that_is_no_text(self):
        ran = run("functions", b"\xff\x1b[31m")
        assert (ran.code, ran.out) == (2, "")
        assert "\x1b" not in ran.err


class TestOptions:
    """Formats and colours as in the other commands."""

    def test_a_pipe_gets_plain_rows(self):
        assert run("functions").out == out("--format", "plain")
        heading, *rows = out().splitlines()
        assert heading.split("\t") == ["name", "function", "family", "summary", "derivative"]
        names = [record.name for record in (*OPERATORS, *LANGUAGE_FORMS)]
        assert [row.split("\t")[0] for row in rows] == names
        assert all(row.count("\t") == 4 for row in rows)

    @pytest.mark.parametrize(
        "arguments",
        [["--bogus"], ["-q"], ["--format", "csv"], ["--format"], ["--json", "--format", "plain"]],
    )
    def test_refused(self, arguments):
        ran = quick("functions", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "error" in ran.err

    def test_what_rules_are_written_with_says_so(self):
        records = found()
        for name in ("gate", "ties"):
            assert "for derivative rules" in records[name]["summary"]

    @pytest.mark.parametrize("form", ["json", "plain", "markdown"])
    def test_loads_little(self, form):
        code = (
            "import sys; sys.argv = ['autodiff', 'functions', '--format', sys.argv[1]]\n"
            "from autodiff_cli.cli.main import main\n"
            "try: main()\n"
            "finally: sys.stderr.write(' '.join({m.partition('.')[0] for m in sys.modules}))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, form], capture_output=True, env=environment(), check=True
        )
        assert {"numpy", "scipy", "lark", "rich"}.isdisjoint(done.stderr.decode().split())


class TestTerminal:
    """The table fits the screen; what it cuts it says, and one function is never cut."""

    @pytest.mark.parametrize("columns", [30, 59, 60, 80, 100, 160, 250])
    def test_list_fits(self, columns):
        ran = at_terminal("functions", columns=columns)
        assert ran.code == 0
        text = bare(ran.out)
        assert max(map(width, text.splitlines())) <= columns
        everything = squeezed(text)
        for record in OPERATORS:
            # A long usage may go on in the next line.
            assert squeezed(usage(record).split(", ")[0]) in everything
        for family in FAMILIES:
            assert squeezed(family) in everything

    def test_a_rule_is_whole_or_says_that_it_is_not(self):
        text = squeezed(bare(at_terminal("functions", columns=40).out))  # one below the other
        for record in OPERATORS:
            for rule in map(squeezed, record.partials.values()):
                wholes = (rule[:length] + "..." in text for length in range(10, len(rule)))
                assert rule in text or any(wholes), rule
        wide = bare(at_terminal("functions", columns=250).out)
        for record in OPERATORS:
            assert all(rule in wide for rule in record.partials.values() if len(rule) < 80)

    @pytest.mark.parametrize("columns", [40, 80, 160])
    @each
    def test_full_is_whole(self, record, columns):
        text = quick_at(columns, record.name)
        assert max(map(width, text.splitlines())) <= columns
        for _, fact in facts(record.name):
            assert squeezed(fact) in squeezed(text)

    def test_without_a_width_nothing_is_cut(self):
        text = out("--format", "table")
        for record in OPERATORS:
            for rule in record.partials.values():
                assert rule in text

    def test_colours(self):
        shown = at_terminal("functions", "abs").out
        red = "".join(text for text, styles in pieces(shown) if RED in styles)
        assert "sign(x)" in red
        assert not any(GREEN in styles for _, styles in pieces(shown))
        for arguments in (["--color", "never"], []):
            env = {} if arguments else {"NO_COLOR": "1"}
            assert "\x1b" not in at_terminal("functions", *arguments, env=env).out
        assert "\x1b[" in out("abs", "--format", "table", "--color", "always")
        assert "\x1b" not in at_terminal("functions", "--json").out

    def test_no_line_ends_in_blanks(self):
        for arguments in ([], ["clip"]):
            assert not re.search(r"[ \t]+$", out(*arguments, "--format", "table"), re.MULTILINE)


def quick_at(columns, name):
    """One function in full, as wide as a terminal, within this process."""
    from autodiff_cli.views.layout import Layout
    from autodiff_cli.views.reference_terminal import full_view
    from autodiff_cli.views.terminal import render

    entry = next(entry for entry in entries() if entry.operator.name == name)
    return "".join(render(full_view([entry], [name]), Layout(0, 0, None, False, columns)))


class TestMarkdown:
    """The reference page."""

    def test_cells(self):
        rows = [line for line in out("--format", "markdown").splitlines() if line.startswith("|")]
        assert len(rows) == len(OPERATORS) + len(LANGUAGE_FORMS) + 2 * (len(FAMILIES) + 1)
        for row in rows:
            cells = re.split(r"(?<!\\)\|", row)
            assert len(cells) == 8, row
            assert all(cell.count("`") % 2 == 0 for cell in cells), row

    def test_a_pipe_is_escaped(self):
        assert r"`\|\|`" in out("or", "--format", "markdown")

    def test_families_come_once(self):
        headings = re.findall("^#### .*", out("sin", "abs", "cos", "--format", "markdown"), re.MULTILINE)
        assert len(headings) == 2

    def test_the_readme_has_it(self):
        """To renew it, put the output of the command between the two lines."""
        text = README.read_text(encoding="utf-8")
        assert text.count(BEGIN) == text.count(END) == 1
        shown = text.split(BEGIN)[1].split(END)[0]
        assert shown.strip("\n") == out("--format", "markdown").strip("\n")


class TestCompletion:
    """Names in the shell."""

    def test_names(self):
        offered = bash("autodiff functions ", 2)
        assert set(offered) == {*BY_NAME, *FORMS}

    def test_beginnings(self):
        assert bash("autodiff functions arcs", 2) == [n for n in BY_NAME if n.startswith("arcs")]
        assert "asinh" in bash("autodiff functions sin as", 3)
        assert bash("autodiff functions --form", 2) == ["--format"]
        assert bash("autodiff func", 1) == ["functions"]

    def test_zsh_tells_what_they_are(self):
        assert "cbrt" in zsh("autodiff functions cb")
