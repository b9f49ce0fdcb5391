r"""Sentences -> what they say: rows of phrases, each looked at in one sentence, with its negations.

Prose never rewrites a note. A sentence that supposes something ("if the activation is the identity, $f(z) = z$", "in
the special case") speaks for itself alone; a sentence with a negation says nothing; and a formula beats a word.
"""

import re
from collections.abc import Iterable, Iterator

from bptt_symbolic.scalars.rows import ROWS

_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-ÞА-Я$\\(])|(?<=[。\uff01\uff1f])|\n\s*\n|[;:]\s+(?=[A-ZÀ-ÞА-Я])")
_NOT = re.compile(
    r"\b(not|n't|never|neither|nor|unlike|without|except|rather than|instead of|no longer)\b|n't\b", re.IGNORECASE
)
_SUPPOSE = re.compile(
    r"\b(in|for) the (special|particular|extreme|limiting|degenerate) cases?\b|\bsuppose\b|\bsupposing\b|\bimagine\b"
    r"|\bif we (were|had|initiali[sz]e)\b|\binitiali[sz](e|ed|ing|ation)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(in|of|for|with) (some|other|certain|many|several|a few)( other)? "
    r"(variants?|versions?|implementations?|formulations?|papers?|books?|texts?|libraries|frameworks)\b"
    r"|\b(some|other|many|several)( other)? (authors?|papers?|books?|people|implementations?|variants?|versions?)"
    r"\b[^.$]{0,30}\b(writes?|uses?|defines?|replaces?|takes?|prefers?|puts?)\b"
    r"|\bwould (then )?be (re)?(written|placed)\b"
    r"|\b(in einigen|in manchen) Varianten\b|\bdans certaines variantes\b|\ben algunas variantes\b",
    re.IGNORECASE,
)
"""What others do, or what would be done elsewhere, is not what the note does."""
_ONE_CASE = re.compile(
    r"\b(for|at|until|unless|setting|putting|say|like|than)\s*$"
    r"|\b(cases?|limits?|checks?|examples?|instances?|values?|choices?|trial|exercise)\b(\s+(where|with|that|of|is|are|in|which))*\s*$"
    r"|\b(für|setzt man|pour|en posant|para|si)\s*$",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(
    r"\b(suppos(e|es|ed|ing)|assum(e|es|ed|ing|ption)|let|if|when|whenever|unless|provided|given|condition|require[sd]?|where|"
    r"with|for|under|until|enforces?|falls?|wenn|si)\b|如果|假设|若|当",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"\b(then|have|has|get|gets|obtain|follows?|gives?|yields?|implies|hence|thus|therefore|so|because|since|as|"
    r"bound(s|ed)?|satisf(y|ies)|show|shows|is|are)\b|\$[^$]*(=|<|>|\\le|\\ge)[^$]*\$|,\s*$|则|那么|有",
    re.IGNORECASE,
)
_BLAMES = re.compile(r"\bmistakes?\b|\berrors? is\b|\bwrong(ly)?\b|\bincorrect(ly)?\b", re.IGNORECASE)
_WHEN = re.compile(
    r"(\b(if|when|whenever|unless|should|provided|only for|wenn|falls|если)\b|如果|假如|若|もし|만약)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_CASE = re.compile(
    r"\$[^$]*=[^$]*\$|\\(eq)?ref\{|"
    r"\b(identity|linear|zero|symmetric|diagonal|orthogonal|scalars?|one-dimensional|constant)\b",
    re.IGNORECASE,
)
_ONE_HOT = re.compile(
    r"one[- ]?hot|label vectors?|sums? (up )?to (one|1|\$1\$)|probability (vectors?|distributions?)", re.IGNORECASE
)
_HOT = re.compile(r"one[- ]?hot", re.IGNORECASE)
_INPUT = re.compile(r"\b(inputs?|words?|characters?|tokens?|letters?)\b", re.IGNORECASE)
_TARGET = re.compile(
    r"\b(targets?|labels?|classes|ground truth|desired)\b"
    r"|\b(ziele?|zielvektor\w*|cibles?|étiquettes?|objetivos?|etiquetas?)\b"
    r"|целев|метк|目标|目標|标签|標籤|ラベル|정답|레이블",
    re.IGNORECASE,
)
_START = re.compile(
    r"\b(initial|first|start(ing)?)\b[^.$]*\b(hidden )?(states?|values?|activations?|memory|h)\b", re.IGNORECASE
)
_ZERO = re.compile(r"\bzeros?\b|\bvanish(es)?\b|\bnull\b|=\s*(\\mathbf\{)?0|\$0\$", re.IGNORECASE)
_BEFORE_ALL = re.compile(r"(?<![A-Za-z])[acehmrsz]\}*(_\{?0\b|\^\{?[(<\[]0)")
"""A state with its first step, `h_0`, `h^{(0)}`."""
_ANYTHING = re.compile(r"\b(learn(ed|t|able)|train(ed|able)|arbitrary|non-?zero)\b", re.IGNORECASE)
_SAYS = re.compile(r"\b(is|are|be|being|starts?|begins?|set|taken|chosen)\b|=", re.IGNORECASE)
"""A statement has a verb; a heading says nothing by itself."""
_VECTORS = re.compile(r"\b(vectors?|matrix|matrices|jacobians?)\b", re.IGNORECASE)
_NUMBERS = re.compile(
    r"\b(everything|all|every|each|both|the)?\s*(variables?|quantit(y|ies)|weights?|states?|inputs?|units?|parameters?)\b"
    r"[^.$]{0,40}\b(is|are|being|has|have|as|of)\b[^.$]{0,20}\b(scalars?|one[- ]dimension(al)?|1-?d|(real )?numbers?)\b"
    r"|\bscalars?\s+(case|form|version|example|rnn|network|weights?|inputs?|states?|recurren|notation|targets?)"
    r"|\b(numbers|scalars) (only|for simplicity|throughout|everywhere)\b|\bone[- ]dimensional\b|\bin one dimension\b",
    re.IGNORECASE,
)
_IMMEDIATE = re.compile(
    r"\b(immediate|direct|explicit)(ly)?\b[^.]{0,40}\b(derivatives?|partials?|gradients?|dependence|contribution)"
    r"|\b(held|hold|holding|keep|keeping|kept|treat(ed|ing)?|regard(ed|ing)?)\b[^.]{0,60}\b(fixed|constant)\b",
    re.IGNORECASE,
)
_SHORTCUT = re.compile(
    r"\btruncat|\bapproximat|\bneglect|\bignor|\bonline\b|\bmomentum\b|\bdecay\b|\bclip|\bevolution|\bhebb|\bperceptron",
    re.IGNORECASE,
)
_ASCENT = re.compile(r"\bascen(t|d)|\bmaximi[sz]|\blikelihood\b|\brewards?\b|\bhill[- ]climbing\b", re.IGNORECASE)
_OUTER = re.compile(r"outer product", re.IGNORECASE)
_FUNCTIONS = (
    *((re.compile(row.prose, re.IGNORECASE), row.name) for row in ROWS.values() if row.prose),
    (re.compile(r"\bsoftmax\b", re.IGNORECASE), "softmax"),
)
_CROSS_ENTROPY = ((re.compile(r"\bcross[- ]?entropy\b( (loss|error|cost))?", re.IGNORECASE), "cross-entropy"),)
_PERHAPS = re.compile(r"\b(or|e\.g|example|such as|like|squared?|binary)\b", re.IGNORECASE)
_FORMULA = re.compile(r"\$+([^$]*)\$+")
_NAMED = re.compile(
    r"\s*(activation)?\s*(function|nonlinearity|non-linearity)?[\s,(]*"
    r"(denoted( by)?|written|called|as|by)?\s*",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"\s*(activation)?\s*(function|nonlinearity|non-linearity)?\s+(is|are)\s+(denoted( by)?|written( as)?|called)\s*",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"\bof\s+((the|a|an|its)\s+)?$", re.IGNORECASE)
_LINK = re.compile(
    r"^[\s,(]*(is|are|be|being|denotes?|stands for|means|as|the|a|an|\(|,|-|:)*[\s(]*(the|a|an)?\s*$", re.IGNORECASE
)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a paragraph, formulas left in as `$...$`."""
    yield from (part for part in _END.split(text) if part and part.strip())


def sentence_around(before: str, formula: str, after: str) -> tuple[str, str]:
    """The sentence in which a formula stands, from the words before and behind it, and that sentence up to it."""
    head = _END.split(before)[-1]
    tail = _END.split(after)[0]
    stop = re.search(r"[.!?](\s|$)", tail)
    return f"{head}${formula}${tail[: stop.start()] if stop else tail}", head


def hypothetical(sentence: str) -> bool:
    """Whether a sentence supposes something that holds in it alone."""
    if _SUPPOSE.search(sentence) or _ELSEWHERE.search(sentence):
        return True
    found = _WHEN.search(sentence)
    return found is not None and bool(_CASE.search(found["rest"]))


def is_supposed(sentence: str, lead: str, *, inline: bool) -> bool:
    """Whether an inequality is what its sentence supposes, and not what follows from that: nothing stands between it
    and the last word that supposes something but words that lead to it."""
    before = lead if inline else sentence
    ends = [found.end() for found in _SUPPOSES.finditer(before)]
    return bool(ends) and not _FOLLOWS.search(before[ends[-1] :])


def supposes_value(lead: str) -> bool:
    """Whether the words right before `v = 1` take it as one case among others: "for", "setting", "a check is"."""
    return bool(_ONE_CASE.search(lead))


def stands_back(sentence: str, lead: str) -> bool:
    """Whether a formula in running text says nothing of the note: its sentence supposes something, or denies it."""
    return hypothetical(sentence) or _denies(lead) or bool(_BLAMES.search(sentence))


def _denies(sentence: str) -> bool:
    return bool(_NOT.search(_words(sentence)))


def _words(sentence: str) -> str:
    """A sentence without its formulas."""
    return re.sub(r"\$[^$]*\$", " ", sentence)


def shows_vectors(text: str) -> bool:
    """Whether the words speak of vectors or matrices."""
    return bool(_VECTORS.search(text))


def shows_numbers(text: str) -> bool:
    """Whether the words say that quantities of the network are numbers; that a loss is one says nothing."""
    return any(_NUMBERS.search(s) and not _denies(s) for s in sentences(text))


def says_labels(text: str, targets: Iterable[str]) -> bool:
    """Whether a paragraph says that the targets are one-hot or a distribution."""
    names = tuple(targets)
    for sentence in sentences(text):
        if _ONE_HOT.search(sentence) and not _denies(sentence):
            formulas = [f.strip() for f in _FORMULA.findall(sentence)]
            if _TARGET.search(sentence) or any(f.startswith(n) for f in formulas for n in names):
                return True
    return False


def says_one_hot(text: str) -> bool:
    """Whether a paragraph says that the inputs are one-hot."""
    return any(_HOT.search(s) and _INPUT.search(s) and not _denies(s) for s in sentences(text))


def says_start(text: str) -> bool:
    """Whether a paragraph says something about the initial state: that it is zero, or is not, or is learned."""
    return any(map(_is_about_the_start, sentences(text)))


def _is_about_the_start(sentence: str) -> bool:
    start, first = _START.search(sentence), _BEFORE_ALL.search(sentence)
    if start and _ZERO.search(sentence):
        return True
    anything = _ANYTHING.search(sentence) or (_ZERO.search(sentence) and _denies(sentence))
    return bool((start or first) and anything)


def says_zero_start(text: str) -> bool:
    """Whether a paragraph says that the initial state is zero."""
    said = (s for s in sentences(text) if _START.search(s) and _ZERO.search(s) and _SAYS.search(s))
    return any(not _denies(s) and not hypothetical(s) for s in said)


def marks_immediate(text: str) -> bool:
    """Whether a paragraph says of derivatives that they are immediate ones, something being held fixed."""
    return any(_IMMEDIATE.search(_words(sentence)) for sentence in sentences(text))


def marks_ascent(text: str) -> bool:
    """Whether the words speak of going up: of a likelihood or a reward that is to grow."""
    return bool(_ASCENT.search(_words(text)))


def marks_shortcut(text: str) -> bool:
    """Whether the words say that less, or more, than the gradient is meant."""
    return bool(_SHORTCUT.search(_words(text)))


def marks_outer(text: str) -> bool:
    """Whether a paragraph speaks of outer products."""
    return any(_OUTER.search(_words(sentence)) for sentence in sentences(text))


def said_functions(text: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    r"""Functions of the note that a sentence names beside their letter: `$g$ denotes the hyperbolic tangent`, `the
    logistic function $\sigma$`."""
    yield from _called(text, frozenset(names), _FUNCTIONS)


def said_entropies(text: str, names: Iterable[str]) -> frozenset[str]:
    r"""The losses that a paragraph calls the cross-entropy: `where $\ell$ is the cross-entropy`; all of them where it
    says so of the loss without a letter, and of nothing else.
    """
    known = frozenset(names)
    named = frozenset(name for name, _ in _called(text, known, _CROSS_ENTROPY))
    if named:
        return named
    (pattern, _), *_ = _CROSS_ENTROPY
    said = (s for s in sentences(text) if (found := pattern.search(_words(s))) and found[1])
    return known if any(not _denies(s) and not _PERHAPS.search(s) and not hypothetical(s) for s in said) else named


Phrases = Iterable[tuple[re.Pattern[str], str]]


def _called(text: str, known: frozenset[str], phrases: Phrases) -> Iterator[tuple[str, str]]:
    for sentence in sentences(text):
        if _denies(sentence):
            continue
        for place in _FORMULA.finditer(sentence):
            name = re.sub(r"\(\s*(\\cdot|\w)?\s*\)$", "", place[1].strip()).strip()
            if name in known:
                yield from _beside(sentence, place, name, phrases)


def _beside(sentence: str, place: re.Match[str], name: str, phrases: Phrases) -> Iterator[tuple[str, str]]:
    for pattern, function in phrases:
        for phrase in pattern.finditer(sentence):
            before, behind = sentence[place.end() : phrase.start()], sentence[phrase.end() : place.start()]
            follows, leads = phrase.start() >= place.end(), phrase.end() <= place.start()
            named = _NAMED.fullmatch(behind) or (
                _WRITTEN.fullmatch(behind) and not _PART_OF.search(sentence[: phrase.start()])
            )
            if (follows and _LINK.match(before)) or (leads and named):
                yield name, function
