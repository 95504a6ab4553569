"""One valid question for every address, about an object of one's own, somebody else's, or nobody's."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from adapters.base import Locator
from gateway.registry import Document
from tests.gateway.town import CODE, ask, material
from tests.hostile.decisions import Place
from tests.hostile.scene import NOWHERE, OTHER, OWN, PAPER, Scene

Question = tuple[str, dict[str, Any]]
"""Where it is sent, and what is sent with it."""

STRANGE_CODE = "2103-231003-04-01-209465"
"""A project that nobody asked about."""

AGENCIES = {"own": OWN, "other": OTHER, "absent": NOWHERE, "mine": OWN, "gone": OWN, "crossed": OWN}
PURPOSES = {"own": "first-registration", "other": "pre-acceptance", "absent": "curiosity"}
VERSIONS, SHEETS = "/v1/agencies/{agency}/versions", "/v1/grants/versions"
LATE = 2**31 - 1
"""A version and an entry that nobody has."""


@dataclass(frozen=True)
class Asking:
    """Somebody about to ask: an account's name (a stranger's is nobody's), and the object in question."""

    scene: Scene
    who: str
    about: str

    @property
    def agency(self) -> str:
        return AGENCIES[self.about]


Writer = Callable[[Asking], Awaitable[Question]]


def plain(path: str, **words: Any) -> Writer:
    """The same question whatever it is about."""

    async def write(asking: Asking) -> Question:
        return path.replace("{agency}", asking.agency if "{agency}" in path else ""), words

    return write


def reason(purpose: str) -> dict[str, str]:
    words = {"case": "202211250018", "purpose": purpose, "operator": "reg-017"}
    return {f"landbridge-{name}": value for name, value in words.items()}


async def _dossiers(asking: Asking) -> Question:
    return "/v1/dossiers", {"json": ask(purpose=PURPOSES[asking.about])}


async def _dossier(asking: Asking) -> Question:
    path = f"/v1/projects/{CODE}/dossier?procedure=first-registration"
    return path, {"headers": reason(PURPOSES[asking.about])}


async def _material(asking: Asking) -> Question:
    kinds = {"own": "land-transfer-contract", "other": "completion-filing", "absent": "no-such-kind"}
    path = f"/v1/projects/{CODE}/materials/{kinds[asking.about]}"
    return path, {"headers": reason("first-registration")}


async def _attachment(asking: Asking) -> Question:
    found = f"att-{'a' * 26}"
    if asking.about == "own":
        answer = await asking.scene.town.ask()
        found = material(answer, "land-transfer-contract")["attachments"][0]["id"]
    if asking.about == "other":
        found = f"att-{'b' * 26}"
        locator = Locator(found, OTHER, "completion-filing", 1, {"path": "备案表.pdf"}, "备案表.pdf")
        await asking.scene.town.house.shelf.put_up(CODE, [locator])
    return f"/v1/attachments/{found}", {"headers": reason("first-registration")}


async def _events(asking: Asking) -> Question:
    asker, purpose = ("hall", "pre-acceptance") if asking.about == "other" else ("registration", None)
    changes = {"purpose": purpose} if purpose else {}
    receipt = (await asking.scene.town.ask(asker, **changes)).headers["landbridge-receipt"]
    told = {"id": f"e-{asking.who}-{asking.about}", "event": "view", "operator": "reg-017"}
    leaf = base64.b64encode(bytes(32)).decode()
    place = {"answer": {"index": 0, "leaf": leaf}} if asking.about == "absent" else {"receipt": receipt}
    return "/v1/events", {"json": {"events": [told | place]}}


def _project(asking: Asking) -> str:
    return STRANGE_CODE if asking.about == "absent" else CODE


async def _aliases(asking: Asking) -> Question:
    return f"/v1/projects/{_project(asking)}/aliases", {}


async def _alias_decisions(asking: Asking) -> Question:
    town = asking.scene.town
    await town.ask()
    alias = (await town.house.aliases.listed(CODE))[0]
    word = {"key": alias.key, "value": alias.raw, "decision": "confirm"}
    return f"/v1/projects/{_project(asking)}/aliases/decisions", {"json": word}


async def _proposal(asking: Asking) -> Question:
    words = {"json": await asking.scene.proposal()}
    return f"/v1/projects/{_project(asking)}/stand-ins", words


async def _stand_ins(asking: Asking) -> Question:
    return f"/v1/projects/{_project(asking)}/stand-ins", {}


async def _stand_in_decisions(asking: Asking) -> Question:
    made, content = await asking.scene.typed_in(asking.who if asking.about == "mine" else "rolf")
    made = f"man-{'0' * 24}" if asking.about == "absent" else made
    words = {"content": content, "decision": "approve"}
    return f"/v1/stand-ins/{made}/decisions", {"json": words}


