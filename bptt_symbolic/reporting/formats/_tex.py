r"""Text and LaTeX of a note -> LaTeX that compiles whatever it is.

A formula is typeset only if it is balanced and made of commands that cannot do anything but set mathematics (`_SAFE`),
and is shown as escaped text otherwise. Letters that pdfTeX has no font for are wrapped in `\beyond`, which LuaTeX and
XeTeX print. A long formula is given in parts that begin with a relation or a sign, so that lines can break there.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from bptt_symbolic.reporting.formats._words import squeezed

_ESCAPES = {
    "\\": r"\allowbreak{}\textbackslash{}",
    "{": r"\{\allowbreak{}",
    "}": r"\}\allowbreak{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_\allowbreak{}",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}\allowbreak{}",
    "/": r"/\allowbreak{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "✓": "yes",
    "×": r"\ensuremath{\times}",
    "∂": r"\ensuremath{\partial}",
}
_LAST_LATIN = 0xFF
_TEXT = re.compile(r"\\text(?:bf|it|rm)?(?:\s*\{[A-Za-z0-9 ,.;:()'=+-]*\}|\s+[A-Za-z0-9])")
_TOKEN = re.compile(r"\\(?:begin|end)\{[A-Za-z]*\}|\\[A-Za-z]+|\\[\s\S]|[\s\S]")
_ENVIRONMENTS = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix", "Bmatrix", "smallmatrix", "cases", "array"})
_COMMANDS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell
hbar imath jmath Re Im partial nabla infty emptyset forall exists neg prime top bot angle frac dfrac tfrac binom
sqrt sum prod int lim max min sup inf log ln exp sin cos tan sinh cosh tanh det dim ker arg cdot times odot otimes
oplus circ ast star bullet div pm mp wedge vee cap cup setminus leq le geq ge neq ne equiv approx sim simeq cong
propto ll gg in ni notin subset subseteq supset supseteq mid parallel to gets rightarrow leftarrow Rightarrow Leftarrow
leftrightarrow Leftrightarrow mapsto longrightarrow implies iff ldots cdots dots vdots ddots dotsc dotsb quad qquad
colon hat widehat tilde widetilde bar overline underline vec dot ddot overrightarrow underbrace overbrace mathbf
mathrm mathit mathsf mathtt mathcal mathbb mathfrak boldsymbol operatorname left right big Big bigg Bigg bigl bigr
Bigl Bigr biggl biggr langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert displaystyle
textstyle limits nolimits boxed overset underset stackrel curvearrowleft curvearrowright mathring substack bf rm it
"""
_SAFE = frozenset([*_COMMANDS.split(), *",;:!{}| "])
_ONE_FOR = ((r"\mathbb{1}", r"\mathbf{1}"), (r"\mathbb 1", r"\mathbf 1"))
"""What the usual fonts have no glyph for."""
_ACCENTED = re.compile(r"(?<![A-Za-z}\]])\{(?=\\(?:hat|tilde|bar|vec|dot|ddot|widehat|widetilde)(?![A-Za-z]))")
"""A group that begins with an accent, and is no argument: TeX forgets the braces, so that a script after it is one too
many."""
_BREAKS = frozenset({"=", "+", "-", r"\le", r"\leq", r"\ge", r"\geq", r"\equiv", r"\approx", r"\to"})
_DEEPER = frozenset({"{", "(", "[", r"\{", r"\left"})
_HIGHER = frozenset({"}", ")", "]", r"\}", r"\right"})


def escaped(text: str) -> str:
    """The text as LaTeX text."""
    parts = []
    for beyond, letters in groupby(text, key=_is_beyond):
        run = "".join(letters)
        parts.append(rf"\beyond{{{run}}}" if beyond else "".join(map(_escaped, run)))
    return "".join(parts)


def formula(latex: str) -> str:
    """The formula as mathematics where that is safe, as text where it is not."""
    text = mathematics(latex)
    if text is None:
        return rf"\verbatimtext{{{escaped(squeezed(latex))}}}"
    parts = "".join(rf"\piece{{{{}}{part}}} " for part in _parts(text))
    return rf"\formula{{{text}}}{{{parts.rstrip()}}}"


def mathematics(latex: str) -> str | None:
    """The formula as TeX sets it; None if it may do anything else."""
    text = squeezed(latex)
    for found, instead in _ONE_FOR:
        text = text.replace(found, instead)
    return _ACCENTED.sub("{{}", text) if text and _is_safe(text) else None


def _parts(text: str) -> Iterator[str]:
    """The formula cut before every relation or sign that stands outside of brackets."""
    depth = 0
    part: list[str] = []
    for token in _TOKEN.findall(text):
        depth += token in _DEEPER or token.startswith(r"\begin{")
        depth -= token in _HIGHER or token.startswith(r"\end{")
        if token in _BREAKS and depth == 0 and "".join(part).strip():
            yield "".join(part).strip()
            part = []
        part.append(token)
    yield "".join(part).strip()


def _is_beyond(character: str) -> bool:
    return ord(character) > _LAST_LATIN and character not in _ESCAPES and character.isprintable()


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if not character.isprintable():
        return " "
    return character


def _is_safe(latex: str) -> bool:
    """Whether the formula is balanced, in plain letters, and made of commands and environments that are known."""
    without = _TEXT.sub("", latex)
    if "^^" in latex:  # the way to write any character by its number, a backslash among them
        return False
    opened: list[str] = []
    tokens = _TOKEN.findall(without)
    for part in tokens:
        if not _is_known(part) or not _nests(part, opened):
            return False
    return not opened and latex.isascii() and not _collides(tokens) and "\\text" not in without


def _is_known(part: str) -> bool:
    if part.startswith((r"\begin", r"\end")):
        return part.partition("{")[2].rstrip("}") in _ENVIRONMENTS
    if part == r"\\" or not part.startswith("\\"):
        return part.isprintable() and part not in {"%", "#", "$", "~"}
    return part[1:] in _SAFE


def _nests(part: str, opened: list[str]) -> bool:
    """Whether the part may stand here, with the list of what is open brought up to date."""
    if part in {"{", r"\left"} or part.startswith(r"\begin{"):
        opened.append(part.replace("begin", "end"))
        return True
    if part in {"}", r"\right"} or part.startswith(r"\end{"):
        return bool(opened) and opened.pop() == {"}": "{", r"\right": r"\left"}.get(part, part)
    return part not in {"&", r"\\"} or bool(opened and opened[-1].startswith(r"\end{"))


def _collides(tokens: Sequence[str]) -> bool:
    """Whether a symbol has two scripts of one kind (`x_a_b`, `x^T'`), which TeX does not set; `x''^T` is one."""
    levels: list[set[str]] = [set()]
    before = ""
    for part in tokens:
        if part.isspace():
            continue
        is_argument = before in {"_", "^"}
        script = "^" if part == "'" else part
        if script in {"_", "^"}:
            if script in levels[-1] and before != "'":
                return True
            levels[-1].add(script)
        elif part == "{":
            levels[-1] = levels[-1] if is_argument else set()
            levels.append(set())
        elif part == "}" and len(levels) > 1:
            levels.pop()
        elif not is_argument:
            levels[-1].clear()
        before = part
    return False
