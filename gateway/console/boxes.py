"""What a person types of a material, field by field: as a form shows it, as the kind's contract takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.drafting import targets
from contracts.errors import AskMalformed
from contracts.quantities import MOST_PLACES, QUANTITIES, number, same
from contracts.text import Text, text
from gateway.console.forms import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from adapters.drafting import Target

FIELDS = "fields"
"""Before the names of a material's fields in a form, as in the proposal that it becomes."""

_SEVERAL = re.compile(r"[,，、;；\r\n]+")
_WHOLE = re.compile("-?[0-9]{1,15}")
_GROUPS = re.compile(r"(?<=[0-9])[,，](?=(?:[0-9]{3}[,，])*[0-9]{3}(?![0-9]))")
"""Commas between groups of three: any other parts a number in two."""
_TRUTH = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Box:
    """One field with what was typed into it; `rows` for one whose rows have fields of their own."""

    name: str
    target: Target
    value: str = ""
    rows: tuple[tuple[Box, ...], ...] = ()

    @property
    def title(self) -> Text:
        """What people call it, with its unit."""
        unit = f"（{self.target.unit}）" if self.target.unit not in {None, "1"} else ""
        return text(f"{self.target.zh}{unit}", f"{self.target.en}{unit and f' ({self.target.unit})'}")

    @property
    def hint(self) -> Text | None:
        """How it is written, where one could not know."""
        if self.target.form in {"texts", "days"}:
            return text("多项之间用顿号或逗号分隔", "Several are parted by commas")
        places = _places(self.target)
        return text(f"数字，最多 {places} 位小数", f"A number, {places} decimals at most") if places else None


def boxes(kind: str, form: Form | None = None, *, more: str = "") -> tuple[Box, ...]:
    """The fields of a kind as a form has them, with what was typed; `more`: what gets another row."""
    sent = form or Form({}, {}, {})
    return tuple(_box(sent, target, f"{FIELDS}.{target.name}", more) for target in targets(kind))


def fields_of(filled: Iterable[Box]) -> dict[str, Any]:
    """What was typed as the contract takes it; what is empty is left out. Raises AskMalformed."""
    said = ((box.target.name, _said(box)) for box in filled)
    return {name: value for name, value in said if value not in (None, [])}


def nearest(about: str, filled: Iterable[Box]) -> str:
    """The box that an error is about, by what the contract calls it: the one around it, or its first."""
    names = [box.name for box in _flat(filled) if not box.rows]
    around = [name for name in names if f"{about}.".startswith(f"{name}.")]
    within = [name for name in names if name.startswith(f"{about}.")]
    return next(iter(around + within), about)


def _flat(filled: Iterable[Box]) -> Iterator[Box]:
    for box in filled:
        yield box
        for row in box.rows:
            yield from _flat(row)


def _box(form: Form, target: Target, name: str, more: str) -> Box:
    if not target.of:
        return Box(name, target, form.get(name))
    numbers = sorted({int(found[1]) for each in form.names() if (found := re.match(_row_of(name), each))})
    rows = [_row(form, target, f"{name}.{number}") for number in numbers]
    rows = [row for row in rows if any(box.value for box in row)]
    if not rows or more == name:
        rows.append(_row(Form({}, {}, {}), target, name))
    return Box(name, target, rows=tuple(_numbered(row, f"{name}.{place}") for place, row in enumerate(rows)))


def _row_of(name: str) -> str:
    return rf"{re.escape(name)}\.([0-9]{{1,3}})\."


def _row(form: Form, target: Target, name: str) -> tuple[Box, ...]:
    return tuple(_box(form, each, f"{name}.{each.name}", "") for each in target.of)


def _numbered(row: Iterable[Box], name: str) -> tuple[Box, ...]:
    """A row by its place among those that say anything: so the contract counts them too."""
    return tuple(Box(f"{name}.{box.target.name}", box.target, box.value) for box in row)


def _said(box: Box) -> Any:
    """One field's value; None for an empty one. Raises AskMalformed."""
    if box.rows:
        return [said for row in box.rows if (said := fields_of(row))]
    if not box.value:
        return None
    read = _READ.get(box.target.form)
    return read(box) if read else box.value


def _several(box: Box) -> list[str]:
    return [each.strip() for each in _SEVERAL.split(box.value) if each.strip()]


def _truth(box: Box) -> bool | str:
    return _TRUTH.get(box.value, box.value)


def _whole(box: Box) -> int:
    if not _WHOLE.fullmatch(box.value):
        raise AskMalformed(
            text(f"{box.title.zh}：应为整数", f"{box.title.en}: a whole number is wanted"), about=box.name
        )
    return int(box.value)


def _quantity(box: Box) -> str:
    """As the contract spells it: decimals that nobody wrote are noughts, and none is rounded away."""
    quantity, written = QUANTITIES[str(box.target.unit)], _GROUPS.sub("", box.value)
    try:
        spelled = quantity.write(number(written))
        if same(spelled, written):
            return spelled
    except ValueError:
        pass
    places = _places(box.target)
    raise AskMalformed(
        text(
            f"{box.title.zh}：应为数字，最多 {places} 位小数",
            f"{box.title.en}: a number is wanted, {places} decimals at most",
        ),
        about=box.name,
    )


def _places(target: Target) -> int | None:
    """Decimals that a quantity may have; None for what is none."""
    if target.form != "quantity":
        return None
    places = QUANTITIES[str(target.unit)].places
    return MOST_PLACES if places is None else places


_READ: Mapping[str, Callable[[Box], Any]] = {
    "texts": _several,
    "days": _several,
    "truth": _truth,
    "whole": _whole,
    "quantity": _quantity,
}
"""How a value is made of what was typed; anything else is a text."""
