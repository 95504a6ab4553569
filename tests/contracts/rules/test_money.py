"""R16: price, deed tax, what excuses a missing proof and what does not."""

import pytest

from contracts.material import Retrieval
from contracts.rules import Profile
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, changed, checked, of, with_row, without

CONTRACT, PAYMENT, TAX, RIGHT = "land-transfer-contract", "land-price-payment", "land-deed-tax", "land-right"
COVERS = Profile()
SUPERVISION = "2310052020B00786"


def paying(*amounts, **fields):
    rest = without(P1, PAYMENT)
    given = {"supervision_no": SUPERVISION} | fields
    return rest + [
        of(PAYMENT, **({"receipt_no": str(n), "amount_yuan": amount} | given))
        for n, amount in enumerate(amounts)
    ]


@pytest.mark.parametrize(
    ("amounts", "result"),
    [
        (["186500000.00"], Result.PASS),
        (["186499999.50"], Result.PASS),
        (["186499999.49"], Result.FAIL),
        (["100000000.00", "86500000.00"], Result.PASS),
        (["100000000.00", "86499999.00"], Result.FAIL),
        (["0.00"], Result.FAIL),
    ],
)
def test_receipts_add_up_to_the_price_to_the_yuan(amounts, result):
    assert checked("R16", *paying(*amounts)).result is result


def test_one_receipt_that_came_twice_counts_once_as_the_lower():
    twice = paying("100000000.00", "100000000.00", receipt_no="同号")
    found = checked("R16", *twice)
    assert (found.result, found.compared["paid_yuan"]) == (Result.FAIL, "100000000.00")
    unlike = paying("186500000.00", "1.00", receipt_no="同号")
    assert checked("R16", *unlike).compared["paid_yuan"] == "1.00"


def test_receipts_for_other_land_do_not_count():
    assert checked("R16", *paying("186500000.00", supervision_no="2310052020B00787")).result is Result.FAIL
    assert checked("R16", *paying("186500000.00", supervision_no=None)).result is Result.PASS
    other = changed(P1, TAX, relates_to="2310052020B00787")
    assert checked("R16", *other).compared["deed"] == "false"


def test_stamp_duty_is_no_deed_tax():
    assert checked("R16", *changed(P1, TAX, tax_kind="印花税")).result is Result.FAIL


@pytest.mark.parametrize("kind", [PAYMENT, TAX])
@pytest.mark.parametrize(
    ("retrieval", "strict", "covered"),
    [
        (Retrieval.NOT_FOUND, Result.FAIL, Result.WARN),
        (Retrieval.UNAVAILABLE, Result.SKIP, Result.SKIP),
        (Retrieval.PENDING, Result.SKIP, Result.SKIP),
        (None, Result.SKIP, Result.SKIP),
    ],
)
def test_none_there_is_not_no_answer(kind, retrieval, strict, covered):
    rest = without(P1, kind) + ([of(kind, retrieval)] if retrieval else [])
    assert checked("R16", *rest).result is strict
    assert checked("R16", *rest, profile=COVERS).result is covered


def test_the_registered_right_excuses_what_is_missing_and_not_what_is_short():
    short = paying("100.00")
    assert checked("R16", *short, profile=COVERS).result is Result.FAIL
    unregistered = [*without(P1, TAX, RIGHT), of(TAX, Retrieval.NOT_FOUND)]
    assert checked("R16", *unregistered, profile=COVERS).result is Result.FAIL


def test_no_answer_about_one_does_not_excuse_the_other():
    rest = [*without(P1, PAYMENT, TAX), of(PAYMENT, Retrieval.UNAVAILABLE), of(TAX, Retrieval.NOT_FOUND)]
    assert checked("R16", *rest).result is Result.FAIL


def test_a_price_that_is_not_shown_is_skipped():
    assert checked("R16", *changed(P1, CONTRACT, price_total_wan=None)).compared["missing"] == [
        "land-transfer-contract.price_total_wan"
    ]
    assert checked("R16", *changed(P1, CONTRACT, price_total_wan="0.000000")).result is Result.SKIP
    assert checked("R16", *changed(P1, PAYMENT, amount_yuan=None)).compared["missing"] == [
        "land-price-payment.amount_yuan"
    ]


@pytest.mark.parametrize("profile", [P1.profile, COVERS])
def test_more_than_the_ratio_allows_wants_a_supplementary_price(profile):
    denser = changed(P1, "survey-package", counted_area_m2="99999.00")
    found = checked("R16", *denser, profile=profile)
    assert (found.result, found.compared["supplement"]) == (Result.FAIL, "false")
    more = [*denser, of(PAYMENT, receipt_no="补缴", supervision_no=SUPERVISION, amount_yuan="1000.00")]
    assert checked("R16", *more, profile=profile).result is Result.PASS
    # 93184.96 is what the ratio allows; one percent more is within the tolerance of R07.
    within = changed(P1, "survey-package", counted_area_m2="94116.80")
    assert checked("R16", *within, profile=profile).result is Result.PASS


def test_another_use_wants_a_supplementary_price():
    assert (
        checked("R16", *with_row(P1, "survey-package", 0, use="工业厂房")).compared["supplement"] == "false"
    )


def test_allocated_land_has_no_price():
    decision = of("land-allocation-decision", decision_no="甲")
    assert checked("R16", decision, of(TAX, voucher_no="1")).result is Result.PASS
    assert checked("R16", decision, of(TAX, Retrieval.NOT_FOUND)).result is Result.FAIL
    assert checked("R16", decision).compared["missing"] == [TAX]
