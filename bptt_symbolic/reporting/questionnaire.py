"""Report -> a file of declarations with the questions that are open, each with its answer to fill in.

Everything in it is a comment, so that it changes nothing until somebody answers: a blank (`...`) filled in and the sign
taken off. Answers to several questions of one kind share their key, as TOML has each key once.
"""

import json
import tomllib
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from bptt_symbolic.reporting.report import OpenQuestion, Report

_DOUBT = 2.0
"""Log odds below which a decision is worth confirming."""
_WIDTH = 100


def declarations(report: Report) -> str:
    """The text of the file; the question that most claims wait for stands first."""
    lines = [f"# Declarations for {report.source.name}: what the note leaves open. Take off the # where you answer."]
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    tables: dict[str, list[str]] = {}
    for question in report.questions:
        lines += ["", *_asked(question)]
        for key, value in _answer(question.inquiry.declaration).items():
            if isinstance(value, dict):
                tables.setdefault(key, []).extend(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in value.items())
            elif isinstance(value, list):
                lists.setdefault(key, []).extend(json.dumps(v) for v in value)
            else:
                values[key] = json.dumps(value)
    for one in report.decisions:
        if one.second is not None and one.margin < _DOUBT:
            lines += ["", f"# Taken for granted: {one.about}: {one.answer}; else {one.second}."]
    answers = [*(f"# {key} = {value}" for key, value in values.items()), *_lists(lists), *_tables(tables)]
    return "\n".join([*lines, *(["", *answers] if answers else [])]) + "\n"


def _asked(question: OpenQuestion) -> Iterator[str]:
    waiting = (
        "1 claim waits for this" if len(question.waiting) == 1 else f"{len(question.waiting)} claims wait for this"
    )
    for line in wrap(f"{question.inquiry.text} ({waiting}: {', '.join(question.waiting)})", _WIDTH - 2):
        yield f"# {line}"


def _answer(declaration: str | None) -> dict[str, Any]:
    """What the answer would declare; an answer that belongs into the note itself is none."""
    try:
        return {} if declaration is None else tomllib.loads(declaration)
    except tomllib.TOMLDecodeError:
        return {}


def _lists(found: dict[str, list[str]]) -> Iterator[str]:
    for key, values in found.items():
        yield f"# {key} = ["
        yield from (f"#     {value}," for value in dict.fromkeys(values))
        yield "# ]"


def _tables(found: dict[str, list[str]]) -> Iterator[str]:
    for key, values in found.items():
        yield f"# [{key}]"
        yield from (f"# {value}" for value in dict.fromkeys(values))
