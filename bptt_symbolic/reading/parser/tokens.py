r"""Command or character -> kind and normal name: what the parser knows about LaTeX, as rows.

Kinds of the tokens of a tree (`syntax.Token.kind`):

    symbol word number text stray        an atom by itself
    style fraction root switch           a command with arguments: `\hat`, `\frac`, `\sqrt`, `\bf`
    lbrace rbrace open close begin end   a pair around something
    sub sup prime                        a script
    sign operator relation separator     between two things
    amp newline                          between the cells of an environment

Four more exist only on the way: `left` and `right` (brackets with `\left`, `\right`), `bar` (a `|` whose partner is
not yet known), and `tag`, `label` (taken out of the row).
"""

import re
from typing import NamedTuple

from bptt_symbolic.reading.syntax import Token
from bptt_symbolic.scalars.rows import ROWS


def _words(rows: str) -> frozenset[str]:
    return frozenset(rows.split())


class Piece(NamedTuple):
    """A token on its way into the tree, with its normal name."""

    kind: str
    name: str
    token: Token

    def __str__(self) -> str:
        """The text of the token."""
        return self.token.text


FUNCTIONS = _words("""
    softmax diag sech coth tan cot sec csc arcsin arccos artanh max min argmax argmin sgn sign tr Tr trace det vec logit
    logsoftmax lim sup inf dim rank mean Var Cov Softmax Diag hardtanh concat onehot deg gcd ker limsup liminf lg arg
    hom Pr mod
    """) | _words(" ".join(row.words for row in ROWS.values()))
"""Words that are read as one symbol wherever they stand."""

CONNECTIVES = _words("if otherwise else and or for where when with then")
"""Words of prose that notes write in mathematics; as commands they mean nothing."""

WORDS = FUNCTIONS | CONNECTIVES

_RELATIONS = r"""
    = < > : := \ne \le \ge \ll \gg \in \notin \ni \subset \subseteq \supset \supseteq \to \gets \mapsto \Rightarrow
    \Leftarrow \Leftrightarrow \leftrightarrow \approx \simeq \cong \equiv \doteq \sim \propto \perp \parallel \prec
    \succ \preceq \succeq \leadsto \hookrightarrow \rightleftharpoons \asymp \models \vdash
    \lesssim \gtrsim \subsetneq \rightharpoonup \leftharpoonup \longleftrightarrow \twoheadrightarrow \dashrightarrow
    \hookleftarrow \bowtie \curvearrowright
"""
_RELATIONS_ALSO = r"""
    \colon :  \coloneqq :=  \triangleq :=  \eqqcolon =:  \neq \ne  \leq \le  \leqslant \le  \leqq \le  \geq \ge
    \geqslant \ge  \geqq \ge  \lt <  \gt >  \rightarrow \to  \longrightarrow \to  \leftarrow \gets
    \longleftarrow \gets  \longmapsto \mapsto  \implies \Rightarrow  \Longrightarrow \Rightarrow
    \impliedby \Leftarrow  \Longleftarrow \Leftarrow  \iff \Leftrightarrow  \Longleftrightarrow \Leftrightarrow
    \approxeq \approx  \rightsquigarrow \leadsto  \eq =
"""

_SIGNS = r"+ - \pm \mp"

_OPERATORS = r"""
    * / \cdot \times \odot \circ \otimes \star \div \oslash \bullet \oplus \ominus \wedge \vee \cup \cap \setminus
    \backslash \boxtimes \boxdot \diamond \bmod
"""
_OPERATORS_ALSO = r"""
    \cdotp \cdot  \ast *  \land \wedge  \lor \vee  \bigodot \odot  \bigotimes \otimes  \smallsetminus \setminus
"""

_SEPARATORS = r", ; \quad"
_SEPARATORS_ALSO = r"\qquad \quad  \enspace \quad"

_OPENERS = r"( [ \{ \langle \lceil \lfloor \ulcorner"
_OPENERS_ALSO = r"\lbrace \{  \lbrack [  \lparen (  \lvert |  \lVert \|  \lang \langle"
_CLOSERS = r") ] \} \rangle \rceil \rfloor \urcorner"
_CLOSERS_ALSO = r"\rbrace \}  \rbrack ]  \rparen )  \rvert |  \rVert \|  \rang \rangle"
_BARS = r"| \|"
_BARS_ALSO = r"\vert |  \Vert \|"

