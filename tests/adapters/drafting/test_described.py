"""Operations found in WSDL and OpenAPI documents: all of them, with what is written beside; hostile ones."""

import json
from typing import Any

import pytest

from adapters.drafting import openapi, wsdl
from adapters.manifest import WsdlRule, load
from contracts.errors import AgencyFailed, Fault, ManifestInvalid
from tests.adapters.conftest import ROOT
from tests.adapters.soap import descriptions as d

ENTRY = "http://a.example/x?wsdl"


def of_wsdl(document: str):
    return wsdl.described(WsdlRule(entry=ENTRY, documents={ENTRY: document}))


def names(node) -> list[str]:
    return [".".join(each.at) for each in node.walk()]


def typed(types: str, reply: str = 'element="t:reply"') -> str:
    """A description whose one operation answers with the element `reply`."""
    messages = (
        d.message("ask", 'element="t:ask"')
        + f'<wsdl:message name="askOut"><wsdl:part name="p" {reply}/></wsdl:message>'
    )
    operation = (
        '<wsdl:operation name="ask"><wsdl:documentation>按项目查询\n 备案证明</wsdl:documentation>'
        '<wsdl:input message="t:askIn"/><wsdl:output message="t:askOut"/></wsdl:operation>'
    )
    return d.wsdl(d.schema(d.WRAPPER + types), messages, operation, d.DOCUMENT + d.bound("ask"))


def note(words: str) -> str:
    return f"<xs:annotation><xs:documentation>{words}</xs:documentation></xs:annotation>"


def kind(name: str, inside: str) -> str:
    return f'<xs:complexType name="{name}"><xs:sequence>{inside}</xs:sequence></xs:complexType>'


def holding(name: str, inside: str) -> str:
    """An element with a type of its own."""
    own = f"<xs:complexType><xs:sequence>{inside}</xs:sequence></xs:complexType>"
    return f'<xs:element name="{name}">{own}</xs:element>'


ROW = (
    f'<xs:element name="c01" type="xs:string">{note("备案编号")}</xs:element>'
    f'<xs:element name="c02" type="xs:date">{note("竣工验收日期")}</xs:element>'
    + holding("parts", '<xs:element name="part" type="xs:string" maxOccurs="unbounded"/>')
)
WIDER = """<xs:element name="reply"><xs:complexType><xs:complexContent><xs:extension base="t:Base">
<xs:sequence>
<xs:element name="row" type="t:Row" maxOccurs="unbounded"/></xs:sequence></xs:extension></xs:complexContent>
</xs:complexType></xs:element>"""
REPLY = kind("Base", '<xs:element name="code" type="xs:string"/>') + kind("Row", ROW) + WIDER


def test_the_demo_agency_is_found_with_its_argument():
    manifest = load((ROOT / "config" / "agencies" / "mdj-hc.yaml").read_text("utf-8"), "mdj-hc.yaml")
    assert manifest.wsdl
    [operation] = wsdl.described(manifest.wsdl).operations
    assert (operation.name, operation.where, operation.usable) == ("query", "HcService/HcPort", True)
    assert [(each.name, each.type) for each in operation.inputs] == [("xmlStr", "string")]


def test_operations_come_with_documentation_and_the_tree_of_their_reply():
    [operation] = of_wsdl(typed(REPLY)).operations
    assert operation.doc == "按项目查询 备案证明"
    assert [each.name for each in operation.inputs] == ["xmlStr", "size"]
    assert operation.outputs is not None
    assert names(operation.outputs) == [
        "reply",
        "reply.code",
        "reply.row",
        "reply.row.c01",
        "reply.row.c02",
        "reply.row.parts",
        "reply.row.parts.part",
    ]
    row = operation.outputs.below[1]
    assert row.many
    assert [(each.doc, each.type) for each in row.below[:2]] == [
        ("备案编号", "string"),
        ("竣工验收日期", "date"),
    ]


def test_an_operation_that_cannot_be_asked_is_there_by_name_with_the_reason():
    found = {each.name: each for each in of_wsdl(d.LOSSY).operations}
    assert list(found) == ["ask", "odd", "ghost"]
    assert found["odd"].reason
    assert found["ghost"].reason
    twice = [each for each in of_wsdl(d.LOSSY).operations if each.name == "ask"]
    assert [each.usable for each in twice] == [True, False]


def test_an_operation_over_plain_http_is_there_with_the_reason():
    document = d.PLAIN.replace(
        "http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/http/"
    )
    found = of_wsdl(document).operations
    assert [each.name for each in found] == ["ask", "say"]
    assert all(each.reason and each.reason.en == "not a SOAP binding over HTTP" for each in found)


