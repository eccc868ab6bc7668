"""Fixtures: an app of samples, as a demonstration or not, and a client for it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.sample_app import sample_app, sample_settings


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app of samples that is no demonstration."""
    return sample_app(sample_settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the app."""
    return app.test_client()


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return an app of samples that is a demonstration with an empty mailbox."""
    return sample_app(sample_settings(tmp_path_factory.mktemp("mailbox")))
