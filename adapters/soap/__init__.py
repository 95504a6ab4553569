"""The SOAP kit: envelopes from a frozen WSDL, or of our own making; replies are read by `adapters.decode`."""

from adapters.soap.freeze import as_yaml, freeze, over
from adapters.soap.kit import SoapAdapter
from adapters.soap.wsdl import Declared, inventory

__all__ = ["Declared", "SoapAdapter", "as_yaml", "freeze", "inventory", "over"]
