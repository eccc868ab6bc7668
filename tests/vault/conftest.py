"""Keys of a deployment and the published vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.vault.keys import Keys

VECTORS = Path(__file__).parent / "vectors"
ORIGIN = "petition.example/log"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Return the keys of a new deployment."""
    return Keys.create(tmp_path / "keys", ORIGIN)


@pytest.fixture(scope="session")
def privacy() -> Any:
    """Return the vectors of commitments, tokens and normalised addresses."""
    return json.loads((VECTORS / "privacy.json").read_text())


@pytest.fixture(scope="session")
def leaf() -> Any:
    """Return the vector of one whole signature."""
    return json.loads((VECTORS / "leaf.json").read_text())
