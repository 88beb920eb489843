"""An explanation as text: plain, Markdown, LaTeX."""

import re
from collections.abc import Callable, Iterable, Iterator
from math import copysign

from autodiff_cli.explanations.explanation import Explanation
from autodiff_cli.language.printer import canonical
from autodiff_cli.views.explanations.equations import Equation, Side, Slot
from autodiff_cli.views.explanations.steps import Line, Pass, TextStep
from autodiff_cli.views.numbers import exact, rounded

LABEL_WIDTH = 11

# The text of a number in its place.
Numbers = Callable[[Slot], str]


def exact_numbers(explanation: Explanation) -> Numbers:
    """Numbers that read back as the same float64."""
    return _numbers(explanation, exact)


def rounded_numbers(explanation: Explanation, digits: int) -> Numbers:
    """Numbers of so many significant digits."""
    return _numbers(explanation, lambda value: rounded(value, digits))


def _numbers(explanation: Explanation, text_of: Callable[[float], str]) -> Numbers:
    values = explanation.values or ()

    def number(slot: Slot) -> str:
        value = values[slot.node]
        text = text_of(value)
        return f"({text})" if slot.bracketed and copysign(1.0, value) < 0 and text[0] == "-" else text

    return number


def side_text(side: Side, numbers: Numbers) -> str:
    """One side of an equation with its numbers."""
    return "".join(numbers(piece) if isinstance(piece, Slot) else piece for piece in side)


def equation_text(equation: Equation, numbers: Numbers) -> str:
    """An equation with its numbers."""
    return " = ".join(side_text(side, numbers) for side in equation.sides)


def line_text(line: Line, numbers: Numbers) -> str:
    """Words and equations."""
    return "".join(
        equation_text(piece, numbers) if isinstance(piece, Equation) else piece for piece in line
    )


def step_lines(step: TextStep, numbers: Numbers) -> Iterator[str]:
    """The lines of a step: what it is about, and below it what is told, under labels."""
    yield equation_text(step.title, numbers)
    for told in step.told:
        for position, line in enumerate(told.lines):
            label = told.label if position == 0 else ""
            yield f"  {label:{LABEL_WIDTH}}{line_text(line, numbers)}"
    for note in step.notes:
        yield f"  {'note':{LABEL_WIDTH}}{note}"


def plain(explanation: Explanation, passes: Iterable[Pass]) -> Iterator[str]:
    """Lines of text, with numbers that read back."""
    numbers = exact_numbers(explanation)
    yield f"{canonical(explanation.lowered.tree)}\n"
    for told in passes:
        yield f"\n{told.title}: {line_text(told.about, numbers)}\n"
        for step in told.steps:
            yield "".join(f"{line}\n" for line in step_lines(step, numbers))
        if told.answers:
            yield "\n"
        for answer in told.answers.values():
            yield f"{equation_text(answer, numbers)}\n"
    for remark in explanation.notes.remarks:
        yield f"\nnote: {remark}\n"


def markdown(explanation: Explanation, passes: Iterable[Pass], digits: int) -> Iterator[str]:
    """Headings and lists, with equations as code."""
    numbers = rounded_numbers(explanation, digits)

    def line_in_code(line: Line) -> str:
        return "".join(
            _code(equation_text(piece, numbers)) if isinstance(piece, Equation) else piece
            for piece in line
        )

    yield f"# {_code(canonical(explanation.lowered.tree))}\n"
    for told in passes:
        yield f"\n## {told.title}\n\n{line_in_code(told.about)}\n\n"
        for step in told.steps:
            yield f"- {_code(equation_text(step.title, numbers))}\n"
            for part in step.told:
                yield "".join(f"  - {part.label}: {line_in_code(line)}\n" for line in part.lines)
            yield "".join(f"  - note: {_escaped(note)}\n" for note in step.notes)
        if told.answers:
            yield "\n"
        for answer in told.answers.values():
            yield f"- **{_code(equation_text(answer, numbers))}**\n"
    for remark in explanation.notes.remarks:
        yield f"\nNote: {_escaped(remark)}\n"


def _code(text: str) -> str:
    return f"`{text}`"


def _escaped(text: str) -> str:
    """Text in which Markdown finds no signs of its own."""
    return re.sub(r"([\\`*_<>\[\]|~&$#])", r"\\\1", text)


def latex(explanation: Explanation, passes: Iterable[Pass], digits: int) -> Iterator[str]:
    """Paragraphs and lists for a document with amsmath; each equation is one that KaTeX knows, too."""
    from autodiff_cli.views.latex import latex_number, latex_text

    def number(value: float) -> str:
        return latex_number(rounded(value, digits))

    def numbers(slot: Slot) -> str:
        text = number((explanation.values or ())[slot.node])
        return rf"\left({text}\right)" if slot.bracketed and text[0] == "-" else text

    def line_in_math(line: Line) -> str:
        return "".join(
            math(piece) if isinstance(piece, Equation) else latex_text(piece) for piece in line
        )

    def math(equation: Equation) -> str:
        return f"$\\displaystyle {equation_text(equation, numbers)}$"

    for told in passes:
        yield f"\\paragraph{{{told.title}.}} {line_in_math(told.about)}.\n"
        # LaTeX takes an empty list for a mistake.
        yield "\\begin{itemize}\n" if told.steps else ""
        for step in told.steps:
            yield f"\\item {math(step.title)}\n"
            parts = [(part.label, [line_in_math(line) for line in part.lines]) for part in step.told]
            parts += [("note", [latex_text(note)]) for note in step.notes]
            if parts:
                yield "\\begin{description}\n"
            for label, lines in parts:
                yield f"\\item[{label}] " + " \\\\\n  ".join(lines) + "\n"
            if parts:
                yield "\\end{description}\n"
        yield "\\end{itemize}\n" if told.steps else ""
        for answer in told.answers.values():
            yield f"\\[ {equation_text(answer, numbers)} \\]\n"
    for remark in explanation.notes.remarks:
        yield f"\nNote: {latex_text(remark)}\n"
