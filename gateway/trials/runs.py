"""Many projects tried with one version: a few side by side, and none begun once the time is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.errors import FAULTS, AgencyUnavailable, Fault, LogUnavailable, StoreUnavailable
from contracts.problems import Told
from contracts.text import Text, text
from gateway.flight import side_by_side
from gateway.trials.results import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.base import Deadline
    from gateway.registry import Document
    from gateway.trials.results import KindTried, ReplyTried, TrialOrder
    from gateway.trials.trying import Making, Trials

PROJECTS = 50
"""Projects that a version is tried on at once, at most: each is a question to the agency."""

SIDE_BY_SIDE = 3
"""Of them at the agency at a time; the version's own limits hold besides."""

_UNTRIED = text(
    "未试：本次试运行的时间已用完，请为该项目单独再试",
    "Not tried: the time for these trials was over; try this project by itself",
)

_CUT_SHORT = text(
    "未试完：给该项目的时间用完时该部门尚未答完，请为该项目单独再试",
    "Not tried to the end: its time was over before the agency had answered; try this project by itself",
)

_UNRECORDED = text(
    "未试完：审计日志暂不可写，请稍后再试该项目",
    "Not tried to the end: the audit log cannot be written; try this project again shortly",
)

_UNKEPT = text(
    "未试：存储暂不可用，请稍后再试该项目",
    "Not tried: the store is unavailable; try this project again shortly",
)

_NO_TURN = FAULTS[Fault.QUEUED].detail


class Tried(NamedTuple):
    """How a version read for one project, or why it did not; of materials only how they stand.

    `late`: there was no time to begin it, or not enough for the agency to answer, or log or store were out
    before; `trial` is then what came. `kept`: replies that came, shown or not, by kind; the vault has them.
    `out`: the store took no reply any more.
    """

    project: str
    trial: Trial | None
    problem: Text | None
    late: bool = False
    kept: tuple[tuple[str, int], ...] = ()
    out: bool = False

    @property
    def digests(self) -> tuple[str, ...]:
        """The replies that are shown, by their evidence."""
        kinds = self.trial.kinds if self.trial else ()
        return tuple(reply.evidence for kind in kinds for reply in kind.replies)

    @property
    def troubled(self) -> tuple[KindTried, ...]:
        """Kinds with something to mend: no reply, one that cannot be read, a field, something left over."""
        return tuple(kind for kind in (self.trial.kinds if self.trial else ()) if _troubled(kind))

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return self.trial is not None and self.problem is None and not self.troubled


async def run(
    trials: Trials,
    document: Document,
    orders: Sequence[TrialOrder],
    person: str,
    until: Deadline,
    ended: list[Tried] | None = None,
) -> list[Tried]:
    """How the version read for each, in their order; whoever's turn comes too late is not asked about.

    Nor are those whose turn comes when the store is out: what is not kept is not shown.

    Raises LogUnavailable; by then those under way have ended, and no other is begun: what came for them is in
    the vault, the log has at most the ask. `ended` then has all of them, those not told saying so; nothing
    where none had ended before.
    """
    turns, making = iter(enumerate(orders)), trials.once(document)
    told: dict[int, Tried] = {}

    async def walk() -> None:
        for turn, order in turns:
            if until.spent or any(each.out for each in told.values()):
                why = _UNTRIED if until.spent else _UNKEPT
                told[turn] = Tried(order.project_code or "", None, why, late=True)
            else:
                told[turn] = await _tried(trials, document, order, person, until, making)

    try:
        await side_by_side(walk() for _ in range(SIDE_BY_SIDE))
    except LogUnavailable:
        if told and ended is not None:
            broken = [Tried(order.project_code or "", None, _UNRECORDED, late=True) for order in orders]
            ended += [told.get(turn, none) for turn, none in enumerate(broken)]
        raise
    return [told[turn] for turn in range(len(orders))]


async def _tried(
    trials: Trials, document: Document, order: TrialOrder, person: str, until: Deadline, making: Making
) -> Tried:
    reply = await trials.pull(document, order, person, until, making)
    named, over = order.project_code or "", until.spent
    if reply.status == 200:
        trial = await asyncio.to_thread(Trial.model_validate_json, reply.body)
        return _heard(named, _slim(trial), over=over)
    told = Told.of(reply.body)
    zh, en = f"{told.detail.zh}。{told.todo.zh}", f"{told.detail.en}. {told.todo.en}"
    return Tried(named, None, text(zh, en), out=told.type == StoreUnavailable.type)


def _heard(named: str, trial: Trial, *, over: bool) -> Tried:
    """An agency that had less time than an ask may take is not called silent; what it did say is kept."""
    counted = Counter[str]()
    for kind in trial.kinds:
        counted[kind.kind] += kind.kept
    kept = tuple((kind, count) for kind, count in counted.items() if count)
    out = any(kind.error and kind.error.type == StoreUnavailable.type for kind in trial.kinds)
    if not any(_unheard(kind, over=over) for kind in trial.kinds):
        return Tried(named, trial, None, kept=kept, out=out)
    heard = tuple(
        kind.model_copy(update={"error": None}) if _unheard(kind, over=over) else kind
        for kind in trial.kinds
        if not _unheard(kind, over=over) or kind.replies
    )
    rest = trial.model_copy(update={"kinds": heard}) if heard else None
    return Tried(named, rest, _CUT_SHORT, late=True, kept=kept, out=out)


def _unheard(kind: KindTried, *, over: bool) -> bool:
    """Whether there was no time: `over` when the agency was still to answer, or no turn would come before."""
    if kind.error is None:
        return False
    return (over and kind.error.type == AgencyUnavailable.type) or kind.error.detail == _NO_TURN


def _slim(trial: Trial) -> Trial:
    """Without what the materials say: fifty projects' would fill the memory, and the rows tell it already."""
    bare: dict[str, Any] = {"fields": {}, "attachments": (), "provenance": None}

    def reply(each: ReplyTried) -> ReplyTried:
        materials = tuple(material.model_copy(update=bare) for material in each.materials)
        return each.model_copy(update={"materials": materials})

    def kind(each: KindTried) -> KindTried:
        return each.model_copy(update={"replies": tuple(map(reply, each.replies))})

    return trial.model_copy(update={"kinds": tuple(map(kind, trial.kinds))})


def _troubled(kind: KindTried) -> bool:
    replies = kind.replies
    wrong = any(field.error for reply in replies for row in reply.rows for field in row)
    return bool(kind.error) or not replies or wrong or any(each.error or each.drift for each in replies)
