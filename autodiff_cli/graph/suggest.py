"""What was probably meant by a name that reads as a variable: `sin x`, `cosx`, `EXP`."""

from autodiff_cli.graph.lower import Lowered
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.language.syntax import Form


def meant_as_call(lowered: Lowered, name: str) -> str | None:
    """A hint for a variable that is really a function, or a function and its argument."""
    own = {s.name for s in lowered.tree.statements if s.form is Form.FUNCTION}
    if name in own or name in BY_NAME:
        return f"{name} is a function: {name}(...)"
    if name.lower() in BY_NAME:
        return f"did you mean {name.lower()}(...)?"
    for length in range(len(name) - 1, 1, -1):
        function, argument = name[:length], name[length:]
        variable = argument.lstrip("0123456789")
        if function in BY_NAME and (len(variable) <= 1 or variable in lowered.graph.variables):
            return f"did you mean {function}({argument})?"
    return None