async def _inclusion(asking: Asking) -> Question:
    return "/v1/log/proofs/inclusion", {
        "params": {"index": 0, "size": LATE if asking.about == "absent" else 1}
    }


async def _consistency(asking: Asking) -> Question:
    last = LATE if asking.about == "absent" else 2
    return "/v1/log/proofs/consistency", {"params": {"first": 1, "second": last}}


async def _entry(asking: Asking) -> Question:
    whose = asking.who if asking.about == "own" else "stranger-kin"
    index = LATE if asking.about == "absent" else await asking.scene.entry_of(whose)
    return f"/v1/log/entries/{index}", {}


async def _export(asking: Asking) -> Question:
    size = LATE if asking.about == "absent" else 1
    return "/v1/log/exports", {"params": {"format": "csv", "size": size}}


async def _repulls(asking: Asking) -> Question:
    words = {"cases": [{"case": "A-1", "project_code": CODE}], "reason": "部门恢复后重新取数"}
    return f"/v1/agencies/{asking.agency}/repulls", {"json": words}


async def _repull(asking: Asking) -> Question:
    whose = OTHER if asking.about == "crossed" else asking.agency
    there = asking.about not in ("absent", "gone")
    made = await asking.scene.repulled(whose) if there else f"rep-{'0' * 24}"
    return f"/v1/agencies/{asking.agency}/repulls/{made}", {}


def _standing(what: str, *, paused: bool) -> Writer:
    """A question about an agency that is paused, or is not, before it is asked."""

    async def write(asking: Asking) -> Question:
        await asking.scene.have_paused(asking.agency, paused=paused)
        words = {} if paused else {"json": {"reason": "疑似超范围使用"}}
        return f"/v1/agencies/{asking.agency}/{what}", words

    return write


async def _returned(asking: Asking) -> Question:
    whose = OTHER if asking.about == "crossed" else asking.agency
    there = asking.about not in ("absent", "gone")
    made = await asking.scene.set_aside(whose) if there else f"qua-{'a' * 26}"
    return f"/v1/agencies/{asking.agency}/deliveries/{made}/return", {}


async def _secret(asking: Asking) -> Question:
    return f"/v1/agencies/{asking.agency}/secrets/token", {"json": {"value": "an invented token"}}


async def _entitled(asking: Asking) -> Question:
    whose = "registration" if asking.about == "own" else "nobody-at-all"
    return f"/v1/consumers/{whose}/title", {"json": {"title": "登记系统"}}


async def _drafting(asking: Asking) -> Question:
    return _address(asking, ""), {"json": {"text": asking.scene.manifests[OWN]}}


def _address(asking: Asking, rest: str, *, sheet: bool = False) -> str:
    return (SHEETS if sheet else VERSIONS.replace("{agency}", asking.agency)) + rest


def turning(what: str, state: str, words: Callable[[Document], dict[str, Any]], *, sheet: bool) -> Writer:
    """A question that turns a version in this state."""

    async def write(asking: Asking) -> Question:
        scene, name = asking.scene, "grants" if sheet else asking.agency
        there = asking.about in ("own", "other", "mine") and name != NOWHERE
        by = asking.who if asking.about == "mine" else "author"
        found = await scene.drafted(name if there else OWN, by, state)
        number = found.version if there else LATE
        return _address(asking, f"/{number}{what}", sheet=sheet), words(found)

    return write


def _seen(found: Document) -> dict[str, Any]:
    return {"json": {"digest": found.digest, "reason": "已核对"}}


def _because(_found: Document) -> dict[str, Any]:
    return {"json": {"reason": "恢复旧版"}}


def _written(found: Document) -> dict[str, Any]:
    return {"json": {"text": f"{found.text}# 改\n"}}


def _nothing(_found: Document) -> dict[str, Any]:
    return {}


def _beside(found: Document) -> dict[str, Any]:
    return {"params": {"against": found.version}}


def _project_tried(_found: Document) -> dict[str, Any]:
    return {"json": {"project_code": CODE}}


def lives(root: str, *, sheet: bool) -> dict[Place, Writer]:
    """Every turn in the life of a version."""
    steps = (
        ("GET", "", "draft", _nothing),
        ("PUT", "", "draft", _written),
        ("GET", "/diff", "draft", _beside),
        ("POST", "/submission", "draft", _seen),
        ("POST", "/withdrawal", "draft", _because),
        ("POST", "/rejection", "submitted", _seen),
        ("POST", "/publication", "submitted", _seen),
        ("POST", "/rollback", "set-aside", _because),
    )
    return {
        (method, f"{root}/{{version}}{what}"): turning(what, state, words, sheet=sheet)
        for method, what, state, words in steps
    }


