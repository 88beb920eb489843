"""`--order 2` and several outputs: Hessians and Jacobians in every format, sparse ones as lists."""

import csv
import json

import pytest
from command import at_terminal, evaluated, get, quick, refused

TABULAR = ("plain", "csv", "markdown")


def chain(count: int) -> list[str]:
    """Squares of differences: of each variable and the next."""
    text = " + ".join(f"(x{k} - x{k + 1})^2" for k in range(1, count))
    return [text, *(f"x{k}={k * k}" for k in range(1, count + 1)), "--order", "2"]


def pairs(count: int) -> dict[tuple[str, str], float]:
    """The second derivatives of a chain, in order."""
    found: dict[tuple[str, str], float] = {}
    for k in range(1, count + 1):
        found[f"x{k}", f"x{k}"] = 2.0 if k in (1, count) else 4.0
        if k < count:
            found[f"x{k}", f"x{k + 1}"] = -2.0
    return found


def full(count: int) -> list[str]:
    """A formula in which every variable is with every other."""
    names = [f"x{k}" for k in range(count)]
    return [f"({' + '.join(names)})^2", *(f"{name}=1" for name in names), "--order", "2"]


class TestJson:
    """A nested object, or coordinates beyond 20 variables where most pairs have none."""

    def test_up_to_twenty_variables_all_pairs_are_there(self):
        hessian = evaluated(*chain(20))["hessian"]
        names = [f"x{k}" for k in range(1, 21)]
        known = pairs(20)
        assert hessian == {
            a: {b: known.get((a, b), known.get((b, a), 0.0)) for b in names} for a in names
        }

    def test_beyond_only_what_is_not_zero_by_structure(self):
        hessian = evaluated(*chain(21))["hessian"]
        assert list(hessian) == ["format", "row", "column", "value"]
        assert hessian["format"] == "coordinates"
        found = dict(
            zip(zip(hessian["row"], hessian["column"], strict=True), hessian["value"], strict=True)
        )
        assert list(found.items()) == list(pairs(21).items())

    def test_unless_most_pairs_have_one(self):
        hessian = evaluated(*full(21))["hessian"]
        assert len(hessian) == 21
        assert all(set(row.values()) == {2.0} for row in hessian.values())

    def test_a_variable_may_be_called_format(self):
        assert evaluated("format^2", "--set", "format=3", "--order", "2")["hessian"] == {
            "format": {"format": 2.0}
        }

    def test_several_outputs_have_one_form(self):
        text, *others = chain(21)
        hessians = evaluated(f"f = {text}; g = x1^3", *others, "--output", "f,g")["hessian"]
        assert {hessian["format"] for hessian in hessians.values()} == {"coordinates"}
        assert (hessians["g"]["row"], hessians["g"]["column"], hessians["g"]["value"]) == (
            ["x1"],
            ["x1"],
            [6.0],
        )

    def test_what_is_not_finite(self):
        text, *others = chain(21)
        hessian = evaluated(f"{text} + y^1.5", "y=0", *others, "--allow-nonfinite")["hessian"]
        assert hessian["value"][-1] == "Infinity"


class TestRows:
    """Columns, or rows by the names that --get takes."""

    @pytest.mark.parametrize("form", TABULAR)
    def test_up_to_twenty_variables_there_are_columns(self, form):
        out = quick("eval", *chain(20), "--format", form).out
        assert "d2 x20" in out
        assert "h.x1" not in out

    @pytest.mark.parametrize("form", TABULAR)
    def test_beyond_there_are_rows(self, form):
        out = quick("eval", *chain(21), "--format", form).out
        assert "d2 " not in out
        assert out.count("h.x") == len(pairs(21))

    @pytest.mark.parametrize(
        ("mode", "derivatives"),
        [([], 1), (["--mode", "forward"], 21), (["--mode", "reverse", "--direction", "x1=1"], 2)],
    )
    def test_the_rows_are_rectangular(self, mode, derivatives):
        out = quick("eval", *chain(21), *mode, "--format", "csv").out
        rows = list(csv.reader(out.splitlines()))
        assert {len(row) for row in rows} == {3 + derivatives}
        found = [row for row in rows if row[0].startswith("h.")]
        blank = [""] * derivatives
        assert found == [[f"h.{a}.{b}", "", f"{d:g}", *blank] for (a, b), d in pairs(21).items()]

    def test_of_several_outputs(self):
        text, *others = chain(21)
        out = quick("eval", f"f = {text}; g = x1^3", *others, "--output", "f,g", "--format", "csv").out
        assert "h.f.x1.x2,,-2,,\n" in out
        assert "h.g.x1.x1,,6,,\n" in out


class TestForPeople:
    """Columns where they fit, else a list below."""

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_many_variables_get_a_list(self, form):
        out = quick("eval", *chain(21), "--format", form, "--all").out
        _, listed = out.split("second derivatives; those that are not here are 0\n")
        lines = [line.split() for line in listed.split("\n\n")[0].splitlines()]
        assert lines[0] == ["along", "second", "derivative"]
        assert lines[1:] == [[f"{a},", b, f"{d:g}"] for (a, b), d in pairs(21).items()]

    def test_a_long_list_is_cut_in_the_middle(self):
        out = quick("eval", *chain(30), "--format", "table").out
        listed = out.split("second derivatives")[1]
        assert f"... {len(pairs(30)) - 40} more rows; --all shows them" in listed
        assert "x30, x30" in listed

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_columns_that_do_not_fit_become_a_list(self, form):
        wide = at_terminal("eval", *chain(8), "--format", form, "--color", "never", columns=200).out
        narrow = at_terminal("eval", *chain(8), "--format", form, "--color", "never", columns=70).out
        assert "d2 x8" in wide
        assert "those that are not here" not in wide
        assert "d2 x8" not in narrow
        assert "x7, x8" in narrow
        assert all(len(line) <= 70 for line in narrow.splitlines() if "^2" not in line)

    def test_outputs_side_by_side(self):
        text, *others = chain(21)
        out = quick("eval", f"f = {text}; g = x1^3", *others, "--output", "f,g", "--format", "table").out
        lines = [line.split() for line in out.split("second derivatives")[1].splitlines()]
        assert ["along", "d2", "f", "d2", "g"] in lines
        assert ["x1,", "x1", "2", "6"] in lines
        assert ["x1,", "x2", "-2"] in lines

    def test_a_linear_formula_has_none(self):
        names = [f"x{k}" for k in range(21)]
        arguments = [" + ".join(names), *(f"{name}=1" for name in names), "--order", "2"]
        assert "all second derivatives are 0" in quick("eval", *arguments, "--format", "table").out


