"""Octets to documents: what is refused, what is read in spite of its label, what was looked at."""

import gzip
import json
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.decode import Document, Inflater, Path, Sight, Step, as_text, decode, inflate, parse_json
from contracts.errors import AgencyFailed, Fault


def fault_of(function, *arguments) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        function(*arguments)
    return caught.value.fault


def test_numbers_keep_every_digit():
    document = parse_json('{"a": 108611.270, "b": 20201228000000, "c": 1e2}')
    assert document == {"a": Decimal("108611.270"), "b": 20201228000000, "c": Decimal("1e2")}
    assert str(document["a"]) == "108611.270"
    assert type(document["b"]) is int


REFUSED = {
    "nothing": "",
    "blank": "  \n",
    "cut short": '{"result": {"data": [',
    "two documents": "{} {}",
    "NaN": '{"mj": NaN}',
    "Infinity": '{"mj": -Infinity}',
    "a key twice": '{"mj": 1, "mj": 2}',
    "a key twice, deep": '{"a": [{"mj": 1, "mj": 2}]}',
    "an endless number": '{"mj": ' + "9" * 5000 + "}",
    "an endless fraction": '{"mj": 0.' + "9" * 5000 + "}",
    "an exponent beyond Decimal": '{"mj": 1e99999999999999999999}',
    "a lone surrogate": '{"mc": "\\ud800"}',
    "a lone surrogate in a key": '{"\\udfff": 1}',
    "65 deep": "[" * 66 + "]" * 66,
    "100 000 deep": "[" * 100_000,
    "a comment": '{"a": 1} // one',
    "single quotes": "{'a': 1}",
}


@pytest.mark.parametrize("sickness", REFUSED)
def test_json_with_a_surprise_is_refused(sickness):
    assert fault_of(parse_json, REFUSED[sickness]) is Fault.UNREADABLE


@pytest.mark.parametrize("sickness", ["NaN", "a key twice", "a lone surrogate"])
def test_the_plain_parser_takes_them(sickness):
    """What the plain stack does, so that the refusals above are known to be ours."""
    assert json.loads(REFUSED[sickness]) is not None


def test_an_error_does_not_quote_the_reply():
    with pytest.raises(AgencyFailed) as caught:
        parse_json('{"fddbr": "张三" "zjh": 230102190001010001}')
    assert "张三" not in str(caught.value.detail)
    assert "2301" not in str(caught.value.detail)


NAME = "镕、〇、牡丹江市"


@pytest.mark.parametrize(
    ("octets", "declared", "charset"),
    [
        (NAME.encode(), "", "utf-8"),
        (NAME.encode(), "gb2312", "utf-8"),
        (NAME.encode("gb18030"), "GB2312", "gb18030"),
        (NAME.encode("gbk"), "gbk", "gb18030"),
        (NAME.encode("gb18030"), "utf-8", "gb18030"),
        (NAME.encode("gb18030"), "iso-8859-1", "gb18030"),
        ("牡丹江".encode("big5"), "big5", "big5"),
    ],
)
def test_octets_are_believed_before_labels(octets, declared, charset):
    text, found = as_text(octets, declared)
    assert text in (NAME, "牡丹江")
    assert found == charset


def test_a_byte_order_mark_is_no_character():
    assert as_text(b"\xef\xbb\xbf{}")[0] == "{}"


def test_octets_of_no_charset_are_refused():
    assert fault_of(as_text, b"\xff\xff\xff\x80") is Fault.UNREADABLE


def test_a_wrong_label_is_reported_and_a_right_one_is_not():
    octets = json.dumps({"a": NAME}, ensure_ascii=False)
    assert decode(octets.encode("gb18030"), "gb2312", [Step("json")]).relabelled is None
    assert decode(octets.encode(), "gb2312", [Step("json")]).relabelled == "gb2312 -> utf-8"
    assert decode(octets.encode("gb18030"), "", [Step("json")]).relabelled == "none -> gb18030"


def test_a_json_text_within_a_json_text():
    inner = json.dumps({"list": [{"sjje": 5595000.0}]})
    octets = json.dumps({"code": "0000", "data": inner}).encode()
    steps = [Step("json"), Step("json", ("data",))]
    assert decode(octets, "", steps) == Document(
        {"code": "0000", "data": {"list": [{"sjje": Decimal("5595000.0")}]}}
    )


def test_base64_around_and_within():
    octets = b"eyJhIjogImV5SmlJam9nTVgwPSJ9"
    steps = [Step("base64"), Step("json"), Step("base64", ("a",)), Step("json", ("a",))]
    assert decode(octets, "", steps).content == {"a": {"b": 1}}
    assert fault_of(decode, b"????", "", [Step("base64")]) is Fault.UNREADABLE


