"""The whole service at work on a real appeal, in one command: opened, signed, counted, written to a court, audited."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from service.app import Services, build_services
from service.clock import SteppedClock, SystemClock
from service.config import Settings
from service.letters.approval import load_letter
from service.operations.demo_appeal import compose_letters, open_appeal
from service.operations.demo_desk import ORGANIZER, REVIEWER, Staff, approve_letter, enter_receipt, queue_letter
from service.operations.demo_home import LETTER, REF, Home
from service.operations.demo_people import PEOPLE
from service.operations.demo_proof import LetterFile, Verdict, audit, write_letter, write_log
from service.operations.demo_supporters import Crowd, count_at, wait_for
from service.operations.demo_visitor import DemonstrationFailed, Visitor
from service.operations.prepare import prepare
from service.operations.processes import TOP, Address, Processes, refuse_taken
from service.signatures.recorder import TICK_S, tick_of

STEPS = 10
INTERRUPTED = 130  # the exit code of a command that Ctrl-C ended


@dataclass(frozen=True)
class Plan:
    """What the demonstration was asked to do."""

    home: Home
    address: Address
    fresh: bool
    at_risk: bool


@dataclass(frozen=True)
class Outcome:
    """What came of it: these lines end `--once`."""

    active: int
    log_size: int
    letters: list[LetterFile]
    verdict: Verdict


@click.command()
@click.option("--once", is_flag=True, help="End after the audit; exit 1 if a result is not what it must be.")
@click.option("--fresh", is_flag=True, help="Start over: delete what an earlier demonstration left.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="On which port.")
@click.option("--home", default=TOP / "var", type=click.Path(path_type=Path), help="The folder to live in. [var]")
@click.option("--at-risk", is_flag=True, help="Keep the appeal's own risk and rules, on a clock that is moved on.")
def demo(once: bool, fresh: bool, host: str, port: int, home: Path, at_risk: bool) -> None:
    """Show the whole service at work on the example appeal, then keep serving it until Ctrl-C.

    Example: petition demo --once
    """
    plan = Plan(Home(home.absolute()), Address(host, port), fresh, at_risk)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _interrupt(stop))
    os.umask(0o077)
    refuse_taken(plan.address)
    with plan.home.taken(fresh=plan.fresh), _processes(plan) as processes:
        try:
            _tell(Demonstration(plan, processes).run())
            if not once:
                _serve(plan, processes, stop)
        except KeyboardInterrupt:
            click.echo("\nStopping web and worker …")
            if once:
                raise SystemExit(INTERRUPTED) from None


class Demonstration:
    """The demonstration's steps, in order; each prints what came of it."""

    def __init__(self, plan: Plan, processes: Processes) -> None:
        self.plan = plan
        self.processes = processes
        self.settings = Settings.from_environment(processes.environ)
        self.visitor = Visitor(plan.address.base_url)
        self.console = Console(highlight=False)
        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self.progress = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        self._step = 0

    def run(self) -> Outcome:
        """Do all steps. :raises PetitionError: at the first whose result is not what it must be."""
        with self.progress:
            self._bar = self.progress.add_task("preparing", total=STEPS + 2 * len(PEOPLE))
            self._prepare()
            services = build_services(self.settings)
            try:
                campaign = self._open(services)
                self._start()
                active, log_size = self._let_people_sign(services)
                letters, letter = self._compose(services, active)
                self._approve(services, letter)
                self._send(services, letter)
                return Outcome(active, log_size, letters, self._audit(services, campaign, active))
            finally:
                services.database.dispose()

    def _prepare(self) -> None:
        self._begin("preparing database and keys")
        clock = SteppedClock(self.settings.clock_file) if self.settings.clock_file else SystemClock()
        sentences = list(prepare(self.settings, clock))
        self._done("Database and keys are ready", *sentences)

    def _open(self, services: Services) -> str:
        self._begin("opening the appeal")
        opened = open_appeal(services, at_risk=self.plan.at_risk)
        if self.plan.at_risk and not opened.is_at_risk:
            raise DemonstrationFailed("the appeal is open as an ordinary one: add --fresh to start over at risk")
        rules = "at risk" if opened.is_at_risk else "ordinary, for the demonstration"
        self._done(f"Appeal {opened.ref} is open ({rules})", f"It can be signed until {opened.closes}")
        return opened.id

    def _start(self) -> None:
        self._begin("starting web server and worker")
        self.processes.start_web(self.plan.address)
        self.processes.start_worker()
        self._done(f"Web server and worker run at {self.plan.address.base_url}")

    def _let_people_sign(self, services: Services) -> tuple[int, int]:
        found = count_at(self.visitor, REF)
        if found[0] >= len(PEOPLE):
            self._begin("looking at what is there")
            self.progress.advance(self._bar, 2 * len(PEOPLE))
            self._done(f"{found[0]} signatures of an earlier demonstration are there")
            return found
        crowd = Crowd(self.visitor, REF, self.plan.home.mail, PEOPLE)
        self._begin(f"{len(PEOPLE)} simulated supporters sign")
        crowd.sign(self._tick)
        self._done(f"{len(PEOPLE)} simulated supporters signed through the form")
        self._begin("they open the mailed link and press the button")
        crowd.confirm(self._tick)
        self._done(f"{len(PEOPLE)} confirmed through the mailed link's page and button")
        return self._wait_for_count(services)

    def _wait_for_count(self, services: Services) -> tuple[int, int]:
        self._begin("waiting for the count")
        if isinstance(services.clock, SteppedClock):  # at risk the recorder appends at fixed ticks only
            services.clock.advance_to(tick_of(services.clock.now()) + timedelta(seconds=TICK_S))

        def counted() -> tuple[int, int] | None:
            self.processes.check()
            found = count_at(self.visitor, REF)
            return found if found[0] >= len(PEOPLE) else None

        active, log_size = wait_for(counted, f"a count of {len(PEOPLE)}")
        if active != len(PEOPLE):
            raise DemonstrationFailed(f"{len(PEOPLE)} people signed, and the count says {active}")
        self._done(f"The page counts {active} at log size {log_size}")
        return active, log_size

    def _compose(self, services: Services, active: int) -> tuple[list[LetterFile], str]:
        self._begin("composing the letter to the Constitutional Court")
        letters = compose_letters(services)
        files = []
        for letter in letters:
            if letter.active != active:
                raise DemonstrationFailed(f"letter {letter.id} claims {letter.active}, and {active} are counted")
            path = self.plan.home.letters / f"{LETTER}-{letter.language}.pdf"
            files.append(write_letter(services.database, letter.pdf, path))
        self._done(f"Letter {LETTER} is composed", *(f"{file.path.name}  {file.sha256}" for file in files))
        return files, letters[0].id

    def _approve(self, services: Services, letter: str) -> None:
        self._begin("two made-up people approve it")
        self.staff = Staff(services, self.plan.home.accounts)
        self.staff.enrol()
        approve_letter(services, self.staff, letter)
        self._done(
            f"{ORGANIZER} asked for approval, {REVIEWER} gave it",
            f"What they sign in with, to try it by hand: {self.plan.home.accounts}",
        )

    def _send(self, services: Services, letter: str) -> None:
        self._begin("the worker hands it over")
        queue_letter(services, self.staff, letter)

        def went() -> str | None:
            self.processes.check()
            state = load_letter(services.log, letter).state
            return None if state in ("queued", "handing_over") else state

        wait_for(went, "the hand-over of the letter")
        enter_receipt(services, self.staff, letter)
        state = load_letter(services.log, letter).state
        if state != "acknowledged":
            raise DemonstrationFailed(f"letter {letter} is {state}, and not acknowledged")
        services.runner.catch_up()
        self._done(
            "The worker handed it over by e-mail, and a made-up receipt is entered",
            f"{self.plan.address.base_url}/en/c/{REF}/letters/{letter}",
        )

    def _audit(self, services: Services, campaign: str, active: int) -> Verdict:
        self._begin("exporting and replaying the log")
        path = write_log(services.database, self.plan.home.log)
        verdict = audit(path, campaign)
        if verdict.active != active:
            raise DemonstrationFailed(f"the auditor's program counts {verdict.active}, and the page {active}")
        self._done(f"The auditor's program replayed {verdict.size} entries and counts {verdict.active}")
        return verdict

    def _begin(self, what: str) -> None:
        self._step += 1
        self.progress.update(self._bar, description=what)

    def _tick(self) -> None:
        self.progress.advance(self._bar)

    def _done(self, result: str, *details: str) -> None:
        self.progress.advance(self._bar)
        self.console.print(f"{self._step}. {result}.", markup=False)
        for detail in details:
            self.console.print(f"     {detail}", markup=False, soft_wrap=True)


def _processes(plan: Plan) -> Processes:
    return Processes(plan.home.environ(plan.address, at_risk=plan.at_risk), plan.home.process_logs)


def _tell(outcome: Outcome) -> None:
    click.echo(f"\ncount     {outcome.active} signatures at log size {outcome.log_size}")
    for letter in outcome.letters:
        click.echo(f"letter    {letter.path}  SHA-256 {letter.sha256}")
    verdict = outcome.verdict
    click.echo(f"audit     {verdict.size} entries replayed: {verdict.errors} errors, {verdict.findings} findings")


def _serve(plan: Plan, processes: Processes, stop: threading.Event) -> None:
    base = plan.address.base_url
    click.echo(f"\nServing at {base}/ until Ctrl-C.\nThe mail of the demonstration: {base}/mailbox")
    while not stop.wait(1.0):
        processes.check()


def _interrupt(stop: threading.Event) -> None:
    if not stop.is_set():
        stop.set()
        raise KeyboardInterrupt
