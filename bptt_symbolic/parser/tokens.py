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

from typing import NamedTuple

from bptt_symbolic.syntax import Token


class Piece(NamedTuple):
    """A token on its way into the tree, with its normal name."""

    kind: str
    name: str
    token: Token

    def __str__(self) -> str:
        return self.token.text




FUNCTIONS = frozenset(
    """
    tanh log ln exp softmax sigm sigmoid relu ReLU diag sech cosh sinh coth sin cos tan cot sec csc arctan arcsin arccos
    artanh max min argmax argmin sgn sign tr Tr trace det vec softplus erf elu ELU gelu GELU swish silu SiLU logit
    logsoftmax LeakyReLU lim sup inf dim rank mean Var Cov Softmax Sigmoid Tanh Diag hardtanh concat onehot deg gcd ker
    limsup liminf lg arg hom Pr mod
    """.split()
)
"""Words that are read as one symbol wherever they stand."""

CONNECTIVES = frozenset("if otherwise else and or for where when with then".split())
"""Words of prose that notes write in mathematics; as commands they mean nothing."""

WORDS = FUNCTIONS | CONNECTIVES

_RELATIONS = r"""
    = = < < > > : : \colon : := := \coloneqq := \triangleq := \eqqcolon =: \ne \ne \neq \ne \le \le \leq \le
    \leqslant \le \leqq \le \ge \ge \geq \ge \geqslant \ge \geqq \ge \lt < \gt > \ll \ll \gg \gg \in \in \notin \notin
    \ni \ni \subset \subset \subseteq \subseteq \supset \supset \supseteq \supseteq \to \to \rightarrow \to
    \longrightarrow \to \gets \gets \leftarrow \gets \longleftarrow \gets \mapsto \mapsto \longmapsto \mapsto
    \Rightarrow \Rightarrow \implies \Rightarrow \Longrightarrow \Rightarrow \Leftarrow \Leftarrow
    \impliedby \Leftarrow \Longleftarrow \Leftarrow \iff \Leftrightarrow \Leftrightarrow \Leftrightarrow
    \Longleftrightarrow \Leftrightarrow \leftrightarrow \leftrightarrow \approx \approx \approxeq \approx
    \simeq \simeq \cong \cong \equiv \equiv \doteq \doteq \sim \sim \propto \propto \perp \perp \parallel \parallel
    \prec \prec \succ \succ \preceq \preceq \succeq \succeq \leadsto \leadsto \rightsquigarrow \leadsto
    \hookrightarrow \hookrightarrow \rightleftharpoons \rightleftharpoons \asymp \asymp \eq = \models \models
    \vdash \vdash ≤ \le ≥ \ge ≠ \ne ≈ \approx ≡ \equiv ∈ \in ∉ \notin → \to ← \gets ⇒ \Rightarrow ∝ \propto ∼ \sim
    ： : ＝ = ↦ \mapsto ⊂ \subset ≜ := ≔ :=
"""

_SIGNS = r"+ + - - \pm \pm \mp \mp − - ± \pm ＋ + － - – -"

_OPERATORS = r"""
    * * / / \cdot \cdot \cdotp \cdot \times \times \odot \odot \circ \circ \otimes \otimes \ast * \star \star \div \div
    \oslash \oslash \bullet \bullet \oplus \oplus \ominus \ominus \wedge \wedge \vee \vee \cup \cup \cap \cap
    \land \wedge \lor \vee \setminus \setminus \backslash \backslash \boxtimes \boxtimes \boxdot \boxdot
    \diamond \diamond \bmod \bmod \bigodot \odot \bigotimes \otimes \smallsetminus \setminus
    · \cdot × \times ⊙ \odot ∘ \circ ⊗ \otimes ∗ * ⋅ \cdot ÷ \div ⊕ \oplus ∪ \cup ∩ \cap
"""

_SEPARATORS = r", , ; ; \quad \quad \qquad \quad ， , ； ; 、 , 。 . \enspace \quad"

_OPENERS = r"( ( [ [ \{ \{ \lbrace \{ \lbrack [ \lparen ( \langle \langle \lceil \lceil \lfloor \lfloor （ ( 【 ["
_OPENERS += r" \lvert | \lVert \| ⟨ \langle \ulcorner \ulcorner \lang \langle"
_CLOSERS = r") ) ] ] \} \} \rbrace \} \rbrack ] \rparen ) \rangle \rangle \rceil \rceil \rfloor \rfloor ） ) 】 ]"
_CLOSERS += r" \rvert | \rVert \| ⟩ \rangle \urcorner \urcorner \rang \rangle"
_BARS = r"| | \| \| \vert | \Vert \| ∥ \| ‖ \| ∣ |"

