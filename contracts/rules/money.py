"""R16: is the land paid for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from contracts.identifiers import normalise
from contracts.material import Material, Retrieval
from contracts.quantities import fixed, number
from contracts.rules.areas import floor_area
from contracts.rules.land import uses_fit
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.verdicts import Check, Result

CONTRACT, ALLOCATION = "land-transfer-contract", "land-allocation-decision"
PAYMENT, TAX, RIGHT = "land-price-payment", "land-deed-tax", "land-right"
_WAN = Decimal(10_000)
"""元 in 万元."""

PAID = text("出让价款与契税已缴", "land price and deed tax are paid")
ALLOCATED = text("划拨土地，契税已缴", "allocated land; deed tax is paid")
UNPAID = text("出让价款或契税未缴清", "land price or deed tax is not paid in full")
REGISTERED = text(
    "未取得缴款或完税凭证，土地权利已登记，请核对",
    "a proof of payment is missing and the land right is registered: check",
)
SUPPLEMENT = text(
    "用途或容积率有变化，未见补缴出让价款",
    "use or floor area ratio changed and no supplementary price is paid",
)


def paid(seen: Seen, profile: Profile, _today: date) -> Check:
    """R16: receipts add up to the price, to the yuan; deed tax is there.

    Where use or floor area ratio changed, more than the price must have been paid.

    An agency that answers "none" is evidence of its not being paid; one that does not answer is not.
    """
    missing = _missing(seen)
    price, sum_paid = _price(seen), _sum_paid(seen)
    compared = _compared(seen, price, sum_paid)
    known = price is not None and _answered(seen, PAYMENT) and not _hidden(seen)
    short = known and _rounded(sum_paid) < _rounded(price or Decimal())
    untaxed = _answered(seen, TAX) and not _for_this_land(seen, TAX)
    if price and not short and not missing and sum_paid <= price and _changed(seen, profile):
        return verdict("R16", Result.FAIL, SUPPLEMENT, compared | {"supplement": "false"})
    if short or untaxed:
        return _unpaid(seen, profile, compared, partly=short and bool(_for_this_land(seen, PAYMENT)))
    if missing:
        return skipped("R16", missing, compared)
    return verdict("R16", Result.PASS, PAID if seen.standing(CONTRACT) else ALLOCATED, compared)


def _unpaid(seen: Seen, profile: Profile, compared: dict[str, str], *, partly: bool) -> Check:
    """A proof that is missing is excused by the registered right, one of too little is not."""
    if profile.registered_right_covers_price and seen.standing(RIGHT) and not partly:
        return verdict("R16", Result.WARN, REGISTERED, compared)
    return verdict("R16", Result.FAIL, UNPAID, compared)


def _answered(seen: Seen, slug: str) -> bool:
    """Whether the agency answered, be it that it has none."""
    none = (each.kind == slug and each.retrieval is Retrieval.NOT_FOUND for each in seen.materials)
    return bool(seen.of(slug)) or any(none)


def _price(seen: Seen) -> Decimal | None:
    """The price in yuan; nothing for allocated land; None where a contract does not show one, or zero."""
    contracts = seen.standing(CONTRACT)
    prices = [number(each.fields.get("price_total_wan") or "0") * _WAN for each in contracts]
    if not contracts:
        return Decimal() if seen.standing(ALLOCATION) else None
    return sum(prices, Decimal()) if all(prices) else None


def _for_this_land(seen: Seen, slug: str) -> list[Material]:
    """The proofs that name this land's supervision number, or none; of taxes, the deed tax."""
    supplies = [*seen.standing(CONTRACT), *seen.standing(ALLOCATION)]
    ours = {
        normalise(each.fields["supervision_no"]) for each in supplies if each.fields.get("supervision_no")
    }
    field = "supervision_no" if slug == PAYMENT else "relates_to"
    return [
        each
        for each in seen.standing(slug)
        if (not (no := each.fields.get(field)) or not ours or normalise(no) in ours)
        and "契税" in (each.fields.get("tax_kind") or "契税")
    ]


def _sum_paid(seen: Seen) -> Decimal:
    """What the receipts add up to in yuan; a receipt that came twice counts once, as the lower of the two."""
    receipts: dict[str, list[Decimal]] = {}
    for place, each in enumerate(_for_this_land(seen, PAYMENT)):
        key = normalise(each.fields.get("receipt_no") or "") or str(place)
        receipts.setdefault(key, []).append(number(each.fields.get("amount_yuan") or "0"))
    return sum(map(min, receipts.values()), Decimal())


def _rounded(yuan: Decimal) -> Decimal:
    return Decimal(fixed(yuan, 0))


def _changed(seen: Seen, profile: Profile) -> bool:
    """Whether more was built than the ratio allows with its tolerance, or to another use than granted."""
    area, fit = floor_area(seen), uses_fit(seen, profile)
    return fit.misfit or (area is not None and area.beyond(profile))


def _missing(seen: Seen) -> list[str]:
    supplies = [*seen.standing(CONTRACT), *seen.standing(ALLOCATION)]
    kinds: Iterable[str] = (PAYMENT, TAX) if seen.standing(CONTRACT) or not supplies else (TAX,)
    found = [slug for slug in kinds if not _answered(seen, slug)]
    lacks = [f"{CONTRACT}.price_total_wan"] if seen.standing(CONTRACT) and _price(seen) is None else []
    hidden = [f"{PAYMENT}.amount_yuan"] if _hidden(seen) else []
    return [*([] if supplies else [CONTRACT]), *lacks, *found, *hidden]


def _hidden(seen: Seen) -> bool:
    return any(not each.fields.get("amount_yuan") for each in seen.standing(PAYMENT))


def _compared(seen: Seen, price: Decimal | None, sum_paid: Decimal) -> dict[str, str]:
    enough = price is not None and _rounded(sum_paid) >= _rounded(price)
    amounts = {"price_yuan": fixed(price, 2)} if price is not None else {}
    deed = bool(_for_this_land(seen, TAX))
    return {
        "paid": str(enough).lower(),
        "deed": str(deed).lower(),
        **amounts,
        "paid_yuan": fixed(sum_paid, 2),
    }


R16 = Rule(
    "R16",
    text("价款与契税", "price and deed tax"),
    (CONTRACT, ALLOCATION, PAYMENT, TAX, RIGHT),
    paid,
    {"paid_yuan": (PAYMENT, TAX)},
)