class TestBareNumbers:
    """`--get h.x.y` looks a pair up, however many there are."""

    def test_of_many_variables(self):
        asked = "h.x3.x4,h.x4.x3,h.x3.x3,h.x1.x21"
        assert get(*chain(21), "--get", asked) == [-2, -2, 4, 0]

    def test_of_outputs(self):
        arguments = ["f = x*y; g = f^2", "x=3", "y=2", "--order", "2", "--output", "f,g"]
        assert get(*arguments, "--get", "h.f.x.y,h.g.x.y,d.g.x") == [1, 24, 24]

    @pytest.mark.parametrize(
        ("asked", "hint"),
        [
            ("h.speed.tims", "did you mean h.speed.time?"),
            ("h.time", "for example: h.speed.time"),
            ("h.nope.speed.time", "did you mean h.speed.time?"),
            ("h.", "for example: h.speed.time"),
            ("h.speed.qqqqqqqq", "for example: h.speed.time"),
        ],
    )
    def test_what_there_is_not(self, asked, hint):
        said = refused("speed*time", "speed=1", "time=2", "--order", "2", "--get", asked)
        assert f"there is no {asked} to get" in said
        assert hint in said

    def test_without_order_2(self):
        assert "--order 2" in refused("x^2", "x=1", "--get", "h.x.x")

    def test_without_variables(self):
        assert "there is no h.x.x to get" in refused("3", "--order", "2", "--get", "h.x.x")

    def test_along_a_direction_alone(self):
        asked = ["x^2", "x=1", "--direction", "x=1", "--order", "2", "--get", "h.x.x"]
        assert "hint: --wrt names variables" in refused(*asked)


class TestJacobian:
    """Several outputs: one derivative of each along each name, in every format."""

    POLAR = ("a = r*cos(t); b = r*sin(t)", "r=2", "t=0", "--output", "a,b")
    JACOBIAN = {"a": {"r": 1.0, "t": 0.0}, "b": {"r": 0.0, "t": 2.0}}  # noqa: RUF012

    def test_json(self):
        assert evaluated(*self.POLAR)["gradient"] == self.JACOBIAN

    def test_bare_numbers(self):
        asked = [f"d.{output}.{name}" for output, row in self.JACOBIAN.items() for name in row]
        assert get(*self.POLAR, "--get", ",".join(asked)) == [1, 0, 0, 2]

    @pytest.mark.parametrize(("form", "sign"), [("csv", ","), ("plain", "\t"), ("markdown", " | ")])
    def test_rows(self, form, sign):
        lines = quick("eval", *self.POLAR, "--format", form).out.splitlines()
        assert sign.join(["node", "expression", "value", "d a", "d b"]) in lines[0]
        rows = [line.strip("| ").replace("`", "").split(sign) for line in lines]
        found = {
            row[0].strip(): [float(cell) for cell in row[3:]] for row in rows if row[0] in ("r", "t")
        }
        assert found == {"r": [1.0, 0.0], "t": [0.0, 2.0]}

    @pytest.mark.parametrize("form", ["table", "tree"])
    def test_for_people(self, form):
        lines = [line.split() for line in quick("eval", *self.POLAR, "--format", form).out.splitlines()]
        assert any(line[-4:] in (["d", "a", "d", "b"], ["a", "d", "b", "local"]) for line in lines)

    def test_of_vectors_of_results(self):
        """A Jacobian of many outputs is keyed by output, with zeros where nothing is shared."""
        text = "; ".join(f"y{k} = x{k}*x{k + 1}" for k in range(30))
        outputs = ",".join(f"y{k}" for k in range(30))
        gradient = evaluated(text, *(f"x{k}={k + 1}" for k in range(31)), "--output", outputs)[
            "gradient"
        ]
        assert {name: d for name, d in gradient["y7"].items() if d} == {"x7": 9.0, "x8": 8.0}


def test_certified_digits_of_a_sparse_hessian():
    pytest.importorskip("flint")
    result = evaluated(*chain(21), "--digits", "20")
    digits = {name: text for name, text in result["certified"]["digits"].items() if name[0] == "h"}
    assert {name: float(text) for name, text in digits.items()} == {
        f"h.{a}.{b}": d for (a, b), d in pairs(21).items()
    }


@pytest.mark.slow
def test_a_thousand_variables(tmp_path):
    """Every part of the command takes them by what there is, not by all pairs."""
    text, *values, _, _ = chain(1000)
    params = tmp_path / "values.json"
    params.write_text(json.dumps({name: float(v) for name, v in (pair.split("=") for pair in values)}))
    result = evaluated(text, "--params", str(params), "--order", "2")
    assert len(result["hessian"]["value"]) == 1999
    for form in (*TABULAR, "table", "tree"):
        out = quick("eval", text, "--params", str(params), "--order", "2", "--format", form).out
        assert len(out) < 20 * len(text)
