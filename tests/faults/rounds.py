"""The faults by name, and a round of one: people sign, it happens, people go on, and the account is made.

`tests/faults/run` runs as many rounds as it is asked for, and adds a line a round to a file; a test runs a few of each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.operations.processes import TOP
from tests.faults import databases, disks, killing, mails, nodes, typesetting, upgrading
from tests.faults.load import Load
from tests.faults.scene import Account, Scene
from tests.faults.scenes import SCENES

BEFORE, AFTER = 3, 4  # people who confirm before a fault, and after it
RECORD = TOP / "docs" / "faults.ndjson"


@dataclass(frozen=True)
class Fault:
    """What happens, on which scene, and how many rounds are the full measure."""

    scene: str
    happens: Callable[[Scene, Load], None]
    rounds: int = 10


def _on(scenes: tuple[str, ...], rounds: int, **happen: Callable[[Scene, Load], None]) -> dict[str, Fault]:
    named = ((scene, name.replace("_", "-"), each) for name, each in happen.items() for scene in scenes)
    return {f"{name}/{scene}": Fault(scene, each, rounds) for scene, name, each in named}


BOTH = ("sqlite", "postgresql")
FAULTS = {
    **_on(
        BOTH, 100,
        web_worker=killing.kill_web_worker, web_master=killing.kill_web_master, worker=killing.kill_worker,
        mailer=killing.kill_mailer, everything=killing.kill_everything, typesetting=typesetting.killed,
    ),
    **_on(
        ("postgresql",), 100,
        recorder=killing.kill_recorder, projections=killing.kill_projections, publisher=killing.kill_publisher,
    ),
    **_on(
        ("postgresql",), 10,
        database_stopped=databases.stopped, database_restarted=databases.restarted, database_killed=databases.killed,
        backend_killed=databases.connection_killed, no_connections=databases.out_of_connections,
        database_still=databases.stands_still, partition_reset=databases.reset, partition_silent=databases.silent,
        failover=databases.fails_over,
    ),
    **_on(("postgresql",), 10, upgrade=upgrading.upgraded, schema_upgrade=upgrading.migrated),
    **_on(("sqlite",), 10, lock_held=databases.lock_file_held, file_locked=databases.file_locked),
    **_on(BOTH, 10, disk_full=disks.database_full, pause=nodes.paused, flood=nodes.flooded),
    **_on(BOTH, 10, typesetting_memory=typesetting.out_of_memory),
    **_on(BOTH, 10, clock_forward=nodes.clock_forward, clock_back=nodes.clock_back),
    **_on(("sqlite",), 10, mail_full=disks.mail_full, logs_full=disks.log_full),
    **_on(("smtp",), 10, smtp_dead=mails.dead, smtp_refuses=mails.refuses, smtp_slow=mails.slow),
}  # fmt: skip


def run_round(scene: Scene, fault: Fault) -> Account:
    """Let a fault happen among people who sign, and return the account of all rounds on this scene so far."""
    with scene.load() as load:
        load.waits_for(BEFORE)
        fault.happens(scene, load)
        scene.claims_end()
        load.waits_for(AFTER)
    return scene.account()


def run(names: Iterable[str], rounds: int | None, record: Path) -> bool:
    """Run rounds of faults, each fault on a scene of its own; stop a fault at its first bad round."""
    well = True
    for name in names:
        fault = FAULTS[name]
        with tempfile.TemporaryDirectory(prefix="petition-fault-") as folder:
            with SCENES[fault.scene](Path(folder)) as scene:
                for number in range(1, (rounds or fault.rounds) + 1):
                    line = _line(name, number, scene)
                    with open(record, "a", encoding="utf-8") as out:
                        out.write(json.dumps(line) + "\n")
                    print(json.dumps(line), flush=True)
                    if not line["well"]:
                        well = False
                        break
    return well


def _line(name: str, number: int, scene: Scene) -> dict[str, object]:
    started, since = datetime.now(UTC), time.monotonic()
    line: dict[str, object] = {
        "date": started.isoformat(timespec="seconds"), "commit": _commit(), "fault": name.split("/")[0],
        "database": "postgresql" if scene.pair else "sqlite", "round": number,
    }  # fmt: skip
    try:
        account = run_round(scene, FAULTS[name])
        line |= {"well": account.is_well, **asdict(account)}
    except Exception as error:
        line |= {"well": False, "error": f"{type(error).__name__}: {error}"[:300]}
    return line | {"seconds": round(time.monotonic() - since, 1)}


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> int:
    """Run the faults that are named, or all."""
    parser = argparse.ArgumentParser(prog="tests/faults/run", description="Faults under load, with an account a round.")
    parser.add_argument("fault", nargs="*", help="NAME or NAME/SCENE; without: all. " + ", ".join(FAULTS))
    parser.add_argument("--rounds", type=int, help="without: 100 of each kill, 10 of each other")
    parser.add_argument("--record", type=Path, default=RECORD, help=f"the file that gets a line a round ({RECORD})")
    chosen = parser.parse_args()
    names = [name for name in FAULTS if not chosen.fault or {name, name.split("/")[0]} & set(chosen.fault)]
    if not names:
        parser.error("no such fault")
    return 0 if run(names, chosen.rounds, chosen.record) else 1


if __name__ == "__main__":
    sys.exit(main())
