"""WSDLs of the kinds that agencies have, written for the tests."""

NS = "http://a.example/"


def wsdl(types: str, messages: str, operations: str, binding: str, soap: str = "soap/") -> str:
    """A description with one port type, one binding (its inside given) and one port."""
    return f"""<wsdl:definitions name="S" targetNamespace="{NS}" xmlns:t="{NS}"
 xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/{soap}"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/">
<wsdl:types>{types}</wsdl:types>{messages}
<wsdl:portType name="P">{operations}</wsdl:portType>
<wsdl:binding name="B" type="t:P">{binding}</wsdl:binding>
<wsdl:service name="S"><wsdl:port name="Port" binding="t:B">
<soap:address location="http://10.9.8.7/inside"/></wsdl:port></wsdl:service>
</wsdl:definitions>"""


def schema(inside: str, more: str = "") -> str:
    return f'<xs:schema targetNamespace="{NS}" elementFormDefault="qualified"{more}>{inside}</xs:schema>'


def alone(inside: str) -> str:
    """A schema that stands in a document of its own."""
    return schema(inside, ' xmlns:xs="http://www.w3.org/2001/XMLSchema"')


def operation(name: str) -> str:
    return f'<wsdl:operation name="{name}"><wsdl:input message="t:{name}In"/></wsdl:operation>'


def bound(name: str, use: str = "literal") -> str:
    return (
        f'<wsdl:operation name="{name}"><soap:operation soapAction="urn:{name}"/>'
        f'<wsdl:input><soap:body use="{use}" namespace="{NS}"/></wsdl:input></wsdl:operation>'
    )


def message(name: str, part: str) -> str:
    return f'<wsdl:message name="{name}In"><wsdl:part name="p" {part}/></wsdl:message>'


DOCUMENT = '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
RPC = '<soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>'
WRAPPER = """<xs:element name="ask"><xs:complexType><xs:sequence>
<xs:element name="xmlStr" type="xs:string"/><xs:element name="size" type="xs:int" minOccurs="0"/>
</xs:sequence></xs:complexType></xs:element>"""
BARE = '<xs:element name="say" type="xs:string"/>'

PLAIN = wsdl(
    schema(WRAPPER + BARE),
    message("ask", 'element="t:ask"') + message("say", 'element="t:say"'),
    operation("ask") + operation("say"),
    DOCUMENT + bound("ask") + bound("say"),
)
"""Document/literal, SOAP 1.1: `ask` wrapped, `say` bare."""

TWELVE = wsdl(
    schema(WRAPPER), message("ask", 'element="t:ask"'), operation("ask"), DOCUMENT + bound("ask"), "soap12/"
)
"""The same in SOAP 1.2."""

ENCODED = wsdl(
    f"""<xs:schema targetNamespace="{NS}"><xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>
<xs:complexType name="List"><xs:complexContent><xs:restriction base="enc:Array">
<xs:attribute ref="enc:arrayType"/></xs:restriction></xs:complexContent></xs:complexType></xs:schema>""",
    message("old", 'type="enc:string"'),
    operation("old"),
    RPC + bound("old", "encoded"),
)
"""RPC/encoded as Axis 1 writes it: the encoding's schema is named and not to be found."""

LOSSY = wsdl(
    schema(WRAPPER + '<xs:element name="odd"><xs:complexType/></xs:element>'),
    message("ask", 'element="t:ask"') + message("odd", 'element="t:nobody"'),
    operation("ask") + operation("odd"),
    DOCUMENT + bound("ask") + bound("odd") + bound("ghost") + bound("ask"),
)
"""One operation whose element is nowhere, one without a port type's word, one that stands twice."""


def importing(location: str) -> str:
    """A description whose types are elsewhere."""
    return wsdl(
        f'<xs:schema><xs:import namespace="{NS}" schemaLocation="{location}"/></xs:schema>',
        message("ask", 'element="t:ask"'),
        operation("ask"),
        DOCUMENT + bound("ask"),
    )
