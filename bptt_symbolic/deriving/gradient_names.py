"""Network -> roles: which quantity is the state, its argument, the score, the prediction, the target, which weights.

Found from the shape of the definitions alone, so that a notation can name the quantities of any network. A role that
nothing or more than one thing could have is left out.
"""

from bptt_symbolic.deriving.gradients import NOW, Backward
from bptt_symbolic.meaning.terms import Add, Apply, Mul, Ref, Term, walk


def roles(backward: Backward) -> dict[str, str]:
    """Role -> name in the network."""
    network = backward.network
    found = {"total": backward.total}
    if len(backward.losses) == 1:
        found["loss"] = next(iter(backward.losses))
    inputs = [n for n, role in network.role.items() if role == "input"]
    if len(inputs) == 1:
        found["input"] = inputs[0]
    if len(network.targets) == 1:
        found["target"] = next(iter(network.targets))
    found |= _predictions(backward, found.get("loss"))
    if len(network.states) == 1:
        found |= _state(backward, next(iter(network.states)), found)
    return {role: name for role, name in found.items() if list(found.values()).count(name) == 1}


def _predictions(backward: Backward, loss: str | None) -> dict[str, str]:
    """What the loss compares with the target, and what goes into the function that makes it."""
    if loss is None:
        return {}
    compared = [x.name for x in walk(backward.forward[loss].body) if isinstance(x, Ref) and x.name in backward.forward]
    outputs = [n for n in dict.fromkeys(compared) if n not in backward.network.states]
    if len(outputs) != 1:
        return {}
    found = {"prediction": outputs[0]}
    score = _argument(backward, outputs[0])
    return found | _affine(backward, score, "output") | ({"score": score} if score else {})


def _state(backward: Backward, state: str, found: dict[str, str]) -> dict[str, str]:
    argument = _argument(backward, state)
    own = {"state": state} | ({"argument": argument} if argument else {})
    names = dict(_affine(backward, argument or state, "state"))
    inputs = [
        x.left.name
        for x in _items(backward.forward[argument or state].body)
        if isinstance(x, Mul) and isinstance(x.left, Ref) and x.right == Ref(found.get("input", ""), NOW)
    ]
    weights = [
        x.left.name
        for x in _items(backward.forward[argument or state].body)
        if isinstance(x, Mul) and isinstance(x.left, Ref) and isinstance(x.right, Ref) and x.right.name == state
    ]
    if len(inputs) == 1:
        own["input_weights"] = inputs[0]
    if len(weights) == 1:
        own["state_weights"] = weights[0]
    return own | {k: v for k, v in names.items() if k == "state_bias"}


def _argument(backward: Backward, name: str) -> str | None:
    """The quantity whose function another one is."""
    body = backward.forward[name].body
    inner = body.args[0] if isinstance(body, Apply) and len(body.args) == 1 else None
    return inner.name if isinstance(inner, Ref) and inner.name in backward.forward else None


def _affine(backward: Backward, name: str | None, what: str) -> dict[str, str]:
    """The weights and the bias of `A x + b`, where there is one of each."""
    if name is None:
        return {}
    items = _items(backward.forward[name].body)
    biases = [x.name for x in items if isinstance(x, Ref) and x.time is None]
    weights = [x.left.name for x in items if isinstance(x, Mul) and isinstance(x.left, Ref) and x.left.time is None]
    found = {}
    if len(biases) == 1:
        found[f"{what}_bias"] = biases[0]
    if len(weights) == 1 and what == "output":
        found["output_weights"] = weights[0]
    return found


def _items(body: Term) -> tuple[Term, ...]:
    return body.items if isinstance(body, Add) else (body,)
