r"""Paragraph -> relations that it says in words: "write $\delta_t$ for the gradient $\frac{\partial L}{\partial z_t}$".

Between the name and the derivative, or the derivative and its name, stand words that join the two and no others: one
word more ("the difference between", "from", "not") and nothing is said. The words are rows, a language each.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from bptt_symbolic.reading.document import Maths, Paragraph, Words
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Fraction, Node, Product, Relation, Token
from bptt_symbolic.understanding.differentials import derivative_parts, is_differential, is_operator
from bptt_symbolic.understanding.occurrences import occurrence, unwrap
from bptt_symbolic.understanding.spelling import sign_and_name

Parse = Callable[[Maths], Sequence[Node]]
_JOINS = (
    r"for|as|be|is|denotes?|denoting|means|stands for|abbreviates|(is )?short for|is defined (as|to be)|being",
    r"i\.\s?e\.|that is|the|total|gradient|derivative|error|error signal|sensitivity|adjoint",
    r"für|als|sei|ist|bezeichnet?|bezeichne|den|die|der|das|gradienten?|ableitung|fehler|fehlersignal",
    r"pour|comme|est|désigne|dénote|le|la|l'|gradient|dérivée|erreur|signal d'erreur",
    r"para|por|como|es|denota|el|la|gradiente|derivada|error|sea",
    r"для|как|есть|обозначает|это|градиента?|производн\w+|ошибк\w+|—",
    r"为|為|是|表示|記為|即|梯度|导数|導數|偏导数|误差|誤差|は|を|勾配|微分|誤差項|는|은|를|기울기|그래디언트",
)
"""Words that stand between a name and what it is a name of."""
_CALLS = (
    r"((which|that) )?((is|are|will be|can be) )?(also )?(denoted|written|called|abbreviated|named)( by| as)?",
    r"((which|that) )?we (denote|write|call|abbreviate)( it| this)?( by| as)?",
    r"(wird|werden)? ?mit|heißt|nennen wir|bezeichnen wir (als|mit)",
    r"(est )?not[ée]e?( par)?|s'écrit|se denota( por)?|se escribe|denotamos",
    r"обозначается|обозначим через|记为|记作|記為|記作|表示为|と書く|로 쓴다",
)
"""Words that stand between something and its name."""
_BEFORE = re.compile(
    r"\b(denote|write|abbreviate|call|bezeichnen|bezeichne|schreiben|notons|note|denotamos|escribimos|обозначим)"
    r"( wir)?( the| den| die| le| la| el)?( gradient\w*| derivative| ableitung| dérivée| derivada)?\s*$",
    re.IGNORECASE,
)
_BY = re.compile(r"\s*(by|as|mit|als|par|por|como|через|как)\s*", re.IGNORECASE)
"""What stands before something and behind it, in front of its name: "we denote ... by ..."."""
_SPACE = r"[\s,:(]*"
_NAME_FIRST = re.compile(rf"{_SPACE}(({'|'.join(_JOINS)}){_SPACE})+", re.IGNORECASE)
_NAME_LAST = re.compile(rf"{_SPACE}({'|'.join(_CALLS)}){_SPACE}", re.IGNORECASE)


def named_in_words(paragraph: Paragraph, parse: Parse) -> Iterator[tuple[Relation, Span]]:
    """The relations between a name and a derivative that the words of a paragraph make, with the formulas' places."""
    pieces = [part for part in paragraph.parts if not isinstance(part, Words) or part.text.strip()]
    before = ""
    for (first, words), (_, second) in pairwise(pairwise(pieces)):
        if isinstance(first, Maths) and isinstance(words, Words) and isinstance(second, Maths):
            yield from _joined(before, first, words, second, parse)
        before = first.text if isinstance(first, Words) else ""


def _joined(before: str, first: Maths, words: Words, second: Maths, parse: Parse) -> Iterator[tuple[Relation, Span]]:
    sides = [first, second]
    if _NAME_LAST.fullmatch(words.text) or (_BEFORE.search(before) and _BY.fullmatch(words.text)):
        sides.reverse()
    elif not _NAME_FIRST.fullmatch(words.text):
        return
    trees = [tuple(parse(part)) for part in sides]
    if any(len(found) != 1 for found in trees):
        return
    (name,), (derivative,) = trees
    if _is_name(name) and _is_derivative(derivative):
        mark = Token("relation", "=", words.span)
        yield Relation((name, derivative), (mark,), ("=",)), first.span.to(second.span)


def _is_name(node: Node) -> bool:
    r"""`\delta_t`, and what is made of a sign and a name: `\delta h_t`, `dh_t`."""
    inner = unwrap(node)
    items = inner.items if isinstance(inner, Product) else (inner,)
    first = items[0]
    stepped = len(items) == 2 and isinstance(items[1], Fenced)  # noqa: PLR2004 - the name and its step
    alone = (len(items) == 1 or stepped) and not isinstance(first, Token) and occurrence(first) is not None
    return alone or sign_and_name(inner) is not None


def _is_derivative(node: Node) -> bool:
    r"""`\frac{\partial L}{\partial h}`, `\partial L / \partial h`, `\nabla_h L`."""
    inner = unwrap(node)
    if isinstance(inner, Fraction):
        return derivative_parts(inner) is not None
    if not isinstance(inner, Product):
        return False
    first = inner.items[0]
    slash = any(isinstance(i, Token) and i.text.strip() == "/" for i in inner.items)
    return not isinstance(first, Token) and (is_operator(first) or (slash and is_differential(first) is not None))
