"""What each procedure requires, with alternatives, and where a project stands against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from contracts.catalogue import KINDS
from contracts.material import Legal, Material, Retrieval
from contracts.text import Text, text
from contracts.verdicts import RequirementState, State

Alternative = tuple[str, ...]
"""Kinds that do together."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a procedure requires; any one of the alternatives will do.

    `joint` are alternatives that count only where acceptance was joint (联合验收). `ask_applicant`: may the
    applicant be asked for it; never for what sharing supplies (不动产登记暂行条例). `local`: a local extra,
    required only where it is switched on.
    """

    id: str
    title: Text
    alternatives: tuple[Alternative, ...]
    basis: Text
    joint: tuple[Alternative, ...] = ()
    ask_applicant: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True)
class Procedure:
    """A registration procedure: its requirements, and the kinds that only support checks."""

    slug: str
    title: Text
    requirements: tuple[Requirement, ...]
    supporting: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind its dossier is made of, in the catalogue's order."""
        named = {slug for each in self.requirements for option in each.alternatives for slug in option}
        return tuple(slug for slug in KINDS if slug in named.union(self.supporting))


_RULES = text("不动产登记暂行条例实施细则", "Rules for the Interim Regulation on Real Estate Registration")
_REGULATION = text("不动产登记暂行条例", "Interim Regulation on Real Estate Registration")
_LOCAL = text("地方办事指南", "local guide")

SOURCE = Requirement(
    "land-source",
    text("不动产权属证书或者土地权属来源材料", "certificate of the land right, or the source of it"),
    (("land-right",), ("land-transfer-contract",), ("land-allocation-decision",)),
    _RULES,
)
IDENTITY = Requirement(
    "identity", text("申请人身份证明", "who the applicant is"), (("company-record",),), _REGULATION
)
PAID = Requirement(
    "paid",
    text("相关税费缴纳凭证", "land price and taxes paid"),
    (("land-price-payment", "land-deed-tax"), ("land-allocation-decision", "land-deed-tax")),
    _RULES,
)
SURVEYED = Requirement(
    "surveyed",
    text("房地产调查或者测绘报告", "survey reports"),
    (("survey-package", "cadastral-import"),),
    _RULES,
)
_EXTRAS = tuple(
    Requirement(slug, text(KINDS[slug].zh, KINDS[slug].en), ((slug,),), _LOCAL, local=True)
    for slug in (
        "construction-permit",
        "presale-permit",
        "fire-acceptance",
        "civil-defence",
        "quality-report",
        "utility-connection",
        "standard-address",
    )
)

FIRST_REGISTRATION = Procedure(
    "first-registration",
    text(
        "国有建设用地使用权及房屋所有权首次登记",
        "first registration of the right to use state-owned construction land and of house ownership",
    ),
    (
        Requirement(
            "application",
            text("不动产登记申请书", "application"),
            (("application",),),
            _REGULATION,
            ask_applicant=True,
        ),
        IDENTITY,
        SOURCE,
        Requirement(
            "planned",
            text("建设工程符合规划的材料", "built as planned"),
            (("construction-planning-permit", "planning-verification"),),
            _RULES,
            joint=(("construction-planning-permit", "completion-filing"),),
        ),
        Requirement("completed", text("房屋已竣工的材料", "completed"), (("completion-filing",),), _RULES),
        SURVEYED,
        Requirement(
            "common-parts",
            text("业主共有部分的材料", "parts the owners have in common"),
            (("common-parts",),),
            _RULES,
            ask_applicant=True,
        ),
        PAID,
        *_EXTRAS,
    ),
    ("investment-filing", "land-use-planning-permit", "drawing-review", "construction-mortgage"),
)

