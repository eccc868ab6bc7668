"""Puts the rooms together: the services of one process, and the Flask app over them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, request

from service.archive.routes import pages as archive_pages
from service.campaigns import number_routes  # noqa: F401  (adds its pages to the blueprint of campaigns)
from service.campaigns import projection as campaigns_projection
from service.campaigns import routes as campaigns_routes
from service.campaigns.queries import CampaignView, People, text_in
from service.campaigns.tallies import Tallies
from service.clock import Clock, SteppedClock, SystemClock, day_of
from service.config import Settings
from service.desk.access_record import note
from service.desk.requests import Desk
from service.errors import Busy
from service.eventlog.log import PetitionLog
from service.letters import package_routes, sheet_routes
from service.letters import projection as letters_projection
from service.letters import queries as letters_queries
from service.letters import routes as letters_routes
from service.letters.posting import Sender
from service.news import routes as news_routes
from service.news.sending import NewsPost
from service.outbox.queue import Message
from service.publishing import leaves
from service.publishing import routes as publishing_routes
from service.publishing.policy import Policy, load_policy
from service.publishing.proofs import proof_since
from service.publishing.receipt import receipt_of
from service.readmodel.runner import Projection, Runner
from service.readmodel.standing import corrected_into
from service.readmodel.tables import live
from service.readmodel.version import public_version
from service.request_kinds import KINDS as REQUEST_KINDS
from service.signatures import link_routes, mine_routes, routes  # noqa: F401  (they add their pages to its blueprint)
from service.signatures import projection as signatures_projection
from service.signatures.confirmation import KINDS
from service.signatures.handlers import MailRequest, SigningDesk
from service.signatures.mail import ConfirmationMail, confirmation_mail, own_page_mail, reminder_mail, renewal_mail
from service.signatures.people import people_of
from service.store.contradictions import refuse_contradicted
from service.store.database import Database, open_database
from service.store.group_commit import Commits, DirectWriter, GreenWriter, Writer
from service.store.replica import open_replica
from service.store.schema import check_schema
from service.vault.keys import Keys
from service.web.fresh import Fresh
from service.web.kept import keep_pages
from service.web.security_txt import security_txt
from service.web.setup import setup_web

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110 section 9.2.1: they change nothing

PROJECTIONS: Sequence[Projection] = (
    leaves.apply,
    signatures_projection.apply,
    campaigns_projection.apply,
    letters_projection.apply,
)


@dataclass(frozen=True)
class Services:
    """What one process works with."""

    settings: Settings
    clock: Clock
    database: Database
    public: Database  # what public pages read: a replica if there is one
    log: PetitionLog
    keys: Keys
    policy: Policy
    writer: Writer
    runner: Runner
    tallies: Tallies

    @property
    def desk(self) -> Desk:
        """Return the desk with all that needs two people."""
        return Desk(self.log, self.keys, REQUEST_KINDS)


def build_services(settings: Settings, *, check: bool = True, silent_max_s: float | None = None) -> Services:
    """Open the database and the keys; `silent_max_s` is how long a silent database server is waited for.

    :raises SchemaUnknown: if the database is not of this version (unless `check` is off, for `petition prepare`).
    :raises ConfigError: if a key is missing or readable by others, or the witnesses' policy cannot be used.
    """
    opened: dict[str, Any] = {"pool_size": settings.pool_size, "silent_max_s": silent_max_s}
    database = open_database(settings.database_url, **opened)
    if check:
        check_schema(database)
    log = PetitionLog(database)
    keys = Keys.load(settings.keys_dir, settings.origin)
    runner = Runner(log, PROJECTIONS)
    return Services(
        settings=settings,
        clock=SteppedClock(settings.clock_file) if settings.clock_file else SystemClock(),
        database=database,
        public=open_replica(settings.database_read_url, database, **opened),
        log=log,
        keys=keys,
        policy=load_policy(settings.witness_policy, keys.published_vkeys),
        writer=_writer(database, settings.queue_max),
        runner=runner,
        tallies=Tallies(log, runner, functools.partial(_people, keys)),
    )


def create_app(services: Services) -> Flask:
    """Return the web application over these services."""
    app = Flask(__name__, static_folder=None)
    setup_web(app, services.settings, services.keys.mac)
    app.extensions["undersigned"] = services
    app.before_request(_refusal_while_rolled_back(services))
    app.extensions["signatures"] = routes.SignaturePages(
        desk=signing_desk(services),
        database=services.database,
        clock=services.clock,
        settings=services.settings,
        fresh=Fresh(services.settings.page_age_s),
        receipt_of=receipt_of,
        letters_of_signature=_letters_counting,
        recipients_of=letters_queries.recipients_of,
    )
    app.jinja_env.globals["has_witnesses"] = services.policy.needs_witnesses  # told on the page on how it works
    app.register_blueprint(security_txt(services.settings, services.clock))
    app.register_blueprint(archive_pages(services.public))
    app.extensions["campaigns"] = campaigns_routes.CampaignPages(
        services.public, services.clock, letters_queries.letters_of
    )
    app.register_blueprint(campaigns_routes.blueprint)
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(letters_routes.pages(services.public, proof_since))
    app.register_blueprint(package_routes.pages(_package_pages(services)))
    app.register_blueprint(sheet_routes.pages(services.public))
    app.register_blueprint(news_routes.pages(_news_site(services)))
    app.register_blueprint(publishing_routes.pages(services.public, services.policy))
    app.extensions["kept_pages"] = keep_pages(app, lambda: _public_version(services), services.settings.page_age_s)
    return app


def _package_pages(services: Services) -> package_routes.PackagePages:
    def note_access(connection: sa.Connection, what: str, day: str, about: tuple[str, int]) -> None:
        note(connection, "addressee", what, day, about=about)  # who holds a link has no account

    return package_routes.PackagePages(services.log, services.keys, services.clock, note_access)


def _news_site(services: Services) -> news_routes.NewsSite:
    return news_routes.NewsSite(
        services.public, services.database, services.clock, services.settings.origin, _letter_news
    )


def _letter_news(connection: sa.Connection, campaign: str) -> news_routes.LetterNews:
    letters = letters_queries.letters_of(connection, campaign)
    lines = letters_queries.lines_of(connection, letters)
    return news_routes.LetterNews(lines, {one.id: one for one in letters}, letters_queries.released(connection, lines))


def _refusal_while_rolled_back(services: Services) -> Callable[[], None]:
    """Return what refuses to accept anything while the database is known to be rolled back; pages stay readable.

    It may be a second late (docs/decisions/0006): the log itself refuses to be appended to.
    """
    fresh = Fresh(services.settings.page_age_s)

    def ask() -> bool:
        with services.database.read() as connection:
            refuse_contradicted(connection)
        return True

    def refuse() -> None:
        if request.method not in SAFE_METHODS:
            with suppress(Busy):  # who cannot be asked now cannot be written either: the handler says so
                fresh.get("contradicted", ask)

    return refuse


def _public_version(services: Services) -> tuple[object, ...]:
    with services.public.read() as connection:
        return public_version(connection, day_of(services.clock.now()))


def _letters_counting(
    connection: sa.Connection, campaign: str, text: str, entry: int | None
) -> list[letters_queries.LetterView]:
    """Return the letters of a campaign that count a signature standing for `text` at `entry`."""
    if entry is None:
        return []
    found = letters_queries.letters_of(connection, campaign)
    stands = {one.text: {one.text, *corrected_into(connection, live, campaign, one.text)} for one in found}
    return [letter for letter in found if text in stands[letter.text] and entry < letter.at_size]


def signing_desk(services: Services) -> SigningDesk:
    """Return what the handlers of signatures need."""
    mail = functools.partial(_mail, services.settings, services.database)
    return SigningDesk(services.database, services.keys, services.writer, mail)


def _mail(settings: Settings, database: Database, request: MailRequest) -> Message:
    campaign, query = request.campaign, urlencode({"lang": request.language})
    at_risk = campaign is None or campaign.is_at_risk
    filled = ConfirmationMail(
        to=request.to,
        language=request.language,
        link=f"{settings.base_url}/confirm/{request.link_token}?{query}",
        code=request.code,
        code_page=f"{settings.base_url}/confirm?{query}",
        sender=settings.mail_from_neutral if at_risk else settings.mail_from,
        sender_name="" if at_risk else settings.operator_name,
        title="" if campaign is None or at_risk else _title(database, campaign, request.language),
        at_risk=at_risk,
    )
    if campaign is None:
        return own_page_mail(filled)
    if request.is_reminder:
        return reminder_mail(filled)
    return confirmation_mail(filled) if request.code else renewal_mail(filled)


def news_post(services: Services) -> NewsPost:
    """Return what mails of news are made with."""
    settings = services.settings
    return NewsPost(services.database, services.keys, settings.base_url, settings.mail_from, settings.operator_name)


def letter_sender(settings: Settings) -> Sender:
    """Return who sends letters to offices: never the neutral address, which is for supporters at risk."""
    return Sender(settings.mail_from, settings.operator_email, reports_to=settings.dsn_maildir is not None)


def _title(database: Database, campaign: CampaignView, language: str) -> str:
    """Return an appeal's title in a language if its translation may be shown, else in the original."""
    original: str = campaign.settings["original"]
    if language == original:
        return str(campaign.settings["title"][original])
    with database.read() as connection:
        return text_in(connection, campaign, language).title


def _people(keys: Keys, connection: sa.Connection, campaign: CampaignView, text: str) -> People:
    return people_of(connection, keys, campaign, text)


def _writer(database: Database, queue_max: int) -> Writer:
    """Return the committer greenlet's writer under gevent, a direct one elsewhere."""
    commits = Commits(database, KINDS)
    return GreenWriter(commits, queue_max) if _runs_under_gevent() else DirectWriter(commits)


def _runs_under_gevent() -> bool:
    try:
        from gevent import monkey
    except ImportError:
        return False
    return bool(monkey.is_module_patched("socket"))
