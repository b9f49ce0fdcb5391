"""The protocol of assistants -> what the checker finds out: six tools over standard input and output.

A tool takes texts and the names of built-in cells, never a path, so that nobody reads files through it. What is too
large is refused before anything is begun; what takes too long is `undecided`, and says so: never "wrong".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Annotated, Any, Literal

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from bptt_symbolic.reporting import help_pages
from bptt_symbolic.reporting.formats._words import given, scope
from bptt_symbolic.reporting.report import Finding, Report
from bptt_symbolic.serving.labour import Ended, Limits, Worker
from bptt_symbolic.serving.tasks import Checked, Derived, Refused

MOST_NOTE, MOST_CLAIM = 200_000, 4_000
"""Letters."""
LIMITS = Limits(seconds=120, megabytes=4096)

Note = Annotated[str, Field(max_length=MOST_NOTE, description="the text of a note with its formulas in LaTeX")]
Network = Annotated[
    str,
    Field(max_length=MOST_NOTE, description="elman, jordan, gru or lstm, or the text of a note that defines a network"),
]
Claim = Annotated[str, Field(max_length=MOST_CLAIM, description="a relation in LaTeX, `left = right`, without dollars")]
Kind = Annotated[
    Literal["markdown", "latex", "rst", "html", "notebook"] | None,
    Field(description="the document format; without it, the text tells"),
]
INSTRUCTIONS = (
    "Settles claims about back-propagation through time by exact algebra and an independent kernel. `proved` and "
    "`refuted` may be relied on, for the reading and under the assumptions that are given beside them; `undecided` and "
    "`unread` are hints in no direction. Compare `read_as` with what was meant before relying on a verdict."
)


@dataclass(frozen=True)
class Settled:
    """One relation and its verdict."""

    id: str
    line: int
    latex: str
    verdict: str
    """proved, refuted, ill-typed, undecided or unread."""
    code: str
    """What `explain_verdict` explains."""
    message: str
    read_as: str | None = None
    """How it was understood."""
    given: tuple[str, ...] = ()
    """What it rests on that is not on the page."""
    readings: tuple[str, ...] = ()
    """What was read otherwise than literally."""
    scope: str | None = None
    """For which numbers of steps and sizes it is shown."""
    counterexample: dict[str, Any] | None = None
    repairs: tuple[dict[str, Any], ...] = ()
    """Edits of it that are proved, the likeliest first."""
    question: str | None = None
    """What the author could say that would settle it."""


@dataclass(frozen=True)
class Answer:
    """What was settled."""

    summary: dict[str, int]
    relations: tuple[Settled, ...]
    faults: tuple[str, ...] = ()
    """What is wrong with the note besides."""
    undecided_because: str | None = None
    """Why nothing was settled, if nothing was."""


@dataclass(frozen=True)
class Program:
    """A program that shows why a relation is false."""

    python: str | None
    none_because: str | None = None


@dataclass(frozen=True)
class Mended:
    """A note with its repairs in place."""

    note: str | None
    diff: str = ""
    applied: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What is wrong and was left, and why."""
    confirmed: bool = False
    """Whether every repaired relation is proved in its place."""
    none_because: str | None = None


@dataclass(frozen=True)
class Derivation:
    """A derivation, of which every line was read back and proved."""

    text: str | None
    relations_proved: int = 0
    left_out: tuple[str, ...] = ()
    none_because: str | None = None


