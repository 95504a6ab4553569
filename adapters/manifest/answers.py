"""What an adapter says of itself by its manifest alone, whatever protocol it speaks."""

from __future__ import annotations

from adapters.base import Key, Keys, first_usable
from adapters.manifest.model import Manifest


class ByManifest:
    """An adapter's part that its manifest answers for: the agency, its kinds, the keys that open them."""

    def __init__(self, manifest: Manifest, version: int) -> None:
        self._manifest, self._version = manifest, version

    @property
    def agency(self) -> str:
        """The agency's slug."""
        return self._manifest.agency

    @property
    def version(self) -> int:
        """The manifest's version."""
        return self._version

    @property
    def kinds(self) -> tuple[str, ...]:
        """Slugs of the kinds the manifest has rules for."""
        return self._manifest.kinds

    @property
    def secrets(self) -> tuple[str, ...]:
        """References of the secrets the manifest names."""
        return self._manifest.secrets

    def opened_by(self, kind: str) -> tuple[str, ...]:
        """Names of the keys that open this kind here, best first."""
        rule = self._manifest.material(kind)
        return rule.ask_by if rule else ()

    def key_for(self, kind: str, keys: Keys) -> Key | None:
        """Which of the keys opens this kind here, in the manifest's order."""
        return first_usable(self.opened_by(kind), keys)
