"""`python -m service.audit witness`: cosigns the checkpoints of logs, for partners who watch over them.

Needs the standard library and `cryptography` alone: `python -m service.audit.witness` runs without msgspec.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from service.audit.notes import ED25519, BadNote, VerifierKey, parse_vkey
from service.audit.reading import Unreadable
from service.audit.witness_key import make_key, read_key
from service.audit.witness_rules import Witness
from service.audit.witness_server import WitnessServer
from service.audit.witness_state import WitnessState

LISTEN = ("127.0.0.1", 7380)
EXAMPLE = """\
example: python -m service.audit witness --new-key witness.example.org/w1 --key witness.key
         python -m service.audit witness --key witness.key --log VKEY --state witness.db

Ctrl-C or SIGTERM ends it; what was begun is finished. A proxy in front ends TLS.
"""


def add(commands: Any) -> None:
    """Adds the command."""
    command = commands.add_parser("witness", help="cosign the checkpoints of logs, for partners")
    add_options(command)
    command.set_defaults(run=run)


def add_options(command: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    command.epilog, command.formatter_class = EXAMPLE, argparse.RawDescriptionHelpFormatter
    command.description = "Cosigns the checkpoints of logs, each only if it extends the last one cosigned."
    command.add_argument("--key", type=Path, metavar="FILE", required=True, help="the witness's own key")
    command.add_argument("--new-key", metavar="NAME", help="make a key of this name in --key, print it, and end")
    known = "the key of a log to watch over; may be given several times"
    command.add_argument("--log", type=_log_key, metavar="VKEY", action="append", default=[], help=known)
    command.add_argument("--state", type=Path, metavar="FILE", help="what was cosigned last; never lose or copy it")
    command.add_argument("--listen", type=_address, metavar="HOST:PORT", default=LISTEN, help="default 127.0.0.1:7380")


def run(options: argparse.Namespace) -> int:
    """Makes a key, or serves until it is told to stop. :raises Unreadable: if key, state or address cannot be used."""
    if options.new_key is not None:
        print(make_key(options.key, options.new_key).vkey)
        return 0
    if not options.log or options.state is None:
        raise Unreadable("A witness needs --log VKEY, the log's key, and --state FILE, which it makes if need be.")
    key = read_key(options.key)
    witness = Witness(key, options.log, WitnessState(options.state), lambda: int(time.time()))
    try:
        server = WitnessServer(options.listen, witness)
    except OSError as error:
        raise Unreadable(f"Cannot listen at {options.listen[0]}:{options.listen[1]}: {error.strerror}.") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"witness {key.vkey}")
    for origin in witness.logs:
        last = witness.state.last(origin)
        print(f"log {origin}, cosigned up to size {last.size if last else 0}")
    host = f"[{server.server_name}]" if ":" in server.server_name else server.server_name
    print(f"listening at http://{host}:{server.server_port}", flush=True)
    server.serve_forever()
    server.server_close()
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs the command by itself and gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m service.audit.witness")
    add_options(parser)
    try:
        return run(parser.parse_args(arguments))
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2


def _log_key(text: str) -> VerifierKey:
    try:
        key = parse_vkey(text)
    except BadNote as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if key.algorithm != ED25519:
        raise argparse.ArgumentTypeError(f"{key.name}: a log signs with Ed25519, algorithm 1")
    return key


def _address(text: str) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([^:\s\[\]]+)):([0-9]{1,5})", text, re.ASCII)
    if found is None or int(found[3]) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: write HOST:PORT, such as 127.0.0.1:7380 or [::1]:7380")
    return found[1] or found[2], int(found[3])


if __name__ == "__main__":
    sys.exit(main())
