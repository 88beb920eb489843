"""The page of `autodiff graph -o page.html`: everything about a formula at a point, put together."""

from collections.abc import Sequence

from autodiff_cli.cli.eval import fail, shadowed, warn_each
from autodiff_cli.derivatives.diagnosis import Diagnosis, diagnose
from autodiff_cli.derivatives.evaluation import Evaluation
from autodiff_cli.errors import UsageError
from autodiff_cli.explanations.explanation import Explanation, explain_point
from autodiff_cli.graph.lower import Lowered
from autodiff_cli.pictures.conditions import point_conditions
from autodiff_cli.pictures.parts import Extent
from autodiff_cli.pictures.picture import picture_of
from autodiff_cli.views.page.data import Subject
from autodiff_cli.views.pictures.text import Detail

# More steps are no use to anyone, and too much for a browser.
MOST_STEPS = 2000
# Numbers of the picture have room for so many characters, as -0.1234 needs.
_ROOM = 7
_EXTENT = Extent(200)


def page(
    lowered: Lowered,
    point: dict[str, float],
    outputs: Sequence[str],
    along: Sequence[str],
    extent: Extent,
    detail: Detail,
    allow_nonfinite: bool,
) -> str:
    """The page as HTML; what is to be said of the point is also told as a warning.

    Raises UsageError for a formula with too many steps, and without the extra `draw`.
    """
    from autodiff_cli.views.page.data import page_data
    from autodiff_cli.views.page.document import document
    from autodiff_cli.views.pictures.drawing import drawn_svg

    found = subject(lowered, point, outputs, along, extent)
    if not (allow_nonfinite or found.evaluation.is_finite()):
        fail(found.evaluation, found.diagnosis.sides)
    warn_each(found.diagnosis.warnings, lowered.tree.text)
    svg = drawn_svg(found.picture, detail._replace(room=_ROOM))
    return document(lowered.tree.text, svg, page_data(found, detail.digits))


def subject(
    lowered: Lowered,
    point: dict[str, float],
    outputs: Sequence[str] = (),
    along: Sequence[str] = (),
    extent: Extent = _EXTENT,
) -> Subject:
    """All that a page is about, at a point.

    Raises UsageError for a formula with too many steps.
    """
    evaluation = Evaluation(lowered, point, outputs, along)
    # Before the point is looked at: then the steps hold at any.
    explanation = explain_point(evaluation, Diagnosis([], {}, {}), decided=False)
    _check_size(explanation)
    diagnosis = diagnose(evaluation)
    return Subject(
        evaluation,
        diagnosis._replace(warnings=[*shadowed(evaluation), *diagnosis.warnings]),
        explanation,
        list(point_conditions(evaluation.graph, evaluation.nodes)),
        picture_of(evaluation, diagnosis, extent, along),
        _options(outputs, along),
    )


def _check_size(explanation: Explanation) -> None:
    count = len(explanation.nodes) + sum(len(sweep.steps) for sweep in explanation.sweeps)
    if count > MOST_STEPS:
        hint = "-o graph.svg draws it; --wrt NAMES follows fewer variables"
        raise UsageError(f"the page would have {count:,} steps, more than {MOST_STEPS:,}", hint=hint)


def _options(outputs: Sequence[str], along: Sequence[str]) -> list[str]:
    given = {"--output": outputs, "--wrt": along}
    return [f"{option} {','.join(names)}" for option, names in given.items() if names]
