"""XML read without surprises, and the part of XPath that manifests may use."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.decode import Step, XmlPath, XmlSight, decode, parse_xml, xmltext
from adapters.decode.xmltext import DEPTH, MARKS, SLICE, drained, parsing
from contracts.errors import AgencyFailed, Fault


def fault_of(function, *arguments) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        function(*arguments)
    return caught.value.fault


LAUGHS = "<!DOCTYPE a [<!ENTITY b0 'ha'>" + "".join(
    f"<!ENTITY b{n} '{f'&b{n - 1};' * 10}'>" for n in range(1, 4)
)
SURPRISES = {
    "nothing": "",
    "no element": "words",
    "cut short": "<a><b>",
    "two roots": "<a/><b/>",
    "a document type": "<!DOCTYPE a><a/>",
    "a document type after a comment": "<?xml version='1.0'?><!-- x --> <!DOCTYPE a><a/>",
    "a document type after a comment of them": "<!-- <!DOCTYPE --><?p <a ?><!DOCTYPE a><a/>",
    "entities": f"{LAUGHS}]><a>&b3;</a>",
    "entities in an attribute": f"{LAUGHS}]><a x='&b3;'/>",
    "a file": "<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><a>&f;</a>",
    "an unknown entity": "<a>&nbsp;</a>",
    "a control character": "<a>\x01</a>",
    "an unbound prefix": "<x:a/>",
    "a name twice": "<a b='1' b='2'/>",
    "too deep": "<a>" * (DEPTH + 1) + "</a>" * (DEPTH + 1),
    "very deep": "<a>" * 100_000,
    "a lone surrogate": "<a>\ud800</a>",
}


@pytest.mark.parametrize("surprise", SURPRISES)
def test_xml_with_a_surprise_is_refused(surprise):
    assert fault_of(parse_xml, SURPRISES[surprise]) is Fault.UNREADABLE


def test_a_document_type_that_sight_overlooks_is_refused_by_what_the_parser_saw(monkeypatch):
    monkeypatch.setattr(xmltext, "_PROLOG", re.compile("(?!)"))
    assert fault_of(parse_xml, b"<?p x?><!DOCTYPE a><a/>") is Fault.UNREADABLE


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE a [", "<?xml version='1.0'?>\n<!-- x --><!DOCTYPE", " <!ENTITY"]
)
def test_a_document_type_is_refused_before_anything_is_parsed(start):
    with pytest.raises(AgencyFailed, match="document type"):
        parse_xml(start)


@pytest.mark.parametrize("surprise", ["entities", "entities in an attribute"])
def test_the_plain_parser_takes_them(surprise):
    """What the plain stack does, so that the refusals above are known to be ours."""
    root = etree.fromstring(SURPRISES[surprise])
    told = "".join(root.itertext()) + "".join(map(str, root.values()))
    assert "hahaha" in told


def test_too_many_elements_are_refused_before_any_is_made():
    assert fault_of(parse_xml, "<a>" + "<b/>" * MARKS + "</a>") is Fault.TOO_LARGE


def test_as_deep_as_allowed_is_read():
    assert parse_xml("<a>" * DEPTH + "</a>" * DEPTH).tag == "a"


def test_a_long_text_is_parsed_in_slices():
    text = "<a>" + "<b>甲</b>" * 40_000 + "</a>"
    pauses = sum(1 for _ in parsing(text))
    assert len(parse_xml(text)) == 40_000
    assert pauses == -(-len(text) // SLICE) > 3


RARE = "<?xml version='1.0' encoding='{}'?><a>镕</a>"
CHARSETS = {
    "UTF-8": ("UTF-8", "utf-8", None),
    "UTF-8 called GB2312": ("GB2312", "utf-8", "GB2312 -> utf-8"),
    "GBK called GB2312": ("gb2312", "gbk", None),
    "GBK called GBK": ("GBK", "gbk", None),
    "GB 18030": ("GB18030", "gb18030", None),
    "GBK called UTF-8": ("UTF-8", "gbk", "UTF-8 -> gb18030"),
    "UTF-16": ("UTF-16", "utf-16", None),
    "UTF-8 with a mark": ("utf-8", "utf-8-sig", None),
}


@pytest.mark.parametrize("what", CHARSETS)
def test_the_charset_that_fits_is_found_and_kept_for_the_record(what):
    said, charset, relabelled = CHARSETS[what]
    document = decode(RARE.format(said).encode(charset), "", [Step("xml")])
    assert document.content.text == "镕"
    assert document.relabelled == relabelled


def test_the_plain_parser_refuses_what_windows_writes():
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(RARE.format("gb2312").encode("gbk"))


def test_the_transport_speaks_when_the_text_does_not():
    assert decode("<a>镕</a>".encode("gbk"), "GB2312", [Step("xml")]).relabelled is None
    assert decode("<a>镕</a>".encode("gbk"), "", [Step("xml")]).relabelled == "none -> gb18030"


def test_comments_and_instructions_are_left_out_and_cdata_is_text():
    root = parse_xml("<a>1<!-- x -->2<?p x?>3<![CDATA[<&>]]></a>")
    assert (root.text, len(root)) == ("123<&>", 0)


def test_xml_at_a_place_becomes_part_of_the_json_around_it():
    body = b'{"code": 0, "d": {"x": "<r n=\'1\'><i>1</i><i>2</i><o/><p q=\'2\'>3</p></r>"}}'
    content = decode(body, "", [Step("json"), Step("xml", ("d", "x"))]).content
    row = {"@n": "1", "i": ["1", "2"], "o": "", "p": {"@q": "2", "#text": "3"}}
    assert content == {"code": 0, "d": {"x": row}}


ROOT = parse_xml(
    "<R xmlns:n='urn:n'><CODE>-1</CODE><DATA><ROW id='1'><A>a1</A><n:B>b1</n:B><L><M>1</M><M>2</M></L></ROW>"
    "<ROW id='2'><A>a2</A><N xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/></ROW>"
    "</DATA><n:中文 键='值'>文</n:中文></R>"
)
FOUND = {
    "/R/CODE": "-1",
    "string(/R/CODE)": "-1",
    "CODE": "-1",
    "./CODE": "-1",
    "CODE/text()": "-1",
    "count(/R/DATA/ROW)": 2,
    "count(/R/DATA/NONE)": 0,
    "boolean(/R/NONE)": False,
    "/R/NONE": None,
    "string(/R/NONE)": None,
    "/X/CODE": None,
    "/R/DATA/ROW/A": ["a1", "a2"],
    "//A": ["a1", "a2"],
    "/R//M": ["1", "2"],
    "/R/DATA/ROW/@id": ["1", "2"],
    "/R/DATA/ROW[1]/@id": "1",
    "/R/DATA/ROW[last()]/A": "a2",
    "/R/DATA/ROW[A='a2']/@id": "2",
    "/R/DATA/ROW[@id='1']/B": "b1",
    "/R/DATA/ROW[@id='1' and not(L)]/B": None,
    "/R/DATA/ROW[contains(A, '2')]/A": "a2",
    "/R/DATA/ROW/L/M[. > 1]": "2",
    "/R/DATA/ROW/L/../A": "a1",
    "normalize-space(/R/DATA/ROW/L)": "12",
    "/R/DATA/ROW/B": "b1",
    "/R/DATA/ROW/N": None,
    "/R/中文": "文",
    "中文/@键": "值",
    "/R/*/ROW/B": "b1",
    "/R/DATA/*[2]/A": "a2",
    ".": ROOT,
}


@pytest.mark.parametrize("path", FOUND)
def test_a_path_leads_where_it_says(path):
    found = XmlSight(ROOT).find(XmlPath(path), ROOT)
    assert found == FOUND[path]
    assert type(found) is type(FOUND[path])


REFUSED = [
    "",
    " ",
    "a" * 201,
    "/R/following::A",
    "/R/preceding::A",
    "/R/following-sibling::A",
    "/R/ancestor::A",
    "//A//B",
    "/R/A[.//B]",
    "/R/A[//B]",
    "/R/A[/R/B='1']",
    "/R/A|/R/B",
    "$x",
    "n:B",
    "document('file:///etc/passwd')",
    "/R/A[document('x')]",
    "id('x')",
    "string(/R/A",
    "/R/A)",
    "/R/A[",
    "concat(/R/A, 'x')",
    "/R/A[starts-with(]",
    "@",
    "a b",
    "1 + ",
    "/R/{x}",
]


@pytest.mark.parametrize("path", REFUSED)
def test_a_path_that_could_cost_or_reach_too_much_is_refused(path):
    with pytest.raises(ValueError, match=r"\w"):
        XmlPath(path)


def test_what_nobody_looked_at_is_known():
    sight = XmlSight(ROOT)
    assert list(sight.unseen()) == [
        "/R/CODE",
        "/R/DATA/ROW/@id",
        "/R/DATA/ROW/A",
        "/R/DATA/ROW/B",
        "/R/DATA/ROW/L/M",
        "/R/中文/@键",
        "/R/中文",
    ]
    for path in ("string(CODE)", "/R/DATA/ROW/A", "中文/@键"):
        sight.find(XmlPath(path), ROOT)
    sight.pass_over(XmlPath("/R/DATA/ROW/L"), ROOT)
    row = sight.rows(XmlPath("/R/DATA/ROW"), ROOT)[0]
    sight.pass_over(XmlPath("@id"), row)
    assert list(sight.unseen()) == ["/R/DATA/ROW/B", "/R/DATA/ROW/@id", "/R/中文"]


WORDS = "/ // . .. @ [ ] ( ) A B * 'x' 1 = and not count :: | string text() child following last() 中 , - $v"
PIECES = st.sampled_from(WORDS.split())


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_path_is_refused_or_leads_somewhere(path):
    try:
        compiled = XmlPath(path)
    except ValueError:
        return
    found = XmlSight(ROOT).find(compiled, ROOT)
    assert found is None or isinstance(found, (str, int, float, list, type(ROOT)))


TREES = st.recursive(
    st.text(st.sampled_from("ab 甲镕<&>'"), max_size=8),
    lambda below: st.lists(st.tuples(st.sampled_from(["a", "b", "甲"]), below), min_size=1, max_size=4),
    max_leaves=20,
)


def written(tree) -> str:
    if isinstance(tree, str):
        return tree.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<{name}>{written(below)}</{name}>" for name, below in tree)


@settings(deadline=None)
@given(TREES, st.sampled_from(["utf-8", "gb18030"]), st.sampled_from(["", "GB2312", "UTF-8", "gbk"]))
def test_whatever_the_label_the_text_is_the_same(tree, charset, label):
    text = f"<r>{written(tree)}</r>"
    octets = text.encode(charset)
    expected = drained(parsing(text))
    try:
        octets.decode("utf-8")
        ambiguous = charset != "utf-8" and not text.isascii()
    except UnicodeDecodeError:
        ambiguous = False
    if not ambiguous:
        assert etree.tostring(parse_xml(octets, label)) == etree.tostring(expected)
