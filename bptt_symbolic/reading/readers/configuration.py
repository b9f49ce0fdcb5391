r"""Text -> macros that a page defines for MathJax or KaTeX (it has no `KIND`, so it is not a format).

    macros: { RR: "\\mathbb{R}", bold: ["{\\bf #1}", 1] }      MathJax, in a script
    Macros: { RR: "\\mathbb{R}" }                              its second version
    macros: { "\\RR": "\\mathbb{R}" }                          KaTeX
    macros:                                                    YAML, in front matter
      RR: \mathbb{R}

A script writes two backslashes for one, and so does the JSON of a notebook again; YAML may write one.
"""

import re

_BEGIN = re.compile(r"\b[mM]acros\\?[\"']?[ \t]*+:[ \t]*+(?P<brace>\{)?")
_STRING = r"\\?(?P<quote>[\"'`])(?P<body>(?:(?!\\?(?P=quote))[^\n]){0,500}?)\\?(?P=quote)"
_NAME = r"\\?(?P<mark>[\"']?)\\{0,4}(?P<name>[A-Za-z@]{1,40})\\?(?P=mark)"
_ENTRY = re.compile(
    rf"\s*+,?\s*+(?://[^\n]*+\s*+)?{_NAME}\s*+:\s*+(?P<list>\[\s*+)?{_STRING}"
    r"(?:\s*+,\s*+(?P<count>\d))?\s*+(?(list)[^\[\]]{0,100}\])"
)
_LINE = re.compile(
    r"\n[ \t]++[\"']?\\{0,2}(?P<name>[A-Za-z@]{1,40})[\"']?[ \t]*+:[ \t]*+(?P<list>\[)?"
    r"(?P<quote>[\"']?)(?P<body>\\[^\n]{0,400}?)(?P=quote)"
    r"(?(list)[ \t]*+,[ \t]*+(?P<count>\d)[ \t]*+\])[ \t\r]*+(?=\n|\Z)"
)
_DOUBLED = re.compile(r"\\{2,4}(?=[A-Za-z,;!:{}|])")


def configured(text: str) -> tuple[tuple[str, str], ...]:
    """Name and body of each macro, the number of arguments as `[2]` before the body."""
    found: dict[str, str] = {}
    for begin in _BEGIN.finditer(text):
        at, entry = begin.end(), _ENTRY if begin["brace"] else _LINE
        while one := entry.match(text, at):
            body = _DOUBLED.sub(r"\\", one["body"])
            found["\\" + one["name"]] = f"[{one['count']}]{body}" if one["count"] else body
            at = one.end()
    return tuple(found.items())