@pytest.mark.parametrize("document", [d.PLAIN, d.TWELVE, d.ENCODED])
def test_every_style_is_described(document):
    assert all(each.usable and each.inputs for each in of_wsdl(document).operations if each.name != "say")


HOLDS_ITSELF = (
    kind("Tree", '<xs:element name="name" type="xs:string"/><xs:element name="child" type="t:Tree"/>')
    + '<xs:element name="reply" type="t:Tree"/>'
)
REFERS_ROUND = (
    holding("one", '<xs:element ref="t:two"/>')
    + holding("two", '<xs:element ref="t:one"/>')
    + holding("reply", '<xs:element ref="t:one"/>')
)
WIDENS_ITSELF = (
    "".join(
        kind(f"T{n}", f'<xs:element name="a" type="t:T{n + 1}"/><xs:element name="b" type="t:T{n + 1}"/>')
        for n in range(40)
    )
    + kind("T40", '<xs:element name="z" type="xs:string"/>')
    + '<xs:element name="reply" type="t:T0"/>'
)


WIDE = kind("Wide", "".join(f'<xs:element name="e{n}" type="xs:string"/>' for n in range(4_000))) + (
    '<xs:element name="reply" type="t:Wide"/>'
)


@pytest.mark.parametrize("types", [HOLDS_ITSELF, REFERS_ROUND, WIDENS_ITSELF, WIDE])
def test_types_that_go_on_for_ever_end(types):
    [operation] = of_wsdl(typed(types)).operations
    assert operation.outputs is not None
    assert len(names(operation.outputs)) <= wsdl.NODES + wsdl.DEPTH
    assert max(len(node.at) for node in operation.outputs.walk()) <= wsdl.DEPTH + 2


def test_a_type_that_holds_itself_is_shown_once():
    [operation] = of_wsdl(typed(HOLDS_ITSELF)).operations
    assert operation.outputs is not None
    assert names(operation.outputs) == [
        "reply",
        "reply.name",
        "reply.child",
        "reply.child.name",
        "reply.child.child",
    ]


@pytest.mark.parametrize(
    "document", ["<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>" * 70 + "</a>" * 70]
)
def test_hostile_wsdls_are_refused_in_words(document):
    with pytest.raises(AgencyFailed) as caught:
        of_wsdl(document)
    assert caught.value.fault == Fault.UNREADABLE


OPENAPI = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://other.example/api"}],
    "paths": {
        "/permits": {
            "parameters": [{"name": "X-App", "in": "header", "schema": {"type": "string"}}],
            "get": {
                "operationId": "permits",
                "summary": "查询许可证",
                "parameters": [
                    {
                        "name": "xmmc",
                        "in": "query",
                        "required": True,
                        "description": "项目名称",
                        "schema": {"type": "string"},
                    },
                    {"$ref": "#/components/parameters/Page"},
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reply"}}}
                    }
                },
            },
            "delete": {"responses": {}},
        },
        "/permits/{xkzh}": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}
                        }
                    }
                },
                "responses": {"200": {"description": "ok"}},
            }
        },
    },
    "components": {
        "parameters": {"Page": {"name": "pageNo", "in": "query", "schema": {"type": "integer"}}},
        "schemas": {
            "Reply": {
                "allOf": [
                    {"$ref": "#/components/schemas/Code"},
                    {
                        "properties": {
                            "data": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}
                        }
                    },
                ]
            },
            "Code": {"properties": {"code": {"type": "string"}}},
            "Row": {
                "properties": {
                    "c1": {"type": "string", "description": "许可证号"},
                    "parent": {"$ref": "#/components/schemas/Row"},
                }
            },
        },
    },
}


def of_openapi(content: object):
    return openapi.described(json.dumps(content).encode())


def test_every_operation_of_every_path_is_found():
    found = of_openapi(OPENAPI)
    assert [(each.name, each.where, each.usable) for each in found.operations] == [
        ("permits", "GET /permits", True),
        ("delete /permits", "DELETE /permits", False),
        ("post /permits/{xkzh}", "POST /permits/{xkzh}", True),
    ]
    get = found.operations[0]
    assert (get.doc, get.path) == ("查询许可证", "/api/permits")
    assert [(each.name, each.within, each.doc, each.required) for each in get.inputs] == [
        ("X-App", "header", "", False),
        ("xmmc", "query", "项目名称", True),
        ("pageNo", "query", "", False),
    ]
    assert [(each.name, each.within) for each in found.operations[2].inputs] == [("a", "json")]
    assert found.address == "https://other.example/api"


def test_the_tree_of_a_reply_ends_where_it_begins_again():
    outputs = of_openapi(OPENAPI).operations[0].outputs
    assert outputs is not None
    assert names(outputs) == ["", "code", "data", "data.c1", "data.parent"]
    data = outputs.below[1]
    assert data.many
    assert data.below[0].doc == "许可证号"


