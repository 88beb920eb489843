"""`--mode`, `--direction`, and `--order` beyond 2."""

import json

import pytest
from command import at_terminal, evaluated, failed, get, quick, refused

XY = ("x*y^2", "x=3", "y=2")


def rows(*arguments: str) -> list[list[str]]:
    ran = quick("eval", *arguments)
    assert ran.code == 0, ran.err
    return [line.split("\t") for line in ran.out.splitlines()]


class TestMode:
    """Which sweep is shown."""

    def test_forward_has_a_tangent_for_each_variable(self):
        found = rows(*XY, "--mode", "forward")
        assert found[0] == ["node", "expression", "value", "tangent x", "tangent y"]
        assert found[1:] == [
            ["x", "", "3", "1", "0"],
            ["y", "", "2", "0", "1"],
            ["v1", "y^2", "4", "0", "4"],
            ["v2", "x*v1", "12", "4", "12"],
        ]

    def test_along_some(self):
        found = rows(*XY, "--mode", "forward", "--wrt", "y")
        assert found[0][3:] == ["tangent y"]
        assert get(*XY, "--mode", "forward", "--wrt", "y", "--get", "d.y") == [12]

    @pytest.mark.parametrize("mode", ["auto", "reverse"])
    def test_reverse_is_the_default(self, mode):
        assert quick("eval", *XY, "--mode", mode) == quick("eval", *XY)

    def test_json(self):
        found = evaluated(*XY, "--mode", "forward")
        assert found["mode"] == "forward"
        assert found["gradient"] == {"x": 4, "y": 12}
        assert [node["tangent"] for node in found["nodes"]] == [
            {"x": 1, "y": 0},
            {"x": 0, "y": 1},
            {"x": None, "y": None},
            {"x": 0, "y": 4},
            {"x": 4, "y": 12},
        ]
        assert [node["adjoint"] for node in found["nodes"]] == [4, 12, None, 3, 1]
        assert not {"mode", "direction"} & evaluated(*XY).keys()

    def test_several_outputs(self):
        arguments = ("f = x*y; g = f + x", "x=2", "y=3", "--output", "f,g", "--mode", "forward")
        assert rows(*arguments)[0][3:] == ["tangent x", "tangent y"]
        assert evaluated(*arguments)["gradient"] == {"f": {"x": 3, "y": 2}, "g": {"x": 4, "y": 2}}

    @pytest.mark.parametrize("form", ["table", "tree", "csv", "markdown"])
    def test_formats(self, form):
        out = quick("eval", *XY, "--mode", "forward", "--format", form).out
        assert "tangent y" in out
        assert "derivative" not in out

    def test_hessian(self):
        found = evaluated(*XY, "--mode", "forward", "--order", "2")["hessian"]
        assert found == {"x": {"x": 0, "y": 4}, "y": {"x": 4, "y": 6}}

    def test_certified(self):
        arguments = ("sqrt(1 + x) - 1", "x=1e-14", "--certify", "--get", "value,d.x")
        assert get(*arguments, "--mode", "forward") == get(*arguments)

    def test_kinks_are_told_as_in_reverse(self):
        for formula in ("abs(x)", "relu(x) - relu(-x)", "x > 1 ? x^2 : x"):
            forward = quick("eval", formula, "x=0", "--get", "d.x", "--mode", "forward")
            assert forward == quick("eval", formula, "x=0", "--get", "d.x")

    def test_unknown(self):
        assert "--mode" in refused(*XY, "--mode", "backward")

    def test_too_many_tangents(self, monkeypatch):
        monkeypatch.setattr("autodiff_cli.derivatives.evaluation._MOST_TANGENTS", 1000)
        n = 100
        terms = " + ".join(f"x{i}" for i in range(n))
        values = [f"x{i}=1" for i in range(n)]
        ran = quick("eval", terms, *values, "--mode", "forward")
        assert ran.code == 2
        assert "--mode reverse" in ran.err


