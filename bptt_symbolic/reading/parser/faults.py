"""Fault -> text: the message, the line it is about with carets under the span, and what to do."""

from bptt_symbolic.reading.source import Fault, Source


def render_fault(fault: Fault, source: Source) -> str:
    """What a person reads about a fault."""
    head = f"{fault.severity}[{fault.code}]: {fault.message}"
    help_ = f"help: {fault.help}"
    if fault.span is None:
        return f"{head}\n{help_}"
    place = source.place(fault.span.start)
    line = source.line_at(fault.span.start)
    width = max(1, min(fault.span.end - fault.span.start, len(line) - place.column + 1))
    number = str(place.line)
    margin = " " * len(number)
    cell = "" if place.cell is None else f"cell {place.cell}, "
    blank = "".join("\t" if character == "\t" else " " for character in line[: place.column - 1])
    return "\n".join(
        (
            head,
            f"{margin}--> {place.file or source.name}, {cell}line {place.line}, column {place.column}",
            f"{margin} |",
            f"{number} | {line}",
            f"{margin} | {blank}{'^' * width}",
            f"{margin} = {help_}",
        )
    )
