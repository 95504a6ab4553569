"""A consumer's own program: asks Landbridge, and believes nothing it has not verified itself.

An example to copy, with `proofs.py` beside it. It shares no code with the gateway: standard library,
`cryptography` for Ed25519 and `http-message-signatures` for RFC 9421. In short:

    trust = Trust.from_jwks(json.loads(Path("jwks.json").read_bytes()))   # pinned: handed over in person
    client = Client("https://landbridge.example.gov.cn", key, trust)
    answer = client.ask({"project_code": …, "procedure": …, "case": …, "purpose": …, "operator": …})
    proof = client.prove(answer)                                          # raises a NotProven
    dossier = answer.json()

`prove` walks from the body to the log: body, Content-Digest, signature, receipt, entry, leaf hash, inclusion
in a signed checkpoint, consistency with the checkpoint seen before. Keep the answer (body and headers), the
entry and the checkpoint: together they prove years later what was answered, whoever is still there to ask.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from http.client import HTTPException, HTTPResponse  # noqa: TID251  an error to catch, not a way out
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import (  # noqa: TID251  another organisation's program: the house's way out is not its own
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from demo.proofs import (
    Answer,
    Asked,
    BrokenOff,
    Checkpoint,
    CheckpointUntrusted,
    HistoryRewritten,
    NoAnswer,
    NotIncluded,
    NotWhole,
    ProofNotServed,
    Receipt,
    TooLarge,
    Trust,
    check_digest,
    check_entry,
    check_signature,
    consistent,
    included,
    leaf_hash,
    read_checkpoint,
    read_receipt,
    tree_root,
)

LARGEST_BODY = 64 << 20
"""Octets of the largest dossier this program is prepared to read; drawings come one by one, streamed."""


@dataclass(frozen=True)
class Proof:
    """What `prove` established: the answer is entry `receipt.index` of the log that `checkpoint` signs."""

    receipt: Receipt
    entry: dict[str, Any]
    entry_octets: bytes = field(repr=False)
    checkpoint: Checkpoint


class Client:
    """One consumer's line to one gateway.

    `base` is the gateway's public address (signatures cover it), `key` the `lb_…` key, `trust` the pinned
    keys; without it they are fetched once from /.well-known/jwks.json, which trusts the first connection.
    `max_age` is how old a signature may be, None for answers taken from an archive; `timeout` in seconds.
    """

    def __init__(
        self,
        base: str,
        key: str,
        trust: Trust | None = None,
        *,
        max_age: timedelta | None = timedelta(minutes=5),
        timeout: float = 60,
    ) -> None:
        self._base, self._key, self._timeout = base.rstrip("/"), key, timeout
        self._trust, self._max_age = trust, max_age
        self._opener = _plain_opener()
        self.seen: Checkpoint | None = None

    @property
    def trust(self) -> Trust:
        """The keys we believe."""
        if self._trust is None:
            self._trust = Trust.from_jwks(self._get_json("/.well-known/jwks.json"))
        return self._trust

    def ask(self, ask: Mapping[str, Any]) -> Answer:
        """POST /v1/dossiers, the main form. Any HTTP status is an answer, a problem too.

        Raises NoAnswer, BrokenOff, TooLarge.
        """
        body = json.dumps(ask, ensure_ascii=False).encode()
        return self._send("POST", "/v1/dossiers", {"Content-Type": "application/json"}, body)

    def ask_short(self, code: str, procedure: str, *, case: str, purpose: str, operator: str) -> Answer:
        """GET /v1/projects/{project_code}/dossier, the short form; the reason travels percent-encoded."""
        path = f"/v1/projects/{quote(code, safe='')}/dossier?{urlencode({'procedure': procedure})}"
        reason = {"Case": case, "Purpose": purpose, "Operator": operator}
        return self._send("GET", path, {f"Landbridge-{name}": quote(text) for name, text in reason.items()})

    def fetch(self, attachment: str, first: int = 0, *, case: str, purpose: str, operator: str) -> Answer:
        """GET /v1/attachments/{id} from its octet `first` on. 206 is the rest of a file that broke off.

        The body is what came, not always all that was asked for: fetch on from its end. The signature covers
        the whole file's `Repr-Digest`: compare it when all octets are there.
        """
        reason = {"Case": case, "Purpose": purpose, "Operator": operator}
        headers = {f"Landbridge-{name}": quote(text) for name, text in reason.items()}
        part = {"Range": f"bytes={first}-"} if first else {}
        try:
            return self._send("GET", f"/v1/attachments/{quote(attachment, safe='')}", headers | part)
        except NotWhole as part_of_it:
            if part_of_it.came.status_code not in {200, 206}:
                raise
            return part_of_it.came

    def tell(self, *events: Mapping[str, Any]) -> Answer:
        """POST /v1/events: who viewed, printed or exported which answer. Telling twice tells nothing new."""
        body = json.dumps({"events": events}, ensure_ascii=False).encode()
        return self._send("POST", "/v1/events", {"Content-Type": "application/json"}, body)

    def prove(self, answer: Answer) -> Proof:
        """Verify one answer down to the log. Raises the NotProven that says which step failed."""
        check_digest(answer)
        check_signature(answer, self.trust, self._max_age)
        receipt = read_receipt(answer)
        octets = self._get(f"/v1/log/entries/{receipt.index}")
        entry = check_entry(octets, receipt, answer.body)
        checkpoint = self.checkpoint()
        self._check_inclusion(receipt, checkpoint)
        return Proof(receipt, entry, octets, checkpoint)

    def checkpoint(self) -> Checkpoint:
        """The log's newest checkpoint, verified to continue the one seen before it; remembered in `seen`.

        Raises CheckpointUntrusted, HistoryRewritten, ProofNotServed.
        """
        newest = read_checkpoint(self._get("/v1/log/checkpoint").decode(), self.trust.log)
        if self.seen is not None:
            self._check_consistency(self.seen, newest)
        self.seen = newest
        return newest

    def read_log(self) -> list[dict[str, Any]]:
        """Every entry under the newest checkpoint, for an auditor's key; blanked ones are left out.

        The root is computed again from the entries' own octets (a blanked one stands in by its leaf hash).
        Raises HistoryRewritten when it is not the root that was signed.
        """
        head = self.checkpoint()
        lines: list[dict[str, Any]] = []
        while len(lines) < head.size:
            page = {"start": len(lines), "limit": min(1000, head.size - len(lines))}
            found = self._get_json(f"/v1/log/entries?{urlencode(page)}")["entries"]
            if not found:
                raise ProofNotServed(f"entries from {len(lines)}")
            lines += found
        octets = [None if line["entry"] is None else line["entry"].encode() for line in lines]
        leaves = [
            _octets(line["leaf"]) if own is None else leaf_hash(own)
            for line, own in zip(lines, octets, strict=True)
        ]
        if tree_root(leaves) != head.root:
            raise HistoryRewritten(f"{head.size}")
        return [json.loads(own) for own in octets if own is not None]

    def _check_inclusion(self, receipt: Receipt, checkpoint: Checkpoint) -> None:
        if receipt.origin != checkpoint.origin:
            raise CheckpointUntrusted(receipt.origin)
        if not receipt.index < receipt.size <= checkpoint.size:
            raise NotIncluded(f"entry {receipt.index}, checkpoint {checkpoint.size}")
        path = self._path("inclusion", {"index": receipt.index, "size": checkpoint.size})
        if not included(receipt.leaf, receipt.index, checkpoint.size, path, checkpoint.root):
            raise NotIncluded(f"entry {receipt.index}")

    def _check_consistency(self, old: Checkpoint, new: Checkpoint) -> None:
        if new.size < old.size:
            raise HistoryRewritten(f"{old.size} > {new.size}")
        path = (
            [] if new.size == old.size else self._path("consistency", {"first": old.size, "second": new.size})
        )
        if not consistent(old.size, new.size, path, old.root, new.root):
            raise HistoryRewritten(f"{old.size}, {new.size}")

    def _path(self, proof: str, place: dict[str, int]) -> list[bytes]:
        served = self._get_json(f"/v1/log/proofs/{proof}?{urlencode(place)}")
        try:
            return [_octets(node) for node in served["path"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ProofNotServed(proof) from error

    def _get_json(self, path: str) -> Any:
        try:
            return json.loads(self._get(path))
        except ValueError as error:
            raise ProofNotServed(path) from error

    def _get(self, path: str) -> bytes:
        answer = self._send("GET", path, {})
        if answer.status_code != 200:
            raise ProofNotServed(f"{path}: {answer.status_code}")
        return answer.body

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        asked = Asked(method, self._base + path, {**headers, "Authorization": f"Bearer {self._key}"})
        request = Request(asked.url, data=body, headers=dict(asked.headers), method=method)  # noqa: S310  base is ours
        try:
            reply = self._opener.open(request, timeout=self._timeout)
        except HTTPError as error:
            reply = error
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{path}: {error}") from error
        with reply:
            octets, broke_off = _body(reply)
        answer = Answer(asked, reply.status, _lower(reply.headers), octets)
        due = answer.headers.get("content-length", "?" if broke_off else str(len(octets)))
        if len(octets) > LARGEST_BODY:
            raise TooLarge(f"{path}: {due} octets", answer)
        if due != str(len(octets)):
            raise BrokenOff(f"{path}: {len(octets)} octets of {due}", answer)
        return answer


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the key to somebody else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Leave every redirect as the answer it is."""


def _plain_opener() -> OpenerDirector:
    """No proxy from the environment, no redirects."""
    return build_opener(ProxyHandler({}), _NoRedirect())


def _body(reply: HTTPResponse | HTTPError) -> tuple[bytes, bool]:
    """What came, one octet more than `LARGEST_BODY` at most, and whether it was heard to break off.

    To `http.client` an end too soon is an end like any other: count the octets.
    """
    octets = bytearray()
    try:
        while piece := reply.read(min(1 << 16, LARGEST_BODY + 1 - len(octets))):
            octets += piece
    except (OSError, HTTPException):
        return bytes(octets), True
    return bytes(octets), False


def _lower(headers: Message) -> dict[str, str]:
    """Header lines of one name joined in order (RFC 9110 §5.3)."""
    fields: dict[str, str] = {}
    for name, value in headers.items():
        known = fields.get(name.lower())
        fields[name.lower()] = value if known is None else f"{known}, {value}"
    return fields


def _octets(node: str) -> bytes:
    octets = base64.b64decode(node, validate=True)
    if len(octets) != 32:
        raise ValueError("a hash has 32 octets")
    return octets
