"""Plan -> numba: loops over flat arrays, compiled when the function is first called; for small and middle sizes.

That takes seconds, for gates many; what is compiled is kept for the next process.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

import numpy as np

from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends import numpy as arrays
from bptt_symbolic.numeric.backends._flat import For, Let, Line, Note, Set, View
from bptt_symbolic.numeric.backends._loops import Loops
from bptt_symbolic.numeric.plan import Plan
from bptt_symbolic.numeric.source_text import Written, described

Array = Any
HELP = "pip install 'bptt-symbolic[numba]'"
FUNCTIONS: Mapping[str, str] = {
    **{
        name: f"math.{name}({{0}})"
        for name in ("tanh", "exp", "expm1", "log", "sqrt", "sin", "cos", "sinh", "cosh", "erf")
    },
    "arctan": "math.atan({0})",
    "reciprocal": "1.0 / {0}",
    "sigmoid": "1.0 / (1.0 + math.exp(-{0}))",
    "softplus": "max({0}, 0.0) + math.log1p(math.exp(-abs({0})))",
    "relu": "max({0}, 0.0)",
    "step": "1.0 * ({0} > 0.0)",
    "max": "max({0}, {1})",
}

taken = arrays.taken
broadcast_to = arrays.broadcast_to


def missing() -> str | None:
    """Why numba is not there."""
    return None if importlib.util.find_spec("numba") else "numba is not installed"


def write(plan: Plan) -> Written:
    """The source of a plan: `run(flat arguments, flat results, work, sizes)`, and `room` for the length of `work`."""
    loops = Loops(plan, FUNCTIONS)
    lines = loops.write()
    sizes = [loops.sizes.steps, loops.sizes.batch, *loops.sizes.names.values()]
    names = [*loops.arguments.values(), *loops.results, "work", *sizes]
    body = "\n".join(_rendered(lines, 1)) or "    pass"
    source = (
        f"import math\n\n\ndef room({', '.join(sizes)}):\n"
        f'    """How many numbers `work` has to hold."""\n    return {" + ".join(loops.room) or "0"}\n\n\n'
        f'def run({", ".join(names)}):\n    """{described(plan, "numba, flat arrays")}"""\n{body}\n'
    )
    return Written(source, (*loops.arguments.values(), *sizes))


def _rendered(lines: Sequence[Line], depth: int) -> list[str]:
    pad, found = "    " * depth, []
    for line in lines:
        match line:
            case For(var, limit, inside, backward):
                span = f"range({limit} - 1, -1, -1)" if backward else f"range({limit})"
                found += [f"{pad}for {var} in {span}:", *_rendered(inside, depth + 1)]
            case Let(name, text) | Set(name, text):
                found.append(f"{pad}{name} = {text}")
            case View(name, array, start):
                found.append(f"{pad}{name} = {array}[{start} :]")
            case Note(text):
                found.append(f"{pad}# {text}")
            case _:
                assert_never(line)
    return found


def loaded(written: Written, plan: Plan) -> Callable[..., list[Array]]:
    """The compiled function; sums may be taken in another order, infinities and NaN stay what they are."""
    import numba  # noqa: PLC0415 - optional and heavy

    module = loading.kept(written.source, "numba")
    compiled = numba.njit(fastmath={"reassoc", "contract", "nsz", "arcp"}, error_model="numpy", cache=True)(module.run)

    def run(*args: Any) -> list[Array]:
        count = len(plan.arguments)
        steps, batch, *rest = args[count:-1]
        given = [np.ascontiguousarray(a).reshape(-1) for a in args[:count]]
        results = [np.empty(shape, args[-1]) for shape in arrays.shapes_of(plan, (steps, batch, *rest))]
        work = np.empty(module.room(steps, batch, *rest), args[-1])
        compiled(*given, *(r.reshape(-1) for r in results), work, steps, batch, *rest)
        return results

    return run
