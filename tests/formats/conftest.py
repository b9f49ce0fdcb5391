"""Reports built by hand, for the tests of all formats."""

from dataclasses import replace

import pytest

from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reporting.report import (
    Change,
    Counterexample,
    Diagnosis,
    Evidence,
    Finding,
    NetworkView,
    Quantity,
    Repair,
    Report,
    Scope,
)

TEXT = r"""# Forward <script>alert(1)</script>

$$ s_t = \tanh(U x_t + W s_{t-1}) \tag{1} $$

## Backward, 역전파

$$ \frac{\partial s_t}{\partial s_{t-1}} = W^\top \tag{2} $$

$$ \frac{\partial s_t}{\partial W} = \mathrm{diag}(1-s_t^2) s_{t-1} \tag{3} $$

$$ \frac{\partial s_t}{\partial s_{t-2}} = W^\top W^\top \tag{5} $$

$$ y = \frac{a}{b $$
"""

NETWORK = NetworkView(
    quantities=(
        Quantity("U", "U", "parameter", ("D", "M"), "stated"),
        Quantity("W", "W", "parameter", ("D", "D"), "inferred"),
        Quantity("x", "x_t", "input", ("M",), "stated"),
        Quantity("s", "s_t", "state", ("D",), "stated"),
        Quantity("L", "L", "loss", (), "inferred"),
    ),
    equations=(r"s_t = \tanh(U x_t + W s_{t-1})",),
    layout="numerator",
    notes=("W is D×D because it maps a state to a state.",),
)

WITNESS = Counterexample(
    steps=3,
    sizes={"D": 2, "M": 1},
    values={"W": [["1", "1/2"], ["0", "-1"]]},
    entry=(1, 2),
    left="-83/200",
    right="1/5",
    difference="-123/200",
    times={"t": 2},
    functions={"f(x)": "x^2 - 1/2 x"},
)


def _finding(number: str, latex: str, **more: object) -> Finding:
    start = TEXT.index(latex)
    place = Source("", TEXT).place(start)
    fields: dict[str, object] = {
        "id": f"eq:{number}.1",
        "span": Span(start, start + len(latex)),
        "line": place.line,
        "column": place.column,
        "number": number,
        "section": "Backward, 역전파",
        "row": 1,
        "part": 1,
        "latex": latex,
        "kind": "claim",
        "verdict": None,
    }
    return Finding(**(fields | more))  # type: ignore[arg-type]  # fields of many types, all of them above


@pytest.fixture
def report() -> Report:
    """A definition, a refuted claim, a proved one, one that inherits the mistake, an unread one, and a fault; all have
    everything that they can have.
    """
    unclosed = TEXT.index("{b $$")
    transposed = Span(TEXT.index(r"W^\top \tag{2}"), TEXT.index(r" \tag{2}"))
    findings = (
        _finding(
            "1", r"s_t = \tanh(U x_t + W s_{t-1})", kind="definition", section="Forward <script>alert(1)</script>"
        ),
        _finding(
            "2",
            r"\frac{\partial s_t}{\partial s_{t-1}} = W^\top",
            verdict="refuted",
            against_head="undecided",
            readings=("layout: numerator",),
            hypotheses=("s_0 = 0",),
            message="The two sides differ <b>here</b>.",
            help="Compare the transposes.",
            code="refuted",
            understood=r"\partial s_t/\partial s_{t-1} = W^{\top}",
            counterexample=WITNESS,
            diagnosis=Diagnosis("missing factor", "The slope of tanh <i>is</i> lost.", transposed, r"W^\top - D_t W"),
            repair=Repair(
                r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1-s_t^2) W",
                ("drop the transpose", "multiply by diag"),
                Scope("all", "all"),
                (Change(transposed, r"\mathrm{diag}(1-s_t^2) W"),),
            ),
            alternatives=(Repair(r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1-s_t^2)", ("derive by z_t",)),),
            culprit=transposed,
            standard=r"\frac{\partial s_t}{\partial s_{t-1}} = W^\top",
            culprit_in_standard=Span(40, 46),
        ),
        _finding(
            "3",
            r"\frac{\partial s_t}{\partial W} = \mathrm{diag}(1-s_t^2) s_{t-1}",
            verdict="proved",
            scope=Scope("all", {"D": 3, "M": 2}),
            readings=("immediate: ds_t/dW",),
            message="Equal in normal form.",
            evidence=Evidence("index form", ("differentiate", "normalise")),
        ),
        _finding(
            "5",
            r"\frac{\partial s_t}{\partial s_{t-2}} = W^\top W^\top",
            verdict="refuted",
            message="The two sides differ.",
            follows="eq:2.1",
        ),
        _finding("4", r"y = \frac{a}{b", verdict="unread", message="A brace is open.", code="unclosed"),
    )
    fault = Fault("unclosed", "This brace is never closed.", "Close it.", Span(unclosed, unclosed + 2))
    return Report(Source("notes/<i>bptt</i>.md", TEXT), (NETWORK,), findings, (fault,), 5)


@pytest.fixture
def hostile() -> Report:
    """Control characters, direction marks, TeX commands and tags wherever a note can put text."""
    bad = "\x1b[31m\u202e\x9b2J <script>alert(1)</script> \\input{/etc/passwd} \\end{document} ${}#&%_^~\"'` \\verb|"
    text = f"$$ {bad} $$\n"
    witness = Counterexample(1, {bad: 1}, {bad: bad}, (), bad, bad, bad)
    finding = replace(
        _finding("1", r"y = \frac{a}{b", verdict="refuted", understood=bad, message=bad, help=bad),
        number=bad,
        section=bad,
        latex=bad,
        readings=(bad,),
        hypotheses=(bad,),
        repair=Repair(bad, (bad,), None, (Change(Span(3, 9), bad),)),
        alternatives=(Repair(bad, (bad,)),),
        diagnosis=Diagnosis(bad, bad, Span(5, 12), bad),
        follows=bad,
        culprit=Span(5, 12),
        standard=bad,
        evidence=Evidence(bad, (bad,)),
        counterexample=witness,
    )
    view = NetworkView((Quantity(bad, bad, "state", (bad,), bad),), (bad,), bad, (bad,), (bad,))
    return Report(Source(bad, text), (view,), (finding,), (Fault("unread", bad, bad, Span(3, 9)),), 1)


@pytest.fixture
def empty() -> Report:
    """A note without any formula."""
    return Report(Source("empty.md", ""), (), (), (), 0)
