"""The key ring: made once, private, never replaced."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from contracts.errors import SetupIncomplete
from gateway.keys import KeyRing, thumbprint, verifier_key

NAMES = ("answer", "checkpoint", "vault", "cache")


def octets(home: Path) -> dict[str, bytes]:
    return {name: (home / "keys" / name).read_bytes() for name in NAMES}


def test_made_once_and_the_same_ever_after(home: Path):
    first = KeyRing.open(home, create=True)
    kept = octets(home)
    again = KeyRing.open(home, create=False)
    KeyRing.open(home, create=True)
    assert octets(home) == kept
    assert again.answer.private_bytes_raw() == first.answer.private_bytes_raw()
    assert (again.vault, again.cache) == (first.vault, first.cache)


def test_four_different_keys_of_full_length(home: Path):
    ring = KeyRing.open(home, create=True)
    raw = {
        ring.answer.private_bytes_raw(),
        ring.checkpoint.private_bytes_raw(),
        ring.vault,
        ring.cache,
    }
    assert [len(key) for key in raw] == [32] * 4
    assert octets(home)["vault"] == ring.vault.hex().encode() + b"\n"
    assert octets(home)["answer"].startswith(b"-----BEGIN PRIVATE KEY-----\n")


def test_nobody_else_may_read_them_whatever_the_umask(home: Path):
    before = os.umask(0)
    try:
        KeyRing.open(home, create=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE((home / "keys" / name).stat().st_mode) for name in NAMES} == {0o600}
    assert sorted(path.name for path in (home / "keys").iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_key_is_named_and_not_made_when_there_is_data(home: Path, name: str):
    KeyRing.open(home, create=True)
    path = home / "keys" / name
    path.unlink()
    with pytest.raises(SetupIncomplete) as refused:
        KeyRing.open(home, create=False)
    assert str(path) in refused.value.detail.en
    assert str(path) in refused.value.detail.zh
    assert not path.exists()


def test_an_empty_home_stays_empty_when_there_is_data(home: Path):
    with pytest.raises(SetupIncomplete):
        KeyRing.open(home, create=False)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_key_open_to_others_is_refused(home: Path, name: str, mode: int):
    KeyRing.open(home, create=True)
    (home / "keys" / name).chmod(mode)
    with pytest.raises(SetupIncomplete) as refused:
        KeyRing.open(home, create=False)
    assert f"{mode:04o}" in refused.value.detail.en


def _pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


SPOILT = {
    "answer": [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nMC4CAQ\n",
        _pem(ec.generate_private_key(ec.SECP256R1())),
        _pem(Ed25519PrivateKey.generate(), b"invented"),
    ],
    "vault": [
        b"",
        b"ab" * 31 + b"\n",
        b"ab" * 33 + b"\n",
        b"AB" * 32 + b"\n",
        b"zz" * 32 + b"\n",
        b"ab" * 32 + b"\n\n",
    ],
}
CASES = [(name, spoilt) for name, many in SPOILT.items() for spoilt in many]


@pytest.mark.parametrize(("name", "spoilt"), CASES)
@pytest.mark.parametrize("create", [True, False])
def test_what_is_no_key_is_refused_and_left_alone(home: Path, name: str, spoilt: bytes, create: bool):
    KeyRing.open(home, create=True)
    path = home / "keys" / name
    path.write_bytes(spoilt)
    with pytest.raises(SetupIncomplete) as refused:
        KeyRing.open(home, create=create)
    assert str(path) in refused.value.detail.en
    assert path.read_bytes() == spoilt


def test_a_pipe_in_a_keys_place_does_not_hold_the_start(home: Path):
    KeyRing.open(home, create=True)
    path = home / "keys" / "vault"
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(SetupIncomplete):
        KeyRing.open(home, create=False)


def test_a_folder_that_cannot_be_made_is_our_error(tmp_path: Path):
    (tmp_path / "home").write_bytes(b"a file, not a folder")
    with pytest.raises(SetupIncomplete) as refused:
        KeyRing.open(tmp_path / "home", create=True)
    assert isinstance(refused.value.__cause__, OSError)


def test_a_first_start_cut_short_is_finished_by_the_next(home: Path):
    KeyRing.open(home, create=True)
    kept = octets(home)
    (home / "keys" / "cache").unlink()
    KeyRing.open(home, create=True)
    assert {name: kept[name] for name in NAMES[:3]} == {name: octets(home)[name] for name in NAMES[:3]}
    assert octets(home)["cache"] != kept["cache"]


def test_a_folder_with_all_its_keys_is_not_written_to(home: Path):
    KeyRing.open(home, create=True)
    os.utime(home / "keys", (0, 0))
    KeyRing.open(home, create=True)
    assert (home / "keys").stat().st_mtime == 0  # so it may be mounted read-only


def test_a_key_another_process_has_just_made_is_the_key(home: Path, monkeypatch: pytest.MonkeyPatch):
    theirs = KeyRing.open(home, create=True)
    monkeypatch.setattr(Path, "exists", lambda _self: False)  # looked a moment too early
    ours = KeyRing.open(home, create=True)
    assert ours.vault == theirs.vault
    assert sorted(path.name for path in (home / "keys").iterdir()) == sorted(NAMES)


def test_repr_shows_no_secret(home: Path):
    ring = KeyRing.open(home, create=True)
    shown = f"{ring!r} {ring} {ring.answer!r}"
    for secret in (
        ring.vault,
        ring.cache,
        ring.answer.private_bytes_raw(),
        ring.checkpoint.private_bytes_raw(),
    ):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
        assert base64.b64encode(secret).decode() not in shown


def test_the_published_set_holds_public_halves_only(home: Path):
    ring = KeyRing.open(home, create=True)
    answer, checkpoint = ring.jwks("landbridge.example/log")["keys"]
    fixed = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA"}
    assert answer.items() >= fixed.items()
    assert checkpoint.items() >= fixed.items()
    assert set(answer) == {*fixed, "x", "kid"}
    assert set(checkpoint) == {*fixed, "x", "kid", "vkey"}
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(answer["x"] + "="))
    public.verify(ring.answer.sign(b"anything"), b"anything")
    assert answer["kid"] == thumbprint(public) != checkpoint["kid"]
    shown = json.dumps(ring.jwks("landbridge.example/log"))
    for secret in (ring.answer, ring.checkpoint):
        assert base64.urlsafe_b64encode(secret.private_bytes_raw()).decode().rstrip("=") not in shown


def test_thumbprint_of_rfc_8037_appendix_a3():
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x))
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_verifier_key_of_the_best_known_signed_note():
    # The verifier key with which the signed-note format was first published.
    published = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    typed = base64.b64decode(published.rsplit("+", 1)[-1])
    public = Ed25519PublicKey.from_public_bytes(typed[1:])
    assert verifier_key("PeterNeumann", public) == published


@pytest.mark.parametrize("name", ["", "two words", "one+two", "line\nbreak", "ideographic\u3000space"])
def test_a_name_no_note_can_carry_is_refused(name: str):
    with pytest.raises(SetupIncomplete):
        verifier_key(name, Ed25519PrivateKey.generate().public_key())
