"""Fixtures: an app of samples, as a demonstration or not, and a client for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.sample_app import sample_app, sample_settings


@pytest.fixture
def app() -> Flask:
    """Return an app of samples that is no demonstration."""
    return sample_app(sample_settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the app."""
    return app.test_client()


@pytest.fixture
def demonstration(tmp_path: Path) -> Flask:
    """Return an app of samples that is a demonstration with an empty mailbox in `tmp_path`."""
    return sample_app(sample_settings(tmp_path))
