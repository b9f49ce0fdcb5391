r"""Raw tokens -> raw tokens in which `{a \over b}` is `{\frac{a}{b}}`: plain TeX has infixes.

An argument reaches to the end of the group, the `\left`-`\right` pair, the cell or the row. The tokens put in stand
where the command stood.
"""

from dataclasses import dataclass, field

from bptt_symbolic.reading.parser.lexer import Raw

COMMANDS = {"\\over": "\\frac", "\\choose": "\\binom"}
"""Command between its arguments -> command before them."""

_NAMED = frozenset({"\\begin", "\\end"})
_CELL = _NAMED | {"&", "\\\\", "\\cr"}


def prefixed(raws: list[Raw]) -> list[Raw]:
    """Put every such command before its arguments."""
    if not any(raw.text in COMMANDS for raw in raws):
        return raws
    frames = [_Frame("")]
    before = ""
    for raw in raws:
        left_name = frames[-1].is_name
        if raw.text in {"}", "\\right"}:
            _leave(frames, raw.text)
        if raw.text in COMMANDS:
            frames[-1].split(raw)
        elif raw.text in _CELL:
            frames[-1].close()
            frames[-1].done.append(raw)
        else:
            frames[-1].here.append(raw)
        if raw.text == "}" and left_name:
            frames[-1].close()
        if raw.text == "{" or before == "\\left":
            frames.append(_Frame("}" if raw.text == "{" else "\\right", before in _NAMED))
        before = raw.text
    _leave(frames, "")
    return frames[0].done


def _leave(frames: list["_Frame"], end: str) -> None:
    """Close the groups up to the one that ends so; all of them at the end of the formula."""
    if end and all(frame.end != end for frame in frames):
        return
    while frames[-1].end != end:
        _finish(frames)
    _finish(frames)


def _finish(frames: list["_Frame"]) -> None:
    frames[-1].close()
    if len(frames) > 1:
        inner = frames.pop()
        frames[-1].here += inner.done


@dataclass(slots=True)
class _Frame:
    """A group that is being read."""

    end: str
    is_name: bool = False
    """It is the name of an environment: a cell begins after it."""
    done: list[Raw] = field(default_factory=list)
    """Its finished cells."""
    here: list[Raw] = field(default_factory=list)
    """The argument that is being read."""
    upper: list[Raw] = field(default_factory=list)
    command: Raw | None = None
    """The command whose second argument that is, and its first."""

    def split(self, raw: Raw) -> None:
        """The command comes: what was read of this cell is its first argument. A second one has no meaning."""
        if self.command is None:
            self.upper, self.here, self.command = self.here, [], raw
        else:
            self.here.append(raw)

    def close(self) -> None:
        """A cell ends."""
        self.done += self._read()
        self.upper, self.here, self.command = [], [], None

    def _read(self) -> list[Raw]:
        raw = self.command
        if raw is None:
            return self.here
        first, last = raw._replace(text="{", glued=False), raw._replace(text="}", glued=False)
        return [raw._replace(text=COMMANDS[raw.text]), first, *self.upper, last, first, *self.here, last]
