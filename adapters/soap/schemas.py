"""Our own minimal renditions of the standard schemas that WSDLs refer to, so that none is ever fetched.

They hold the names that services use, not what the standards say of them: enough to build an envelope.
"""

from __future__ import annotations

from types import MappingProxyType

_XSD = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_XML = "http://www.w3.org/XML/1998/namespace"
_SIMPLE = (
    *("string", "boolean", "decimal", "float", "double", "integer", "long", "int", "short", "byte"),
    *("date", "dateTime", "time", "anyURI", "QName", "base64Binary", "hexBinary"),
)

_SOAP_ENCODING = f"""<xs:schema {_XSD} xmlns:tns="{_ENCODING}" targetNamespace="{_ENCODING}">
  <xs:attribute name="arrayType" type="xs:string"/>
  <xs:attribute name="offset" type="xs:string"/>
  <xs:attributeGroup name="commonAttributes">
    <xs:attribute name="id" type="xs:ID"/>
    <xs:attribute name="href" type="xs:anyURI"/>
  </xs:attributeGroup>
  <xs:attributeGroup name="arrayAttributes">
    <xs:attribute ref="tns:arrayType"/>
    <xs:attribute ref="tns:offset"/>
  </xs:attributeGroup>
  <xs:group name="Array"><xs:sequence>
    <xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>
  </xs:sequence></xs:group>
  <xs:complexType name="Array">
    <xs:group ref="tns:Array" minOccurs="0"/>
    <xs:attributeGroup ref="tns:arrayAttributes"/>
    <xs:attributeGroup ref="tns:commonAttributes"/>
  </xs:complexType>
  <xs:simpleType name="base64"><xs:restriction base="xs:base64Binary"/></xs:simpleType>
{
    "".join(
        f'''  <xs:complexType name="{name}"><xs:simpleContent><xs:extension base="xs:{name}">
    <xs:attributeGroup ref="tns:commonAttributes"/>
  </xs:extension></xs:simpleContent></xs:complexType>
'''
        for name in _SIMPLE
    )
}</xs:schema>"""

_XML_ATTRIBUTES = f"""<xs:schema {_XSD} targetNamespace="{_XML}">
  <xs:attribute name="lang" type="xs:string"/>
  <xs:attribute name="space" type="xs:string"/>
  <xs:attribute name="base" type="xs:anyURI"/>
  <xs:attribute name="id" type="xs:ID"/>
  <xs:attributeGroup name="specialAttrs"/>
</xs:schema>"""

_SIGNATURE = f"""<xs:schema {_XSD} xmlns:tns="{_DSIG}" targetNamespace="{_DSIG}">
  <xs:complexType name="SignatureType"><xs:sequence>
    <xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>
  </xs:sequence></xs:complexType>
  <xs:element name="Signature" type="tns:SignatureType"/>
</xs:schema>"""

RENDITIONS = MappingProxyType(
    {
        _ENCODING: _SOAP_ENCODING,
        _ENCODING.removesuffix("/"): _SOAP_ENCODING,
        _XML: _XML_ATTRIBUTES,
        "http://www.w3.org/2001/xml.xsd": _XML_ATTRIBUTES,
        "https://www.w3.org/2001/xml.xsd": _XML_ATTRIBUTES,
        _DSIG: _SIGNATURE,
        "http://www.w3.org/TR/xmldsig-core/xmldsig-core-schema.xsd": _SIGNATURE,
        "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": _SIGNATURE,
    }
)
"""By the namespaces and addresses they are asked for under."""
