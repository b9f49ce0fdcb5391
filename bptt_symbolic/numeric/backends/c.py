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
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, assert_never

import numpy as np

from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends import numpy as arrays
from bptt_symbolic.numeric.backends._flat import For, Let, Line, Note, Set, View
from bptt_symbolic.numeric.backends._loops import Loops
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.source_text import Written, described

Array = Any
HELP = "install a C compiler (cc, gcc or clang), or take another backend"
FLAGS = (
    *("-O3", "-march=native", "-shared", "-fPIC", "-std=gnu11"),
    *("-fno-math-errno", "-fno-trapping-math", "-fassociative-math", "-fno-signed-zeros", "-ffp-contract=fast"),
)
"""Sums may be taken in another order; infinities and NaN stay what they are."""
FUNCTIONS: Mapping[str, str] = {
    **{
        name: f"F({name})({{0}})"
        for name in ("tanh", "exp", "expm1", "log", "sqrt", "sin", "cos", "sinh", "cosh", "erf")
    },
    "arctan": "F(atan)({0})",
    "reciprocal": "1 / {0}",
    "sigmoid": "1 / (1 + F(exp)(-{0}))",
    "softplus": "F(fmax)({0}, 0) + F(log1p)(F(exp)(-F(fabs)({0})))",
    "relu": "F(fmax)({0}, 0)",
    "step": "(real)({0} > 0)",
    "max": "F(fmax)({0}, {1})",
}
HEAD = """#include <math.h>

#ifdef SINGLE
typedef float real;
#define F(name) name##f
#else
typedef double real;
#define F(name) name
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
#if __GLIBC_PREREQ(2, 35) /* its vector forms of these functions are accurate to 4 units in the last place */
extern real F(tanh)(real) __attribute__((simd("notinbranch")));
extern real F(exp)(real) __attribute__((simd("notinbranch")));
#endif
#endif
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
    given = [f"const real *{name}" for name in loops.arguments.values()]
    arrays_ = ", ".join([*given, *(f"real *{name}" for name in loops.results), "real *work"])
    body = "\n".join(_rendered(lines, 1))
    unused = " ".join(f"(void){name};" for name in sizes)
    packed = [f"arrays[{i}]" for i in range(len(given) + len(loops.results) + 1)]
    packed += [f"SIZE_{i}" for i in range(len(sizes))]
    fixed = "\n".join(f"#ifndef SIZE_{i}\n#define SIZE_{i} sizes[{i}]\n#endif" for i in range(len(sizes)))
    source = (
        f"/* {described(plan, 'C')} */\n{HEAD}\n"
        f"long room({numbers}) {{\n    {unused}\n    return {' + '.join(loops.room) or '0'};\n}}\n\n"
        f"static inline __attribute__((always_inline)) void run({arrays_}, {numbers}) {{\n{body}\n}}\n\n"
        f"/* Sizes that are known when this is compiled are put in. */\n{fixed}\n"
        f"void call(real **arrays, const long *sizes) {{\n    (void)sizes;\n    run({', '.join(packed)});\n}}\n"
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
        self._library: dict[tuple[object, ...], tuple[Any, Any]] = {}
        self._shapes: dict[tuple[int, ...], list[tuple[int, ...]]] = {}

    def __call__(self, *args: Any) -> list[Array]:
        """The outputs for arrays, sizes and dtype as in the signature of generated code."""
        call, results = self._made(args, fixed=False)
        call()
        return results

    def bound(self, *args: Any) -> tuple["_Call", list[Array]]:
        """A call without arguments that reads these arrays and writes these results; compiled for these sizes."""
        return self._made(args, fixed=True)

    def _made(self, args: tuple[Any, ...], *, fixed: bool) -> tuple["_Call", list[Array]]:
        count = len(self.plan.arguments)
        dtype = args[-1]
        sizes = tuple(args[count:-1])
        given = [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in args[:count]]
        call, room = self._functions(dtype, sizes if fixed else ())
        if sizes not in self._shapes:
            self._shapes[sizes] = arrays.shapes_of(self.plan, sizes)
        results = [np.empty(shape, dtype) for shape in self._shapes[sizes]]
        kept = (*given, *results, np.empty(room(*sizes), dtype))
        pointers = (ctypes.c_void_p * len(kept))(*[a.__array_interface__["data"][0] for a in kept])
        return _Call(call, pointers, (ctypes.c_long * len(sizes))(*sizes), kept), results

    def _functions(self, dtype: Any, fixed: tuple[int, ...]) -> tuple[Any, Any]:
        if str(dtype) not in {"float64", "float32"}:
            raise NumericError(f"backend: c computes in float64 and float32, got {dtype}", "convert the arrays")
        key = (str(dtype), fixed)
        if key not in self._library:
            flags = ["-DSINGLE"] if str(dtype) == "float32" else []
            flags += [f"-DSIZE_{i}={size}L" for i, size in enumerate(fixed)]
            library = ctypes.CDLL(str(_built(self.source, flags)))
            library.room.restype = ctypes.c_long
            library.room.argtypes = [ctypes.c_long] * (2 + len(self.plan.sizes))
            library.call.restype = None
            self._library[key] = (library.call, library.room)
        return self._library[key]


class _Call:
    """A call whose arguments have been converted before."""

    __slots__ = ("function", "kept", "pointers", "sizes")

    def __init__(self, function: Any, pointers: Any, sizes: Any, kept: tuple[Array, ...]) -> None:
        self.function, self.pointers, self.sizes, self.kept = function, pointers, sizes, kept

    def __call__(self) -> None:
        """Compute."""
        self.function(self.pointers, self.sizes)


@cache
def _compiler() -> str | None:
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def _built(source: str, more: Sequence[str]) -> Path:
    """The shared library of a source, compiled once."""
    compiler = _compiler()
    if compiler is None:
        raise NumericError("backend: c cannot be used, there is no C compiler", HELP)
    flags = (*FLAGS, *more)
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
