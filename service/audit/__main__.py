"""The auditor's command line: `python -m service.audit verify SOURCE`, and what else can be asked of a log."""

from __future__ import annotations

import argparse
import io
import os
import sys

from service.audit import (
    cli_at,
    cli_compare,
    cli_package,
    cli_receipt,
    cli_replay,
    cli_report,
    cli_sample,
    cli_verify,
    witness,
)
from service.audit.reading import Unreadable
from service.audit.report import USAGE

COMMANDS = (cli_verify, cli_replay, cli_receipt, cli_at, cli_compare, cli_report, cli_sample, cli_package, witness)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and gives its exit code (docs/auditing.md)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a poor terminal must not end an audit
    parser = argparse.ArgumentParser(prog="python -m service.audit", description="Checks a published signature log.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except Unreadable as error:
        print(error, file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped: nothing was decided.", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # Whoever read the report has seen enough; what is left must not fail again when Python flushes it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    return code


if __name__ == "__main__":
    sys.exit(main())
