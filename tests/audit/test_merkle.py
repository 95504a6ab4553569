"""The tree against published vectors and against RFC 9162's own recursive definitions."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.audit import leaf_hash
from gateway.audit.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_spans,
    cover,
    fold,
    inclusion_spans,
    is_consistent,
    is_included,
    resolve,
)

# The eight-leaf tree every transparency log is tested with.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N0 = ROOTS[0]
N1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N4567 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [
    (0, 1, []),
    (0, 8, [N1, N23, N4567]),
    (5, 8, [N4, N67, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [N0, N23, N4]),
]
CONSISTENCY = [(1, 1, []), (1, 8, [N1, N23, N4567]), (6, 8, [N45, N67, ROOTS[3]]), (2, 5, [N23, N4])]


def known_leaves():
    return [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


def invented(size):
    return [leaf_hash(str(number).encode()) for number in range(size)]


class Grown:
    """A tree and its nodes, as the tables would hold them."""

    def __init__(self, leaves, batch=3):
        self.tree, self.nodes = Tree(), {(0, index): leaf for index, leaf in enumerate(leaves)}
        for start in range(0, len(leaves), batch):
            self.tree, complete = self.tree.grow(leaves[start : start + batch])
            self.nodes |= dict(complete)

    def prove(self, spans):
        return resolve(spans, lambda wanted: {node: self.nodes[node] for node in wanted})


def mth(leaves):
    """RFC 9162 §2.1.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m, leaves):
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, *, whole):
    """RFC 9162 §2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("batch", [1, 2, 3, 8])
def test_known_roots(size, batch):
    assert Grown(known_leaves()[:size], batch).tree.root.hex() == ROOTS[size - 1]


def test_the_empty_tree():
    assert Tree().root == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("index", "size", "known"), INCLUSION)
def test_known_inclusion_proofs(index, size, known):
    leaves = known_leaves()
    proof = Grown(leaves[:size]).prove(inclusion_spans(index, size))
    assert [step.hex() for step in proof] == known
    assert is_included(leaves[index], index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("first", "second", "known"), CONSISTENCY)
def test_known_consistency_proofs(first, second, known):
    proof = Grown(known_leaves()[:second]).prove(consistency_spans(first, second))
    assert [step.hex() for step in proof] == known
    old, new = (bytes.fromhex(ROOTS[size - 1]) for size in (first, second))
    assert is_consistent(first, second, old, new, proof)


@given(st.integers(1, 140), st.integers(1, 40), st.data())
def test_a_tree_is_what_the_rfc_says(size, batch, data):
    leaves = invented(size)
    grown = Grown(leaves, batch)
    assert grown.tree.root == mth(leaves)
    assert len(grown.nodes) == 2 * size - size.bit_count()
    assert fold([grown.nodes[node] for node in cover((0, size))]) == mth(leaves)
    older = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, older - 1))
    inclusion = grown.prove(inclusion_spans(index, older))
    assert inclusion == path(index, leaves[:older])
    assert is_included(leaves[index], index, older, inclusion, mth(leaves[:older]))
    consistency = grown.prove(consistency_spans(older, size))
    assert consistency == subproof(older, leaves, whole=True)
    assert is_consistent(older, size, mth(leaves[:older]), mth(leaves), consistency)


def spoiled(path):
    """Every proof that is nearly this one."""
    for place, step in enumerate(path):
        yield [*path[:place], bytes([step[0] ^ 1]) + step[1:], *path[place + 1 :]]
        yield [*path[:place], *path[place + 1 :]]
        yield [*path[:place], step, *path[place:]]
    yield [*path, bytes(32)]
    yield [bytes(32), *path]


@given(st.integers(1, 70), st.data())
def test_no_other_proof_of_inclusion_is_believed(size, data):
    leaves = invented(size)
    index = data.draw(st.integers(0, size - 1))
    root, good = mth(leaves), path(index, leaves)
    for bad in spoiled(good):
        assert not is_included(leaves[index], index, size, bad, root)
    assert not is_included(leaf_hash(b"other"), index, size, good, root)
    assert not any(
        is_included(leaves[index], other, size, good, root) for other in range(-1, size + 2) if other != index
    )
    assert not is_included(leaves[index], index, size, good, bytes(32))


@given(st.integers(2, 70), st.data())
def test_no_other_proof_of_consistency_is_believed(second, data):
    leaves = invented(second)
    first = data.draw(st.integers(1, second))
    old, new, good = mth(leaves[:first]), mth(leaves), subproof(first, leaves, whole=True)
    for bad in spoiled(good):
        assert not is_consistent(first, second, old, new, bad)
    rewritten = mth([leaf_hash(b"other"), *leaves[1:first]])
    assert not is_consistent(first, second, rewritten, new, good)
    assert not is_consistent(first, second, old, bytes(32), good)
    assert not is_consistent(first, 2 * second, old, new, good)


def test_everything_continues_nothing_and_nothing_continues_more():
    leaves = invented(5)
    assert is_consistent(0, 5, EMPTY_ROOT, mth(leaves), [])
    assert is_consistent(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not is_consistent(0, 5, bytes(32), mth(leaves), [])
    assert not is_consistent(5, 4, mth(leaves), mth(leaves[:4]), [])
    assert not is_consistent(5, 5, mth(leaves), mth(leaves[:4]), [])