@pytest.mark.parametrize("reply", ['{"data": null}', '{"data": ""}', "{}", "[]"])
def test_an_absent_inner_document_is_left_for_the_none_predicate(reply):
    assert decode(reply.encode(), "", [Step("json"), Step("json", ("data", "x"))]).content == json.loads(
        reply
    )


@pytest.mark.parametrize("inner", ["7", "[1]", '"{"'])
def test_an_inner_document_that_is_none_is_refused(inner):
    octets = f'{{"data": {inner}}}'.encode()
    assert fault_of(decode, octets, "", [Step("json"), Step("json", ("data",))]) is Fault.UNREADABLE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip", "GZIP"])
def test_content_codings_are_undone(coding):
    body = b'{"a": 1}' * 1000
    packed = zlib.compress(body) if coding == "deflate" else gzip.compress(body)
    assert inflate(packed, coding, len(body)) == body


def test_a_bomb_stops_at_the_limit_and_not_after_it():
    bomb = gzip.compress(bytes(64 << 20))
    assert len(bomb) < 70_000
    sizes: list[int] = []
    inflating = Inflater("gzip", 4 << 20).feed(bomb)
    assert fault_of(lambda: sizes.extend(len(piece) for piece in inflating)) is Fault.TOO_LARGE
    assert max(sizes) <= 1 << 20
    assert sum(sizes) <= 4 << 20


def test_gzip_members_may_follow_each_other():
    assert inflate(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 10) == b"ab"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "aes128gcm"])
def test_other_codings_are_refused(coding):
    assert fault_of(inflate, b"x", coding, 10) is Fault.UNREADABLE


def test_damaged_and_truncated_compression():
    packed = gzip.compress(b"abcdefgh" * 100)
    assert fault_of(inflate, packed[:-4], "gzip", 10_000) is Fault.TRUNCATED
    assert fault_of(inflate, b"junk" + packed, "gzip", 10_000) is Fault.UNREADABLE
    assert fault_of(inflate, packed + b"junk", "gzip", 10_000) is Fault.UNREADABLE
    assert inflate(b"", "gzip", 10) == b""


@given(
    body=st.binary(max_size=5000), cut=st.integers(1, 700), coding=st.sampled_from(["gzip", "deflate", ""])
)
def test_pieces_give_what_the_whole_gives(body, cut, coding):
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "": body}[coding]
    inflater = Inflater(coding, len(body))
    pieces = [packed[at : at + cut] for at in range(0, len(packed), cut)]
    found = b"".join(piece for part in pieces for piece in inflater.feed(part))
    assert found + inflater.finish() == body


DOCUMENT = {
    "type": "success",
    "result": {"data": [{"a": 1, "b": {"c": 2}, "fj": [{"n": "x", "id": 1}], "new": ""}], "total": 1},
}


def unseen_after(*paths: str) -> list[str]:
    sight = Sight(DOCUMENT)
    for path in paths:
        sight.find(Path(path), DOCUMENT)
    return list(sight.unseen())


def test_what_nobody_looked_at_is_known_even_when_empty():
    every = ["type", *(f"result.data[].{leaf}" for leaf in ("a", "b.c", "fj[].n", "fj[].id", "new"))]
    assert unseen_after() == [*every, "result.total"]
    assert unseen_after("type", "result.data[].[a, b.c, new]", "result.data[].fj[].n") == [
        "result.data[].fj[].id",
        "result.total",
    ]


def test_passing_a_list_on_the_way_is_not_looking_at_its_rows():
    assert "result.data[].a" in unseen_after("result.data")
    assert "result.data[].a" in unseen_after("length(result.data)")


def test_both_sides_of_an_or_are_looked_at():
    seen = unseen_after("result.data[].[a || new]")
    assert not {"result.data[].a", "result.data[].new"} & set(seen)


def test_passing_over_counts_everything_below():
    sight = Sight(DOCUMENT)
    sight.pass_over(Path("result"), DOCUMENT)
    assert list(sight.unseen()) == ["type"]


@pytest.mark.parametrize(
    "expression", ["", "a[", "a b", "x" * 201, "to_number(a)", "map(&a, b)", "sort_by(a, &b)", "a | sum(@)"]
)
def test_a_path_that_is_none_or_computes_is_refused(expression):
    with pytest.raises(ValueError, match=r"(?i)path|function"):
        Path(expression)


def test_a_path_that_does_not_fit_finds_nothing():
    sight = Sight(DOCUMENT)
    assert sight.find(Path("length(result.nowhere)"), DOCUMENT) is None
    assert sight.find(Path("type.deeper[0]"), DOCUMENT) is None