def test_swagger_two_in_yaml_reads_as_well():
    document = """
swagger: "2.0"
host: 10.1.2.3:80
basePath: /v2
paths:
  /q:
    post:
      operationId: q
      parameters:
        - {name: xmdm, in: formData, type: string, description: 投资项目代码}
        - {name: body, in: body, schema: {properties: {a: {type: string}}}}
      responses:
        200: {schema: {properties: {d: {type: string}}}}
"""
    found = openapi.described(document.encode())
    [operation] = found.operations
    assert (operation.path, found.address) == ("/v2/q", "http://10.1.2.3:80/v2")
    assert [(each.name, each.within) for each in operation.inputs] == [("xmdm", "form"), ("a", "json")]
    assert operation.outputs is not None
    assert names(operation.outputs) == ["", "d"]


def with_ref(place: str) -> dict[str, Any]:
    paths = {"/a": {"get": {"parameters": [{"$ref": place}]}}, "/b": {"$ref": place}, "/c": {"get": {}}}
    return {"openapi": "3.1.0", "paths": paths, "x": {"$ref": "#/x"}}


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("http://elsewhere.example/p.json#/x", "refers to another document"),
        ("other.yaml", "refers to another document"),
        ("file:///etc/passwd", "refers to another document"),
        ("#/x", "refers to itself"),
        ("#/components/nothing", "refers to what is not in the document"),
    ],
)
def test_references_that_lead_nowhere_leave_the_operation_there_with_the_reason(place, reason):
    first, second, third = of_openapi(with_ref(place)).operations
    assert [each.reason and each.reason.en for each in (first, second, third)] == [reason, reason, None]
    assert second.where == "* /b"


@pytest.mark.parametrize("how", ["properties", "allOf"])
def test_schemas_that_double_at_every_step_end(how):
    schemas: dict[str, Any] = {"S40": {}}
    for n in range(40):
        below = {"$ref": f"#/s/S{n + 1}"}
        schemas[f"S{n}"] = {"allOf": [below, below]} if how == "allOf" else {how: {"a": below, "b": below}}
    content = {"application/json": {"schema": {"$ref": "#/s/S0"}}}
    paths = {"/a": {"get": {"responses": {"200": {"content": content}}}}}
    [operation] = of_openapi({"openapi": "3.0.0", "s": schemas, "paths": paths}).operations
    assert operation.outputs is not None
    assert len(names(operation.outputs)) <= openapi.NODES + openapi.DEPTH


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        (b"{", AgencyFailed),
        (b'{"openapi": "3.0.0"}', ManifestInvalid),
        (b'{"paths": {}}', ManifestInvalid),
        (b"[1]", ManifestInvalid),
        (b"<html></html>", ManifestInvalid),
        (b"openapi: &a 3\npaths: *a\n", ManifestInvalid),
        (b"openapi: 3\nopenapi: 3\n", ManifestInvalid),
        (b'{"openapi": "3.0.0", "openapi": "3.0.0", "paths": {}}', AgencyFailed),
        (b"a: " + b"[" * 5000, ManifestInvalid),
        (b" " * (openapi.OCTETS + 1), AgencyFailed),
    ],
)
def test_hostile_openapi_documents_are_refused_in_words(octets, error):
    with pytest.raises(error) as caught:
        openapi.described(octets)
    assert caught.value.detail.zh
    assert caught.value.detail.en


ODD: list[dict[str, Any]] = [
    {"openapi": "3.0.0", "paths": {"/a": None, "/b": [], "/c": {"get": []}}},
    {"openapi": "3.0.0", "paths": {"/d": {"get": {"parameters": {}, "responses": []}}}},
    {"openapi": "3.0.0", "servers": "x", "paths": {"/a": {"get": {"parameters": ["x", {"in": []}]}}}},
    {"openapi": "3.0.0", "paths": {"/a": {"post": {"requestBody": {"content": {"a/b": 1}}}}}},
    {"swagger": "2.0", "host": 1, "schemes": 1, "paths": {"/a": {"post": {}}}},
    {
        "swagger": "2.0",
        "paths": {"/a": {"get": {"responses": {"200": {"schema": {"items": {"items": {}}}}}}}},
    },
]


@pytest.mark.parametrize("content", ODD)
def test_documents_of_the_wrong_shape_are_read_as_far_as_they_go(content):
    assert all(each.path for each in of_openapi(content).operations)


def test_too_many_operations_are_refused():
    paths: dict[str, Any] = {f"/p{n}": {"get": {}} for n in range(openapi.OPERATIONS + 1)}
    with pytest.raises(AgencyFailed) as caught:
        of_openapi({"openapi": "3.0.0", "paths": paths})
    assert caught.value.fault == Fault.TOO_LARGE
