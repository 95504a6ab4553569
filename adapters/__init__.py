"""How we ask: one manifest an agency, run by the kit of its protocol."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from contracts.errors import ManifestInvalid
from contracts.text import text

if TYPE_CHECKING:
    from adapters.base import Adapter, Clock, Deliveries, Secrets
    from adapters.egress import Egress
    from adapters.manifest import Manifest
    from adapters.resilience import Lookout

KITS = "landbridge.adapters"
"""The entry-point group where protocol kits, ours and other people's, are found."""


def assemble(  # noqa: PLR0913  what a kit stands on
    manifest: Manifest,
    version: int,
    egress: Egress,
    secrets: Secrets,
    clock: Clock,
    lookout: Lookout | None = None,
    *,
    deliveries: Deliveries | None = None,
) -> Adapter:
    """The manifest's adapter within its limits. Raises ManifestInvalid when no kit speaks its protocol.

    Adapters of the same agency that share a lookout share its breaker and its pace. A manifest with a `drop`
    section is for a kit that reads deliveries; only such a kit is handed them.
    """
    from adapters.resilience import repeatable, sturdy  # noqa: PLC0415  a kit's machinery is loaded when one is wanted

    kit = kit_of(manifest.connection.protocol)
    held = {} if manifest.connection.drop is None else {"deliveries": _needed(deliveries)}
    adapter = kit(manifest, version, egress, secrets, clock, **held)
    return sturdy(adapter, manifest.limits, clock, lookout, repeatable(manifest))


@cache
def kit_of(protocol: str) -> Any:
    """The kit that speaks a protocol, looked for once: that reads every installed package's entry points.

    Raises ManifestInvalid when none speaks it.
    """
    kits = entry_points(group=KITS, name=protocol)
    if not kits:
        raise ManifestInvalid(text(f"没有协议 {protocol} 的适配套件", f"No kit speaks protocol {protocol}"))
    return next(iter(kits)).load()


def _needed(deliveries: Deliveries | None) -> Deliveries:
    if deliveries is None:
        raise ManifestInvalid(text("此处未提供接收目录", "No drop folders are kept here"))
    return deliveries
