"""Pinyin initials of Chinese words, as agencies name their columns: 竣工验收备案编号 is JGYSBABH.

The 3 755 characters of GB 2312's first level (GB/T 2312-1980 §4.3) stand in the order of their pinyin, so the
first character of each letter is all the table there is. What else a form may hold has no initial.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from types import MappingProxyType

_LETTERS = "abcdefghjklmnopqrstwxyz"
_FIRST = tuple(
    sign.encode("gb2312") for sign in "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
)  # fmt: skip
_LEVEL_ONE = (b"\xb0\xa1", b"\xd7\xf9")

OTHERWISE = MappingProxyType({"幢": "z", "曾": "c", "砼": "t", "墅": "s"})
"""Characters that are read otherwise in our words than where they stand, or stand on the second level."""


@cache
def initial(sign: str) -> str:
    """The letter a character's reading begins with; an ASCII letter or digit is its own; else nothing."""
    if sign.isascii():
        return sign.lower() if sign.isalnum() else ""
    if sign in OTHERWISE:
        return OTHERWISE[sign]
    octets = sign.encode("gb2312", "ignore")
    if not _LEVEL_ONE[0] <= octets <= _LEVEL_ONE[1]:
        return ""
    return _LETTERS[bisect_right(_FIRST, octets) - 1]


def initials(words: str) -> str:
    """The initials of a name, in lower case; brackets and blanks are left out."""
    return "".join(map(initial, words))
