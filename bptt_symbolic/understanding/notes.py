"""Path or text -> a note understood, and its networks as people see them.

Notes and cells are opened, declarations collected from files and comments; nothing is settled.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from bptt_symbolic.meaning import flow
from bptt_symbolic.meaning.names import as_written, homonym_of
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.printing import name_latex, network_latex
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.document import Declaration, Document, Maths, Paragraph
from bptt_symbolic.reading.settings import BadSettings, settings_of
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.report import NetworkView, Quantity
from bptt_symbolic.understanding import BadDeclaration, Declared, NoDeclaration, Note, elaborate, read_declared
from bptt_symbolic.understanding.models import Model

MOST_LETTERS, MOST_FORMULAS = 4_000_000, 10_000
"""Limits of a note; a notebook is counted without its pictures."""
_DRAWN_STEPS = 3
"""Steps in the picture of a report: fewer show no product of Jacobians."""


class NoteError(Exception):
    """A note that cannot be opened, or a declaration that cannot be used; `fault` says what and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def open_note(note: str | Path, kind: str | None) -> Source:
    """The text of a note: of a cell by its name, of a file by its path, or the text itself; raises NoteError where it
    cannot be opened.
    """
    return _cell(str(note)) if str(note) in cells() else _source(note, kind)


def understand_source(source: Source, declare: str | Path | None, asked: tuple[str, ...]) -> Note:
    """Read a note and work out what it means; raises NoteError for declarations that cannot be used."""
    _short_enough(len(source.text), MOST_LETTERS, "letters")
    document = readers.read(source)
    _short_enough(_formulas(document), MOST_FORMULAS, "formulas")
    comments = [b.text for b in document.blocks if isinstance(b, Declaration) and not b.is_mark]
    declared = _declared(source, declare, comments)
    try:
        cell = None if declared.use is None else readers.read(_cell(declared.use))
    except NoteError as error:  # the note is checked all the same
        found = elaborate(document, declared, None, asked)
        return replace(found, faults=(*found.faults, error.fault))
    return elaborate(document, declared, cell, asked)


def _short_enough(count: int, most: int, what: str) -> None:
    """Raise NoteError for a note that is longer than anybody's."""
    if count > most:
        message = f"the note has more than {most:,} {what}"
        raise NoteError(Fault("too-long", message, "split it into several notes"))


def _formulas(document: Document) -> int:
    inline = sum(isinstance(x, Maths) for b in document.blocks if isinstance(b, Paragraph) for x in b.parts)
    return inline + sum(isinstance(b, Maths) for b in document.blocks)


def is_text(note: str | Path) -> bool:
    """Whether this is the text of a note, rather than the path of one."""
    return isinstance(note, str) and ("\n" in note or "$" in note)


def called(note: str | Path) -> str:
    """What messages call a note: its path as it was given."""
    return "text" if is_text(note) else str(note)


def cells() -> tuple[str, ...]:
    """The names of the networks that come with the package."""
    folder = resources.files("bptt_symbolic.understanding") / "cells"
    return tuple(sorted(p.name.removesuffix(".md") for p in folder.iterdir() if p.name.endswith(".md")))


def views(note: Note) -> tuple[NetworkView, ...]:
    """The networks of a note; the sections are said where there is more than one."""
    several = len(note.models) > 1
    return tuple(_view(m, tuple(s for s in m.sections if s) if several else ()) for m in note.models)


def _cell(name: str) -> Source:
    if name not in cells():
        message = f"there is no cell {name!r}"
        raise NoteError(Fault("unknown-cell", message, f"known cells are {', '.join(cells())}"))
    text = (resources.files("bptt_symbolic.understanding") / "cells" / f"{name}.md").read_text(encoding="utf-8")
    return Source(name, text)


def _source(note: str | Path, kind: str | None) -> Source:
    if is_text(note):
        opened = readers.source_of(str(note), called(note), kind)
    else:
        opened = readers.open_source(Path(note), kind)
    if isinstance(opened, Fault):
        raise NoteError(opened)
    return opened


def _declared(source: Source, declare: str | Path | None, document_texts: list[str]) -> Declared:
    path = Path(declare) if declare is not None else Path(source.name).with_suffix(".toml")
    text = ""
    if declare is not None or (path.suffix == ".toml" and path.is_file()):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"the declarations in {path} cannot be read: {error}"
            raise NoteError(Fault("declaration-file", message, "give a TOML file in UTF-8")) from error
    where = f"{path}: "
    try:
        declared = read_declared(text, _configured(source))
        where = "in a comment of the note: "
        return _with_comments(declared, document_texts)
    except BadDeclaration as error:
        raise NoteError(Fault("declaration-file", where + error.message, error.help)) from error


def _configured(source: Source) -> Mapping[str, Any]:
    """The declarations of the configuration that holds for a note; those of the note win over them."""
    try:
        found = settings_of(source)
    except BadSettings as error:
        raise NoteError(error.fault) from error
    try:
        read_declared("", found.declared)
    except BadDeclaration as error:
        raise NoteError(found.bad(error.message, error.help).fault) from error
    return found.declared


def _with_comments(declared: Declared, texts: list[str]) -> Declared:
    """Declarations in comments: `use elman`, TOML, or one definition in LaTeX."""
    for text in texts:
        words = text.split()
        if len(words) == 2 and words[0] == "use":  # noqa: PLR2004 - "use NAME"
            declared = replace(declared, use=words[1])
            continue
        try:
            more = read_declared(text)
        except NoDeclaration:
            declared = replace(declared, define=(*declared.define, ("", text.strip().strip("$"))))
            continue
        declared = _joined(declared, more)
    return declared


def _joined(a: Declared, b: Declared) -> Declared:
    return Declared(
        b.use or a.use,
        a.define + b.define,
        a.one_hot | b.one_hot,
        {**a.macros, **b.macros},
        {**a.functions, **b.functions},
        a.shapes + b.shapes,
        a.scalar | b.scalar,
    )


def _view(model: Model, sections: tuple[str, ...]) -> NetworkView:
    found = model.network
    quantities = tuple(
        Quantity(
            shown_name(name, found),
            name_latex(shown_name(name, found)),
            found.role[name],
            tuple(str(a) for a in shape.axes),
            "stated" if name in model.stated else "inferred",
        )
        for name, shape in found.shapes.items()
    )
    drawn = flow.picture(found, _DRAWN_STEPS, flow.wanted(found)) if len(found.definitions) <= flow.MOST else None
    return NetworkView(quantities, network_latex(found), "numerator", sections, model.notes, drawn)


def shown_name(name: str, network: Network) -> str:
    """A name for people: `L_t` beside a total `L`."""
    return f"{name}_t" if homonym_of(name) in network.shapes else as_written(name)
