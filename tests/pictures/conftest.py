"""Networks to draw: every cell, and recurrences with what cells do not have."""

import pytest

from bptt_symbolic import cells
from bptt_symbolic.api import network
from bptt_symbolic.meaning.network import Network

ODD = {
    "two steps back": r"$$s_t = \tanh(w s_{t-1} + v s_{t-2} + u x_t)$$ $$L = \sum_{t=1}^T s_t^2$$",
    "both directions": r"""$$f_t = \tanh(a f_{t-1} + x_t)$$ $$g_t = \tanh(b g_{t+1} + x_t)$$
        $$L = \sum_{t=1}^T f_t g_t$$""",
    "two losses": r"$$s_t = \tanh(w s_{t-1} + x_t)$$ $$K = \sum_{t=1}^T s_t$$ $$L = \sum_{t=1}^T s_t^2$$",
    "loss at the end": r"$$s_t = \tanh(w s_{t-1} + x_t)$$ $$L = s_T^2$$",
    "skips": r"""$$a_t = \tanh(w e_{t-1} + x_t)$$ $$b_t = \tanh(a_t)$$ $$c_t = \tanh(b_t + a_t + x_t)$$
        $$d_t = \tanh(c_t + b_t + a_t + x_t)$$ $$e_t = \tanh(d_t + c_t + b_t + a_t + c_{t-1} + d_{t-1})$$
        $$L = \sum_{t=1}^T e_t$$""",
    "no loss": r"$$s_t = \tanh(w s_{t-1})$$",
}


def made(name: str) -> Network:
    """The network of a cell or of one of the odd notes."""
    return network(ODD.get(name, name))


@pytest.fixture(params=[*cells(), *ODD])
def drawn(request: pytest.FixtureRequest) -> Network:
    """Each network in turn."""
    return made(request.param)
