"""Name of an extra -> its libraries, or a sentence that says how to install them."""

from importlib.util import find_spec

_LIBRARIES = {
    "lsp": ("pygls", "lsprotocol"),
    "mcp": ("mcp",),
    "web": ("starlette", "uvicorn"),
    "notebook": ("IPython",),
}


def missing(extra: str) -> str | None:
    """What to do where a library of an extra is not there; None where all of them are."""
    absent = [name for name in _LIBRARIES[extra] if find_spec(name) is None]
    if not absent:
        return None
    return f"{' and '.join(absent)} is not installed: pip install 'bptt-symbolic[{extra}]'"
