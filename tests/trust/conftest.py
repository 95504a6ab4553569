"""A vault in a folder that is thrown away."""

from pathlib import Path

import pytest

from gateway.vault import Vault


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the vault under test keeps its objects."""
    return tmp_path / "vault"


@pytest.fixture
def vault(directory: Path) -> Vault:
    """An empty vault under the key 00 01 … 1f."""
    return Vault(directory, bytes(range(32)))
