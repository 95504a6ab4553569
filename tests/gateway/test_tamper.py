"""One byte changed anywhere between the agency and the archive is noticed, by the party that should.

Over real HTTP, with a consumer's client that shares no code with the gateway.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import VaultDamaged
from demo.city import NR, City, open_city
from demo.client import Client
from demo.control import Fault
from demo.proofs import (
    Answer,
    BodyChanged,
    CheckpointUntrusted,
    EntryChanged,
    HistoryRewritten,
    NotProven,
    SignatureWrong,
)
from demo.run import ask_for
from gateway.keys import KeyRing
from gateway.vault import Vault
from tests.stores import Outsider
from tests.waiting import until


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with open_city(tmp_path / "city", tmp_path / "home") as opened:
        yield opened


@pytest.fixture
async def kept(tmp_path: Path, database_url: str) -> AsyncIterator[City]:
    """The same on either store, for what is done to the log itself."""
    async with open_city(tmp_path / "city", tmp_path / "home", database_url) as opened:
        yield opened


@pytest.fixture
def by_hand(outsider: Outsider) -> Callable[..., Any]:
    """Somebody in the database who has no scruples: the triggers go first."""

    def do(statement: str, *values: Any) -> Any:
        if outsider.triggers():
            outsider.disarm()
        return outsider.execute(statement, values)

    return do


async def asked(city: City, **words: Any) -> Answer:
    ask = {**ask_for(city.projects["P1"]), **words}
    return await asyncio.to_thread(city.registration.ask, ask)


async def proven(client: Client, answer: Answer) -> Any:
    return await asyncio.to_thread(client.prove, answer)


def flipped(octets: bytes, place: int) -> bytes:
    return octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]


def forged(body: bytes) -> bytes:
    """The entry with one bit changed: another purpose."""
    place = body.index(b'"purpose":"') + 12
    return flipped(body, place)


async def test_the_consumer_notices_any_byte_of_the_body(city: City):
    answer = await asked(city)
    await proven(city.registration, answer)
    for place in range(0, len(answer.body), 997):
        with pytest.raises(BodyChanged):
            await proven(city.registration, replace(answer, body=flipped(answer.body, place)))


async def test_the_consumer_notices_a_body_changed_with_its_digest(city: City):
    from gateway.signing import content_digest

    answer = await asked(city)
    body = answer.body.replace(b'"complete":false', b'"complete":true ')
    assert body != answer.body
    headers = {**answer.headers, "content-digest": content_digest(body)}
    with pytest.raises(SignatureWrong):
        await proven(city.registration, replace(answer, body=body, headers=headers))


@pytest.mark.parametrize("header", ["landbridge-receipt", "signature", "signature-input", "content-digest"])
async def test_the_consumer_notices_any_character_of_the_receipt_and_the_signature(city: City, header: str):
    answer = await asked(city, kinds=["company-record"])
    written = answer.headers[header]
    for place in range(0, len(written), 3):
        headers = {**answer.headers, header: flipped(written.encode(), place).decode()}
        with pytest.raises(NotProven):
            await proven(city.registration, replace(answer, headers=headers))


async def test_the_consumer_notices_another_status_or_question(city: City):
    answer = await asked(city)
    for other in (
        replace(answer, status_code=203),
        replace(answer, request=replace(answer.request, url=answer.request.url + "?x=1")),
        replace(answer, request=replace(answer.request, method="GET")),
    ):
        with pytest.raises(SignatureWrong):
            await proven(city.registration, other)


async def test_the_verifier_notices_a_changed_entry(kept: City, by_hand: Callable[..., Any]):
    answer = await asked(kept)
    index = (await proven(kept.registration, answer)).receipt.index
    (body,) = by_hand("SELECT body FROM entries WHERE idx = ?", index).fetchone()
    by_hand("UPDATE entries SET body = ? WHERE idx = ?", forged(body), index)
    with pytest.raises(EntryChanged):
        await proven(kept.registration, answer)
    with pytest.raises(HistoryRewritten):
        await asyncio.to_thread(kept.auditor.read_log)


async def test_the_verifier_notices_a_changed_entry_with_its_leaf(kept: City, by_hand: Callable[..., Any]):
    """Consistent within itself, and still not what was signed."""
    from contracts.audit import leaf_hash

    answer = await asked(kept)
    index = (await proven(kept.registration, answer)).receipt.index
    (body,) = by_hand("SELECT body FROM entries WHERE idx = ?", index).fetchone()
    other = forged(body)
    by_hand("UPDATE entries SET body = ?, leaf = ? WHERE idx = ?", other, leaf_hash(other), index)
    for verify in (lambda: kept.registration.prove(answer), kept.auditor.read_log):
        with pytest.raises(NotProven):
            await asyncio.to_thread(verify)


async def test_the_verifier_notices_a_changed_checkpoint(kept: City, by_hand: Callable[..., Any]):
    answer = await asked(kept)
    await proven(kept.registration, answer)
    (note,) = by_hand("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    head, size, root, rest = note.split("\n", 3)
    longer = "\n".join([head, str(int(size) + 1), root, rest])
    by_hand("UPDATE checkpoints SET note = ? WHERE note = ?", longer, note)
    with pytest.raises(CheckpointUntrusted):
        await proven(kept.registration, answer)
    # The gateway itself will not write on over it either.
    assert (await asked(kept)).status_code == 503


async def test_who_saw_the_longer_log_notices_the_shorter(kept: City, by_hand: Callable[..., Any]):
    await asked(kept)
    await asyncio.to_thread(kept.registration.checkpoint)
    (size,) = by_hand("SELECT max(size) FROM checkpoints").fetchone()
    by_hand("DELETE FROM checkpoints WHERE size = ?", size)
    with pytest.raises(HistoryRewritten):
        await asyncio.to_thread(kept.registration.checkpoint)


def objects(home: Path) -> list[Path]:
    return [path for path in (home / "vault").glob("??/*") if path.is_file()]


def damage(path: Path, place: int) -> None:
    path.write_bytes(flipped(path.read_bytes(), place))


async def test_the_vault_notices_a_changed_byte_of_evidence(city: City, tmp_path: Path):
    answer = await asked(city)
    evidence = (await proven(city.registration, answer)).entry["evidence"]
    home = tmp_path / "home"
    vault = Vault(home / "vault", KeyRing.open(home, create=False).vault)
    for digest, place in zip(evidence, (0, 20, 66, 80, -1), strict=False):
        path = home / "vault" / digest[7:9] / digest[9:]
        assert await vault.get(digest)
        damage(path, place % path.stat().st_size)
        with pytest.raises(VaultDamaged):
            await vault.get(digest)


async def test_a_damaged_attachment_is_not_answered(city: City, tmp_path: Path):
    answer = await asked(city)
    files = [file for each in answer.json()["materials"] for file in each["attachments"]]
    smallest = min(files, key=lambda file: file["bytes"])
    whole = await fetch(city, smallest["id"])
    assert (whole.status_code, len(whole.body)) == (200, smallest["bytes"])
    held = next(p for p in objects(tmp_path / "home") if (p.parent.name + p.name) == digest_in(whole))
    damage(held, 30)
    again = await fetch(city, smallest["id"])
    assert again.status_code == 500
    assert again.json()["type"].endswith("vault-damaged")
    entry = (await proven(city.registration, again)).entry
    assert (entry["kind"], entry["outcome"]["problem"]) == ("failed", "vault-damaged")


def digest_in(answer: Answer) -> str:
    import base64

    return base64.b64decode(answer.headers["repr-digest"].removeprefix("sha-256=:").rstrip(":")).hex()


async def fetch(city: City, attachment: str) -> Answer:
    reason = {
        "Landbridge-Case": "202211250018",
        "Landbridge-Purpose": "first-registration",
        "Landbridge-Operator": "reg-017",
    }
    return await asyncio.to_thread(city.registration._send, "GET", f"/v1/attachments/{attachment}", reason)


async def entries(city: City, count: int) -> list[dict[str, Any]]:
    """The log's asks, as soon as there are so many."""
    asks: list[dict[str, Any]] = []

    async def there() -> bool:
        found = await asyncio.to_thread(city.auditor.read_log)
        asks[:] = [each for each in found if each["kind"] in {"asked", "answered", "refused", "failed"}]
        return len(asks) >= count

    await until(there)
    return asks


