r"""Names: what they are made of, how they are spelled, and what can be asked of a spelling.

    quantity = base primes labels marks homonyms      \hat{h}'_{xh}^{new}, and L° for the L without a step
    integer  = a letter of the note, with a label or without: t, \tau, d_in, d_{in-dim}
             | a name of the checker's own, which begins with a sign: an end, an unknown size, a numbered name

Terms and networks hold spellings, which are cheap to compare and to sort. Only this module makes one or takes one
apart, and no two names have one spelling: what a note could write that would run into a sign of ours is spelled in
numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_HOMONYM = "°"
_END, _UNKNOWN, _NUMBERED, _OWN = "|", "?", "_", "%"
_SIGNS = frozenset({_END, _UNKNOWN, _NUMBERED, _OWN, "~", ""})
_ENCODED = r"\x{"
"""How what would run into our own signs begins: its bytes follow."""
_BASE_ENDS = frozenset("'_^" + _HOMONYM)


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a quantity, taken apart."""

    base: str
    primes: int = 0
    labels: tuple[str, ...] = ()
    """What stands below, `xh` in `W_{xh}`."""
    marks: tuple[str, ...] = ()
    """What stands above and is neither step nor power, `new` in `W^{new}`."""
    homonym: int = 0
    """1 for what occurs without a step when the same name has one elsewhere."""

    def __str__(self) -> str:
        """The spelling: different names have different ones."""
        below = "".join(f"_{{{_inside(label)}}}" for label in self.labels)
        above = "".join(f"^{{{_inside(mark)}}}" for mark in self.marks)
        return _outside(self.base) + "'" * self.primes + below + above + _HOMONYM * self.homonym


def spelled(base: str, primes: int = 0, labels: tuple[str, ...] = (), marks: tuple[str, ...] = ()) -> str:
    """The spelling of the name of a quantity."""
    return str(Name(base, primes, labels, marks))


@lru_cache(maxsize=4096)
def name_of(spelling: str) -> Name:
    """A spelling taken apart; scripts without braces, `W_x`, are read too."""
    rest = spelling.rstrip(_HOMONYM)
    homonym = len(spelling) - len(rest)
    end = next((place for place, sign in _at_top(rest) if sign in _BASE_ENDS and place), len(rest))
    base, rest = rest[:end], rest[end:]
    primes = len(rest) - len(rest.lstrip("'"))
    scripts: dict[str, list[str]] = {"_": [], "^": []}
    rest = rest[primes:]
    while rest:
        end = next((place for place, sign in _at_top(rest) if place and sign in "_^"), len(rest))
        scripts[rest[0] if rest[0] in scripts else "_"].append(_decoded(unbraced(rest[:end].lstrip("_^"))))
        rest = rest[end:]
    return Name(_decoded(base), primes, tuple(scripts["_"]), tuple(scripts["^"]), homonym)


def as_written(spelling: str) -> str:
    """A name as the note writes it: homonyms are written alike."""
    return spelling.rstrip(_HOMONYM)


def homonym_of(spelling: str) -> str:
    """The name of what is written the same and has no step."""
    return spelling + _HOMONYM


def is_homonym(spelling: str) -> bool:
    """Whether it is a name without a step whose like has one."""
    return spelling.endswith(_HOMONYM)


def stem_of(spelling: str) -> str:
    """The letter of a name, without primes and labels."""
    return name_of(spelling).base


def letter_of(spelling: str) -> str:
    """The letter of a name with its primes, without its labels."""
    name = name_of(spelling)
    return name.base + "'" * name.primes


def labels_of(spelling: str) -> tuple[str, ...]:
    """What stands below a name."""
    return name_of(spelling).labels


def marks_of(spelling: str) -> tuple[str, ...]:
    """What stands above a name."""
    return name_of(spelling).marks


def spoken(spelling: str) -> str:
    """A name in letters and hyphens, for references: `L-total` is the `L` without a step."""
    return as_written(spelling) + "-total" * is_homonym(spelling)


def words_of(spelling: str) -> tuple[str, ...]:
    r"""The letters, words and commands that a name is written with: `\hat`, `y` and `xh` of `\hat{y}_{xh}`."""
    return tuple(re.sub(r"[{}_^]", " ", as_written(spelling)).split())


