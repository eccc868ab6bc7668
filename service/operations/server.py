"""What the web server loads: the whole application, with its log, or one sentence on why it does not start."""

from __future__ import annotations

import sys

from flask import Flask

from service.app import build_services, create_app
from service.config import Settings
from service.errors import PetitionError
from service.operations.logging import configure_logging, log_requests
from service.operations.metrics import Metrics
from service.operations.metrics_server import measure_requests
from service.operations.readiness import add_readiness
from service.operations.slow_bodies import WholeBodies
from service.web.setup import BODY_MAX_BYTES

SILENT_MAX_S = 8.0  # for a database server that takes a statement and says nothing: then the answer is 503
APP_LOAD_ERROR = 4  # gunicorn stops, and does not start the worker again and again, on this exit code


def application() -> Flask:
    """Return the application for the settings in the environment.

    :raises SystemExit: with gunicorn's code for it, after saying what is wrong.
    """
    configure_logging()
    try:
        services = build_services(Settings.from_environment(), silent_max_s=SILENT_MAX_S)
        app = create_app(services)
    except PetitionError as error:
        print(f"petition: {error}", file=sys.stderr, flush=True)
        raise SystemExit(APP_LOAD_ERROR) from error
    log_requests(app)
    add_readiness(app, services)
    app.extensions["metrics"] = Metrics()
    measure_requests(app, app.extensions["metrics"])
    app.wsgi_app = WholeBodies(app.wsgi_app, BODY_MAX_BYTES)  # type: ignore[method-assign]
    return app