class TestDirection:
    """The derivative along a direction."""

    def test_every_format(self):
        arguments = (*XY, "--direction", "x=1,y=-2")
        assert rows(*arguments)[0] == ["node", "expression", "value", "tangent"]
        assert [row[3] for row in rows(*arguments)[1:]] == ["1", "-2", "-8", "-20"]
        assert get(*arguments, "--get", "direction") == [-20]
        for form in ("table", "tree"):
            out = quick("eval", *arguments, "--format", form).out
            assert "directional derivative = -20" in out
        found = evaluated(*arguments)
        assert found["direction"] == {"x": 1, "y": -2}
        assert found["directional_derivative"] == -20
        assert found["directional_differentiable"] is True
        assert found["directional_one_sided"] is None
        assert [node["tangent"] for node in found["nodes"]] == [1, -2, None, -8, -20]

    def test_takes_the_place_of_variables(self):
        """What is not asked for does no harm."""
        found = evaluated("sqrt(x) + y", "x=0", "y=1", "--direction", "y=2")
        assert found["directional_derivative"] == 2
        assert found["gradient"] == {}
        assert evaluated(*XY, "--direction", "x=1", "--wrt", "y")["gradient"] == {"y": 12}

    def test_beside_adjoints(self):
        arguments = (*XY, "--direction", "x=1", "--mode", "reverse")
        assert rows(*arguments)[0][3:] == ["derivative", "tangent"]
        found = evaluated(*arguments)
        assert found["gradient"] == {"x": 4, "y": 12}
        assert found["directional_derivative"] == 4

    def test_values_are_expressions(self):
        for text in ("x=max(1, 2),y=-1/2", "x=2, y = -0.5", "x=atan2(0,1)+2,y=-.5"):
            assert get(*XY, "--direction", text, "--get", "direction") == [2]
        assert get(*XY, "--direction", "x=2", "--direction", "y=-0.5", "--get", "direction") == [2]

    def test_outputs(self):
        arguments = ("f = x*y; g = f + x", "x=2", "y=3", "--output", "f,g", "--direction", "x=1,y=1")
        assert get(*arguments, "--get", "direction.f,direction.g") == [5, 6]
        assert evaluated(*arguments)["directional_derivative"] == {"f": 5, "g": 6}

    def test_a_variable_of_that_name(self):
        assert get("direction*2", "direction=3", "--direction", "direction=1", "--get", "direction") == [
            3
        ]

    @pytest.mark.parametrize(
        ("direction", "said"),
        [
            ("z=1", "no variable z"),
            ("x", "not name=value"),
            ("x=1,x=2", "given twice"),
            ("q=1", "defined in the formula"),
            ("x=", "empty"),
            ("x=y", "not a number"),
            ("x=inf", "not finite"),
            ("x=1/0", "it is inf"),
            ("", "not name=value"),
            ("=1", "not name=value"),
        ],
    )
    def test_refused(self, direction, said):
        assert said in refused("q = x*y; q", "x=1", "y=2", "--direction", direction)

    def test_no_hint_lost(self):
        assert "did you mean speed?" in quick("eval", "speed", "speed=1", "--direction", "sped=1").err

    def test_certified(self):
        arguments = ("sqrt(1 + x*y) - 1", "x=1e-14", "y=1", "--direction", "x=1,y=0.5", "--certify")
        assert get(*arguments, "--get", "direction") == [0.5]
        text = quick("eval", "exp(x)", "x=0", "--direction", "x=3", "--digits", "20").out
        assert "direction\t3.0000000000000000000" in text

    @pytest.mark.parametrize(
        ("formula", "direction", "derivative", "sides"),
        [
            ("abs(x - y)", "x=1,y=1", 0, None),
            ("abs(x - y)", "x=1", 0, [-1, 1]),
            ("abs(x - y)", "x=-2", 0, [-2, 2]),
            ("max(x, y)", "x=3,y=3", 3, None),
            ("max(x, y)", "x=1,y=3", 2, [1, 3]),
            ("relu(x - y) - relu(y - x)", "x=2,y=1", 1, None),
            ("hypot(x - 1, y - 1)", "x=3,y=4", 0, [-5, 5]),
            ("cbrt(x - 1)*cbrt((y - 1)^2)", "x=8,y=-27", 18, None),
            ("sqrt((x - y)^4) + x", "x=2,y=1", 2, None),
            ("sqrt((x - y)^2 + abs(y - 1)^3)", "x=2,y=4", 0, [-2, 2]),
            ("sqrt(x - y)^2", "x=2,y=-2", 4, [None, 4]),
        ],
    )
    def test_kinks(self, formula, direction, derivative, sides):
        """Looked at from both sides along the direction; only a kink along it is one."""
        found = evaluated(formula, "x=1", "y=1", "--direction", direction)
        assert found["directional_derivative"] == derivative
        assert found["directional_one_sided"] == sides
        assert found["directional_differentiable"] is (sides is None)
        said = "".join(w["message"] for w in found["warnings"])
        assert ("along the direction the derivative is" in said) == (sides is not None)

    def test_not_finite(self):
        said = failed("sqrt(x)", "x=0", "--direction", "x=2")["message"]
        assert "the derivative along the direction is inf" in said
        assert get(
            "sqrt(x)", "x=0", "--direction", "x=2", "--allow-nonfinite", "--get", "direction"
        ) == [float("inf")]

    def test_zero_and_strangers(self):
        assert get(
            "x; f = y", "x=1", "y=1", "--output", "f", "--direction", "x=1", "--get", "direction"
        ) == [0]
        assert get(*XY, "--direction", "x=0,y=0", "--get", "direction") == [0]


