"""Who may pass which door: one table of every address, and the proof at start that none stands outside it.

A question for materials is decided by its grant, in the exchange; every other door by the caller's role. A
role reaches everything behind a door, or only what is its own: an agency admin its assigned agencies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.routing import BaseRoute, Match

from contracts.audit import Draft, EntryKind, Outcome, Subject
from contracts.errors import NotGranted
from contracts.text import Text, text
from gateway.access.consumers import Consumer
from gateway.access.roles import ELSEWHERE, ROLES
from gateway.api.door import house_of, who_asks, who_knocks

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send


class Reach(StrEnum):
    """How far a role sees behind a door."""

    ALL = "all"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Door:
    """How a door is decided: open to everybody, by the exchange's grants, or by `roles`."""

    open: bool = False
    by_grant: bool = False
    roles: Mapping[str, Reach] = field(default_factory=dict)

    def reach(self, roles: Iterable[str]) -> Reach | None:
        """The farthest that any of these roles sees; None: the door stays shut."""
        reaches = {self.roles[role] for role in roles if role in self.roles}
        return Reach.ALL if Reach.ALL in reaches else next(iter(reaches), None)


def for_roles(*everything: str, own: tuple[str, ...] = ()) -> Door:
    """A door for those who see everything behind it, and those who see what is their own."""
    return Door(roles=dict.fromkeys(everything, Reach.ALL) | dict.fromkeys(own, Reach.OWN))


def turns(versions: str, authors: Door, second: Door) -> Mapping[tuple[str, str], Door]:
    """A version's steps: its author submits it or gives it up, a second person decides."""
    whose = dict.fromkeys(("submission", "withdrawal"), authors)
    whose |= dict.fromkeys(("rejection", "publication", "rollback"), second)
    return {("POST", f"{versions}/{{version}}/{step}"): door for step, door in whose.items()}


OPEN = Door(open=True)
_BY_GRANT = Door(by_grant=True)
_ANYONE = for_roles(*ROLES)

LOOKERS = for_roles("system-admin", "auditor", own=("agency-admin",))
AUTHORS = for_roles(own=("agency-admin",))
TRIERS = for_roles("system-admin", own=("agency-admin",))
KEEPERS = for_roles("system-admin", "security-admin", "auditor", own=("agency-admin",))
_SECURITY = for_roles("security-admin")
SHEET_LOOKERS = for_roles("security-admin", "system-admin", "auditor")

_VERSIONS, _SHEETS = "/v1/agencies/{agency}/versions", "/v1/grants/versions"

_REGISTRY: Mapping[tuple[str, str], Door] = {
    ("GET", _VERSIONS): LOOKERS,
    ("POST", _VERSIONS): AUTHORS,
    ("GET", f"{_VERSIONS}/{{version}}"): LOOKERS,
    ("PUT", f"{_VERSIONS}/{{version}}"): AUTHORS,
    ("GET", f"{_VERSIONS}/{{version}}/diff"): LOOKERS,
    **turns(_VERSIONS, AUTHORS, TRIERS),
    ("POST", f"{_VERSIONS}/{{version}}/trials"): TRIERS,
    ("POST", f"{_VERSIONS}/{{version}}/comparisons"): TRIERS,
    ("GET", _SHEETS): SHEET_LOOKERS,
    ("POST", _SHEETS): _SECURITY,
    ("GET", f"{_SHEETS}/{{version}}"): SHEET_LOOKERS,
    ("PUT", f"{_SHEETS}/{{version}}"): _SECURITY,
    ("GET", f"{_SHEETS}/{{version}}/diff"): SHEET_LOOKERS,
    **turns(_SHEETS, _SECURITY, _SECURITY),
    ("GET", "/v1/agencies/{agency}/secrets"): KEEPERS,
    ("PUT", "/v1/agencies/{agency}/secrets/{name}"): TRIERS,
    ("POST", "/v1/secrets/rotation"): for_roles("system-admin"),
}
"""Who writes a document, who looks, who decides; that the second is not the first is the registry's part."""

