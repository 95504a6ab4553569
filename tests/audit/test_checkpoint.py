"""Signed notes against a published one, and against every one-bit forgery."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import Checkpoint, CheckpointSigner, NoteUntrusted, Verifier

# The example of Go's sumdb/note package, where the format comes from.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n— PeterNeumann {GO_SIGNATURE}\n"
ROOT = bytes(range(32))


def test_a_published_note_is_believed():
    verifier = Verifier.parse(GO_KEY)
    assert verifier.open(GO_NOTE) == GO_TEXT
    assert verifier.vkey == GO_KEY


def test_what_is_signed_is_read_back(signer):
    note = signer.sign(27, ROOT)
    assert note.startswith(
        "landbridge.local/log\n27\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— landbridge.local/log "
    )
    assert Verifier.parse(signer.verifier.vkey).checkpoint(note) == Checkpoint(signer.origin, 27, ROOT)
    assert signer.sign(27, ROOT) == note


def test_every_flipped_bit_is_noticed(signer):
    note = signer.sign(27, ROOT).encode()
    for place in range(len(note) * 8):
        forged = bytearray(note)
        forged[place // 8] ^= 1 << place % 8
        with pytest.raises(NoteUntrusted):
            signer.verifier.checkpoint(forged.decode("utf-8", "replace"))


def test_spare_bits_of_base64_are_no_place_to_write(signer):
    """68 octets leave two bits of the last letter unused; most readers ignore them."""
    note = signer.sign(27, ROOT)
    assert note.endswith("=\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = note[:-3] + letters[letters.index(note[-3]) ^ 1] + "=\n"
    assert base64.b64decode(other.split()[-1]) == base64.b64decode(note.split()[-1])
    with pytest.raises(NoteUntrusted):
        signer.verifier.checkpoint(other)


def test_signatures_of_others_are_passed_over(signer):
    note = signer.sign(27, ROOT)
    witness = (
        CheckpointSigner("witness.example", Ed25519PrivateKey.generate()).sign(27, ROOT).split("\n\n")[1]
    )
    assert signer.verifier.checkpoint(note + witness).size == 27
    body = note.split("\n\n")[0]
    with pytest.raises(NoteUntrusted):
        signer.verifier.checkpoint(f"{body}\n\n{witness}")


def test_the_same_name_with_another_key_is_another_signer(signer):
    impostor = CheckpointSigner(signer.origin, Ed25519PrivateKey.generate())
    with pytest.raises(NoteUntrusted):
        signer.verifier.checkpoint(impostor.sign(27, ROOT))


def sign_text(signer, text):
    """Genuinely signed, and not a checkpoint of this log."""
    signed = signer._key.sign(text.encode())
    return f"{text}\n— {signer.origin} {base64.b64encode(signer.verifier.key_id + signed).decode()}\n"


@pytest.mark.parametrize(
    "text",
    [
        "landbridge.local/log\n027\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "landbridge.local/log\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "landbridge.local/log\n٢٧\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "landbridge.local/log\n27\nAAEC\n",
        "landbridge.local/log\n27\n",
        "another.log\n27\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
    ],
)
def test_signed_nonsense_is_not_a_checkpoint(signer, text):
    with pytest.raises(NoteUntrusted):
        signer.verifier.checkpoint(sign_text(signer, text))


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_names_that_cannot_stand_in_a_note(name):
    with pytest.raises(NoteUntrusted):
        CheckpointSigner(name, Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    "vkey", ["", "name", "name+00000000", GO_KEY[:-4], GO_KEY.replace("c7", "c8"), GO_KEY.replace("P", "Q")]
)
def test_keys_that_are_not(vkey):
    with pytest.raises(NoteUntrusted):
        Verifier.parse(vkey)


def test_the_private_key_shows_nowhere(signer):
    secret = bytes(range(32))
    assert secret.hex() not in repr(vars(signer))
    assert str(secret) not in repr(signer) + repr(vars(signer))