_SYNONYMS = r"""
    \ldots \cdots  \dots \cdots  \dotsc \cdots  \dotsb \cdots  \dotsm \cdots  \dotsi \cdots  \dotso \cdots
    \vdots \cdots  \ddots \cdots  \hdots \cdots  \mathellipsis \cdots  \mid |  \textellipsis \cdots  \Sum \sum
"""

_SYMBOLS = r"""
    \alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \varkappa \lambda \mu \nu
    \xi \omicron \pi \varpi \rho \varrho \sigma \varsigma \tau \upsilon \phi \varphi \chi \psi \omega \digamma \Gamma
    \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \varGamma \varDelta \varTheta \varLambda \varSigma
    \varPhi \varPsi \varOmega \sum \prod \coprod \int \iint \oint \bigcup \bigcap \bigoplus \bigvee \bigwedge
    \partial \nabla \infty \top \bot \intercal \ell \hbar \imath \jmath \Re \Im \aleph \forall \exists \nexists
    \emptyset \varnothing \prime \dagger \ddagger \angle \triangle \square \Box \blacksquare \blacktriangle \surd \neg
    \lnot \checkmark \therefore \because \uparrow \downarrow \updownarrow \Uparrow \Downarrow \complement \eth \wp
    \S \P \pounds \copyright \degree \# \$ \% \& \_ \- \@ \nearrow \searrow
    \injlim \varinjlim \cdots \clubsuit \heartsuit \spadesuit \diamondsuit \natural \sharp \flat \dag \ddag
"""

_PASTED = r"""
    relation: ≤ \le ≥ \ge ≠ \ne ≈ \approx ≡ \equiv ∈ \in ∉ \notin → \to ← \gets ⇒ \Rightarrow ∝ \propto ∼ \sim
        ： : ＝ = ↦ \mapsto ⊂ \subset ≜ := ≔ :=
    sign: − - ± \pm ＋ + － - – -
    operator: · \cdot × \times ⊙ \odot ∘ \circ ⊗ \otimes ∗ * ⋅ \cdot ÷ \div ⊕ \oplus ∪ \cup ∩ \cap
    separator: ， , ； ; 、 , 。 .
    open: （ ( 【 [ ⟨ \langle
    close: ） ) 】 ] ⟩ \rangle
    bar: ∥ \| ‖ \| ∣ |
    symbol: … \cdots ⋯ \cdots ⋮ \cdots ∂ \partial ∑ \sum ∏ \prod ∇ \nabla ∞ \infty √ \sqrt ⊤ \top α \alpha β
        \beta γ \gamma δ \delta ε \varepsilon ϵ \epsilon ζ \zeta η \eta θ \theta ι \iota κ \kappa λ \lambda μ
        \mu ν \nu ξ \xi π \pi ρ \rho σ \sigma τ \tau υ \upsilon φ \varphi ϕ \phi χ \chi ψ \psi ω \omega Γ
        \Gamma Δ \Delta Θ \Theta Λ \Lambda Ξ \Xi Π \Pi Σ \Sigma Φ \Phi Ψ \Psi Ω \Omega ℓ \ell ∀ \forall ∃
        \exists ∅ \emptyset ∫ \int 𝟙 \mathbb{1}
    prime: ’ ' ′ '
"""  # noqa: RUF001 characters as people paste them

_STYLES = r"""
    \mathbf \mathrm \mathcal \mathscr \mathbb \mathfrak \mathsf \mathit \mathtt \mathnormal \hat \tilde \bar \vec
    \dot \ddot \dddot \check \breve \acute \grave \mathring \underline \underbrace \overbrace \cancel \mathop
    \mathbin \mathrel \operatorname \overleftarrow \not \slashed \sqrtsign
"""
_STYLES_ALSO = r"""
    \textbf mathbf  \bm mathbf  \boldsymbol mathbf  \pmb mathbf  \symbf mathbf  \bold mathbf  \mathbfit mathbf
    \textrm mathrm  \textnormal mathrm  \text mathrm  \mbox mathrm  \hbox mathrm  \textup mathrm  \mathbbm mathbb
    \mathds mathbb  \Bbb mathbb  \textsf mathsf  \textit mathit  \emph mathit  \texttt mathtt  \widehat hat
    \widetilde tilde  \overline bar  \overrightarrow vec  \widecheck check  \underbar underline
    \underbracket underbrace  \bcancel cancel  \xcancel cancel  \sout cancel
    \bf mathbf  \it mathit  \textsc mathrm  \undertilde tilde  \utilde tilde
"""

