"""The tree of RFC 9162 §2.1: growing it, proving with it, checking proofs. Pure.

Hashes are 32 octets. A node is `(level, index)`, the complete subtree over leaves index·2^level up to
(index+1)·2^level; level 0 is the leaves. A span is `(start, stop)`, leaves start up to stop, as it occurs
in proofs: `start` is a multiple of the power of two that covers it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Node = tuple[int, int]
Span = tuple[int, int]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree's size and right edge: one complete subtree for each binary digit of the size, largest first."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The Merkle tree hash."""
        return fold(self.edge)

    def grow(self, leaves: Iterable[bytes]) -> tuple[Tree, list[tuple[Node, bytes]]]:
        """The tree with these leaf hashes appended, and the nodes above the leaves that became complete."""
        size, edge, complete = self.size, list(self.edge), []
        for leaf in leaves:
            level, index, joined = 0, size, leaf
            while index & 1:
                level, index, joined = level + 1, index >> 1, node_hash(edge.pop(), joined)
                complete.append(((level, index), joined))
            edge.append(joined)
            size += 1
        return Tree(size, tuple(edge)), complete


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring complete subtrees, largest first."""
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes)) if hashes else EMPTY_ROOT


def cover(span: Span) -> list[Node]:
    """The complete subtrees that make up a span, largest first."""
    start, stop = span
    found = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans whose hashes are the inclusion proof of leaf `index` in the tree of `size`.

    RFC 9162 §2.1.3.1; needs 0 <= index < size.
    """
    start, stop, spans = 0, size, []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            spans.append((middle, stop))
            stop = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """The spans whose hashes prove that the tree of `second` continues that of `first`.

    RFC 9162 §2.1.4.1; needs 0 < first <= second.
    """
    start, stop, spans = 0, second, []
    while first < stop:
        middle = start + _split(stop - start)
        if first <= middle:
            spans.append((middle, stop))
            stop = middle
        else:
            spans.append((start, middle))
            start = middle
    # A first tree that is itself a complete left subtree is known to the asker by its root.
    return [(start, stop), *spans[::-1]] if start else spans[::-1]


def resolve(spans: Sequence[Span], fetch: Callable[[list[Node]], dict[Node, bytes]]) -> list[bytes]:
    """The hash of each span, from nodes fetched in one go."""
    covers = [cover(span) for span in spans]
    found = fetch([node for nodes in covers for node in nodes])
    return [fold([found[node] for node in nodes]) for nodes in covers]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that leaf hash `leaf` stands at `index` under `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _climb(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found, root)


def is_consistent(first: int, second: int, old: bytes, new: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that root `new` of `second` leaves continues root `old` of `first` leaves.

    RFC 9162 §2.1.4.2. Every tree continues the empty one.
    """
    if not 0 < first < second:
        nothing_new = first == second and hmac.compare_digest(old, new)
        return not path and (nothing_new or (first == 0 and old == EMPTY_ROOT))
    hashes = [old, *path] if first & (first - 1) == 0 else list(path)
    if not hashes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            place, last = _climb(place, last)
        else:
            now = node_hash(now, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(was, old) and hmac.compare_digest(now, new)


def _climb(place: int, last: int) -> Node:
    """Past the levels at which a right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)
