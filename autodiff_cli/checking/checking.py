"""Is a gradient right? The sweep's own, or one that someone claims, against values alone.

The derivative rules have no part in the truth: it is taken from differences of the value. Where
they and a claim differ, the claim is compared with likely mistakes.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite, isnan, ulp
from random import Random
from typing import Any, NamedTuple

from autodiff_cli.checking.claims import Claim
from autodiff_cli.checking.differences import (
    FLOAT_BITS,
    FloatTruth,
    Function,
    Sided,
    Truth,
    best_truth,
    by_rules,
)
from autodiff_cli.checking.mistakes import Likenesses, Suspected, likenesses, terms
from autodiff_cli.checking.taylor import Taylor, taylor_test
from autodiff_cli.checking.verdicts import Check, LeftOut, Partial, Point, Verdict, excess
from autodiff_cli.derivatives.diagnosis import Diagnosis, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation, Output
from autodiff_cli.derivatives.failure import failure
from autodiff_cli.derivatives.lost_digits import swept_again
from autodiff_cli.derivatives.rounding import rounding_errors
from autodiff_cli.errors import MathError, UsageError
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.reverse import ABSENT
from autodiff_cli.language.notation import number_text

# What a float64 computation may be off, relatively, without being wrong.
RTOL = 1e-9

# A derivative is a sum of terms, and so much of their size is rounding.
_OF_TERMS = 1e-6

# The truth itself must be known that well: of itself, of the value for each unit, and at all.
_KNOWN, _OF_VALUE, _NOTHING = 2.0**-10, 1e-11, 1e-30

# A truth that is known to half of a float's last place, relatively, needs no second witness.
_SHARP = 2.0**-53

# Operations that a check may take: about a minute's.
MOST_OPERATIONS = 50_000_000
_VALUES_PER_NAME, _VALUES_PER_POINT = 6, 30

# Points near a wrong claim at which a likeness that is no chance is found as well.
_GHOSTS = (0.0123, -0.0271)


_UNTOLD = "values alone do not tell the derivative here"
_OWN_RULE = "a rule of autodiff's own is wrong; please report it with the formula"
_PERHAPS = "a rule of autodiff's own is wrong, or floats mislead; the extra `exact` would tell"


class Question(NamedTuple):
    """What is to be checked: claims by name, where, and how strictly.

    `wrt` are the names asked for; `rtol` the relative tolerance.
    """

    lowered: Lowered
    claims: Mapping[str, Claim]
    outputs: Sequence[str]
    wrt: Sequence[str]
    rtol: float
    seed: int


def random_points(
    point: Mapping[str, float], ranges: Mapping[str, tuple[float, float]], count: int, seed: int
) -> list[dict[str, float]]:
    """Points with the names of `ranges` drawn uniformly, and the others as they are."""
    if not ranges:
        return [dict(point)]
    random = Random(seed)
    return [
        {**point, **{name: random.uniform(*ends) for name, ends in ranges.items()}} for _ in range(count)
    ]


def check(question: Question, points: Sequence[Mapping[str, float]]) -> Check:
    """Check at each point. Of several points those outside the domain are left out.

    Raises MathError where there is no finite value or derivative at any point, and UsageError for
    names without a derivative or a check that would take too long.
    """
    truth = best_truth()
    checked: list[Point] = []
    left_out: list[LeftOut] = []
    failed: MathError | None = None
    for number, point in enumerate(points):
        evaluation = _evaluated(question, point)
        if not number:
            _check_names(evaluation)
            _check_size(evaluation, len(points))
        diagnosis = diagnose(evaluation)
        failed = failure(evaluation)
        if failed is None:
            at = _AtPoint(question, evaluation, diagnosis, truth, point)
            checked.append(at.checked(f"{question.seed}:{number}"))
        else:
            left_out.append(LeftOut(evaluation.point, failed.message))
    if failed is not None and not checked:
        hint = "there is no derivative to check"
        raise MathError(failed.message, text=failed.text, span=failed.span, hint=hint)
    told = _explained(checked, is_certain=not isinstance(truth, FloatTruth))
    return Check(question.lowered, told, truth.method, left_out, bool(question.claims), question.rtol)


def _evaluated(question: Question, point: Mapping[str, float]) -> Evaluation:
    """The formula at a point; names that are claimed are asked for."""
    evaluation = Evaluation(question.lowered, point, question.outputs, question.wrt)
    missing = [name for name in question.claims if name not in evaluation.wrt]
    if not missing:
        return evaluation
    if question.wrt:
        raise UsageError(
            f"{missing[0]} has a claim, but --wrt leaves it out", hint="--wrt names what is checked"
        )
    return Evaluation(question.lowered, point, question.outputs, [*evaluation.inputs, *missing])


def _check_names(evaluation: Evaluation) -> None:
    """Raise UsageError where there is no derivative to check."""
    if not evaluation.wrt:
        raise UsageError(
            "there is no derivative to check: the formula has no variables", hint="for example: x^2"
        )


def _check_size(evaluation: Evaluation, points: int) -> None:
    operations, names = len(evaluation.nodes), len(evaluation.wrt)
    total = points * operations * (_VALUES_PER_NAME * names + _VALUES_PER_POINT)
    if total > MOST_OPERATIONS and (names > 1 or points > 1):
        raise UsageError(
            f"that is too much: {operations} operations, again for each of {names} derivatives"
            f" at {points} {'point' if points == 1 else 'points'}",
            hint="--wrt x,y checks some of the derivatives" + (", --n fewer points" * (points > 1)),
        )


class _AtPoint:
    """The check at one point."""

    def __init__(
        self,
        question: Question,
        evaluation: Evaluation,
        diagnosis: Diagnosis,
        truth: Truth,
        point: Mapping[str, float],
    ) -> None:
        self.question, self.evaluation, self.diagnosis = question, evaluation, diagnosis
        self.output: Output = evaluation.outputs[0]
        self.truth, self.point = truth, point
        self.function: Function = truth.function(evaluation, self.output)
        self.terms = terms(evaluation, self.output)
        self.claimed = self._claimed()
        self.claims = {name: truth.to_float(value) for name, value in self.claimed.items()}

    def checked(self, seed: str) -> Point:
        """Every partial, and the Taylor test of them together."""
        evaluation, nodes = self.evaluation, self.evaluation.wrt_nodes
        sided = {name: self._sided(name) for name in nodes}
        rules = by_rules(self.function)
        truths = {name: found.derivative for name, found in sided.items()}
        partials = [self._partial(name, sided[name], rules[nodes[name]], truths) for name in nodes]
        taylor = self._taylor(partials, rules, seed)
        return Point(evaluation.point, evaluation.value(self.output.node), partials, taylor)

    def _claimed(self) -> dict[str, Any]:
        """The claims' values, in the truth's number system."""
        truth, evaluation, values = self.truth, self.evaluation, self.function.values
        live = set(evaluation.nodes)
        with truth.precision(self.function.bits):
            known = {name: truth.number(x) for name, x in self.point.items()}
            for name, node in evaluation.lowered.definitions.items():
                if node in live:
                    known[name] = values[node]
                elif node in evaluation.graph.constants:
                    known[name] = truth.number(evaluation.graph.constants[node])
            for claim in self.question.claims.values():
                self._check_known(claim, known)
            return {n: claim.value(truth, known) for n, claim in self.question.claims.items()}

    def _check_known(self, claim: Claim, known: Mapping[str, object]) -> None:
        for name in claim.lowered.graph.variables:
            if name not in known:
                is_defined = name in self.evaluation.lowered.definitions
                raise UsageError(
                    f"the claim for {claim.name} needs {name}, which has no value",
                    hint="it has no part in the output" if is_defined else f"give it as --{name} VALUE",
                )

    def _sided(self, name: str) -> Sided:
        """The truth along a name; what the output does not depend on has no influence."""
        node = self.evaluation.wrt_nodes[name]
        if node not in self.function.after([node]) and node not in self.evaluation.nodes:
            return Sided(0.0, 0.0, 0.0, 0.0)
        told = self.diagnosis.is_differentiable(self.evaluation, self.output, node) is False
        return self.truth.along(self.function, node, self.terms[name], told)

    def _partial(self, name: str, found: Sided, rule: Any, truths: Mapping[str, float]) -> Partial:
        node = self.evaluation.wrt_nodes[name]
        sweep = self.evaluation.gradient(self.output)[name]
        claim, truth = self.claims.get(name), found.derivative
        size = self._size(name, truth if isfinite(truth) else sweep)
        tolerance = max(self.question.rtol * size, 2 * found.error if found.error < inf else 0.0)
        partial = Partial(name, claim, sweep, truth, None, tolerance, Verdict.RIGHT, "")
        is_differentiable = self.diagnosis.is_differentiable(self.evaluation, self.output, node)
        # Floats do not tell a kink from a bend that is narrower than their steps.
        is_seen = found.has_kink and self.function.bits > FLOAT_BITS
        if is_differentiable is False or is_seen:
            return self._at_kink(partial, found, is_differentiable is False)
        if found.has_kink or not self._is_known(found, node):
            return _unsettled(partial, _UNTOLD)
        error = abs(partial.checked - truth)
        partial = partial._replace(error=error)
        if error <= tolerance:
            if self._is_settled(partial, found):
                return partial._replace(explanation=_agrees(partial, found))
            return _unsettled(partial, _too_coarse(partial, found))
        if self._is_rounding(partial, rule):
            return partial._replace(verdict=Verdict.LOST_DIGITS, explanation=_lost(partial))
        if not found.is_sure:
            return _unsettled(partial, _UNTOLD)
        return self._wrong(partial, truths)

    def _is_known(self, found: Sided, node: int) -> bool:
        """Whether the values have told the derivative."""
        value, at = self.evaluation.value(self.output.node), self.evaluation.value(node)
        small = _OF_VALUE * abs(value) / (abs(at) or 1.0)
        return found.error <= max(_KNOWN * abs(found.derivative), small, _NOTHING)

    def _size(self, name: str, derivative: float) -> float:
        """What a derivative may be off by is relative to: it, and the terms that it is a sum of."""
        return max(abs(derivative), _OF_TERMS * self.terms[name])

    def _is_settled(self, partial: Partial, found: Sided) -> bool:
        """Whether a number within the tolerance is right.

        A truth that is less sharp than was asked for takes other numbers for right, too. It will do
        as a witness for the sweep's number, if it tells that number from what slopes and terms around
        it are like; by itself it will not.
        """
        name, checked, sweep = partial.name, partial.checked, partial.sweep
        rtol = max(self.question.rtol, _SHARP)
        if 2 * found.error <= rtol * self._size(name, found.derivative):
            return True
        if abs(checked - sweep) > rtol * self._size(name, sweep):
            return False
        scale = max(abs(found.derivative), self.terms[name], found.nearby)
        return checked == sweep == 0 or found.error <= _KNOWN * scale

    def _is_rounding(self, partial: Partial, rule: Any) -> bool:
        """Whether float64 explains an error: the formula loses digits, and no rule is wrong."""
        name, error = partial.name, partial.error or 0.0
        claim = self.question.claims.get(name)
        if claim is None and isfinite(exact := self.truth.to_float(rule)) and exact != partial.sweep:
            return abs(exact - (partial.truth or 0.0)) <= partial.tolerance
        if claim is not None and not claim.is_number:
            return False
        return error <= self._rounding(name)

    def _rounding(self, name: str) -> float:
        """What float64 may lose in the derivative along a name."""
        root = self.evaluation.derivative(self.output, self.evaluation.wrt_nodes[name])
        if root == ABSENT:
            return 0.0
        derivative = swept_again(self.evaluation, [self.evaluation.graph.reachable([root])])[0]
        return rounding_errors(derivative, [root])[root].absolute

    def _wrong(self, partial: Partial, truths: Mapping[str, float]) -> Partial:
        """A wrong partial, with what it looks like."""
        partial = partial._replace(verdict=Verdict.WRONG)
        claim = self.question.claims.get(partial.name)
        if claim is None:
            return partial
        moved = self._moved(partial.name) if claim.is_number else None
        wrong = Suspected(partial.name, partial.checked, truths, self.claims, claim.digits, moved)
        found = likenesses(self.evaluation, self.output, wrong)
        if not claim.is_number:
            for shift in _GHOSTS:
                near = self._nearby(claim, shift) if found else None
                if near is not None:
                    found = {key: said for key, said in found.items() if key in near}
        return partial._replace(likenesses=found)

    def _moved(self, name: str) -> Callable[[float], float]:
        """The value, as a function of a step along a name that floats take."""
        node, truth = self.evaluation.wrt_nodes[name], self.truth
        after, x = self.function.after([node]), self.evaluation.value(node)

        def at(step: float) -> float:
            with truth.precision(self.function.bits):
                taken = truth.number((x + step) - x)
                return truth.to_float(self.function.moved({node: taken}, after))

        return at

    def _nearby(self, claim: Claim, shift: float) -> Likenesses | None:
        """What a formula looks like at a point nearby, by the sweep; None where it has no value."""
        point = {name: x + shift * (x or 1.0) for name, x in self.point.items()}
        evaluation = _evaluated(self.question, point)
        output = evaluation.outputs[0]
        known = {**point, **{n: evaluation.value(m) for n, m in evaluation.named_nodes().items()}}
        claims = {n: c.value(FloatTruth(), known) for n, c in self.question.claims.items()}
        truths = evaluation.gradient(output)
        numbers = (claims[claim.name], truths[claim.name], evaluation.value(output.node))
        if not all(map(isfinite, numbers)):
            return None
        return likenesses(evaluation, output, Suspected(claim.name, claims[claim.name], truths, claims))

    def _at_kink(self, partial: Partial, found: Sided, is_told: bool) -> Partial:
        """A partial where there is no derivative: anything that lies between the sides will do."""
        pair = self.output.node, self.evaluation.wrt_nodes[partial.name]
        along = self.diagnosis.sides.get(pair) if is_told else None
        left, right = (along.left, along.right) if along is not None else (None, None)
        left = found.left if left is None else left
        right = found.right if right is None else right
        finite = [abs(side) for side in (left, right) if side is not None and isfinite(side)]
        partial = partial._replace(
            truth=None,
            tolerance=self.question.rtol * max(finite, default=0.0),
            verdict=Verdict.NO_DERIVATIVE,
            left=left,
            right=right,
        )
        said = f"no derivative here: {_side(left, 'left')}, {_side(right, 'right')}"
        if partial.claim is None:
            return partial._replace(explanation=f"{said}; {number_text(partial.sweep)} is used")
        verdict, why = _fits(partial, left, right)
        return partial._replace(verdict=verdict, explanation=f"{said}; {why}")

    def _taylor(self, partials: Sequence[Partial], rules: Mapping[int, Any], seed: str) -> Taylor | None:
        """The test of what is checked, along the variables that have a derivative."""
        variables, live = self.evaluation.graph.variables, set(self.evaluation.nodes)
        all_nodes = self.evaluation.wrt_nodes
        smooth = [p for p in partials if p.truth is not None and isfinite(p.checked)]
        smooth = [p for p in smooth if all_nodes[p.name] in live]
        # Definitions change with variables: one of them alone makes a direction.
        known = [p for p in smooth if p.name in variables] or smooth[:1]
        if not known:
            return None
        nodes = {partial.name: all_nodes[partial.name] for partial in known}
        is_float = self.function.bits <= FLOAT_BITS
        # With enough bits the sweep's own derivatives are exact.
        tolerances = {p.name: p.tolerance if is_float or p.claim is not None else 0.0 for p in known}
        gradient = {name: self._exactly(name, node, rules) for name, node in nodes.items()}
        noise = 0.0
        if is_float:
            noise = self.diagnosis.errors[self.output.node].absolute
            noise += ulp(self.evaluation.value(self.output.node)) + sum(
                abs(p.truth or 0.0) * ulp(self.evaluation.value(nodes[p.name])) for p in known
            )
        return taylor_test(self.function, nodes, gradient, tolerances, noise, seed)

    def _exactly(self, name: str, node: int, rules: Mapping[int, Any]) -> Any:
        """What is checked, in the truth's number system."""
        if name in self.claimed:
            return self.claimed[name]
        is_known = isfinite(self.truth.to_float(rules[node]))
        if is_known and not self.evaluation.is_settled(self.output, node):
            return rules[node]
        return self.truth.number(self.evaluation.gradient(self.output)[name])


