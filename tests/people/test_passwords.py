"""Passwords kept and tried: who is not there costs as much to ask after as who is."""

import re

import pytest
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from gateway.access import passwords
from gateway.access.passwords import Passwords, nobodys

PHC = re.compile(r"(?P<cost>\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+)\$(?P<salt>[^$=]+)\$(?P<digest>[^$=]+)")


async def test_a_string_of_nobody_is_written_as_one_that_is_kept():
    kept, stranger = PHC.fullmatch(await Passwords().hashed("Correct-Horse-7")), PHC.fullmatch(nobodys())
    assert kept
    assert stranger
    assert stranger["cost"] == kept["cost"]
    assert [len(stranger[part]) for part in ("salt", "digest")] == [
        len(kept[part]) for part in ("salt", "digest")
    ]
    assert nobodys() != nobodys()


def test_what_is_tried_against_it_is_computed_and_wrong():
    with pytest.raises(InvalidKey):
        Argon2id.verify_phc_encoded(b"Correct-Horse-7", nobodys())


async def test_whoever_is_not_there_is_computed_for_as_dearly(monkeypatch: pytest.MonkeyPatch):
    tried: list[str] = []

    def noted(password: bytes, kept: str) -> None:
        tried.append(kept)
        verify(password, kept)

    verify = Argon2id.verify_phc_encoded
    monkeypatch.setattr(passwords, "Argon2id", type("Noted", (), {"verify_phc_encoded": staticmethod(noted)}))
    rooms = Passwords()
    assert not await rooms.matches(None, "Correct-Horse-7")
    assert len(tried) == 1
    assert f"$m={passwords.COST.memory_cost},t={passwords.COST.iterations},p=1$" in tried[0]


def test_a_house_that_opens_computes_no_password(monkeypatch: pytest.MonkeyPatch):
    computed: list[str] = []
    monkeypatch.setattr(passwords, "_hashed", computed.append)
    Passwords()
    assert computed == []
