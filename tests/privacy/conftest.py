"""Installations with the example appeal open, on each kind of database."""

from __future__ import annotations

from tests.journeys.conftest import at_risk, installation

__all__ = ["at_risk", "installation"]