_SYNONYMS = r"""
    \ldots \cdots \dots \cdots \cdots \cdots \dotsc \cdots \dotsb \cdots \dotsm \cdots \dotsi \cdots \dotso \cdots
    \vdots \cdots \ddots \cdots \hdots \cdots \mathellipsis \cdots … \cdots ⋯ \cdots ⋮ \cdots \mid | \textellipsis \cdots
    ∂ \partial ∑ \sum ∏ \prod ∇ \nabla ∞ \infty √ \sqrt ⊤ \top α \alpha β \beta γ \gamma δ \delta ε \varepsilon ϵ \epsilon
    ζ \zeta η \eta θ \theta ι \iota κ \kappa λ \lambda μ \mu ν \nu ξ \xi π \pi ρ \rho σ \sigma τ \tau υ \upsilon
    φ \varphi ϕ \phi χ \chi ψ \psi ω \omega Γ \Gamma Δ \Delta Θ \Theta Λ \Lambda Ξ \Xi Π \Pi Σ \Sigma Φ \Phi Ψ \Psi
    Ω \Omega ℓ \ell ∀ \forall ∃ \exists ∅ \emptyset ∫ \int 𝟙 \mathbb{1} \Sum \sum
"""

_SYMBOLS = r"""
    \alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \varkappa \lambda \mu \nu
    \xi \omicron \pi \varpi \rho \varrho \sigma \varsigma \tau \upsilon \phi \varphi \chi \psi \omega \digamma \Gamma
    \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \varGamma \varDelta \varTheta \varLambda \varSigma
    \varPhi \varPsi \varOmega \sum \prod \coprod \int \iint \oint \bigcup \bigcap \bigoplus \bigvee \bigwedge
    \partial \nabla \infty \top \bot \intercal \ell \hbar \imath \jmath \Re \Im \aleph \forall \exists \nexists
    \emptyset \varnothing \prime \dagger \ddagger \angle \triangle \square \Box \blacksquare \blacktriangle \surd \neg
    \lnot \checkmark \therefore \because \uparrow \downarrow \updownarrow \Uparrow \Downarrow \complement \eth \wp
    \S \P \pounds \copyright \degree \# \$ \% \& \_ \- \@ \nearrow \searrow \lim \sup \inf \Pr
    \injlim \varinjlim \hline \clubsuit \heartsuit \spadesuit \diamondsuit \natural \sharp \flat \dag \ddag
"""

_STYLES = r"""
    \mathbf mathbf \textbf mathbf \bm mathbf \boldsymbol mathbf \pmb mathbf \symbf mathbf \bold mathbf \mathbfit mathbf
    \mathrm mathrm \textrm mathrm \textnormal mathrm \text mathrm \mbox mathrm \hbox mathrm \textup mathrm
    \mathcal mathcal \mathscr mathscr \mathbb mathbb \mathbbm mathbb \mathds mathbb \Bbb mathbb \mathfrak mathfrak
    \mathsf mathsf \textsf mathsf \mathit mathit \textit mathit \emph mathit \mathtt mathtt \texttt mathtt
    \mathnormal mathnormal \hat hat \widehat hat \tilde tilde \widetilde tilde \bar bar \overline bar \vec vec
    \overrightarrow vec \dot dot \ddot ddot \dddot dddot \check check \widecheck check \breve breve \acute acute
    \grave grave \mathring mathring \underline underline \underbar underline \underbrace underbrace
    \overbrace overbrace \underbracket underbrace \boxed boxed \fbox boxed \framebox boxed \cancel cancel
    \bcancel cancel \xcancel cancel \sout cancel \mathop mathop \mathbin mathbin \mathrel mathrel \mathord mathord
    \mathopen mathopen \mathclose mathclose \mathinner mathinner \mathpunct mathpunct \smash smash
    \ensuremath ensuremath \operatorname operatorname \overleftarrow overleftarrow \not not \slashed slashed
    \bf mathbf \it mathit \textsc mathrm \sqrtsign sqrtsign \mathstrut mathstrut \undertilde tilde \utilde tilde
"""

