"""JSON for programs. Numbers are shortest round-trip; NaN and infinities are strings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from math import isfinite, isnan
from typing import TYPE_CHECKING

from autodiff_cli.derivatives.diagnosis import Diagnosis, Warned
from autodiff_cli.derivatives.evaluation import DIRECTION, Evaluation, Output
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.hessian import is_listed
from autodiff_cli.views.rows import output_label

if TYPE_CHECKING:
    from autodiff_cli.derivatives.certified import Certificate
    from autodiff_cli.derivatives.differentiability import Along
    from autodiff_cli.derivatives.expansions import Expansion

EVAL_SCHEMA = "autodiff.eval/1"
ERROR_SCHEMA = "autodiff.error/1"

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def evaluation_json(evaluation: Evaluation, diagnosis: Diagnosis) -> Iterator[str]:
    """The whole evaluation in pieces: one line for each node, the rest on a few lines."""
    tree = evaluation.lowered.tree
    numbers = {node: number for number, node in enumerate(evaluation.nodes)}
    head = {
        "schema": EVAL_SCHEMA,
        "expression": tree.text,
        "parsed": canonical(tree),
        "inputs": {name: json_number(value) for name, value in evaluation.point.items()},
        **_first_order(evaluation, diagnosis),
    }
    if evaluation.is_forward:
        head["mode"] = "forward"
    if evaluation.direction is not None:
        head |= _directional(evaluation, diagnosis, evaluation.direction)
    if diagnosis.expansion is not None:
        head |= _expansion(evaluation, diagnosis.expansion)
    head |= _second_order(evaluation)
    if diagnosis.certificate is not None:
        head["certified"] = _certificate(evaluation, diagnosis, diagnosis.certificate)
    yield "{" + ",\n ".join(f"{_text(key)}: {_text(value)}" for key, value in head.items())
    separator = ',\n "nodes": [\n  '
    for node in evaluation.nodes:
        yield separator + _text(_node(evaluation, node, numbers))
        separator = ",\n  "
    said = [_warning(warned, numbers) for warned in diagnosis.warnings]
    yield f'],\n "warnings": {_text(said)}}}\n'


def _first_order(evaluation: Evaluation, diagnosis: Diagnosis) -> dict[str, object]:
    """Values, gradients and what is known of them."""
    return {
        "value": _per_output(evaluation, lambda o: json_number(evaluation.value(o.node))),
        "error_estimate": _per_output(
            evaluation, lambda o: json_number(diagnosis.errors[o.node].absolute)
        ),
        "gradient": _per_output(
            evaluation,
            lambda o: {name: json_number(d) for name, d in evaluation.gradient(o).items()},
        ),
        "differentiable": _per_output(
            evaluation,
            lambda o: {
                name: diagnosis.is_differentiable(evaluation, o, node)
                for name, node in evaluation.wrt_nodes.items()
            },
        ),
        "one_sided": _per_output(evaluation, lambda o: _one_sided(evaluation, diagnosis, o)),
    }


def _second_order(evaluation: Evaluation) -> dict[str, object]:
    """The Hessian, where it was asked for."""
    if evaluation.order != 2:
        return {}
    hessian = _coordinates if is_listed(evaluation) else _hessian
    return {"hessian": _per_output(evaluation, lambda o: hessian(evaluation, o))}


def answer_json(evaluation: Evaluation, diagnosis: Diagnosis, identity: Mapping[str, object]) -> str:
    """The results at one of many points, without the steps between, as one line.

    `identity` comes first.
    """
    said = [{"code": warned.code, "message": warned.message} for warned in diagnosis.warnings]
    results = _first_order(evaluation, diagnosis) | _second_order(evaluation)
    return _text({**identity, **results, "warnings": said}) + "\n"


def failed_answer_json(error: AutodiffError, identity: Mapping[str, object]) -> str:
    """Why there is no result at one of many points, as one line."""
    return _text({**identity, "error": _error(error)}) + "\n"


def error_json(error: AutodiffError) -> str:
    """An error as one line of JSON."""
    return _text({"schema": ERROR_SCHEMA, "error": _error(error)})


def _error(error: AutodiffError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "span": error.span, "hint": error.hint}


def _node(evaluation: Evaluation, node: int, numbers: dict[int, int]) -> dict[str, object]:
    graph = evaluation.lowered.graph
    tangent = {"tangent": _tangent(evaluation, node)} if evaluation.tangents else {}
    return {
        "id": numbers[node],
        "name": evaluation.names[node],
        "op": graph.operators[node].name,
        "args": [numbers[argument] for argument in graph.arguments[node]],
        "value": json_number(evaluation.value(node)),
        "adjoint": _per_output(evaluation, lambda o: json_number(evaluation.adjoint(o, node))),
        **tangent,
        "partials": [json_number(partial) for partial in evaluation.partials(node)],
        "span": evaluation.lowered.span(node),
    }


def _tangent(evaluation: Evaluation, node: int) -> object:
    """A number for a direction, else an object by what the sweeps are along."""
    if DIRECTION in evaluation.tangents:
        return json_number(evaluation.tangent(DIRECTION, node))
    return {name: json_number(evaluation.tangent(a, node)) for name, a in evaluation.wrt_nodes.items()}


def _directional(
    evaluation: Evaluation, diagnosis: Diagnosis, direction: Mapping[str, float]
) -> dict[str, object]:
    """The derivatives along a direction, and where there is none those to both sides."""

    def one_sided(output: Output) -> object:
        along = diagnosis.sides.get((output.node, DIRECTION))
        return None if along is None or along.is_differentiable else _both(along)

    return {
        "direction": dict(direction),
        "directional_derivative": _per_output(
            evaluation, lambda o: json_number(evaluation.adjoint(o, DIRECTION))
        ),
        "directional_differentiable": _per_output(
            evaluation, lambda o: diagnosis.is_differentiable(evaluation, o, DIRECTION)
        ),
        "directional_one_sided": _per_output(evaluation, one_sided),
    }


def _expansion(evaluation: Evaluation, expansion: Expansion) -> dict[str, object]:
    """Taylor coefficients and derivatives from order 0 on; null is a derivative that is left out."""
    return {
        "order": expansion.order,
        "taylor": _per_output(
            evaluation, lambda o: list(map(json_number, expansion.coefficients[o.node]))
        ),
        "derivatives": _per_output(
            evaluation, lambda o: list(map(json_number, expansion.derivatives[o.node]))
        ),
    }


def _hessian(evaluation: Evaluation, output: Output) -> dict[str, dict[str, object]]:
    return {
        name: {other: json_number(second) for other, second in row.items()}
        for name, row in evaluation.hessian(output).items()
    }


def _coordinates(evaluation: Evaluation, output: Output) -> dict[str, object]:
    """The upper triangle of a sparse Hessian, without what is 0 by structure."""
    found = list(evaluation.second_derivatives(output))
    return {
        "format": "coordinates",
        "row": [first for first, _, _ in found],
        "column": [second for _, second, _ in found],
        "value": [json_number(evaluation.value(node)) for _, _, node in found],
    }


def _certificate(
    evaluation: Evaluation, diagnosis: Diagnosis, certificate: Certificate
) -> dict[str, object]:
    """How the numbers were certified, and all digits where more were asked for."""
    constants = "decimal" if certificate.decimal else "float64"
    found: dict[str, object] = {"bits": certificate.bits, "constants": constants}
    if certificate.digits:
        from autodiff_cli.views.bare import results

        numbers = results(evaluation, diagnosis)
        found["digits"] = {name: text for name, text in numbers.items() if not name.startswith("error")}
    return found


def _one_sided(evaluation: Evaluation, diagnosis: Diagnosis, output: Output) -> dict[str, object]:
    """The derivatives from the left and from the right, where there is not one derivative."""
    found: dict[str, object] = {}
    for name, node in evaluation.wrt_nodes.items():
        along = diagnosis.sides.get((output.node, node))
        if along is not None and not along.is_differentiable:
            found[name] = _both(along)
    return found


def _both(along: Along) -> list[object]:
    """The derivatives from both sides; a side outside the domain has none: null."""
    return [None if d is None or isnan(d) else json_number(d) for d in along[:2]]


def _per_output(evaluation: Evaluation, of: Callable[[Output], object]) -> object:
    """What is asked of the one output, or an object keyed by output when there are several."""
    if len(evaluation.outputs) == 1:
        return of(evaluation.outputs[0])
    return {output_label(output): of(output) for output in evaluation.outputs}


def json_number(value: float | None) -> float | str | None:
    """A number as JSON has it; NaN and infinities are strings."""
    if value is None or isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _warning(warned: Warned, numbers: dict[int, int]) -> dict[str, object]:
    return {
        "code": warned.code,
        "node": numbers[warned.node],
        "span": warned.span,
        "message": warned.message,
    }
