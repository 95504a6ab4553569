"""compose.yaml, read as an engine would: hardened, no secret told, no name or address that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
GATEWAYS = ("gateway-1", "gateway-2")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "cap_add" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_and_everybody_is_asked_how_they_are(name: str):
    """The gateways' user and health check are the image's own."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    if name in GATEWAYS:
        assert re.search(r"^USER [1-9]", dockerfile, re.MULTILINE)
        assert re.search(r"^HEALTHCHECK ", dockerfile, re.MULTILINE)
    else:
        assert re.match(r"[1-9]", SERVICES[name]["user"])
        assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_files_that_are_declared(name: str):
    service = SERVICES[name]
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    told = {
        key: value for key, value in service.get("environment", {}).items() if "/run/secrets/" in str(value)
    }
    assert {value.removeprefix("/run/secrets/") for value in told.values()} <= set(service["secrets"])
    for key in service.get("environment", {}):
        assert key.endswith("_FILE") or not re.search("PASSWORD|SECRET|KEY|URL(?<!PUBLIC_URL)$", key), key


def test_every_secret_is_kept_out_of_the_repository_and_of_the_image():
    assert {each["file"].split("/")[1] for each in COMPOSE["secrets"].values()} == {"secrets"}
    assert "/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert (ROOT / ".dockerignore").read_text("utf-8").splitlines()[1] == "*"


@pytest.mark.parametrize("name", GATEWAYS)
def test_what_the_gateways_are_told_are_settings(name: str):
    known = {f"LANDBRIDGE_{field.upper()}" for field in Settings.model_fields}
    assert {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]} <= known


def test_the_gateways_are_where_the_front_looks_and_believe_the_front_alone():
    sites = (ROOT / "config" / "front" / "site" / "gateways.conf").read_text("utf-8")
    addresses = [SERVICES[name]["networks"]["front"]["ipv4_address"] for name in GATEWAYS]
    assert re.findall(r"^server (\S+):8100 ", sites, re.MULTILINE) == addresses
    front = SERVICES["front"]["networks"]["front"]["ipv4_address"]
    for name in GATEWAYS:
        assert SERVICES[name]["environment"]["LANDBRIDGE_TRUSTED_PROXIES"] == front


def test_the_stores_are_reached_by_the_gateways_alone():
    assert COMPOSE["networks"]["stores"]["internal"] is True
    inside = {name for name, service in SERVICES.items() if "stores" in service["networks"]}
    assert inside == {*GATEWAYS, "postgres", "valkey"}
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["front"]
    for store in ("postgres", "valkey"):
        assert SERVICES[store]["networks"] == ["stores"]


def test_one_gateway_makes_the_keys_and_either_can_do_all_that_the_other_does():
    one, other = (SERVICES[name] for name in GATEWAYS)
    assert other["depends_on"] == {"gateway-1": {"condition": "service_healthy"}}
    own = {"networks", "depends_on"}
    assert {key: one[key] for key in one.keys() - own} == {key: other[key] for key in other.keys() - own}


def test_a_caller_who_stops_at_every_step_is_gone_within_fifteen_seconds():
    """The test of half-open callers waits as long as it takes; how long that may be is summed here."""
    conf = (ROOT / "config" / "front" / "nginx.conf").read_text("utf-8")
    header, body, parting = (
        int(re.findall(rf"^ +{name} (\d+)s;$", conf, re.MULTILINE)[0])
        for name in ("client_header_timeout", "client_body_timeout", "lingering_timeout")
    )
    assert 2 * header + body + parting <= 15  # the handshake has the header's time too
    assert "reset_timedout_connection on;" in conf
