"""Names of a note -> keywords: ASCII letters, digits and underscores only."""

import re


def plain(name: str) -> str:
    r"""A name as a keyword: `\hat{y}` is `haty`, `W_{xh}` is `W_xh`."""
    return re.sub(r"[^A-Za-z0-9_]", "", name) or "unnamed"


def initial_name(name: str, time: int) -> str:
    """How the initial value of a state is called: `s0`, and `s_m1` for the one before."""
    return f"{name}{time}" if time >= 0 else f"{name}_m{-time}"
