"""The kits under one roof: each says how it is asked and how its agency speaks, well and ill."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.base import Key, Keys
from adapters.manifest import load
from adapters.rest import RestAdapter
from adapters.soap import SoapAdapter
from contracts.errors import Fault
from demo import hc_shapes, nr_shapes, tax_shapes

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = json.loads((ROOT / "demo" / "projects.json").read_text("utf-8"), parse_float=Decimal)["projects"]
P1, P2 = PROJECTS


@dataclass(frozen=True)
class Kit:
    """`healthy`, `none`, `declined` and `stranger` are whole bodies; `ills` are this kit's own, by name."""

    make: Callable[..., Any]
    agency: str
    port: str
    kind: str
    keys: Keys
    media_type: str
    healthy: bytes
    none: bytes
    declined: bytes
    stranger: bytes
    ills: tuple[tuple[str, bytes, str, Fault], ...] = ()

    def manifest(self, base: str):
        text = (ROOT / "config" / "agencies" / f"{self.agency}.yaml").read_text("utf-8")
        return load(text.replace(f"base: http://127.0.0.1:{self.port}", f"base: {base}"), self.agency)


def key(name: str, value: str) -> Keys:
    return {name: (Key(name, value, confirmed=True),)}


def as_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def as_soap(result: str) -> bytes:
    return hc_shapes.enveloped(result).encode()


NUMBER = P1["materials"]["M02"]["fields"]["supervision_no"]

KITS = {
    "rest": Kit(
        make=RestAdapter,
        agency="mdj-nr",
        port="8101",
        kind="land-transfer-contract",
        keys=key("supervision_no", NUMBER),
        media_type="application/json",
        healthy=as_json(nr_shapes.reply(nr_shapes.contract(P1))),
        none=as_json(nr_shapes.reply([])),
        declined=as_json(nr_shapes.declined("查询失败")),
        stranger=as_json(nr_shapes.reply(nr_shapes.contract(P2))),
    ),
    "rest, in pages": Kit(
        make=RestAdapter,
        agency="mdj-tax",
        port="8103",
        kind="land-deed-tax",
        keys=key("supervision_no", NUMBER),
        media_type="application/json",
        healthy=as_json(tax_shapes.reply(tax_shapes.deed_taxes(P1))),
        none=as_json(tax_shapes.reply([])),
        declined=as_json(tax_shapes.declined("查询失败")),
        stranger=as_json(tax_shapes.reply(tax_shapes.deed_taxes(P2))),
        ills=(
            ("no data within", as_json({"code": "0000", "data": ""}), "200 OK", Fault.OFF_CONTRACT),
            ("no JSON within", as_json({"code": "0000", "data": "<html>"}), "200 OK", Fault.UNREADABLE),
        ),
    ),
    "soap": Kit(
        make=SoapAdapter,
        agency="mdj-hc",
        port="8102",
        kind="completion-filing",
        keys=key("project_name", P1["name"]),
        media_type="text/xml; charset=utf-8",
        healthy=as_soap(hc_shapes.reply(hc_shapes.filings(P1))),
        none=as_soap(hc_shapes.reply([])),
        declined=as_soap(hc_shapes.declined("查询失败")),
        stranger=as_soap(hc_shapes.reply(hc_shapes.filings(P2))),
        ills=(
            ("their fault", hc_shapes.fault("Server", "x").encode(), "500 No", Fault.BROKEN),
            ("our fault", hc_shapes.fault("Client", "x").encode(), "500 No", Fault.DECLINED),
            (
                "a fault that calls itself well",
                hc_shapes.fault("Client", "x").encode(),
                "200 OK",
                Fault.DECLINED,
            ),
            ("no envelope", b"<ROOT/>", "200 OK", Fault.UNREADABLE),
            ("an empty envelope", as_soap("").replace(b"queryResponse", b"x"), "200 OK", Fault.UNREADABLE),
            ("a document type", b"<!DOCTYPE x []>" + as_soap("")[38:], "200 OK", Fault.UNREADABLE),
            ("a 500 that explains nothing", b"<html>", "500 No", Fault.BROKEN),
        ),
    ),
}