@dataclass(slots=True)
class Tools:
    """The tools, and the worker that does what they ask."""

    worker: Worker = field(default_factory=lambda: Worker(LIMITS))

    async def check_note(self, note: Note, format: Kind = None, repairs: bool = False) -> Answer:  # noqa: A002, FBT001, FBT002 - the names of a protocol
        """Settle every equation of a note about back-propagation through time; with `repairs`, look for the smallest
        proved edit of each wrong one, which takes longer.
        """
        found = await self._done("check_pasted", {"text": note, "kind": format, "repair": repairs})
        return _answer(found.report if isinstance(found, Checked) else found)

    async def prove_claim(self, claim: Claim, network: Network, repairs: bool = True) -> Answer:  # noqa: FBT001, FBT002 - the same
        """Settle one relation about a network, in the notation of the network's own note."""
        return _answer(await self._done("prove", {"claim": claim, "network": network, "repair": repairs}))

    async def counterexample(self, network: Network, claim: Claim) -> Program:
        """Write a NumPy program, of at most 40 lines, that shows at small numbers why a relation about a network, or an
        equation of a note by its number (`16`) or id, is false.
        """
        found = await self._done("counterexample", {"note": network, "kind": None, "equation": claim})
        return Program(found) if isinstance(found, str) else Program(None, _why(found))

    async def repairs(self, note: Note, format: Kind = None, nearest: bool = False) -> Mended:  # noqa: A002, FBT001, FBT002 - the same
        """Put the proved repairs of a note in their places; with `nearest`, the likeliest of several."""
        found = await self._done("fix", {"note": note, "kind": format, "nearest": nearest})
        if not isinstance(found, tuple):
            return Mended(None, none_because=_why(found))
        correction, again = found
        verdicts = {finding.id: finding.verdict for finding in again.findings}
        applied = tuple(f"{f.id}: {'; '.join(repair.edits)}" for f, repair in correction.applied)
        left = tuple(f"{f.id}: {why}" for f, why in correction.left)
        good = all(verdicts.get(f.id) == "proved" for f, _ in correction.applied)
        return Mended(correction.text, correction.diff, applied, left, good)

    async def derive_gradient(
        self,
        network: Network,
        by: Annotated[list[str], Field(max_length=20, description="parameters, all if empty")] = [],  # noqa: B006 - a schema, never changed
        style: Literal["recursion", "sum-of-products", "unrolled", "index", "minibatch", "truncated"] = "recursion",
        format: Literal["markdown", "latex", "html"] = "markdown",  # noqa: A002 - the name of a protocol
    ) -> Derivation:
        """Write the derivation of gradients of a network; every line that comes back was read back and proved."""
        asked = {"network": network, "by": tuple(by), "style": style, "output": format}
        found = await self._done("derive", asked)
        if not isinstance(found, Derived):
            return Derivation(None, none_because=_why(found))
        return Derivation(found.text, found.relations, found.left_out)

    async def explain_verdict(self, code: Annotated[str, Field(max_length=100)]) -> str:
        """The page about a verdict or a code of a message: what it means, a bad and a good example, what to do."""
        if code not in help_pages.codes():
            raise ToolError(f"there is no code {code!r}; known are {', '.join(help_pages.codes())}")
        return help_pages.page(code).text

    async def _done(self, task: str, arguments: Mapping[str, Any]) -> Any:
        """What a task makes; why it makes nothing, if it does not."""
        unwanted = Event()
        work = partial(self.worker.do, task, arguments, unwanted=unwanted)
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except Ended as ended:
            return ended
        finally:
            unwanted.set()


def _why(found: object) -> str:
    if isinstance(found, Refused):
        return "; ".join(filter(None, (found.fault.message, found.fault.help)))
    return found.why if isinstance(found, Ended) else "nothing came back"


def _answer(found: object) -> Answer:
    if not isinstance(found, Report):
        return Answer({}, (), undecided_because=_why(found))
    claims = [finding for finding in found.findings if finding.verdict is not None]
    words = [str(finding.verdict) for finding in claims]
    faults = tuple(f"{fault.code}: {fault.message}" for fault in found.faults)
    return Answer({word: words.count(word) for word in dict.fromkeys(words)}, tuple(map(_settled, claims)), faults)


def _settled(finding: Finding) -> Settled:
    example = finding.counterexample
    offered = [r for r in (finding.repair, *finding.alternatives) if r is not None]
    return Settled(
        id=finding.id,
        line=finding.line,
        latex=finding.latex,
        verdict=str(finding.verdict),
        code=finding.code or str(finding.verdict),
        message=finding.message,
        read_as=finding.understood,
        given=given(finding),
        readings=finding.readings,
        scope=None if finding.scope is None else scope(finding.scope),
        counterexample=None
        if example is None
        else {
            "steps": example.steps,
            "values": dict(example.values),
            "entry": list(example.entry),
            "left": example.left,
            "right": example.right,
        },
        repairs=tuple({"latex": repair.latex, "edits": list(repair.edits)} for repair in offered),
        question=None if finding.question is None else finding.question.text,
    )


def server() -> MCPServer:
    """The server with its tools."""
    tools = Tools()
    found = MCPServer("bptt-symbolic", instructions=INSTRUCTIONS)
    safe = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
    for tool in (
        tools.check_note,
        tools.prove_claim,
        tools.counterexample,
        tools.repairs,
        tools.derive_gradient,
        tools.explain_verdict,
    ):
        found.add_tool(tool, annotations=safe)
    return found


def serve() -> None:
    """Talk to an assistant until it ends."""
    server().run("stdio")