def _unsettled(partial: Partial, why: str) -> Partial:
    """A partial of which the truth is not known."""
    return partial._replace(truth=None, error=None, verdict=Verdict.UNSETTLED, explanation=why)


def _agrees(partial: Partial, found: Sided) -> str:
    """Why a partial is right."""
    if 2 * found.error >= partial.tolerance > 0:
        return f"it agrees with the truth, which is known to within {partial.tolerance:.2g}"
    if not partial.error:
        return "it is the truth, in every digit"
    return f"off by {partial.error:.2g}, within the tolerance {partial.tolerance:.2g}"


def _too_coarse(partial: Partial, found: Sided) -> str:
    """Why a partial that agrees with the truth may be wrong all the same."""
    return (
        f"values alone tell the derivative only to within {2 * found.error:.2g}: too little to judge"
        f" {number_text(partial.checked)}"
    )


def _lost(partial: Partial) -> str:
    what = "the sweep" if partial.claim is None else "the claim"
    return (
        f"{what} is off by {partial.error or 0.0:.3g}, and that is rounding, not a wrong rule: the"
        " formula loses digits here in float64; eval --certify gives them"
    )


def _side(slope: float | None, side: str) -> str:
    if slope is None:
        return f"unknown from the {side}"
    if isnan(slope):
        return f"outside the domain to the {side}"
    return f"{number_text(slope)} from the {side}"


