"""The table kit: rows of a front-end database (前置库), read as a manifest says and never written to."""

from adapters.table.kit import TableAdapter, blamed
from adapters.table.line import Column, Line, Reader, Rows, connected

__all__ = ["Column", "Line", "Reader", "Rows", "TableAdapter", "blamed", "connected"]