DOORS: Mapping[tuple[str, str], Door] = {
    ("GET", "/health/live"): OPEN,
    ("GET", "/health/ready"): OPEN,
    ("GET", "/.well-known/jwks.json"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("POST", "/v1/dossiers"): _BY_GRANT,
    ("GET", "/v1/projects/{project_code}/dossier"): _BY_GRANT,
    ("GET", "/v1/projects/{project_code}/materials/{kind}"): _BY_GRANT,
    ("GET", "/v1/attachments/{attachment}"): _BY_GRANT,
    ("GET", "/metrics"): for_roles("system-admin", "auditor"),
    ("GET", "/v1/catalogue"): _ANYONE,
    ("GET", "/v1/consumers"): _SECURITY,
    ("PUT", "/v1/consumers/{consumer}/title"): _SECURITY,
    ("GET", "/v1/projects/{project_code}/aliases"): for_roles("registrar", "agency-admin", "system-admin"),
    ("POST", "/v1/projects/{project_code}/aliases/decisions"): for_roles(
        "registrar", "agency-admin", "system-admin"
    ),
    ("GET", "/v1/agencies/{agency}"): LOOKERS,
    ("GET", "/v1/agencies/{agency}/notes"): TRIERS,
    ("POST", "/v1/agencies/{agency}/notes"): TRIERS,
    ("POST", "/v1/agencies/{agency}/probe"): TRIERS,
    ("POST", "/v1/agencies/{agency}/pause"): TRIERS,
    ("POST", "/v1/agencies/{agency}/resumption"): TRIERS,
    ("GET", "/v1/agencies/{agency}/deliveries"): LOOKERS,
    ("POST", "/v1/agencies/{agency}/deliveries/{delivery}/return"): TRIERS,
    ("GET", "/v1/agencies/{agency}/touched"): LOOKERS,
    ("POST", "/v1/agencies/{agency}/repulls"): TRIERS,
    ("GET", "/v1/agencies/{agency}/repulls/{repull}"): LOOKERS,
    ("POST", "/v1/stand-ins/papers"): for_roles("registrar"),
    ("POST", "/v1/stand-ins/{stand_in}/decisions"): for_roles("registrar"),
    ("GET", "/v1/projects/{project_code}/stand-ins"): for_roles("registrar", "auditor"),
    ("POST", "/v1/projects/{project_code}/stand-ins"): for_roles("registrar"),
    ("GET", "/v1/agencies"): LOOKERS,
    ("POST", "/v1/cache/purge"): for_roles("system-admin"),
    ("GET", "/v1/log/checkpoint"): _ANYONE,
    ("GET", "/v1/log/proofs/inclusion"): _ANYONE,
    ("GET", "/v1/log/proofs/consistency"): _ANYONE,
    ("GET", "/v1/log/entries"): for_roles("auditor"),
    ("GET", "/v1/log/entries/{index}"): for_roles("auditor", own=tuple(set(ROLES) - {"auditor"})),
    **_REGISTRY,
    ("GET", "/v1/log/search"): for_roles("auditor"),
    ("GET", "/v1/log/follow"): for_roles("auditor"),
    ("GET", "/v1/log/overview"): for_roles("auditor"),
    ("POST", "/v1/log/exports"): for_roles("auditor"),
    ("GET", "/v1/log/exports"): for_roles("auditor"),
    ("GET", "/v1/agencies/{agency}/uses"): for_roles("auditor", own=("agency-admin",)),
    ("POST", "/v1/events"): for_roles("consumer"),
}
"""Every address by method and path. `OWN` means the caller's agencies, or for the log its own entries."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone a door let in, and how far: `agencies` are those it may touch, None all of them."""

    id: str
    reach: Reach
    agencies: frozenset[str] | None

    def sees(self, agency: str) -> bool:
        """Whether this agency is within reach."""
        return self.agencies is None or agency in self.agencies


async def admitted(request: Request, consumer: Annotated[Consumer, Depends(who_asks)]) -> Visitor:
    """For every door that roles decide. Raises NotGranted, once the log has it."""
    door = DOORS[request.method, request.scope["route"].path]
    reach = door.reach(consumer.roles)
    if reach is None:
        await _refuse(request, consumer.id, _needs(door))
        raise NotGranted(_needs(door), ELSEWHERE)
    visitor = Visitor(consumer.id, reach, None if reach is Reach.ALL else consumer.agencies)
    if "agency" in request.path_params:
        await keep_to(request, visitor, request.path_params["agency"])
    return visitor


Admitted = Annotated[Visitor, Depends(admitted)]


async def keep_to(request: Request, visitor: Visitor, agency: str) -> None:
    """Raises NotGranted, once the log has it, for an agency out of reach, be there such a one or not."""
    if not visitor.sees(agency):
        await _refuse(request, visitor.id, NOT_YOURS)
        raise NotGranted(NOT_YOURS, ELSEWHERE)


NOT_YOURS = text(
    "该部门不归您管理",
    "This agency is not assigned to you",
)


def _needs(door: Door) -> Text:
    return text(f"需要角色 {'、'.join(door.roles)}", f"This needs the role {' or '.join(door.roles)}")


async def _refuse(request: Request, consumer: str, detail: Text) -> None:
    refusal = NotGranted(detail)
    outcome = Outcome(status=refusal.status, problem=refusal.type)
    place = Subject(type="address", id=request.scope["route"].path)
    await house_of(request).log.append(
        Draft(kind=EntryKind.REFUSED, consumer=consumer, outcome=outcome, subject=place)
    )


Asking = Mapping[tuple[Callable[..., object], ...], Callable[[Door], bool]]
"""Dependencies of which one asks who is at a door, and at which doors one of them is wanted."""

Table = tuple[Mapping[tuple[str, str], Door], Asking]
"""Doors by method and path, and how they ask."""

ASKED: Asking = {(who_knocks,): lambda door: door.by_grant, (who_asks,): lambda door: bool(door.roles)}


def check_doors(app: FastAPI, tables: Sequence[Table]) -> None:
    """Every route is in one of the tables and asks what that table says, and the tables have no more.

    Raises AssertionError at start: a door nobody decided on must not open.
    """
    found = {(method, route.path): route for route in routes_of(app.routes) for method in _methods(route)}
    known = {place: (door, asking) for doors, asking in tables for place, door in doors.items()}
    strays = sorted(set(found) ^ set(known))
    if strays:
        raise AssertionError(f"not both a route and in a table of doors: {strays}")
    ways_of = {way: ways for _, asking in tables for ways in asking for way in ways}
    for place, route in found.items():
        door, asking = known[place]
        asked = Counter(ways_of[call] for call in set(_dependencies(route)) if call in ways_of)
        if asked != Counter(ways for ways, at in asking.items() if at(door)):
            raise AssertionError(f"{place} does not ask what its table of doors says")


class Wing(BaseRoute):
    """Routes below one address: who goes elsewhere passes all of them at once.

    Inside they lie by the first step below it and by how many steps there are, for who looks for one of many.
    """

    def __init__(self, below: str, routes: Iterable[Any]) -> None:
        self.below, self.routes = below, tuple(routes)
        self._lying: dict[tuple[str, int], list[BaseRoute]] = {}
        for route in self.routes:
            if self._shelf(route.path)[0].startswith("{"):
                raise AssertionError(f"no fixed step below {below}: {route.path}")
            self._lying.setdefault(self._shelf(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route that fits, as the application itself looks for one."""
        best: tuple[Match, Scope] = (Match.NONE, {})
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith(self.below):
            for route in self._lying.get(self._shelf(path), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    return match, {**found, "route": route}
                if match is Match.PARTIAL and best[0] is Match.NONE:
                    best = match, {**found, "route": route}
        return best

    def _shelf(self, path: str) -> tuple[str, int]:
        steps = path[len(self.below) :].split("/")
        return "".join(steps[1:2]), len(steps)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The route that was found."""
        await scope["route"].handle(scope, receive, send)


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[Any]:
    """Single routes, those of included routers too. Raises AssertionError for a door of unknown make."""
    for route in routes:
        included = route if isinstance(route, Wing) else getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included.routes)
        elif hasattr(route, "path") and getattr(route, "methods", None):
            yield route
        else:
            raise AssertionError(f"a door of unknown make: {route!r}")


def _methods(route: Any) -> set[str]:
    """HEAD is GET without its body, wherever the framework adds it by itself."""
    methods = set(route.methods)
    return methods - {"HEAD"} if "GET" in methods else methods


def _dependencies(route: Any) -> Iterator[Any]:
    waiting = [route.dependant] if hasattr(route, "dependant") else []
    while waiting:
        dependant = waiting.pop()
        yield dependant.call
        waiting += dependant.dependencies
