"""Who is calling, where a front proxy stands between; and settings that stand in files."""

from pathlib import Path

import httpx2
import pytest
from pydantic import ValidationError

from contracts.errors import SetupIncomplete
from gateway.app import create
from gateway.settings import Settings
from tests.conftest import Clock
from tests.gateway.town import settings_in

FRONT, STRANGER = "192.0.2.10", "198.51.100.7"


async def heard_before_429(tmp_path: Path, clock: Clock, peer: str, told: str, trusted: str) -> int:
    """How many of ten strangers' calls are heard, where three an address and minute are.

    `peer` is who connects, `told` what X-Forwarded-For says, with `{}` for a number that goes up.
    """
    changes = {"strangers_per_minute": 3, "trusted_proxies": trusted}
    app = create(
        settings_in(tmp_path, f"sqlite:///{tmp_path / 'callers.sqlite'}").model_copy(update=changes), clock
    )
    way = httpx2.ASGITransport(app, client=(peer, 40000))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=way, base_url="http://gateway.test") as http,
    ):
        answers = [
            await http.get("/v1/agencies", headers={"x-forwarded-for": told.format(n)}) for n in range(10)
        ]
    return [answer.status_code for answer in answers].count(401)


@pytest.mark.parametrize(
    ("peer", "told", "trusted", "heard"),
    [
        (FRONT, "203.0.113.{}", FRONT, 10),  # ten callers, as the front says
        (FRONT, "203.0.113.{}", "10.0.0.0/8, 192.0.2.0/28", 10),
        (FRONT, f"203.0.113.{{}}, {STRANGER}", FRONT, 3),  # one, who put other addresses before its own
        (FRONT, "203.0.113.{}", "", 3),  # nobody is believed unless named
        (STRANGER, "203.0.113.{}", FRONT, 3),  # not the front
        ("127.0.0.1", "203.0.113.{}", FRONT, 3),  # nor this machine
    ],
)
async def test_a_callers_address_is_the_fronts_word_and_nobody_elses(
    tmp_path, clock, peer, told, trusted, heard
):
    assert await heard_before_429(tmp_path, clock, peer, told, trusted) == heard


@pytest.mark.parametrize(
    "everybody", ["0.0.0.0/0", "::/0", "10.0.0.1, 0.0.0.0/0", "*", "front", "10.0.0.1/8"]
)
def test_a_front_is_somebody_in_particular(everybody):
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=everybody)


def test_a_setting_may_stand_in_a_file_that_is_named(tmp_path, monkeypatch):
    secret = tmp_path / "database_url"
    secret.write_text("sqlite:////there/x.sqlite\n", "utf-8")
    monkeypatch.delenv("LANDBRIDGE_DATABASE_URL", raising=False)
    monkeypatch.setenv("LANDBRIDGE_DATABASE_URL_FILE", str(secret))
    monkeypatch.setenv("LANDBRIDGE_PORT_FILE", str(tmp_path / "port"))
    (tmp_path / "port").write_text("8200\n", "utf-8")
    settings = Settings()
    assert (settings.database, settings.port) == ("sqlite:////there/x.sqlite", 8200)
    assert "there" not in repr(settings)
    monkeypatch.setenv("LANDBRIDGE_PORT", "8300")
    assert Settings().port == 8300


def test_a_file_that_is_named_and_cannot_be_read_is_said_by_its_variable_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDBRIDGE_REDIS_URL_FILE", str(tmp_path / "redis_url"))
    with pytest.raises(SetupIncomplete) as refused:
        Settings()
    assert "LANDBRIDGE_REDIS_URL_FILE" in refused.value.detail.zh
    assert str(tmp_path) not in refused.value.detail.en
