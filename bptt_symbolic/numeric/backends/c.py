"""Plan -> C: loops over flat arrays, compiled by the system's compiler when the function is first called.

The best choice for small and middle sizes. The result of the compiler is kept in the user's cache folder, under the
hash of the source, the flags and the processor.
"""

import ctypes
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, assert_never

import numpy as np

from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends import numpy as arrays
from bptt_symbolic.numeric.backends._loops import For, Let, Line, Loops, Note, Set, View
from bptt_symbolic.numeric.faults import NumericError
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.writing import Written, described

Array = Any
HELP = "install a C compiler (cc, gcc or clang), or take another backend"
FLAGS = (
    *("-O3", "-march=native", "-shared", "-fPIC", "-std=gnu11"),
    *("-fno-math-errno", "-fno-trapping-math", "-fassociative-math", "-fno-signed-zeros", "-ffp-contract=fast"),
)
"""Sums may be taken in another order; infinities and NaN stay what they are."""
FUNCTIONS: Mapping[str, str] = {
    **{name: f"{name}({{0}})" for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")},
    "reciprocal": "1.0 / {0}",
    "sigmoid": "1.0 / (1.0 + exp(-{0}))",
    "softplus": "fmax({0}, 0.0) + log1p(exp(-fabs({0})))",
    "relu": "fmax({0}, 0.0)",
    "step": "1.0 * ({0} > 0.0)",
    "max": "fmax({0}, {1})",
}
HEAD = """#include <tgmath.h>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;
"""

taken = arrays.taken
broadcast_to = arrays.broadcast_to


def missing() -> str | None:
    """Why there is no compiler."""
    return None if _compiler() else "there is no C compiler"


def write(plan: Plan) -> Written:
    """The source of a plan: `run(arguments, results, work, sizes)`, and `room` for the length of `work`."""
    loops = Loops(plan, FUNCTIONS)
    lines = loops.write()
    sizes = [loops.sizes.steps, loops.sizes.batch, *loops.sizes.names.values()]
    numbers = ", ".join(f"long {name}" for name in sizes)
    given = ", ".join(f"const real *{name}" for name in loops.arguments.values())
    out = ", ".join(f"real *{name}" for name in loops.results)
    body = "\n".join(_rendered(lines, 1))
    room = " + ".join(loops.room) or "0"
    unused = " ".join(f"(void){name};" for name in sizes)
    source = (
        f"/* {described(plan, 'C')} */\n{HEAD}\n"
        f"long room({numbers}) {{\n    {unused}\n    return {room};\n}}\n\n"
        f"void run({', '.join(x for x in (given, out) if x)}, real *work, {numbers}) {{\n{body}\n}}\n"
    )
    return Written(source, (*loops.arguments.values(), *sizes))


def _rendered(lines: Sequence[Line], depth: int) -> list[str]:
    pad, found = "    " * depth, []
    for line in lines:
        match line:
            case For(var, limit, inside, backward):
                if not any(isinstance(x, For) for x in inside):
                    found.append(f"{pad}#pragma GCC ivdep")
                head = (
                    f"long {var} = {limit}; {var}-- > 0;" if backward else f"long {var} = 0; {var} < {limit}; {var}++"
                )
                found += [f"{pad}for ({head}) {{", *_rendered(inside, depth + 1), f"{pad}}}"]
            case Let(name, text):
                found.append(f"{pad}real {name} = {text};")
            case View(name, array, start):
                const = "" if array == "work" or array.endswith("_all") else "const "
                found.append(f"{pad}{const}real *{name} = {array} + {start};")
            case Set(target, text):
                found.append(f"{pad}{target} = {text};")
            case Note(text):
                found.append(f"{pad}/* {text} */")
            case _:
                assert_never(line)
    return found


def loaded(written: Written, plan: Plan) -> "Compiled":
    """The compiled function."""
    return Compiled(written.source, plan)


class Compiled:
    """A function of a shared library that takes and gives NumPy arrays."""

    def __init__(self, source: str, plan: Plan) -> None:
        """Nothing is compiled before the first call, which tells the dtype."""
        self.source, self.plan = source, plan
        self._library: dict[str, tuple[Any, Any]] = {}

    def __call__(self, *args: Any) -> list[Array]:
        """The outputs for arrays, sizes and dtype as in the signature of generated code."""
        call, results, _ = self.bound(*args)
        call()
        return results

    def bound(self, *args: Any) -> tuple[Callable[[], object], list[Array], list[Array]]:
        """A call without arguments that reads these arrays and writes these results each time."""
        count = len(self.plan.arguments)
        dtype = args[-1]
        sizes = [int(n) for n in args[count:-1]]
        given = [np.ascontiguousarray(a) for a in args[:count]]
        run, room = self._functions(dtype)
        work = np.empty(room(*sizes), dtype)
        steps, batch, *rest = sizes
        named = dict(zip(self.plan.sizes, rest, strict=True))
        results = arrays.results_of(self.plan, (steps, batch), named, dtype)
        pointers = [a.ctypes.data for a in (*given, *results, work)]
        call = _Call(run, (*map(ctypes.c_void_p, pointers), *map(ctypes.c_long, sizes)), (*given, *results, work))
        return call, results, given

    def _functions(self, dtype: Any) -> tuple[Any, Any]:
        real = {"float64": "double", "float32": "float"}.get(str(dtype))
        if real is None:
            raise NumericError(f"backend: c computes in float64 and float32, got {dtype}", "convert the arrays")
        if real not in self._library:
            library = ctypes.CDLL(str(_built(self.source, real)))
            library.room.restype = ctypes.c_long
            library.room.argtypes = [ctypes.c_long] * (2 + len(self.plan.sizes))
            library.run.restype = None
            self._library[real] = (library.run, library.room)
        return self._library[real]


class _Call:
    """A call whose arguments have been converted before."""

    __slots__ = ("args", "kept", "run")

    def __init__(self, run: Any, args: tuple[Any, ...], kept: tuple[Array, ...]) -> None:
        self.run, self.args, self.kept = run, args, kept

    def __call__(self) -> None:
        self.run(*self.args)


@cache
def _compiler() -> str | None:
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def _built(source: str, real: str) -> Path:
    """The shared library of a source, compiled once."""
    compiler = _compiler()
    if compiler is None:
        raise NumericError("backend: c cannot be used, there is no C compiler", HELP)
    flags = (*FLAGS, f"-DREAL={real}")
    key = loading.key_of(source, *flags, compiler, platform.machine(), _processor(), sys.platform)
    target = loading.cache_folder() / f"{key}.so"
    if not target.exists():
        with tempfile.TemporaryDirectory() as folder:
            file, made = Path(folder) / "run.c", Path(folder) / "run.so"
            file.write_text(source, encoding="utf-8")
            call = [compiler, *flags, str(file), "-o", str(made), "-lm"]
            done = subprocess.run(call, capture_output=True, text=True, check=False)  # noqa: S603 - the compiler, on code of our own
            if done.returncode:
                raise NumericError(f"backend: the C compiler fails: {done.stderr.strip()[:400]}", HELP)
            loading.put(target, made.read_bytes())
    return target


def _processor() -> str:
    """The processor that code is compiled for: a cache folder may be shared by several machines."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else [platform.processor()]
    return next((line for line in lines if line.startswith("flags")), platform.processor())
