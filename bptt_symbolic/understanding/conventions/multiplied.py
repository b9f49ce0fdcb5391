"""Which sign is the entrywise product and which the matrix product, where the words say so."""

import re
from collections.abc import Iterator

from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.prose import sentences
from bptt_symbolic.understanding.roles import Evidence, Subject

_SIGN = re.compile(r"\$\s*(\\cdot|\\times|\\circ|\\ast|\\bullet|\*|\.)\s*\$")
_ENTRYWISE = re.compile(
    r"(point|element|entry|component)[- ]?wise|hadamard|schur product"
    r"|(element|komponenten|punkt|eintrags)weise|terme à terme"
    r"|(?P<french>élément|composante|coefficient) par (?P=french)"
    r"|(?P<iberian>elemento|componente|t[eé]rmino|ponto|termo) a (?P=iberian)"
    r"|(?P<italian>elemento|componente|termine) per (?P=italian)"
    r"|поэлементн|покомпонентн|почленн|адамар|逐元素|逐项|逐點|逐点|按元素|对应元素|對應元素|要素ごと|アダマール|원소별|요소별|아다마르",
    re.IGNORECASE,
)
_MATRIX = re.compile(
    r"matrix (multiplication|product)|dot product|inner product|scalar product"
    r"|matri(x|zen)(produkt|multiplikation)|skalarprodukt|produit (matriciel|scalaire)|producto (matricial|escalar)"
    r"|prodotto (matriciale|scalare)|produto (matricial|escalar)|(матричн|скалярн)\w+ (произведени|умножени)"
    r"|矩阵乘|矩陣乘|点积|內積|内积|点乘|行列積|内積|행렬 ?곱|내적",
    re.IGNORECASE,
)


def _said(view: View) -> Iterator[Evidence]:
    """The phrase that stands nearest behind a sign, before the next sign, is about it; else the one just before it."""
    for sentence in sentences(view.corpus.words):
        signs = list(_SIGN.finditer(sentence))
        for place, sign in enumerate(signs):
            until = signs[place + 1].start() if place + 1 < len(signs) else len(sentence)
            since = signs[place - 1].end() if place else 0
            behind, before = sentence[sign.end() : until], sentence[since : sign.start()]
            about = behind if _ENTRYWISE.search(behind) or _MATRIX.search(behind) else before
            entrywise, matrix = _ENTRYWISE.search(about), _MATRIX.search(about)
            if entrywise and (matrix is None or entrywise.start() < matrix.start()):
                yield Evidence(Subject("sign", sign[1]), "entrywise product", 4)
            elif matrix:
                yield Evidence(Subject("sign", sign[1]), "matrix product", 4)


ROWS = (
    Convention(
        "sign/said",
        "sign",
        "the words say what a sign multiplies",
        _said,
        "Here $\\cdot$ is the pointwise product, while $*$ is matrix multiplication.\n\n$$h_t = z_t \\cdot h_{t-1}$$",
        "Here $\\cdot$ is a dot.\n\n$$h_t = W \\cdot h_{t-1}$$",
    ),
)