_SWITCHES = r"""
    \bf mathbf \bfseries mathbf \boldmath mathbf \rm mathrm \cal mathcal \it mathit \sf mathsf \tt mathtt \color color
    \mit mathnormal \frak mathfrak
"""

_FRACTIONS = r"""
    \frac frac \dfrac frac \tfrac frac \cfrac frac \sfrac frac \nicefrac frac \binom binom \dbinom binom \tbinom binom
"""


def _named(kind: str, rows: str) -> dict[str, tuple[str, str]]:
    words = rows.split()
    return {text: (kind, name) for text, name in zip(words[::2], words[1::2], strict=True)}


KINDS: dict[str, tuple[str, str]] = {
    **{text: ("symbol", text) for text in _SYMBOLS.split()},
    **{"\\" + word: ("word", word) for word in FUNCTIONS},
    **_named("symbol", _SYNONYMS),
    **_named("relation", _RELATIONS),
    **_named("sign", _SIGNS),
    **_named("operator", _OPERATORS),
    **_named("separator", _SEPARATORS),
    **_named("open", _OPENERS),
    **_named("close", _CLOSERS),
    **_named("bar", _BARS),
    **_named("style", _STYLES),
    **_named("switch", _SWITCHES),
    **_named("fraction", _FRACTIONS),
    "\\sqrt": ("root", "sqrt"),
    "'": ("prime", "'"),
    "’": ("prime", "'"),
    "′": ("prime", "'"),
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

SIZES = {"\\left": "left", "\\right": "right", "\\middle": "symbol", "\\qty": "", "\\mleft": "left", "\\mright": "right"}
SIZES |= {f"\\{big}{side}": kind for big in ("big", "Big", "bigg", "Bigg") for side, kind in
          (("", ""), ("l", "open"), ("r", "close"), ("m", "symbol"))}
"""Commands that change the size of the bracket after them, and the kind that they make of it (empty: its own)."""

TEXTS = frozenset(r"\text \mbox \textrm \textnormal \hbox \textup \intertext \shortintertext \textsc".split())
"""Commands whose argument is prose."""

UPRIGHT = frozenset(r"\mathrm \mathsf \textsf \mathit \textit \mathtt \texttt \emph".split())
"""Styles in which a run of letters is one word."""

SPACING = frozenset(
    r"""
    \, \; \: \! \> \  ~ \thinspace \medspace \thickspace \negthinspace \negmedspace \negthickspace \space \hfill \hfil
    \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits \nonumber \notag \allowbreak \nobreak
    \noindent \strut \mathstrut \hline \centering \small \large \Large \normalsize \footnotesize \scriptsize \tiny \relax
    \allowdisplaybreaks \protect \null \/ \break \nobreakspace \par \toprule \midrule \bottomrule
    """.split()
) | {"\\ ", "\\\n", "\\\t", "\u200b"}
"""Commands that only move ink."""

SPACING_WITH_ARGUMENT = frozenset(
    r"\hspace \vspace \phantom \hphantom \vphantom \mspace \hskip \kern \mkern \mskip \rule \setlength".split()
)
"""The same, with one argument."""

REFERENCES = frozenset(r"\eqref \ref \cite \autoref \cref \Cref".split())
"""Commands that point elsewhere in the document: read as text."""

LABELLED = frozenset(r"\overset \underset \stackrel \textcolor \colorbox \fcolorbox \href \class \cssId \style".split())
"""Styles with one argument before their body."""

LABELLED_RELATIONS = frozenset(r"\xrightarrow \xleftarrow \xRightarrow \xLeftarrow \xlongequal \xmapsto".split())
"""Arrows with words on them, normal names below."""

ARROWS = {"\\xrightarrow": "\\to", "\\xleftarrow": "\\gets", "\\xRightarrow": "\\Rightarrow"}
ARROWS |= {"\\xLeftarrow": "\\Leftarrow", "\\xlongequal": "=", "\\xmapsto": "\\mapsto"}

MATRICES = {"(": "pmatrix", "[": "bmatrix", "{": "matrix", "|": "vmatrix"}
r"""Environment that `\mqty` makes with each bracket."""

WITH_COLUMNS = frozenset("array alignat alignedat tabular subarray IEEEeqnarray".split())
"""Environments with an argument after their name."""
