"""Upgrades while people sign: each node in turn ends and starts, in the same version or in one with another schema."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from service.operations.processes import TOP, Processes
from service.store.schema import schema_of
from tests.faults.load import Load
from tests.faults.scene import Scene

SERVED = 3  # people who go on while the schema is newer than the processes
STEP = '''"""A step of a made-up version: a column and an index in tables that are written all the time, and a table."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{new}", "{old}"


def upgrade() -> None:
    op.add_column("event", sa.Column("made_up_{new}", sa.Text))
    op.add_column("waiting", sa.Column("made_up_{new}", sa.Text))
    op.create_index("made_up_{new}_index", "waiting", ["made_up_{new}"])
    op.create_table("made_up_{new}_table", sa.Column("id", sa.Integer, primary_key=True))
'''


def upgraded(scene: Scene, load: Load) -> None:
    """Each node in turn ends what it began, as it is told to, and is started anew; nobody goes without an answer."""
    before = len(load.unanswered)
    _in_turn(scene, load, None)
    assert len(load.unanswered) == before


def migrated(scene: Scene, load: Load) -> None:
    """The next version moves the schema under the old processes, which go on serving until each is replaced."""
    before = len(load.unanswered)
    following = _next_version(scene)
    environ = scene.nodes[-1].environ | {"PYTHONPATH": str(following)}
    command = [sys.executable, "-m", "service.cli", "prepare"]
    done = subprocess.run(command, cwd=following, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    scene.wait_for_readiness(503)  # the old ones say so, and serve all the same
    load.waits_for(SERVED)
    _in_turn(scene, load, following)
    assert len(load.unanswered) == before


def _in_turn(scene: Scene, load: Load, following: Path | None) -> None:
    for node in scene.nodes:
        web = node.processes.running.pop("web")  # who balances the load sends nobody there from now on
        load.waits_for(1)
        web.terminate()
        assert web.wait(60) == 0
        node.processes.stop()
        if following is not None:
            node.processes = Processes(node.environ, node.folder / "logs", following)
        node.start()
        scene.wait_for_readiness(200, [node])


def _next_version(scene: Scene) -> Path:
    """Return a folder with this version and one more step of the schema: links, but for the room with the steps."""
    with scene.installation.services.database.read() as connection:
        old = schema_of(connection)
    new = str(int(old) + 1 if int(old) > 9000 else 9001)
    folder = scene.folder / f"version{new}"
    (folder / "service").mkdir(parents=True)
    (folder / "wsgi.py").symlink_to(TOP / "wsgi.py")
    for path in (TOP / "service").iterdir():
        if path.name not in ("store", "__pycache__"):
            (folder / "service" / path.name).symlink_to(path)
    earlier = scene.folder / f"version{old}" / "service" / "store"  # of the round before, if there was one
    store = shutil.copytree(earlier if earlier.exists() else TOP / "service" / "store", folder / "service" / "store")
    (Path(store) / "migrations" / "versions" / f"{new}_made_up.py").write_text(STEP.format(old=old, new=new))
    return folder
