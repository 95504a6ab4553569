"""How like a column's name, or what a description says of it, is to a label of the contract; and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

from adapters.drafting.initials import initials
from adapters.drafting.spellings import LITTLE, letters, phrases
from adapters.drafting.targets import Target
from adapters.drafting.words import ENDINGS, NOISE_EN, SAME_EN
from contracts.text import Text, text

SAME, SAID, SPELT, ENGLISH = 97, 95, 90, 82
"""Confidence, in hundredths, of a name that is the contract's, a label, a label's initials, its words."""

NEAR = 72
"""At most, of a name that is nearly one."""

SHORT = 15
"""What a name of two letters costs: many words have the same."""

NEAREST = 0.55
"""Likeness below which two words are strangers."""

REMEMBERED = 20_000
"""Likenesses kept: a name is held against the same field for every list it may stand in."""

_LONG_NAME = 60
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like, in hundredths, and why."""

    points: int
    why: Text


@lru_cache(maxsize=REMEMBERED)
def likeness(name: str, doc: str, target: Target) -> Likeness | None:
    """The best reason to take a name for a field; None where there is none."""
    found = [*_by_name(name.lstrip("@"), target), *_by_doc(doc, target)]
    return max(found, key=lambda each: each.points, default=None)


def _by_name(name: str, target: Target) -> Iterator[Likeness]:
    bare = _bare(name)
    if bare == _bare(target.name):
        yield Likeness(SAME, text("名称与契约字段相同", "it is named as the contract's field"))
    if _HAN.search(name):
        yield from _in_chinese(name, SAME, target)
        return
    yield from _spelt(bare, target)
    yield from _in_english(name, target)


def _by_doc(doc: str, target: Target) -> Iterator[Likeness]:
    if _HAN.search(doc):
        for part in re.split(r"[，,。；;：:\s（(]", doc)[:3]:
            if part:
                yield from _in_chinese(part, SAID, target)
    elif doc:
        yield from _in_english(doc, target)


def _in_chinese(words: str, most: int, target: Target) -> Iterator[Likeness]:
    known = {**(_OWN_NUMBER if target.number else {}), **phrases(target.zh, target.unit)}
    label = target.zh
    if words == label:
        yield Likeness(most, text("与契约字段的中文名称相同", "it is called as the contract's field is"))
        return
    if words in known:
        yield Likeness(most - known[words], text(f"“{words}”即“{label}”", f"“{words}” is “{label}”"))
        return
    near = _nearest(words, phrases(label, target.unit, LITTLE))
    if near >= 0.6:
        yield Likeness(round(NEAR * near), text(f"“{words}”近于“{label}”", f"“{words}” is near “{label}”"))


def _spelt(bare: str, target: Target) -> Iterator[Likeness]:
    known = letters(target.zh, target.unit)
    for spelling in (bare, *_translated(bare)):
        price = known.get(spelling)
        if price is not None:
            points = SPELT - price - (SHORT if len(spelling) < 3 else 0) - (spelling != bare) * 3
            yield Likeness(points, _initials_of(spelling, target))
        elif target.number and spelling in _OWN_LETTERS:
            zh, en = "证书自身的编号", "the document's own number"
            yield Likeness(SPELT - 12, text(f"“{spelling}”：{zh}", f"“{spelling}”: {en}"))
    near = _nearest(bare, letters(target.zh, target.unit, LITTLE)) if len(bare) > 3 else 0.0
    if near >= 0.75:
        yield Likeness(round(NEAR * near), text(f"拼音首字母近于“{target.zh}”", f"initials near {target.zh}"))


def _initials_of(spelling: str, target: Target) -> Text:
    price = letters(target.zh, target.unit)[spelling]
    words = min(
        (each for each, cost in phrases(target.zh, target.unit).items() if cost == price),
        key=lambda each: (initials(each) != spelling, len(each)),
    )
    shown = spelling.upper()
    return text(f"{shown} 为“{words}”的拼音首字母", f"{shown}: the pinyin initials of {words}")


def _translated(bare: str) -> Iterator[str]:
    """The name with its English ending as the initials it stands for."""
    for ending, instead in ENDINGS.items():
        if bare.endswith(ending) and len(bare) > len(ending):
            yield from (bare.removesuffix(ending) + each for each in instead)


def _nearest(words: str, known: Mapping[str, int]) -> float:
    """How near a word is to the nearest of those given."""
    matcher, signs = SequenceMatcher(a="", b=words, autojunk=False), frozenset(words)
    best, length, strange = 0.0, len(words), len(signs) // 2
    for each, price in known.items():
        other = len(each)
        most = 2 * min(other, length) / (length + other) - price / 100
        if most > best and most > NEAREST and len(signs.symmetric_difference(each)) <= strange:
            matcher.set_seq1(each)
            best = max(best, matcher.ratio() - price / 100)
    return best


_OWN_NUMBER = {"编号": 8, "证号": 8, "证书编号": 8, "文书编号": 8, "文号": 12, "许可证号": 10, "编码": 10}
_OWN_LETTERS = frozenset({"bh", "zh", "zsbh", "wsbh", "xkzh", "xkzbh", "zsh"})

OWN_NAMES = _OWN_LETTERS | frozenset(_OWN_NUMBER)
"""What a document calls its own number, whichever it is; in lower case."""


def _in_english(name: str, target: Target) -> Iterator[Likeness]:
    said = _concepts(name)
    if not said:
        return
    for words in (target.name.replace("_", " "), target.en):
        wanted = _concepts(words)
        if said == wanted:
            yield Likeness(ENGLISH - (SHORT if len(said) == 1 else 0), _english(target))
        elif len(said & wanted) > 1:
            share = 2 * len(said & wanted) / (len(said) + len(wanted))
            yield Likeness(round(NEAR * share), _english(target))
    if target.number and said <= _OWN_WORDS and (len(said) > 1 or name.lower() in _OWN_NAMES):
        yield Likeness(NEAR - (0 if len(said) > 1 else SHORT), _english(target))


def _english(target: Target) -> Text:
    return text(f"英文名称意为“{target.zh}”", f"its words mean {target.en}")


@cache
def _concepts(words: str) -> frozenset[str]:
    """What the words of a name are about; words written together are told apart as far as they are known."""
    found = [part.lower() for part in _WORD.findall(words)]
    known = [piece for part in found for piece in _pieces(part)]
    return frozenset(_CONCEPT.get(each, each) for each in known if each not in NOISE_EN)


def _pieces(part: str) -> tuple[str, ...]:
    """`buildunitcode` as build, unit, code, where all of it is known words; otherwise as it is."""
    return _known_pieces(part) or (part,)


@cache
def _known_pieces(part: str) -> tuple[str, ...] | None:
    if len(part) > _LONG_NAME:
        return None
    if part in _CONCEPT or not part:
        return (part,) if part else ()
    for end in range(len(part) - 1, 1, -1):
        rest = _known_pieces(part[end:]) if part[:end] in _CONCEPT else None
        if rest is not None:
            return (part[:end], *rest)
    return None


_CONCEPT = {word: group[0] for group in reversed(SAME_EN) for word in group}
_OWN_NAMES = frozenset({"no", "num", "number"})
_OWN_WORDS = frozenset(_CONCEPT[word] for word in ("cert", "code", "number", "document"))


def _bare(name: str) -> str:
    return re.sub(r"[^0-9a-z\u3400-\u9fff]", "", name.lower())
