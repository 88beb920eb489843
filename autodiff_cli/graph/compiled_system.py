"""The number system of instructions: a graph evaluated once with it is the body of a compiled loop.

Loaded only for batches of many rows; it needs llvmlite.
"""

from collections.abc import Sequence
from ctypes import CFUNCTYPE, c_int64, c_void_p
from functools import cache
from importlib import import_module
from typing import Any

from autodiff_cli.graph.arena import Graph, NumberSystem, evaluate
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.numbers.instruction_kernels import KERNELS
from autodiff_cli.numbers.instructions import DOUBLE, INTEGER, LANES, NUMBERS, Code, NoCodeError, Number

_ir: Any = import_module("llvmlite.ir")
_llvm: Any = import_module("llvmlite.binding")

# Up to so many operations routines are copied to where they are called, which makes faster code;
# up to so many there is code at all: it is compiled in a time that grows with it.
MOST_INLINED, MOST_NODES = 100, 10_000


class CompiledRows:
    """A compiled loop over rows, and what must live as long as it does."""

    def __init__(self, engine: Any, width: int) -> None:
        self._engine = engine
        signature = CFUNCTYPE(None, c_int64, c_int64, *[c_void_p] * width)
        self._function = signature(engine.get_function_address("rows"))

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, stop: int) -> None:
        """Compute rows `start` to `stop` of the outputs, which share no memory with the inputs.

        All arrays are contiguous, of float64. Other threads run meanwhile.
        """
        if stop - start >= LANES:
            self._call(inputs, outputs, start, stop)
        elif start < stop:
            self._run_few(inputs, outputs, start, stop)

    def _run_few(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, stop: int) -> None:
        """The same of less than a vector of rows: the last one is repeated."""
        import numpy as np

        picked = np.minimum(np.arange(start, start + LANES), stop - 1)
        results = [np.empty(LANES) for _ in outputs]
        self._call([array[picked] for array in inputs], results, 0, LANES)
        for output, result in zip(outputs, results, strict=True):
            output[start:stop] = result[: stop - start]

    def _call(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, stop: int) -> None:
        self._function(start, stop, *[array.ctypes.data for array in (*inputs, *outputs)])


def compile_rows(graph: Graph, roots: Sequence[int], columns: Sequence[int]) -> CompiledRows | None:
    """The roots as a compiled function of columns, which are the only variables.

    None where an operator has no code, the graph is too large, or the processor cannot multiply and
    add in one step.
    """
    nodes = graph.reachable(roots)
    if len(nodes) > MOST_NODES or not _has_fma():
        return None
    system = _SYSTEM
    if any(graph.arguments[n] and graph.operators[n] not in system.kernels for n in nodes):
        return None
    code = Code("rows", is_inlined=len(nodes) <= MOST_INLINED)
    try:
        _write_loop(code, graph, nodes, roots, columns)
    except NoCodeError:
        return None
    return CompiledRows(_engine(str(code.module)), len(columns) + len(roots))


def _write_loop(
    code: Code, graph: Graph, nodes: Sequence[int], roots: Sequence[int], columns: Sequence[int]
) -> None:
    """A function of `start`, `stop` (at least a vector of rows), each column and each root.

    The last vector begins where it ends at `stop`, so that some rows are computed twice.
    """
    pointer = DOUBLE.as_pointer()
    kind = _ir.FunctionType(_ir.VoidType(), [INTEGER] * 2 + [pointer] * (len(columns) + len(roots)))
    function = _ir.Function(code.module, kind, "rows")
    start, stop, *arrays = function.args
    entry, body, done = (function.append_basic_block(name) for name in ("entry", "body", "done"))
    builder = code.builder = _ir.IRBuilder(entry)
    last = builder.sub(stop, _ir.Constant(INTEGER, LANES))
    builder.branch(body)
    builder.position_at_end(body)
    row = builder.phi(INTEGER)
    row.add_incoming(start, entry)
    place = builder.select(builder.icmp_signed("<", row, last), row, last)
    point = {
        node: Number(code, builder.load(_vector(builder, array, place), align=8))
        for node, array in zip(columns, arrays[: len(columns)], strict=True)
    }
    code_at = _at(code)
    values = evaluate(graph, nodes, point, code_at)
    for root, array in zip(roots, arrays[len(columns) :], strict=True):
        builder.store(values[root].value, _vector(builder, array, place), align=8)
    following = builder.add(row, _ir.Constant(INTEGER, LANES))
    row.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, stop), body, done)
    builder.position_at_end(done)
    builder.ret_void()


def _vector(builder: Any, array: Any, place: Any) -> Any:
    return builder.bitcast(builder.gep(array, [place]), NUMBERS.as_pointer())


def _at(code: Code) -> NumberSystem:
    """The number system that writes to `code`."""

    def constant(graph: Graph, node: int) -> Number:
        return code.constant(graph.constants[node])

    return _SYSTEM._replace(constant=constant)


def _no_constant(_: Graph, __: int) -> Any:
    raise AssertionError("constants are of a code")


_SYSTEM = NumberSystem({BY_NAME[name]: kernel for name, kernel in KERNELS.items()}, _no_constant, None)


def _machine() -> Any:
    """This processor; an engine takes it over, so that each needs its own."""
    _llvm.initialize_native_target()
    _llvm.initialize_native_asmprinter()
    return _llvm.Target.from_default_triple().create_target_machine(
        cpu=_llvm.get_host_cpu_name(), features=_llvm.get_host_cpu_features().flatten(), opt=2
    )


@cache
def _has_fma() -> bool:
    # Every 64-bit ARM has it, and does not list it.
    is_arm = _llvm.get_process_triple().startswith(("aarch64", "arm64"))
    return is_arm or bool(_llvm.get_host_cpu_features().get("fma"))


def _engine(text: str) -> Any:
    """Machine code for this processor."""
    machine = _machine()
    module = _llvm.parse_assembly(text)
    options = _llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    passes = _llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    engine = _llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
