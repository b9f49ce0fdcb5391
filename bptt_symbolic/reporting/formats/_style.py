"""Colours and rules -> the style sheet of pages, of notebook output and of pictures.

Everything is said of what stands inside `.bptt`, so that the sheet can be put into somebody else's page. Light or dark
follows the reader's system, and in JupyterLab the theme of the notebook. Every colour of text has a contrast of at
least 4.5 with every ground that it stands on (WCAG 2.2 AA); a test computes that from the rows below.
"""

from typing import NamedTuple

from bptt_symbolic.reporting.formats._words import VERDICTS


class Colour(NamedTuple):
    """A colour by what it is for, on a light and on a dark ground."""

    name: str
    light: str
    dark: str


INKS = (
    Colour("ink", "#1c1d21", "#e9e9ed"),
    Colour("faint", "#5c5d66", "#a6a7b0"),
    Colour("link", "#0b57c2", "#8ab8ff"),
    Colour("proved", "#17672d", "#74d08a"),
    Colour("refuted", "#ae0a24", "#ff8f9a"),
    Colour("ill-typed", "#86198f", "#e79fe7"),
    Colour("undecided", "#775000", "#e5b95c"),
    Colour("unread", "#005c75", "#72cbe6"),
)
"""Colours of text."""
GROUNDS = (
    Colour("paper", "#ffffff", "#16171a"),
    Colour("box", "#f4f4f6", "#202126"),
    Colour("mark", "#ffe3e3", "#54202a"),
    Colour("gain", "#dff3e3", "#173b24"),
)
"""Colours behind text."""
LINES = (Colour("line", "#d7d8de", "#3a3b43"),)
"""Colours of rules, which carry no meaning."""


def _variables(side: int) -> str:
    return " ".join(f"--{colour.name}: {colour[side]};" for colour in (*INKS, *GROUNDS, *LINES))


_THEMES = f"""
.bptt {{ color-scheme: light dark; {_variables(1)} }}
@media (prefers-color-scheme: dark) {{ .bptt {{ {_variables(2)} }} }}
[data-jp-theme-light="true"] .bptt {{ color-scheme: light; {_variables(1)} }}
[data-jp-theme-light="false"] .bptt {{ color-scheme: dark; {_variables(2)} }}
@media print {{ .bptt {{ {_variables(1)} }} }}
"""

_RULES = """
.bptt { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, sans-serif;
  box-sizing: border-box; padding: .75rem; text-align: left; }
.bptt *, .bptt *::before { box-sizing: border-box; }
.bptt h1 { font-size: 1.55em; line-height: 1.25; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.bptt h2 { font-size: 1.25em; margin: 1.6rem 0 .4rem; overflow-wrap: anywhere; }
.bptt h3 { font-size: 1.05em; margin: 1.6rem 0 .5rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
.bptt h4 { font-size: .92em; font-weight: 400; margin: 0; display: flex; flex-wrap: wrap; align-items: baseline;
  gap: .15rem .8rem; color: var(--faint); }
.bptt p { margin: .35rem 0; overflow-wrap: anywhere; }
.bptt a { color: var(--link); } .bptt a:focus-visible, .bptt summary:focus-visible { outline: 3px solid var(--link);
  outline-offset: 2px; }
.bptt code, .bptt pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875em;
  overflow-wrap: anywhere; white-space: pre-wrap; color: var(--ink); background: none; padding: 0; }
.bptt pre { background: var(--box); padding: .5rem .75rem; margin: .35rem 0; border-radius: .3rem; }
.bptt math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; font-size: 1.08em; }
.bptt .formula { overflow-x: auto; overflow-y: hidden; padding: .3rem 0; line-height: 1.2; }
.bptt .note-name { font-weight: 600; }
.bptt article { border-left: .25rem solid var(--line); margin: .7rem 0; padding: .15rem 0 .15rem .85rem; }
.bptt article.wrong { background: var(--box); padding: .55rem .85rem; border-radius: 0 .35rem .35rem 0; }
.bptt article.wrong pre { background: var(--paper); }
.bptt article { scroll-margin-top: 4rem; }
.bptt article:target { outline: 2px solid var(--link); outline-offset: 3px; }
.bptt .verdict { font-weight: 650; white-space: nowrap; }
.bptt .number { font-weight: 650; color: var(--ink); }
.bptt nav ul { columns: 15rem; } .bptt nav li { break-inside: avoid; }
.bptt dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem .9rem; margin: .35rem 0;
  font-size: .925em; }
.bptt dt { color: var(--faint); grid-column: 1; font-weight: 400; }
.bptt dd { margin: 0; grid-column: 2; overflow-wrap: anywhere; min-width: 0; }
.bptt dd p { margin: 0 0 .2rem; }
.bptt dd pre { margin-top: 0; }
.bptt .values { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; overflow-x: auto;
  padding: .2rem 0; }
.bptt table { border-collapse: collapse; font-size: .925em; margin: .35rem 0; color: inherit; }
.bptt th, .bptt td { text-align: left; padding: .15rem 1.1rem .15rem 0; vertical-align: baseline; border: 0;
  background: none; }
.bptt dd table, .bptt details dl, .bptt details table { font-size: 1em; }
.bptt tr, .bptt tr:hover, .bptt thead { background: none; border: 0; }
.bptt th { color: var(--faint); font-weight: 400; }
.bptt mark { background: var(--mark); color: var(--ink); text-decoration: underline wavy var(--refuted) 1px;
  text-underline-offset: .25em; padding: .05em 0; }
.bptt .culprit { background: var(--mark); color: var(--ink); border-bottom: 2px solid var(--refuted); }
.bptt del { background: var(--mark); color: var(--ink); } .bptt ins { background: var(--gain); color: var(--ink);
  text-decoration: none; border-bottom: 2px solid var(--proved); }
.bptt summary { cursor: pointer; color: var(--faint); font-size: .925em; width: fit-content; }
.bptt details { margin: .25rem 0; } .bptt details[open] > summary { margin-bottom: .3rem; }
.bptt ol, .bptt ul { margin: .3rem 0; padding-left: 1.5rem; }
.bptt fieldset { border: 0; margin: 1rem 0 0; padding: .5rem 0; display: flex; flex-wrap: wrap; gap: .4rem;
  position: sticky; top: 0; background: var(--paper); z-index: 1; min-width: 0; }
.bptt legend { float: left; padding: .2rem .4rem .2rem 0; color: var(--faint); width: auto; font-size: 1em; margin: 0;
  border: 0; }
.bptt .choice { position: relative; display: inline-flex; }
.bptt .choice input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.bptt .choice span { border: 1px solid var(--line); border-radius: 1rem; padding: .15rem .75rem; font-size: .9em; }
.bptt .choice input:checked + span { border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor;
  font-weight: 650; }
.bptt .choice input:focus-visible + span { outline: 3px solid var(--link); outline-offset: 2px; }
.bptt .choice input:disabled { cursor: default; }
.bptt .choice input:disabled + span { color: var(--faint); border-style: dashed; }
.bptt footer { margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--faint);
  font-size: .9em; }
.bptt .picture { overflow-x: auto; margin: .6rem 0; }
@media (max-width: 34rem) { .bptt dl { grid-template-columns: minmax(0, 1fr); } .bptt dt, .bptt dd { grid-column: 1; }
  .bptt dt { margin-top: .3rem; } .bptt fieldset { position: static; } }
@media print { .bptt fieldset { display: none; } .bptt { font-size: 10pt; }
  .bptt article, .bptt h3 { break-inside: avoid; } .bptt h2, .bptt h3 { break-after: avoid; }
  .bptt article.wrong { background: none; }
  .bptt .formula, .bptt .values { overflow: visible; } .bptt details:not([open]) { display: none; } }
"""

