"""Derivatives as formulas, in the formats of `autodiff diff`."""

import json
from collections.abc import Iterable, Iterator, Sequence

from autodiff_cli.derivatives.symbolic import Derivatives
from autodiff_cli.graph.arena import Graph
from autodiff_cli.language.printer import canonical, canonical_statements
from autodiff_cli.language.syntax import SyntaxTree
from autodiff_cli.views.formula import Named, lengths, shared_parts, syntax

DIFF_SCHEMA = "autodiff.diff/1"

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def infix(found: Derivatives, definitions: Sequence[Named]) -> Iterator[str]:
    """A program in the tool's own language: definitions, then one formula or several by name."""
    for line in canonical_statements(syntax(found.graph, definitions, named_results(found))):
        yield line + "\n"


def latex(found: Derivatives, definitions: Sequence[Named]) -> Iterator[str]:
    """One formula, or several with what they are."""
    from autodiff_cli.views.latex import latex_name, latex_statements

    tree = syntax(found.graph, definitions, named_results(found))
    heads = [latex_name(name) for name, _ in definitions]
    if len(found.along) > 1:
        heads += [
            _partial(output, names) for output, names in zip(found.outputs, found.along, strict=True)
        ]
    for position, (_, text) in enumerate(latex_statements(tree)):
        yield (f"{heads[position]} = {text}" if position < len(heads) else text) + "\n"


def _partial(output: str, names: tuple[str, ...]) -> str:
    from autodiff_cli.views.latex import latex_name

    order = f"^{{{len(names)}}}" if len(names) > 1 else ""
    below = r"\,".join(
        rf"\partial {latex_name(name)}" + (f"^{{{names.count(name)}}}" if names.count(name) > 1 else "")
        for name in dict.fromkeys(names)
    )
    return rf"\frac{{\partial{order} {latex_name(output) or 'f'}}}{{{below}}}"


def python(found: Derivatives, definitions: Sequence[Named], formula: str) -> Iterator[str]:
    """A function that returns the derivative, or a tuple of them."""
    from autodiff_cli.views.python_code import Function, python_function

    tree = syntax(found.graph, definitions, [Named("", node) for node in found.roots])
    single = len(found.along) == 1
    along = "; ".join(" ".join(names) for names in found.along)
    function = Function(
        "derivative" if single else "derivatives",
        list(found.graph.variables),
        f"The derivative{'' if single else 's'} of {formula} along {along}.",
    )
    yield python_function(tree, function)


def tree(found: Derivatives) -> Iterator[str]:
    """The tree of each formula."""
    from autodiff_cli.views.formula_tree import formula_tree

    for name, node in named_results(found):
        if name:
            yield f"{name}\n"
        yield from formula_tree(found.graph, node)


def as_json(
    found: Derivatives, definitions: Sequence[Named], source: SyntaxTree, assumed: Iterable[str]
) -> Iterator[str]:
    """All there is to know, for programs."""
    graph = found.graph
    results = named_results(found)
    texts = list(canonical_statements(syntax(graph, definitions, [Named("", n) for _, n in results])))
    sizes = lengths(graph, found.roots)
    head = {
        "schema": DIFF_SCHEMA,
        "expression": source.text,
        "parsed": canonical(source),
        "assumed": list(assumed),
        "definitions": {
            name: text.partition(" = ")[2] for (name, _), text in zip(definitions, texts, strict=False)
        },
        "derivatives": [
            {"output": output, "along": list(names), "formula": text, "length": sizes[node]}
            for output, names, node, text in zip(
                found.outputs, found.along, found.roots, texts[len(definitions) :], strict=True
            )
        ],
        "conditions": condition_texts(found),
    }
    yield "{" + ",\n ".join(f"{_text(key)}: {_text(value)}" for key, value in head.items()) + "}\n"


def condition_texts(found: Derivatives) -> list[str]:
    """The conditions under which the derivatives hold, as text."""
    tree = syntax(found.graph, [], [Named("", node) for node in found.conditions])
    return list(canonical_statements(tree))


def named_results(found: Derivatives) -> list[Named]:
    """The derivatives by name; of a single one the name is empty."""
    if len(found.along) == 1:
        return [Named("", found.roots[0])]
    several = len(set(found.outputs)) > 1
    taken = set(found.graph.variables)
    named: list[Named] = []
    for output, names, node in zip(found.outputs, found.along, found.roots, strict=True):
        name = "_".join(["d", *([output] if several and output else []), *names])
        while name in taken:
            name += "_"
        taken.add(name)
        named.append(Named(name, node))
    return named


def definitions_for(graph: Graph, found: Derivatives, wanted: bool | None) -> list[Named]:
    """The parts that get a name: all that are shared, or None, where formulas are long."""
    taken = {*graph.variables, *(name for name, _ in named_results(found))}
    return shared_parts(graph, found.roots, taken, wanted)
