"""What each procedure requires, with alternatives, and where a project stands against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from contracts.catalogue import KINDS
from contracts.exchange import Scope
from contracts.material import Legal, Material, Retrieval
from contracts.quantities import number
from contracts.rules import RULES
from contracts.scope import Extent, coverage, extent_of, narrow
from contracts.text import Text, text
from contracts.verdicts import Awaited, Check, Coverage, RequirementState, State

Alternative = tuple[str, ...]
"""Kinds that do together."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a procedure requires; any one of the alternatives will do.

    `joint` are alternatives that count only where acceptance was joint (联合验收): its opinion stands in for
    planning verification, fire acceptance and civil defence. `ask_applicant`: may the applicant be asked for
    it; never for what sharing supplies (不动产登记暂行条例). `local`: a local extra, required only where
    it is switched on.
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
_JOINT: Mapping[str, tuple[Alternative, ...]] = MappingProxyType(
    dict.fromkeys(("fire-acceptance", "civil-defence"), (("completion-filing",),))
)
_EXTRAS = tuple(
    Requirement(
        slug, text(KINDS[slug].zh, KINDS[slug].en), ((slug,),), _LOCAL, joint=_JOINT.get(slug, ()), local=True
    )
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

COUNTS_ONCE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"survey-package": ("accepted_on",), "civil-defence": ("shelter_area_m2", "fee_yuan")}
)
"""Kinds that do not count before one of the named fields says something.

A survey counts once natural resources has accepted it; civil defence by the shelter that was built or by the
fee paid for building none (易地建设费).
"""

_BEST_FIRST = (
    State.MET,
    State.DECLARED,
    State.WAITING,
    State.CONFLICTING,
    State.EXPIRED,
    State.MISSING,
)
_FULFILLED = frozenset({State.MET, State.DECLARED})
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
    checks: Iterable[Check] = (),
    scope: Scope | None = None,
) -> list[RequirementState]:
    """Where each requirement stands, in the procedure's order.

    `extras` are the ids of local requirements that are switched on. `articles` gives, by requirement id, the
    article to quote beside the law's name: numbering moves with every amendment, so it is configuration.
    `checks` are the rules' verdicts over the same materials: what a failed one puts in doubt is conflicting.
    `scope` is the part that is asked about: only documents that bear on it count, and they must cover it.
    """
    standing = _Standing(tuple(materials), tuple(checks), scope)
    asked = (each for each in procedure.requirements if not each.local or each.id in extras)
    return [standing.of(each, articles.get(each.id, "")) for each in asked]


class _Standing:
    """The project as requirements are held against it."""

    def __init__(self, materials: Sequence[Material], checks: Sequence[Check], scope: Scope | None) -> None:
        self._everything = materials
        self._extent: Extent = extent_of(scope, materials)
        self._materials = narrow(materials, self._extent)
        self._doubts = [(each.rule, RULES[each.rule].doubted(each)) for each in checks if each.rule in RULES]

    def of(self, requirement: Requirement, article: str) -> RequirementState:
        """One requirement: the state of its best alternative, and what that state is about."""
        options = requirement.alternatives + (requirement.joint if _joint(self._materials) else ())
        chosen = min(options, key=lambda option: _BEST_FIRST.index(self._together(option)))
        state, law = self._together(chosen), requirement.basis
        return RequirementState(
            id=requirement.id,
            title=requirement.title,
            state=state,
            satisfied_by=chosen if state in _FULFILLED else (),
            alternatives=options,
            basis=text(f"《{law.zh}》{article}", f"{law.en} {article}".strip()),
            ask_applicant=requirement.ask_applicant,
            waiting_for=tuple(self._awaited(chosen)) if state is State.WAITING else (),
            conflicts=self._conflicts(chosen) if state is State.CONFLICTING else (),
            coverage=self._least_covered(chosen),
        )

    def _together(self, option: Alternative) -> State:
        """An alternative is as far as its slowest kind."""
        return max((self._kind(slug) for slug in option), key=_BEST_FIRST.index)

    def _kind(self, slug: str) -> State:
        """As far as its best material, if no building in scope is missing and no failed check is about it."""
        states = [_state(each) for each in self._materials if each.kind == slug]
        best = min(states, key=_BEST_FIRST.index, default=State.MISSING)
        if best not in _FULFILLED:
            return best
        covered = coverage(slug, self._everything, self._extent)
        if covered and covered.missing:
            return State.WAITING if State.WAITING in states else State.MISSING
        return State.CONFLICTING if self._conflicts((slug,)) else best

    def _conflicts(self, option: Alternative) -> tuple[str, ...]:
        return tuple(rule for rule, kinds in self._doubts if set(option).intersection(kinds))

    def _awaited(self, option: Alternative) -> list[Awaited]:
        """Who has to answer: agencies that were asked, and kinds nobody was asked for yet."""
        return [
            Awaited(kind=each.kind, agency=each.agency)
            for each in self._materials
            if each.kind in option and _state(each) is State.WAITING
        ]

    def _least_covered(self, option: Alternative) -> Coverage | None:
        found = [coverage(slug, self._everything, self._extent) for slug in option]
        return min(filter(None, found), key=lambda each: each.have - each.of, default=None)


def _joint(materials: Iterable[Material]) -> bool:
    """Whether a completion filing says that acceptance was joint."""
    return any(
        each.kind == "completion-filing" and each.held and each.fields.get("joint_acceptance") is True
        for each in materials
    )


def _state(material: Material) -> State:
    state = _BY_RETRIEVAL[material.retrieval]
    if state not in _FULFILLED:
        return state
    if material.legal in _ENDED:
        return State.EXPIRED
    awaited = COUNTS_ONCE.get(material.kind, ())
    return (
        state if not awaited or any(_says(material.fields.get(name)) for name in awaited) else State.WAITING
    )


def _says(value: object) -> bool:
    """Whether a day is there, or an amount that is not zero."""
    if not isinstance(value, str) or not value:
        return False
    return "-" in value or bool(number(value))