class TestTaylor:
    """`--order N`."""

    EXP = ("exp(sin(x))", "x=0", "--order", "4")

    def test_every_format(self):
        expected = [
            ["0", "1", "1"],
            ["1", "1", "1"],
            ["2", "0.5", "1"],
            ["3", "0", "0"],
            ["4", "-0.125", "-3"],
        ]
        assert rows(*self.EXP) == [["order", "coefficient", "derivative"], *expected]
        assert quick("eval", *self.EXP, "--format", "csv").out.splitlines()[3] == "2,0.5,1"
        assert quick("eval", *self.EXP, "--format", "markdown").out.splitlines()[1:3] == [
            "| ---: | ---: | ---: |",
            "| 0 | 1 | 1 |",
        ]
        for form in ("table", "tree"):
            assert "coefficient" in quick("eval", *self.EXP, "--format", form).out
        found = evaluated(*self.EXP)
        assert found["order"] == 4
        assert found["taylor"] == [1, 1, 0.5, 0, -0.125]
        assert found["derivatives"] == [1, 1, 1, 0, -3]
        assert "hessian" not in found
        assert get(*self.EXP, "--get", "c.2,d.4,d.x,value") == [0.5, -3, 1, 1]

    def test_several_outputs(self):
        arguments = ("f = x^2; g = exp(x)", "x=0", "--output", "f,g", "--order", "3")
        assert rows(*arguments)[0] == [
            "order",
            "coefficient f",
            "derivative f",
            "coefficient g",
            "derivative g",
        ]
        assert get(*arguments, "--get", "c.f.2,d.g.3") == [1, 1]
        assert evaluated(*arguments)["taylor"]["f"] == [0, 0, 1, 0]

    def test_one_of_several_variables(self):
        arguments = ("x^3*y", "x=2", "y=5", "--order", "3")
        assert "--wrt x picks one" in quick("eval", *arguments).err
        assert quick("eval", *arguments).code == 2
        assert get(*arguments, "--wrt", "x", "--get", "c.3,d.3") == [5, 30]
        assert get(*arguments, "--direction", "x=1,y=1", "--get", "c.3") == [11]

    def test_order_2_is_the_hessian(self):
        assert "hessian" in evaluated("x^2", "x=1", "--order", "2")
        assert "taylor" not in evaluated("x^2", "x=1", "--order", "2")

    def test_certified(self):
        arguments = ("(1 - cos(x))/x^2", "x=1e-7", "--order", "4", "--certify", "--get", "c.4")
        assert get(*arguments) == [1 / 720 - 15e-14 / 40320]
        out = quick("eval", "exp(x)", "x=0", "--order", "3", "--digits", "20").out
        assert "c.3\t0.16666666666666666667" in out
        digits = evaluated("exp(x)", "x=0", "--order", "3", "--digits", "20")["certified"]["digits"]
        assert digits["c.3"] == "0.16666666666666666667"

    def test_warns_at_a_kink(self):
        ran = quick("eval", "abs(x)", "x=0", "--order", "3")
        assert ran.code == 0
        assert "has a kink" in ran.err

    def test_not_finite(self):
        said = failed("x^2.5", "x=0", "--order", "4")["message"]
        assert "the coefficient of order 3" in said
        ran = quick("eval", "x^2.5", "x=0", "--order", "4", "--allow-nonfinite", "--json")
        assert json.loads(ran.out)["taylor"] == [0, 0, 0, "NaN", "NaN"]

    def test_derivatives_beyond_float64(self):
        arguments = ("1/(1 - x)", "x=0", "--order", "172")
        ran = quick("eval", *arguments)
        assert ran.code == 0
        assert "the derivative of order 171 is too large" in ran.err
        assert ran.out.splitlines()[-1] == "172\t1\t"
        assert evaluated(*arguments)["derivatives"][171:] == [None, None]
        assert evaluated(*arguments, "--allow-nonfinite")["derivatives"][171:] == ["Infinity"] * 2
        ran = quick("eval", *arguments, "--get", "d.172")
        assert (ran.code, ran.out) == (2, "")
        assert "there is no d.172 to get" in ran.err

    def test_long_tables_are_cut(self):
        arguments = ("eval", "exp(x)", "x=0", "--order", "60")
        assert "21 more rows; --all shows them" in at_terminal(*arguments).out
        assert len(at_terminal(*arguments, "--all").out.splitlines()) > 60

    @pytest.mark.parametrize("order", ["0", "1001", "-3", "2.5", "many"])
    def test_orders_refused(self, order):
        assert "--order" in refused("x", "x=1", "--order", order)
