"""The consumer's verification: a right answer is proven, and every changed byte is noticed by name."""

import asyncio
import base64
import hashlib
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from demo.client import Client
from demo.control import Clock, House
from demo.proofs import (
    Answer,
    AnswerNotRecorded,
    BodyChanged,
    BrokenOff,
    CheckpointUntrusted,
    EntryChanged,
    HistoryRewritten,
    LogKey,
    NoAnswer,
    NotIncluded,
    NotProven,
    ProofNotServed,
    Receipt,
    ReceiptUnreadable,
    SignatureWrong,
    TooLarge,
    Trust,
    check_digest,
    check_entry,
    check_signature,
    consistent,
    included,
    read_checkpoint,
    read_receipt,
    tree_root,
)
from gateway.keys import KeyRing, thumbprint, verifier_key
from gateway.signing import AnswerSigner, content_digest

ORIGIN = "demo.test/log"
DRAWING = bytes(range(256))
NO_LINGERING = struct.pack("ii", 1, 0)
"""socket(7): closing it resets the line."""
SIZES = st.integers(1, 40)


# A log of the tests' own: RFC 9162 §2.1 written down as recursion, proofs included.
def split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def root_of(leaves: list[bytes]) -> bytes:
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    at = split(len(leaves))
    return hashlib.sha256(b"\x01" + root_of(leaves[:at]) + root_of(leaves[at:])).digest()