PRE_ACCEPTANCE = Procedure(
    "pre-acceptance",
    text("受理前预审", "an early look before the case is filed"),
    (
        IDENTITY,
        SOURCE,
        Requirement(
            "planned",
            text("建设工程规划许可", "planned"),
            (("construction-planning-permit",),),
            _RULES,
        ),
        Requirement("surveyed", SURVEYED.title, (("survey-package",),), _RULES),
        PAID,
    ),
    (
        "investment-filing",
        "land-use-planning-permit",
        "construction-permit",
        "planning-verification",
        "completion-filing",
    ),
)

PROCEDURES: Mapping[str, Procedure] = MappingProxyType(
    {each.slug: each for each in (FIRST_REGISTRATION, PRE_ACCEPTANCE)}
)

COUNTS_ONCE: Mapping[str, str] = MappingProxyType({"survey-package": "accepted_on"})
"""Kinds that do not count before a day stands in the named field."""

_BEST_FIRST = (State.MET, State.DECLARED, State.WAITING, State.EXPIRED, State.MISSING)
_ENDED = frozenset({Legal.EXPIRED, Legal.SUPERSEDED, Legal.REVOKED, Legal.CANCELLED})
_BY_RETRIEVAL = MappingProxyType(
    {
        Retrieval.RECEIVED: State.MET,
        Retrieval.STALE: State.MET,
        Retrieval.MANUAL: State.MET,
        Retrieval.DECLARED: State.DECLARED,
        Retrieval.PARTIAL: State.WAITING,
        Retrieval.UNAVAILABLE: State.WAITING,
        Retrieval.PENDING: State.WAITING,
        Retrieval.NOT_FOUND: State.MISSING,
        Retrieval.INVALID: State.MISSING,
        Retrieval.WITHHELD: State.MISSING,
    }
)


def assess(
    procedure: Procedure,
    materials: Iterable[Material],
    *,
    extras: Collection[str] = (),
    articles: Mapping[str, str] = MappingProxyType({}),
) -> list[RequirementState]:
    """Where each requirement stands, in the procedure's order.

    `extras` are the ids of local requirements that are switched on. `articles` gives, by requirement id, the
    article to quote beside the law's name: numbering moves with every amendment, so it is configuration.
    """
    held = tuple(materials)
    asked = (each for each in procedure.requirements if not each.local or each.id in extras)
    return [_stand(each, held, articles.get(each.id, "")) for each in asked]


def _stand(requirement: Requirement, materials: Sequence[Material], article: str) -> RequirementState:
    options = requirement.alternatives + (requirement.joint if _joint(materials) else ())
    state, chosen = _best((_together(option, materials), option) for option in options)
    law = requirement.basis
    return RequirementState(
        id=requirement.id,
        title=requirement.title,
        state=state,
        satisfied_by=chosen if state in {State.MET, State.DECLARED} else (),
        alternatives=options,
        basis=text(f"《{law.zh}》{article}", f"{law.en} {article}".strip()),
        ask_applicant=requirement.ask_applicant,
    )


def _joint(materials: Iterable[Material]) -> bool:
    """Whether a completion filing says that acceptance was joint."""
    return any(
        each.kind == "completion-filing" and each.held and each.fields.get("joint_acceptance") is True
        for each in materials
    )


def _best(options: Iterable[tuple[State, Alternative]]) -> tuple[State, Alternative]:
    return min(options, key=lambda option: _BEST_FIRST.index(option[0]))


def _together(option: Alternative, materials: Sequence[Material]) -> State:
    """An alternative is as far as its slowest kind, a kind as far as its best material."""
    states = [
        min(
            (_state(each) for each in materials if each.kind == slug),
            key=_BEST_FIRST.index,
            default=State.MISSING,
        )
        for slug in option
    ]
    return max(states, key=_BEST_FIRST.index)


def _state(material: Material) -> State:
    state = _BY_RETRIEVAL[material.retrieval]
    if state not in {State.MET, State.DECLARED}:
        return state
    if material.legal in _ENDED:
        return State.EXPIRED
    awaited = COUNTS_ONCE.get(material.kind)
    return state if awaited is None or material.fields.get(awaited) else State.WAITING
