"""Signing in by an identity provider that somebody else wrote, over real HTTP; and all that is not it."""

import base64
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from contracts.people import SignOnFailed
from gateway.access.signon import Identity
from gateway.building import utc_now
from tests.conftest import Clock
from tests.gateway.town import BASE, Town, open_town, settings_in
from tests.phones import code_at
from tests.waiting import until

WAY = "landbridge-sign-on"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A process of its own, at a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    provider = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://localhost:{port}"
    finally:
        provider.terminate()
        provider.wait()


@dataclass
class Hall:
    """A house that knows the provider, and a browser."""

    town: Town
    browser: httpx2.AsyncClient
    provider: httpx2.AsyncClient

    async def to_provider(self, back: str = "") -> str:
        answer = await self.browser.get("/console/sign-on", params={"back": back})
        assert answer.status_code == 303
        return answer.headers["location"]

    async def at_provider(self, address: str, sub: str) -> str:
        """Signing in there; gives where it sends the browser."""
        answer = await self.provider.post(address, data={"sub": sub})
        return answer.headers["location"]

    async def back(self, address: str) -> httpx2.Response:
        split = urlsplit(address)
        return await self.browser.get(f"{split.path}?{split.query}")

    async def sign_on(self, sub: str, back: str = "") -> httpx2.Response:
        return await self.back(await self.at_provider(await self.to_provider(back), sub))

    def seated(self) -> bool:
        return "landbridge" in self.browser.cookies


@pytest.fixture
async def hall(tmp_path: Path, sqlite_octets: bytes, issuer: str) -> AsyncIterator[Hall]:
    (tmp_path / "landbridge.sqlite").write_bytes(sqlite_octets)
    settings = settings_in(tmp_path, f"sqlite:///{tmp_path / 'landbridge.sqlite'}")
    with_provider = settings.model_copy(
        update={"oidc_issuer": issuer, "oidc_secret": SecretStr("known & secret")}
    )
    async with open_town(with_provider, Clock(utc_now())) as town:
        transport = httpx2.ASGITransport(app=town.app, client=("10.0.0.3", 4002))
        async with (
            httpx2.AsyncClient(transport=transport, base_url=BASE) as browser,
            httpx2.AsyncClient() as provider,
        ):
            await until(lambda: _up(provider, issuer))
            yield Hall(town, browser, provider)


async def _up(provider: httpx2.AsyncClient, issuer: str) -> bool:
    try:
        return (await provider.get(f"{issuer}/.well-known/openid-configuration")).status_code == 200
    except httpx2.TransportError:
        return False


async def test_whom_the_provider_vouches_for_sits_at_the_account_of_that_name(hall: Hall):
    await hall.town.house.people.make("wu-lan", "auditor", by="os:test")
    page = await hall.browser.get("/console/sign-in")
    assert "统一身份认证" in page.text
    answer = await hall.sign_on("wu-lan", "/console/password")
    assert answer.status_code == 200
    assert 'url=/console/password"' in answer.text
    mine = await hall.browser.get("/console/password")
    assert "在这里没有密码" in mine.text
    (entry,) = [each for each in await hall.town.entries() if each["kind"] == "signed-in"]
    assert (entry["operator"], entry["subject"]["note"]) == ("person:wu-lan", "by the identity provider")


async def test_who_has_no_account_here_stays_outside(hall: Hall):
    answer = await hall.sign_on("nobody-here")
    assert (answer.status_code, "统一身份认证未成功" in answer.text) == (401, True)
    assert not hall.seated()


async def test_an_account_opened_with_a_password_is_not_taken_over_by_a_name(hall: Hall):
    house = hall.town.house
    made = await house.people.make("wu-lan", "auditor", by="os:test")
    secret = (await house.people.enrolment(made.token)).secret
    await house.people.enrol(made.token, "Spring-river-2026", code_at(secret, house.clock()))
    assert (await hall.sign_on("wu-lan")).status_code == 401
    assert not hall.seated()