QUESTIONS: dict[Place, Writer] = {
    **{
        ("GET", path): plain(path)
        for path in ("/health/live", "/health/ready", "/.well-known/jwks.json", "/openapi.json")
    },
    ("POST", "/v1/dossiers"): _dossiers,
    ("GET", "/v1/projects/{project_code}/dossier"): _dossier,
    ("GET", "/v1/projects/{project_code}/materials/{kind}"): _material,
    ("GET", "/v1/attachments/{attachment}"): _attachment,
    ("GET", "/metrics"): plain("/metrics"),
    ("GET", "/v1/catalogue"): plain("/v1/catalogue"),
    ("GET", "/v1/consumers"): plain("/v1/consumers"),
    ("PUT", "/v1/consumers/{consumer}/title"): _entitled,
    ("POST", "/v1/events"): _events,
    ("GET", "/v1/projects/{project_code}/aliases"): _aliases,
    ("POST", "/v1/projects/{project_code}/aliases/decisions"): _alias_decisions,
    ("POST", "/v1/stand-ins/papers"): plain("/v1/stand-ins/papers", content=PAPER),
    ("POST", "/v1/projects/{project_code}/stand-ins"): _proposal,
    ("GET", "/v1/projects/{project_code}/stand-ins"): _stand_ins,
    ("POST", "/v1/stand-ins/{stand_in}/decisions"): _stand_in_decisions,
    ("GET", "/v1/log/checkpoint"): plain("/v1/log/checkpoint"),
    ("GET", "/v1/log/proofs/inclusion"): _inclusion,
    ("GET", "/v1/log/proofs/consistency"): _consistency,
    ("GET", "/v1/log/entries"): plain("/v1/log/entries"),
    ("GET", "/v1/log/entries/{index}"): _entry,
    ("GET", "/v1/log/search"): plain("/v1/log/search"),
    ("GET", "/v1/log/follow"): plain("/v1/log/follow?what=consumer&who=registration"),
    ("GET", "/v1/log/overview"): plain("/v1/log/overview"),
    ("POST", "/v1/log/exports"): plain("/v1/log/exports", json={"format": "csv"}),
    ("GET", "/v1/log/exports"): _export,
    ("GET", "/v1/agencies"): plain("/v1/agencies"),
    ("POST", "/v1/cache/purge"): plain("/v1/cache/purge", json={"everything": True}),
    ("GET", "/v1/agencies/{agency}"): plain("/v1/agencies/{agency}"),
    ("GET", "/v1/agencies/{agency}/notes"): plain("/v1/agencies/{agency}/notes"),
    ("POST", "/v1/agencies/{agency}/notes"): plain(
        "/v1/agencies/{agency}/notes", json={"about": "call", "text": "已电话确认，明日恢复"}
    ),
    ("POST", "/v1/agencies/{agency}/probe"): plain("/v1/agencies/{agency}/probe"),
    ("POST", "/v1/agencies/{agency}/pause"): _standing("pause", paused=False),
    ("POST", "/v1/agencies/{agency}/resumption"): _standing("resumption", paused=True),
    ("GET", "/v1/agencies/{agency}/deliveries"): plain("/v1/agencies/{agency}/deliveries"),
    ("POST", "/v1/agencies/{agency}/deliveries/{delivery}/return"): _returned,
    ("GET", "/v1/agencies/{agency}/uses"): plain("/v1/agencies/{agency}/uses"),
    ("GET", "/v1/agencies/{agency}/touched"): plain(
        "/v1/agencies/{agency}/touched?cause=outage&from=2026-03-01T00:00:00Z"
    ),
    ("POST", "/v1/agencies/{agency}/repulls"): _repulls,
    ("GET", "/v1/agencies/{agency}/repulls/{repull}"): _repull,
    ("GET", "/v1/agencies/{agency}/secrets"): plain("/v1/agencies/{agency}/secrets"),
    ("PUT", "/v1/agencies/{agency}/secrets/{name}"): _secret,
    ("POST", "/v1/secrets/rotation"): plain("/v1/secrets/rotation"),
    ("GET", VERSIONS): plain(VERSIONS),
    ("POST", VERSIONS): _drafting,
    **lives(VERSIONS, sheet=False),
    ("POST", f"{VERSIONS}/{{version}}/trials"): turning("/trials", "draft", _project_tried, sheet=False),
    ("POST", f"{VERSIONS}/{{version}}/comparisons"): turning("/comparisons", "draft", _nothing, sheet=False),
    ("GET", SHEETS): plain(SHEETS),
    ("POST", SHEETS): plain(SHEETS, json={"text": "grants: []\n"}),
    **lives(SHEETS, sheet=True),
}
"""By method and path, who writes the question."""
