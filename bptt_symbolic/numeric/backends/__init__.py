"""Plan -> source -> function: one file a backend.

    HELP                 what to do if it cannot be used
    missing()            None, or why it cannot be used here
    write(plan)          the source, a `Written`
    loaded(written, plan)   the function of the source: run(arrays..., sizes..., dtype) -> the outputs in order
    taken(values)        the values of a call as arrays of one dtype; what is wrong with which of them
    broadcast_to(array, shape)   an array along more sequences

A function may have `bound`, which makes calls that reuse their arrays (see `c`).
"""

from importlib import import_module, resources
from types import ModuleType

from bptt_symbolic.numeric.numeric_error import NumericError


def names() -> tuple[str, ...]:
    """The backends that there are."""
    files = (p.name for p in resources.files(__package__).iterdir())
    return tuple(sorted(f.removesuffix(".py") for f in files if f.endswith(".py") and not f.startswith("_")))


def load(name: str) -> ModuleType:
    """A backend that can be used here; raises NumericError with the reason if it cannot."""
    if name not in names():
        raise NumericError(f"backend: there is no {name!r}", f"known are {', '.join(names())}")
    found = import_module(f"{__package__}.{name}")
    reason: str | None = found.missing()
    if reason is not None:
        raise NumericError(f"backend: {name} cannot be used, {reason}", found.HELP)
    return found