_DRAWING = """
.bptt-drawing { max-width: none; font-family: system-ui, "Segoe UI", Roboto, sans-serif; }
.bptt-drawing .ground { fill: var(--paper); }
.bptt-drawing .edge path { fill: none; stroke: var(--faint); stroke-width: 1.2; }
.bptt-drawing .edge polygon, .bptt-drawing .dot { fill: var(--faint); }
.bptt-drawing .flow path { stroke: var(--link); } .bptt-drawing .flow polygon { fill: var(--link); }
.bptt-drawing .way path { stroke: var(--refuted); stroke-width: 3.2; }
.bptt-drawing .way polygon { fill: var(--refuted); stroke: var(--refuted); stroke-width: 2.5; stroke-linejoin: round; }
.bptt-drawing .node rect { fill: var(--box); stroke: var(--faint); stroke-width: 1.2; }
.bptt-drawing .given rect { stroke-dasharray: 4 3; fill: var(--paper); }
.bptt-drawing .on-way rect { stroke: var(--refuted); stroke-width: 2.2; }
.bptt-drawing text { fill: var(--ink); text-anchor: middle; }
.bptt-drawing .name { font: italic 17px "STIX Two Text", "Times New Roman", serif; }
.bptt-drawing .parameters { font: italic 12.5px "STIX Two Text", "Times New Roman", serif; fill: var(--faint); }
.bptt-drawing .chosen { fill: var(--refuted); font-weight: 700; }
.bptt-drawing .script { font-size: .72em; }
.bptt-drawing .column { font-size: 12.5px; fill: var(--faint); }
.bptt-drawing .caption { font-size: 12.5px; text-anchor: start; white-space: pre; }
"""

_BODY = """
body { margin: 0; } .bptt.page { min-height: 100vh; padding: 1.5rem max(1rem, calc(50vw - 31rem)) 3rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; background: var(--paper);
  padding: .3rem .6rem; z-index: 2; }
"""


def _verdicts() -> str:
    """Colour of each verdict, and what is hidden while only one of them is wanted: all but what a link leads to."""
    rules = [f".bptt .{word} {{ border-color: var(--{word}); }}" for word in VERDICTS]
    rules += [f".bptt .{word} > h4 .verdict, .bptt .choice .{word} {{ color: var(--{word}); }}" for word in VERDICTS]
    for word in (*VERDICTS, "wrong"):
        chosen = f'.bptt:has(.choice input[value="{word}"]:checked)'
        hidden = f"{chosen} article:not(.{word}):not(:target), {chosen} .part:not(:has(.{word}, :target))"
        rules.append(f"{hidden} {{ display: none; }}")
    return "\n".join(rules)


DRAWING = f"{_THEMES.replace('.bptt ', '.bptt-drawing ')}{_DRAWING}"
"""For a picture by itself."""
SHEET = f"{_THEMES}{_RULES}{_DRAWING}{_verdicts()}\n"
"""For anything that shows a part of a report."""
PAGE = f"{SHEET}{_BODY}"
"""For a page of our own."""
