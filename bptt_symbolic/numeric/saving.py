"""Function of arrays -> one source file of NumPy that does the same without this package."""

import keyword
from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.numeric_error import NumericError
from bptt_symbolic.numeric.plan import Argument, Output, Plan


def standalone(name: str, documentation: str, source: str, plan: Plan) -> str:
    """The generated code, and behind it a function of keyword arguments; raises NumericError where sizes cannot be told
    from the shapes.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise NumericError(f"{name} is no name of a function", "choose another name")
    return f"{source.rstrip()}\n\n\n" + "\n".join(_function(name, documentation, plan)) + "\n"


def _function(name: str, documentation: str, plan: Plan) -> Iterator[str]:
    words = {a.keyword: _word(a.keyword) for a in plan.arguments}
    steps = any(a.kind == "sequence" for a in plan.arguments)
    yield f"def {name}(*, {', '.join(words.values())}{'' if steps else ', steps'}):"
    yield f'    """{documentation}\n    """'
    yield f"    given = [np.asarray(a) for a in ({', '.join(words.values())},)]"
    yield "    dtype = np.result_type(*given)"
    yield '    dtype = dtype if dtype.kind == "f" else np.dtype(float)'
    yield f"    {', '.join(f'a_{i}' for i in range(len(words)))}, = [a.astype(dtype, copy=False) for a in given]"
    yield f"    batched = {_batched(plan)}"
    for number, argument in enumerate(plan.arguments):
        if argument.kind == "sequence":
            yield f"    a_{number} = a_{number} if batched else a_{number}[:, None]"
    yield f"    steps, batch = {_lengths(plan)}"
    yield from (f"    size_{i} = {_size(size, plan)}" for i, size in enumerate(plan.sizes))
    for number, argument in enumerate(plan.arguments):
        lead = {"parameter": (), "initial": ("batch",), "sequence": (_longer(argument), "batch")}[argument.kind]
        shape = "".join(f"{part}, " for part in (*lead, *(_axis(axis, plan) for axis in argument.axes)))
        if argument.kind == "initial":
            yield f"    a_{number} = np.broadcast_to(a_{number}, ({shape}))"
        yield f"    if a_{number}.shape != ({shape}):"
        said = f"{argument.keyword}: expected the shape {argument.letters}, got "
        yield f"        raise ValueError({said!r} + str(a_{number}.shape))"
    inside = [*(f"a_{i}" for i in range(len(words))), "steps", "batch"]
    inside += [f"size_{i}" for i in range(len(plan.sizes))]
    yield f"    results = run({', '.join([*inside, 'dtype'])})"
    places = "".join(f"{_place(output)}, " for output in plan.outputs)
    yield f"    alone = ({places})"
    yield f"    names = {tuple(output.keyword for output in plan.outputs)!r}"
    yield "    if not batched:"
    yield "        results = [a if place is None else a[place] for a, place in zip(results, alone)]"
    yield "    return dict(zip(names, results))"


def _word(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _place(output: Output) -> str:
    """The index that takes the only sequence."""
    if not output.space.batch:
        return "None"
    return "(slice(None), 0)" if output.space.time else "0"


def _batched(plan: Plan) -> str:
    tests = [f"a_{i}.ndim == {len(a.axes) + 2}" for i, a in enumerate(plan.arguments) if a.kind == "sequence"]
    return " or ".join(tests) or "False"


def _lengths(plan: Plan) -> str:
    for number, argument in enumerate(plan.arguments):
        if argument.kind == "sequence":
            return f"a_{number}.shape[0] - {argument.extra}, a_{number}.shape[1]"
    return "steps, 1"


def _longer(argument: Argument) -> str:
    return f"steps + {argument.extra}" if argument.extra else "steps"


def _size(size: str, plan: Plan) -> str:
    """Where a size is the length of an axis."""
    for number, argument in enumerate(plan.arguments):
        for place, axis in enumerate(argument.axes):
            if axis == Affine.of(size):
                return f"a_{number}.shape[{place - len(argument.axes)}]"
    raise NumericError(f"no argument has an axis of the length {size} alone", "use the function itself")


def _axis(axis: Affine, plan: Plan) -> str:
    """The length of an axis in the sizes."""
    parts = [f"{factor} * size_{plan.sizes.index(name)}" for name, factor in axis.parts]
    return " + ".join([*parts, str(axis.const)] if axis.const or not parts else parts)
