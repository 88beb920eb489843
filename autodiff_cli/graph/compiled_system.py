"""The number system of instructions: a graph evaluated once with it is the body of a compiled loop.

Loaded only for batches of many rows; it needs llvmlite.
"""

from collections.abc import Sequence
from ctypes import CFUNCTYPE, c_int64, c_void_p
from functools import cache, partial
from importlib import import_module
from typing import Any

from autodiff_cli.graph.arena import Graph, NumberSystem, evaluate
from autodiff_cli.graph.operators import BY_NAME
from autodiff_cli.numbers.instructions import DOUBLE, INTEGER, KERNELS, Code, ir

llvm: Any = import_module("llvmlite.binding")

_COMPILED = frozenset(BY_NAME[name] for name in KERNELS)

# The time of compiling grows faster than the code: beyond so many operations it does not pay.
MOST_NODES = 3000

_POINTER = DOUBLE.as_pointer()


class CompiledRows:
    """A compiled loop over rows, and what must live as long as it does."""

    def __init__(self, engine: Any, kept: Sequence[Any], width: int) -> None:
        self._engine, self._kept = engine, kept
        signature = CFUNCTYPE(None, c_int64, c_int64, *[c_void_p] * width)
        self._function = signature(engine.get_function_address("rows"))

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, stop: int) -> None:
        """Compute rows `start` to `stop` of the outputs; all arrays are contiguous, of float64."""
        places = [array.ctypes.data for array in (*inputs, *outputs)]
        self._function(start, stop, *places)


def compile_rows(graph: Graph, roots: Sequence[int], columns: Sequence[int]) -> CompiledRows | None:
    """The roots as a compiled function of columns, which are the only variables.

    None where an operator has no code, the graph is too large, or the processor cannot multiply and
    add in one step.
    """
    nodes = graph.reachable(roots)
    if len(nodes) > MOST_NODES or not _machine_has_fma():
        return None
    if any(graph.arguments[n] and graph.operators[n] not in _COMPILED for n in nodes):
        return None
    module = ir.Module("rows")
    kind = ir.FunctionType(ir.VoidType(), [INTEGER] * 2 + [_POINTER] * (len(columns) + len(roots)))
    function = ir.Function(module, kind, "rows")
    for argument in function.args[2:]:
        argument.add_attribute("noalias")
    kept = _loop(module, function, graph, nodes, roots, columns)
    return CompiledRows(_engine(str(module)), kept, len(columns) + len(roots))


def _loop(
    module: Any,
    function: Any,
    graph: Graph,
    nodes: Sequence[int],
    roots: Sequence[int],
    columns: Sequence[int],
) -> list[Any]:
    """Write the loop: rows `start` to `stop`, each column and each root an array."""
    start, stop, *arrays = function.args
    entry, body, done = (function.append_basic_block(name) for name in ("entry", "body", "done"))
    builder = ir.IRBuilder(entry)
    builder.cbranch(builder.icmp_signed("<", start, stop), body, done)
    builder.position_at_end(body)
    row = builder.phi(INTEGER)
    row.add_incoming(start, entry)
    code = Code(builder, module)
    point = {
        node: builder.load(builder.gep(array, [row]))
        for node, array in zip(columns, arrays[: len(columns)], strict=True)
    }
    values = evaluate(graph, nodes, point, _system(code))
    for root, array in zip(roots, arrays[len(columns) :], strict=True):
        builder.store(values[root], builder.gep(array, [row]))
    following = builder.add(row, ir.Constant(INTEGER, 1))
    row.add_incoming(following, body)
    builder.cbranch(builder.icmp_signed("<", following, stop), body, done)
    builder.position_at_end(done)
    builder.ret_void()
    return code.kept


def _system(code: Code) -> NumberSystem:
    def constant(graph: Graph, node: int) -> Any:
        return code.number(graph.constants[node])

    kernels = {BY_NAME[name]: partial(kernel, code) for name, kernel in KERNELS.items()}
    return NumberSystem(kernels, constant, None)


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )


@cache
def _machine_has_fma() -> bool:
    features = llvm.get_host_cpu_features()
    # Every 64-bit ARM has it, and does not list it.
    return (
        bool(features.get("fma"))
        or "aarch64" in llvm.get_process_triple()
        or "arm64" in llvm.get_process_triple()
    )


def _engine(text: str) -> Any:
    """Machine code for this processor, loops vectorised."""
    machine = _machine()
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