async def test_a_caller_who_hangs_up_leaves_a_closed_ask(city: City):
    """A real socket, closed while the agency is still thinking."""
    city.control.desks[NR].delay = 0.3
    await city.control.fault(NR, Fault.SLOW)
    body = json.dumps(ask_for(city.projects["P1"])).encode()
    host, _, port = city.registration._base.removeprefix("http://").partition(":")
    lines = (
        "POST /v1/dossiers HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {city.registration._key}",
        f"Content-Length: {len(body)}",
        "\r\n",
    )
    caller = await asyncio.to_thread(socket.create_connection, (host, int(port)))
    with caller:
        caller.sendall("\r\n".join(lines).encode() + body)
        await until(lambda: bool(city.control.desks[NR].asked))
    asked_entry, closed = await entries(city, 2)
    assert (asked_entry["kind"], closed["kind"]) == ("asked", "answered")
    assert closed["outcome"]["retrieval"]["company-record"] == "received"


@pytest.mark.parametrize(
    ("fault", "retrieval"),
    [
        (Fault.DOWN, "unavailable"),
        (Fault.BROKEN, "unavailable"),
        (Fault.UNAUTHORISED, "unavailable"),
        (Fault.DECLINED, "unavailable"),
        (Fault.TRUNCATED, "unavailable"),
        (Fault.HTML, "invalid"),
        (Fault.OTHER_PROJECT, "invalid"),
    ],
)
async def test_however_the_agency_breaks_the_ask_is_answered_signed_and_proven(
    city: City, fault: Fault, retrieval: str
):
    await city.control.fault(NR, fault)
    answer = await asked(city)
    proof = await proven(city.registration, answer)
    assert answer.status_code == 200
    assert retrieval in proof.entry["outcome"]["retrieval"]["investment-filing"]
    assert not answer.json()["complete"]