def head_and_label(written: str) -> tuple[str, str]:
    r"""What an author writes as a name, at its last low script: `\mathbf{h}` and `x` of `\mathbf{h}_x`."""
    place = max((place for place, sign in _at_top(written) if sign == "_"), default=len(written))
    return written[:place], unbraced(written[place + 1 :])


def behind(spelling: str, sign: str) -> str | None:
    r"""What a name goes on with behind a sign: the `\bar{f}_x` of `\delta{\bar{f}}_x`; None for another name."""
    head = sign + "{"
    end = next((place for place, mark in _at_top(spelling) if mark == "}"), None)
    if end is None or not spelling.startswith(head):
        return None
    return spelling[len(head) : end] + spelling[end + 1 :]


# integers: steps, indices, sizes


def letter(written: str) -> str:
    """A letter of the note; one that looks like a sign of ours is spelled in numbers."""
    return _encoded(written) if written[:1] in _SIGNS else written


def labelled(base: str, label: str) -> str:
    """A letter with a label: `d_in`, and in braces where the label is no single word."""
    return f"{letter(base)}_{label}" if re.fullmatch(r"[\w\\']+", label) else f"{letter(base)}_{{{_inside(label)}}}"


def parts_of(integer: str) -> tuple[str, str]:
    """Letter and label of an integer name of the note; the label may be empty."""
    head, _, label = integer.partition("_") if not integer.startswith(_ENCODED) else (integer, "", "")
    return head, _decoded(unbraced(label))


def is_single(integer: str) -> bool:
    """Whether an integer name is one letter or command, without a label."""
    return len(integer) == 1 or (integer.startswith("\\") and "_" not in integer)


def end_of(index: str) -> str:
    """The upper bound that is the size of whatever an index runs over."""
    return _END + index


def is_end(integer: str) -> bool:
    """Whether it is such an upper bound."""
    return integer.startswith(_END)


def unknown(which: int | str) -> str:
    """A size that is not known yet."""
    return f"{_UNKNOWN}{which}"


def is_unknown(integer: str) -> bool:
    """Whether it is a size that is not known yet."""
    return integer.startswith(_UNKNOWN)


def numbered(number: int) -> str:
    """A name that the checker gives a variable which the note does not name."""
    return f"{_NUMBERED}{number}"


def number_of(integer: str) -> str | None:
    """The number of such a variable; None for another."""
    return integer.removeprefix(_NUMBERED) if integer.startswith(_NUMBERED) else None


def internal(word: str) -> str:
    """A name that the checker needs for one purpose."""
    return _OWN + word


# spelling


def _at_top(text: str) -> Iterator[tuple[int, str]]:
    """The signs of a text that stand in no braces, with their places; what a backslash protects is none."""
    depth, place = 0, 0
    while place < len(text):
        sign = text[place]
        if sign == "\\":
            place += 2
            continue
        depth += (sign == "{") - (sign == "}")
        if not depth:
            yield place, sign
        place += 1


def _is_whole(text: str) -> bool:
    """Whether a text has its braces in pairs, and nothing at its end that would protect what follows."""
    depth, place = 0, 0
    while place < len(text):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth < 0:
            return False
        place += 2 if text[place] == "\\" else 1
    return not depth and place == len(text)


def _inside(text: str) -> str:
    """A text as it is spelled between braces."""
    return text if _is_whole(text) and not text.startswith(_ENCODED) else _encoded(text)


def _outside(text: str) -> str:
    """A text as it is spelled in front of scripts."""
    plain = text[:1] not in _SIGNS and not any(sign in _BASE_ENDS for _, sign in _at_top(text)) and _HOMONYM not in text
    return _inside(text) if plain else _encoded(text)


def _encoded(text: str) -> str:
    return f"{_ENCODED}{text.encode('utf-8', 'surrogatepass').hex()}}}"


def _decoded(text: str) -> str:
    if not (text.startswith(_ENCODED) and text.endswith("}")):
        return text
    try:
        return bytes.fromhex(text[len(_ENCODED) : -1]).decode("utf-8", "surrogatepass")
    except ValueError:
        return text  # no spelling of ours


def unbraced(text: str) -> str:
    """A script without the braces around it."""
    return text[1:-1] if text.startswith("{") and text.endswith("}") else text