_SWITCHES = r"\color"
_SWITCHES_ALSO = r"""
    \bf mathbf  \bfseries mathbf  \boldmath mathbf  \rm mathrm  \cal mathcal  \it mathit  \sf mathsf  \tt mathtt
    \mit mathnormal  \frak mathfrak
"""

_FRACTIONS = r"\frac \binom"
_FRACTIONS_ALSO = r"""
    \dfrac frac  \tfrac frac  \cfrac frac  \sfrac frac  \nicefrac frac  \dbinom binom  \tbinom binom
"""


def _own(kind: str, texts: str, *, bare: bool = False) -> dict[str, tuple[str, str]]:
    """Their names are their own, without the backslash if `bare`."""
    return {text: (kind, text[1:] if bare else text) for text in texts.split()}


def _named(kind: str, rows: str) -> dict[str, tuple[str, str]]:
    """Pairs of what is written and its normal name."""
    words = rows.split()
    return {text: (kind, name) for text, name in zip(words[::2], words[1::2], strict=True)}


def _pasted(rows: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for line in re.split(r"\n(?=    \w)", rows.strip("\n")):
        kind, names = line.split(":", 1)
        found |= _named(kind.strip(), names)
    return found


KINDS: dict[str, tuple[str, str]] = {
    **_own("symbol", _SYMBOLS),
    **{"\\" + word: ("word", word) for word in FUNCTIONS},
    **_named("symbol", _SYNONYMS),
    **_own("relation", _RELATIONS),
    **_named("relation", _RELATIONS_ALSO),
    **_own("sign", _SIGNS),
    **_own("operator", _OPERATORS),
    **_named("operator", _OPERATORS_ALSO),
    **_own("separator", _SEPARATORS),
    **_named("separator", _SEPARATORS_ALSO),
    **_own("open", _OPENERS),
    **_named("open", _OPENERS_ALSO),
    **_own("close", _CLOSERS),
    **_named("close", _CLOSERS_ALSO),
    **_own("bar", _BARS),
    **_named("bar", _BARS_ALSO),
    **_own("style", _STYLES, bare=True),
    **_named("style", _STYLES_ALSO),
    **_own("switch", _SWITCHES, bare=True),
    **_named("switch", _SWITCHES_ALSO),
    **_own("fraction", _FRACTIONS, bare=True),
    **_named("fraction", _FRACTIONS_ALSO),
    **_pasted(_PASTED),
    "\\sqrt": ("root", "sqrt"),
    "'": ("prime", "'"),
    "_": ("sub", "_"),
    "^": ("sup", "^"),
    "\\sb": ("sub", "_"),
    "\\sp": ("sup", "^"),
    "&": ("amp", "&"),
    "{": ("lbrace", "{"),
    "}": ("rbrace", "}"),
    "\\bgroup": ("lbrace", "{"),
    "\\egroup": ("rbrace", "}"),
}
"""What a command or character is, when nothing before or after it matters."""

COMPOUNDS: dict[str, tuple[str, str]] = {
    ":=": ("relation", ":="),
    "=:": ("relation", "=:"),
    "==": ("relation", "="),
    "+=": ("relation", "+="),
    "-=": ("relation", "-="),
    "*=": ("relation", "*="),
    "<=": ("relation", "\\le"),
    ">=": ("relation", "\\ge"),
    "!=": ("relation", "\\ne"),
    "->": ("relation", "\\to"),
    "=>": ("relation", "\\Rightarrow"),
    "<<": ("relation", "\\ll"),
    ">>": ("relation", "\\gg"),
    "||": ("bar", "\\|"),
}
"""Two characters with nothing between them that are one sign."""

NEGATIONS = {"=": "\\ne", "\\in": "\\notin"}
"""What `\\not` makes of the relation after it."""

PARTNERS = {"(": ")", "[": "]", "\\{": "\\}", "\\langle": "\\rangle", "\\lceil": "\\rceil", "\\lfloor": "\\rfloor"}
PARTNERS |= {"|": "|", "\\|": "\\|", "\\ulcorner": "\\urcorner"}
"""Closing bracket of each opening one."""

SIZES = {
    "\\left": "left",
    "\\right": "right",
    "\\middle": "symbol",
    "\\qty": "",
    "\\mleft": "left",
    "\\mright": "right",
}
SIZES |= {
    f"\\{big}{side}": kind
    for big in ("big", "Big", "bigg", "Bigg")
    for side, kind in (("", ""), ("l", "open"), ("r", "close"), ("m", "symbol"))
}
"""Commands that change the size of the bracket after them, and the kind that they make of it (empty: its own)."""

TEXTS = _words(r"\text \mbox \textrm \textnormal \hbox \textup \intertext \shortintertext \textsc")
"""Commands whose argument is prose."""

INTERTEXTS = ("\\intertext", "\\shortintertext")
"""Of these, those that stand between rows."""

UPRIGHT = _words(r"\mathrm \mathsf \textsf \mathit \textit \mathtt \texttt \emph")
"""Styles in which a run of letters is one word."""

SPACING = _words(r"""
    \, \; \: \! \> \  ~ \thinspace \medspace \thickspace \negthinspace \negmedspace \negthickspace \space \hfill \hfil
    \LARGE \huge \Huge
    \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits \nonumber \notag \allowbreak \nobreak
    \noindent \strut \mathstrut \hline \centering \small \large \Large \normalsize \footnotesize \scriptsize \tiny
    \leavevmode \relax \allowdisplaybreaks \protect \null \/ \break \nobreakspace \par \toprule \midrule \bottomrule
    """) | {"\\ ", "\\\n", "\\\t", "\u200b", "$"}
"""Commands that only move ink; a `$` in a formula opens mathematics in the text of a box."""

SPACING_WITH_ARGUMENT = _words(
    r"\hspace \vspace \phantom \hphantom \vphantom \mspace \hskip \kern \mkern \mskip \rule \setlength"
)
"""The same, with one argument."""

REFERENCES = _words(r"\eqref \ref \cite \autoref \cref \Cref")
"""Commands that point elsewhere in the document: read as text."""

LABELLED = _words(r"\overset \underset \stackrel \textcolor")
"""Styles with one argument before their body."""

BOXES = {
    **dict.fromkeys(_words(r"\bbox \mathclap \mathllap \mathrlap \clap \llap \rlap \smash \boxed \fbox"), 0),
    **dict.fromkeys(_words(r"\framebox \framed \mathord \mathopen \mathclose \mathinner \mathpunct \ensuremath"), 0),
    **dict.fromkeys(_words(r"\colorbox \href \class \cssId \style \htmlClass \htmlId \htmlStyle \htmlData"), 1),
    **dict.fromkeys(_words(r"\enclose \raisebox \raise \lower \scalebox \rotatebox \parbox \texttip \mmlToken"), 1),
    **dict.fromkeys(_words(r"\fcolorbox \resizebox"), 2),
}
"""Commands that only show their last argument in some way, and the number of arguments before it."""

ARROWS = {"\\xrightarrow": "\\to", "\\xleftarrow": "\\gets", "\\xRightarrow": "\\Rightarrow"}
ARROWS |= {"\\xLeftarrow": "\\Leftarrow", "\\xlongequal": "=", "\\xmapsto": "\\mapsto"}
"""Arrows with words on them -> the arrow."""

MATRICES = {"(": "pmatrix", "[": "bmatrix", "{": "matrix", "|": "vmatrix"}
r"""Environment that `\mqty` makes with each bracket."""

WITH_COLUMNS = _words("array alignat alignedat tabular subarray IEEEeqnarray")
"""Environments with an argument after their name."""