def _fits(partial: Partial, left: float | None, right: float | None) -> tuple[Verdict, str]:
    """Whether a claim fits one-sided derivatives, and how that is called."""
    claim, slack = partial.checked, partial.tolerance
    told = f"the claim {number_text(claim)}"
    if abs(claim - partial.sweep) <= slack:
        return Verdict.NO_DERIVATIVE, f"{told} is the convention"
    sides = [side for side in (left, right) if side is not None and isfinite(side)]
    if any(abs(claim - side) <= slack for side in sides):
        return Verdict.NO_DERIVATIVE, f"{told} is one of the two"
    if len(sides) == 2 and min(sides) <= claim <= max(sides):
        kind = "subgradient" if sides[0] < sides[1] else "supergradient"
        return Verdict.NO_DERIVATIVE, f"{told} lies between, a {kind}"
    if left is None or right is None:
        return Verdict.UNSETTLED, f"{told} cannot be judged"
    return Verdict.WRONG, f"{told} is neither of them" + (" nor between" if len(sides) == 2 else "")


def _explained(points: Sequence[Point], is_certain: bool) -> list[Point]:
    """The points with wrong partials explained by what they look like at every point."""
    common: dict[str, Likenesses] = {}
    for point in points:
        for partial in point.partials:
            if partial.verdict is Verdict.WRONG and partial.left is None and partial.right is None:
                known = common.get(partial.name)
                found = partial.likenesses or {}
                common[partial.name] = (
                    found if known is None else {key: known[key] for key in known if key in found}
                )
    return [
        point._replace(partials=[_told(partial, common, is_certain) for partial in point.partials])
        for point in points
    ]


def _told(partial: Partial, common: Mapping[str, Likenesses], is_certain: bool) -> Partial:
    if partial.verdict is not Verdict.WRONG or partial.explanation:
        return partial
    times = excess(partial)
    said = f"off by {partial.error:.3g}" if isfinite(partial.checked) else f"{partial.checked}"
    if isfinite(times):
        said += f", {times:{'.0e' if times >= 1000 else '.3g'}} times the tolerance"
    if partial.claim is None:
        return partial._replace(explanation=f"{said}: {_OWN_RULE if is_certain else _PERHAPS}")
    for key in common[partial.name]:
        return partial._replace(explanation=f"{said}: {(partial.likenesses or {})[key]}")
    return partial._replace(explanation=f"{said}; it is like no mistake known here")