async def test_an_account_stays_with_whom_it_first_belonged_to(hall: Hall):
    house = hall.town.house
    await house.people.make("wu-lan", "auditor", by="os:test")
    await house.sittings.sign_in_as(Identity("a" * 64, "wu-lan", ""), "192.0.2.1")
    with pytest.raises(SignOnFailed):
        await house.sittings.sign_in_as(Identity("b" * 64, "wu-lan", ""), "192.0.2.1")
    await house.sittings.sign_in_as(Identity("a" * 64, "wu-lan-renamed", ""), "192.0.2.1")
    await house.people.close("wu-lan", by="os:test")
    with pytest.raises(SignOnFailed):
        await house.sittings.sign_in_as(Identity("a" * 64, "wu-lan", ""), "192.0.2.1")


@pytest.mark.parametrize("sickness", ["another-browser", "state", "no-code", "late", "nonce", "code-twice"])
async def test_what_is_not_the_end_of_a_way_begun_here_signs_nobody_in(hall: Hall, sickness: str):
    await hall.town.house.people.make("wu-lan", "auditor", by="os:test")
    begun = await hall.to_provider()
    if sickness == "nonce":  # a token made for another way
        begun = re.sub("nonce=[^&]+", "nonce=another", begun)
    end = await hall.at_provider(begun, "wu-lan")
    if sickness == "another-browser":
        hall.browser.cookies.clear()
    elif sickness == "state":
        end = re.sub("state=[^&]+", "state=guessed", end)
    elif sickness == "no-code":
        end = re.sub("code=[^&]+", "error=access_denied", end)
    elif sickness == "late":
        hall.town.clock.advance(601)
    elif sickness == "code-twice":
        way = hall.browser.cookies[WAY]
        assert (await hall.back(end)).status_code == 200
        hall.browser.cookies.clear()
        hall.browser.cookies.set(WAY, way, domain="gateway.test", path="/console/sign-on")
    answer = await hall.back(end)
    assert answer.status_code == 401
    assert not hall.seated()


SICK: dict[str, dict[str, object]] = {
    "well": {},
    "another-client": {"aud": "another-client"},
    "another-issuer": {"iss": "http://localhost:1"},
    "run-out": {"exp": 1},
    "from-the-future": {"iat": 4102444800},
    "another-way": {"nonce": "of another way"},
    "no-name": {"sub": None},
}


@pytest.mark.parametrize("sickness", [*SICK, "another-key", "no-signature"])
async def test_a_token_says_who_made_it_for_whom_and_when_under_a_key_of_the_providers(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, sickness: str
):
    """The provider is itself; its keys are ours, so that what it signs can be sick."""
    house = hall.town.house
    await house.people.make("wu-lan", "auditor", by="os:test")
    assert house.sign_on is not None
    asked, key, another = house.sign_on._asked, made_key(), made_key()

    async def sick(method: str, url: str, body: bytes | None = None, *rest: Any) -> Any:
        found = dict(await asked(method, url, body, *rest))
        if "keys" in found:
            return {"keys": [key.as_dict(private=False)]}
        if "id_token" in found:
            claims = json.loads(base64.urlsafe_b64decode(found["id_token"].split(".")[1] + "=="))
            changed = {name: value for name, value in (claims | SICK.get(sickness, {})).items() if value}
            found["id_token"] = jwt.encode({"alg": "ES256"}, changed, another if "key" in sickness else key)
            if sickness == "no-signature":
                found["id_token"] = found["id_token"].rpartition(".")[0] + "."
        return found

    monkeypatch.setattr(type(house.sign_on), "_asked", lambda _self, *words: sick(*words))
    assert (await hall.sign_on("wu-lan")).status_code == (200 if sickness == "well" else 401)
    assert hall.seated() is (sickness == "well")


def made_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "one"})


async def test_the_way_to_the_provider_carries_no_secret_and_proves_possession(hall: Hall):
    asked = parse_qs(urlsplit(await hall.to_provider()).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert {"client_secret", "code_verifier"} & set(asked) == set()
    assert asked["redirect_uri"] == [f"{BASE}/console/sign-on/end"]


async def test_a_house_without_a_provider_has_no_such_door(tmp_path: Path, sqlite_octets: bytes):
    (tmp_path / "landbridge.sqlite").write_bytes(sqlite_octets)
    settings = settings_in(tmp_path, f"sqlite:///{tmp_path / 'landbridge.sqlite'}")
    async with open_town(settings, Clock(datetime(2026, 3, 2, tzinfo=UTC))) as town:
        assert (await town.http.get("/console/sign-on")).status_code == 404
        assert "统一身份认证" not in (await town.http.get("/console/sign-in")).text