def inclusion_of(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    at = split(len(leaves))
    if index < at:
        return [*inclusion_of(index, leaves[:at]), root_of(leaves[at:])]
    return [*inclusion_of(index - at, leaves[at:]), root_of(leaves[:at])]


def consistency_of(first: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root_of(leaves)]
    at = split(len(leaves))
    if first <= at:
        return [*consistency_of(first, leaves[:at], whole=whole), root_of(leaves[at:])]
    return [*consistency_of(first - at, leaves[at:], whole=False), root_of(leaves[:at])]


def leaf_of(octets: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + octets).digest()


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def signer_of(keys: KeyRing, clock: Callable[[], datetime]) -> AnswerSigner:
    return AnswerSigner(keys.answer, thumbprint(keys.answer.public_key()), clock)


class Landbridge:
    """A gateway as far as a consumer can see: signs answers, keeps a log.

    `bend` lies on the wire; `missing` octets at the end of an answer never come.
    """

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys
        self.signer = signer_of(keys, Clock())
        self.entries = [json.dumps({"v": 1, "n": n}).encode() for n in range(5)]
        self.bend: Callable[[str, bytes], bytes] = lambda _, body: body
        self.blanked: set[int] = set()
        self.missing = 0
        self.house = House(self)

    def note(self, size: int | None = None) -> str:
        leaves = [leaf_of(octets) for octets in self.entries[:size]]
        text = f"{ORIGIN}\n{len(leaves)}\n{b64(root_of(leaves))}\n"
        key_id = bytes.fromhex(verifier_key(ORIGIN, self.keys.checkpoint.public_key()).split("+")[1])
        return f"{text}\n— {ORIGIN} {b64(key_id + self.keys.checkpoint.sign(text.encode()))}\n"

    def record(self, body: bytes) -> str:
        entry = {"v": 1, "kind": "answered", "answer_digest": "sha256:" + hashlib.sha256(body).hexdigest()}
        self.entries.append(json.dumps(entry).encode())
        leaf, index = leaf_of(self.entries[-1]), len(self.entries) - 1
        return f'origin="{ORIGIN}", index={index}, leaf=:{b64(leaf)}:, size={len(self.entries)}'

    def answer(
        self, method: str, url: str, body: bytes, status: int = 200
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {"content-digest": content_digest(body), "landbridge-receipt": self.record(body)}
        headers |= self.signer.headers(method=method, target_uri=url, status=status, headers=headers)
        return status, headers, body

    def line(self, index: int) -> dict:
        entry = None if index in self.blanked else self.entries[index].decode()
        return {"index": index, "leaf": b64(leaf_of(self.entries[index])), "entry": entry}

    def proof(self, query: dict[str, str], leaves: list[bytes]) -> list[bytes]:
        if "index" in query:
            return inclusion_of(int(query["index"]), leaves[: int(query["size"])])
        return consistency_of(int(query["first"]), leaves[: int(query["second"])])

    def drawing(self, reach: str) -> Response:
        first = int(reach.removeprefix("bytes=").removesuffix("-") or 0)
        return Response(DRAWING[first:], 206 if reach else 200)

    def serve(self, path: str, query: dict[str, str]) -> Response:
        leaves = [leaf_of(octets) for octets in self.entries]
        if path == "/.well-known/jwks.json":
            return JSONResponse(self.keys.jwks(ORIGIN))
        if path == "/v1/log/checkpoint":
            return PlainTextResponse(self.note())
        if path == "/v1/log/entries":
            start = int(
                query["start"]
            )  # two at a time, however many are asked for: pages must be put together
            return JSONResponse({"entries": [self.line(n) for n in range(start, len(self.entries))][:2]})
        if path.startswith("/v1/log/entries/"):
            return Response(self.entries[int(path.rsplit("/", 1)[1])])
        if path.startswith("/v1/log/proofs/"):
            return JSONResponse({"path": [b64(node) for node in self.proof(query, leaves)]})
        return RedirectResponse("/v1/log/checkpoint")

    async def __call__(self, scope, receive, send) -> None:
        path, raw = scope["path"], scope["query_string"].decode()
        if path.startswith(("/v1/dossiers", "/v1/projects")):
            body = b""
            while not body.endswith(b"}") and scope["method"] == "POST":
                body += (await receive())["body"]
            uri = self.house.url + scope["raw_path"].decode() + ("?" + raw if raw else "")
            said = json.dumps(
                {
                    "asked": body.decode(),
                    "why": dict(scope["headers"]).get(b"landbridge-purpose", b"").decode(),
                }
            )
            status, headers, octets = self.answer(scope["method"], uri, said.encode())
            reply = Response(self.bend(path, octets), status, headers)
        elif path == "/v1/attachments/drawing":
            reply = self.drawing(dict(scope["headers"]).get(b"range", b"").decode())
        else:
            reply = self.serve(path, dict(pair.split("=") for pair in raw.split("&") if pair))
            reply = Response(self.bend(path, bytes(reply.body)), reply.status_code, dict(reply.headers))
            reply.headers["content-length"] = str(len(reply.body))
        reply.body = bytes(reply.body)[: len(reply.body) - self.missing]
        await reply(scope, receive, send)


@pytest.fixture
def keys(tmp_path) -> KeyRing:
    return KeyRing.open(tmp_path, create=True)


@pytest.fixture
async def landbridge(keys):
    gateway = Landbridge(keys)
    await gateway.house.open()
    yield gateway
    await gateway.house.close()


@pytest.fixture
def client(landbridge) -> Client:
    return Client(landbridge.house.url, "lb_demo_key")


@pytest.fixture
def trust(keys) -> Trust:
    return Trust.from_jwks(keys.jwks(ORIGIN))


def flipped(octets: bytes) -> list[bytes]:
    """Every octet changed once, in its lowest bit."""
    return [octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :] for at in range(len(octets))]


async def ask(client: Client, **words: str) -> Answer:
    return await asyncio.to_thread(client.ask, {"purpose": "first-registration", **words})


async def test_a_right_answer_is_proven_down_to_the_checkpoint(client):
    proof = await asyncio.to_thread(client.prove, await ask(client))
    assert (proof.receipt.index, proof.checkpoint.size) == (5, 6)
    assert proof.entry["kind"] == "answered"
    again = await asyncio.to_thread(client.prove, await ask(client))
    assert client.seen == again.checkpoint
    assert again.checkpoint.size == 7


async def test_the_short_form_says_why_in_percent_encoded_headers_and_is_proven(client):
    answer = await asyncio.to_thread(
        client.ask_short,
        "2012-231005-04-01-735188",
        "first-registration",
        case="C1",
        purpose="首次登记",
        operator="o1",
    )
    assert answer.json()["why"] == "%E9%A6%96%E6%AC%A1%E7%99%BB%E8%AE%B0"
    await asyncio.to_thread(client.prove, answer)


async def test_every_changed_octet_of_a_body_is_noticed(client):
    answer = await ask(client)
    for body in [*flipped(answer.body), answer.body[:-1], answer.body + b" "]:
        with pytest.raises(BodyChanged):
            check_digest(replace(answer, body=body))


async def test_a_body_with_a_digest_to_match_is_noticed_by_the_signature(client, trust):
    answer = await ask(client)
    forged = replace(answer, body=b"{}", headers={**answer.headers, "content-digest": content_digest(b"{}")})
    check_digest(forged)
    with pytest.raises(SignatureWrong):
        check_signature(forged, trust, None)


@pytest.mark.parametrize("name", ["landbridge-receipt", "content-digest", "signature", "signature-input"])
async def test_every_changed_octet_of_what_is_signed_is_noticed(client, trust, name):
    answer = await ask(client)
    check_signature(answer, trust, None)
    for value in flipped(answer.headers[name].encode()):
        bent = replace(answer, headers={**answer.headers, name: value.decode()})
        if name == "signature-input" and _same_parameters(value.decode(), answer.headers[name]):
            continue
        with pytest.raises(SignatureWrong):
            check_signature(bent, trust, None)


def _same_parameters(bent: str, straight: str) -> bool:
    """The label before `=` is not signed, and there is only one."""
    return bent.partition("=")[2] == straight.partition("=")[2] and bent.partition("=")[0] == "answer"


async def test_an_answer_to_another_ask_or_with_another_status_is_noticed(client, trust):
    answer = await ask(client)
    others = [
        replace(answer, status_code=203),
        replace(answer, request=replace(answer.request, method="PUT")),
        replace(answer, request=replace(answer.request, url=answer.request.url + "?x=1")),
    ]
    for other in others:
        with pytest.raises(SignatureWrong):
            check_signature(other, trust, None)


async def test_another_key_a_missing_signature_and_an_old_one_are_noticed(client, keys, trust):
    answer = await ask(client)
    stranger = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(SignatureWrong):
        check_signature(
            answer, replace(trust, answers={thumbprint(keys.answer.public_key()): stranger}), None
        )
    with pytest.raises(SignatureWrong):
        check_signature(answer, replace(trust, answers={}), None)
    with pytest.raises(SignatureWrong):
        check_signature(answer, trust, -timedelta(hours=1))
    bare = {name: value for name, value in answer.headers.items() if not name.startswith("signature")}
    with pytest.raises(SignatureWrong):
        check_signature(replace(answer, headers=bare), trust, None)


async def test_a_signature_that_leaves_out_the_receipt_is_refused(client, keys, trust):
    answer = await ask(client)
    signer = AnswerSigner(
        keys.answer, thumbprint(keys.answer.public_key()), lambda: datetime(2026, 3, 2, tzinfo=UTC)
    )
    headers = {"content-digest": answer.headers["content-digest"]}
    url = answer.request.url
    headers |= signer.headers(method="POST", target_uri=url, status=200, headers=headers, recorded=False)
    lower = {name.lower(): value for name, value in headers.items()}
    with pytest.raises(SignatureWrong, match="landbridge-receipt"):
        check_signature(replace(answer, headers=lower), trust, None)


async def test_a_receipt_is_read_whole_or_not_at_all(client):
    answer = await ask(client)
    for header in ("", 'origin="x", index=1', answer.headers["landbridge-receipt"] + ", more=1"):
        with pytest.raises(ReceiptUnreadable):
            read_receipt(replace(answer, headers={"landbridge-receipt": header}))


def test_every_changed_octet_of_an_entry_is_noticed_and_so_is_anothers_entry():
    octets = json.dumps({"answer_digest": "sha256:" + hashlib.sha256(b"{}").hexdigest()}).encode()
    receipt = Receipt(ORIGIN, 0, leaf_of(octets), 1)
    check_entry(octets, receipt, b"{}")
    for bent in flipped(octets):
        with pytest.raises(EntryChanged):
            check_entry(bent, receipt, b"{}")
    with pytest.raises(AnswerNotRecorded):
        check_entry(octets, receipt, b"{ }")


async def test_every_changed_octet_of_a_checkpoint_is_noticed(landbridge, trust):
    note = landbridge.note()
    assert read_checkpoint(note, trust.log).size == 5
    for bent in flipped(note.encode()):
        with pytest.raises(CheckpointUntrusted):
            read_checkpoint(bent.decode(errors="replace"), trust.log)
    with pytest.raises(CheckpointUntrusted):
        read_checkpoint(note[:-1], trust.log)


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def with_spare_bit(encoded: str) -> str:
    """The same octets written another way: base64 leaves bits over before its padding."""
    at = encoded.index("=") - 1
    other = encoded[:at] + ALPHABET[ALPHABET.index(encoded[at]) + 1] + encoded[at + 1 :]
    assert base64.b64decode(other) == base64.b64decode(encoded)
    return other


async def test_bits_that_base64_leaves_over_are_no_place_to_write(client, landbridge, trust):
    signature = landbridge.note().split()[-1]
    with pytest.raises(CheckpointUntrusted):
        read_checkpoint(landbridge.note().replace(signature, with_spare_bit(signature)), trust.log)
    answer = await ask(client)
    digest = answer.headers["content-digest"].split(":")[1]
    bent = answer.headers["content-digest"].replace(digest, with_spare_bit(digest))
    with pytest.raises(BodyChanged):
        check_digest(replace(answer, headers={"content-digest": bent}))


def test_every_changed_octet_of_a_vkey_is_noticed(keys):
    vkey = verifier_key(ORIGIN, keys.checkpoint.public_key())
    assert LogKey.parse(vkey).name == ORIGIN
    for bent in flipped(vkey.encode()):
        with pytest.raises(CheckpointUntrusted):
            LogKey.parse(bent.decode(errors="replace"))


PROVE_BENT = [
    ("/v1/dossiers", lambda body: body.replace(b"first", b"worst"), BodyChanged),
    ("/v1/log/entries/", lambda body: body.replace(b"answered", b"refused!"), EntryChanged),
    ("/v1/log/checkpoint", lambda body: body.replace(b"\n6\n", b"\n7\n"), CheckpointUntrusted),
    ("/v1/log/proofs/inclusion", lambda body: body.replace(b'["', b'["AA'), ProofNotServed),
    ("/v1/log/proofs/inclusion", lambda _: json.dumps({"path": [b64(bytes(32))] * 3}).encode(), NotIncluded),
    ("/v1/log/proofs/inclusion", lambda _: b'{"path": []}', NotIncluded),
    ("/v1/log/proofs/inclusion", lambda _: b"<html>", ProofNotServed),
]


@pytest.mark.parametrize(("where", "bend", "doubt"), PROVE_BENT)
async def test_whatever_is_bent_on_the_way_is_noticed_by_name(landbridge, client, where, bend, doubt):
    landbridge.bend = lambda path, body: bend(body) if path.startswith(where) else body
    answer = await ask(client)
    with pytest.raises(doubt) as noticed:
        await asyncio.to_thread(client.prove, answer)
    assert noticed.value.zh != NotProven.zh
    assert noticed.value.en != NotProven.en


async def test_a_rewritten_and_a_shortened_history_are_noticed(landbridge, client):
    await asyncio.to_thread(client.prove, await ask(client))
    genuine = list(landbridge.entries)
    landbridge.entries[2] = b'{"v": 1, "n": "another"}'
    answer = await ask(client)
    with pytest.raises(HistoryRewritten):
        await asyncio.to_thread(client.prove, answer)
    landbridge.entries = genuine[:4]
    with pytest.raises(HistoryRewritten):
        await asyncio.to_thread(client.checkpoint)
    landbridge.entries = [*genuine[:5], b"{}"]
    with pytest.raises(HistoryRewritten):
        await asyncio.to_thread(client.checkpoint)


async def test_an_auditor_reads_the_whole_log_and_notices_a_changed_entry(landbridge, client):
    assert [entry["n"] for entry in await asyncio.to_thread(client.read_log)] == [0, 1, 2, 3, 4]
    landbridge.bend = lambda path, body: body.replace(b'\\"n\\": 3', b'\\"n\\": 7')
    with pytest.raises(HistoryRewritten):
        await asyncio.to_thread(client.read_log)


async def test_a_blanked_entry_stands_in_the_log_by_its_leaf_hash(landbridge, client):
    landbridge.blanked = {2}
    assert [entry["n"] for entry in await asyncio.to_thread(client.read_log)] == [0, 1, 3, 4]


@given(SIZES)
def test_the_root_is_the_one_the_definition_gives(size):
    leaves = [leaf_of(bytes([n])) for n in range(size)]
    assert tree_root(leaves) == root_of(leaves)


async def test_pinned_keys_are_not_fetched_and_a_stranger_behind_the_address_is_noticed(landbridge, tmp_path):
    pinned = Trust.from_jwks(KeyRing.open(tmp_path / "other", create=True).jwks(ORIGIN))
    client = Client(landbridge.house.url, "lb_demo_key", pinned)
    answer = await ask(client)
    with pytest.raises(SignatureWrong):
        await asyncio.to_thread(client.prove, answer)


async def test_a_gateway_that_is_gone_is_said_to_be_gone(landbridge, client):
    await landbridge.house.close()
    with pytest.raises(NoAnswer):
        await ask(client)


@pytest.mark.parametrize("missing", [1, 40])
async def test_an_answer_that_broke_off_is_none(landbridge, client, missing):
    """`http.client` hands over the octets that came, as if they were all."""
    whole = await ask(client)
    landbridge.missing = missing
    with pytest.raises(BrokenOff, match=f"{len(whole.body) - missing} octets of {len(whole.body)}") as broken:
        await ask(client)
    assert broken.value.came.body == whole.body[:-missing]
    with pytest.raises(BrokenOff):
        await asyncio.to_thread(client.prove, whole)
    landbridge.missing = 0
    await asyncio.to_thread(client.prove, await ask(client))


@pytest.mark.parametrize("status", ["200 OK", "503 Service Unavailable"])
async def test_a_line_that_is_reset_in_the_middle_is_no_answer(status):
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 9\r\n\r\n{{".encode())
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
        writer.transport.abort()

    async with await asyncio.start_server(half, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BrokenOff, match="octets of 9"):
            await ask(Client(f"http://127.0.0.1:{port}", "lb_demo_key"))


async def test_an_answer_that_is_too_large_is_not_told_as_broken_off(client, monkeypatch):
    monkeypatch.setattr("demo.client.LARGEST_BODY", len((await ask(client)).body))
    await ask(client)
    with pytest.raises(TooLarge):
        await ask(client, case="DEMO-0001")


async def test_a_file_is_fetched_on_from_where_it_broke_off(landbridge, client):
    landbridge.missing = 3
    reason = {"case": "DEMO-0001", "purpose": "first-registration", "operator": "demo.clerk"}
    first = await asyncio.to_thread(client.fetch, "drawing", **reason)
    landbridge.missing = 0
    rest = await asyncio.to_thread(client.fetch, "drawing", len(first.body), **reason)
    assert (first.status_code, rest.status_code) == (200, 206)
    assert (first.body, first.body + rest.body) == (DRAWING[:-3], DRAWING)


async def test_a_redirect_is_not_followed(client):
    with pytest.raises(ProofNotServed, match="307"):
        await asyncio.to_thread(client._get, "/elsewhere")


@given(SIZES, st.data())
def test_inclusion_holds_for_its_own_place_alone(size, data):
    leaves = [leaf_of(bytes([n])) for n in range(size)]
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    path, root = inclusion_of(index, leaves), root_of(leaves)
    assert included(leaves[index], index, size, path, root)
    assert included(leaves[index], other, size, path, root) == (other == index)
    assert included(leaves[other], index, size, path, root) == (other == index)
    assert not included(leaves[index], index, size, [*path, bytes(32)], root)
    assert not included(leaves[index], size, size, path, root)
    assert not included(leaves[index], index, 1 << 20, path, root)
    if path:
        assert not included(leaves[index], index, size, path[:-1], root)


@given(SIZES, st.data())
def test_consistency_holds_for_a_continuation_alone(size, data):
    first = data.draw(st.integers(1, size))
    leaves = [leaf_of(bytes([n])) for n in range(size)]
    path, old, new = consistency_of(first, leaves), root_of(leaves[:first]), root_of(leaves)
    assert consistent(first, size, path, old, new)
    assert not consistent(first, size, path, old[::-1], new)
    assert not consistent(first, size, path, old, new[::-1])
    assert not consistent(first, size, [*path, bytes(32)], old, new)
    for at in range(len(path)):
        assert not consistent(first, size, [*path[:at], bytes(32), *path[at + 1 :]], old, new)
