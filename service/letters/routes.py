"""The pages of letters: those of an appeal, one with its hashes, its PDF, and what a printed code opens."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from service.campaigns.queries import campaign_by_id, campaign_by_ref, counts, refuse_silenced
from service.letters.comparing import compare_hash
from service.letters.queries import (
    due_day,
    letter_by_code,
    letter_files,
    letter_lines,
    letter_of,
    letter_pdf,
    letters_of,
    lines_of,
    released,
)  # fmt: skip
from service.letters.reading import letter_texts
from service.letters.zipped import ProofSince, public_package
from service.store.database import Database

PASTED_MAX = 500  # characters: a hash, or the line of a program that prints one


def pages(database: Database, proof_since: ProofSince) -> Blueprint:
    """Return the blueprint of the letters' pages; everybody may read them."""
    blueprint = Blueprint("letters", __name__)

    @blueprint.get("/<lang:lang>/c/<ref>/letters")
    def index(lang: str, ref: str) -> str:
        """Show an appeal's letters."""
        with database.read() as connection:
            campaign = campaign_by_ref(connection, ref)
            found = letters_of(connection, campaign.id)
            lines = lines_of(connection, found)
            context = {
                "campaign": campaign,
                "letters": found,
                "lines": lines,
                "references": {one.id: one.reference for one in found},
                "released": set() if campaign.is_silenced else released(connection, lines),
                "log_size": counts(connection, campaign.id).log_size,
            }
        return render_template("letters/index.html", **context)

    _add_letter(blueprint, database)
    _add_files(blueprint, database)
    _add_package(blueprint, database, proof_since)
    return blueprint


def _add_letter(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/<lang:lang>/c/<ref>/letters/<letter>")
    def show(lang: str, ref: str, letter: str) -> str:
        """Show a letter: what it claims, at which log size, its hashes, and its files once they are public.

        Of an appeal that the persons concerned had withdrawn the words and files are not shown.
        """
        with database.read() as connection:
            campaign = campaign_by_ref(connection, ref)
            view = letter_of(connection, campaign.id, letter)
            lines = letter_lines(connection, view.id)
            files = letter_files(connection, view)
            context = {"letter": view, "campaign": campaign, "lines": lines, "files": files} | {
                "texts": [] if campaign.is_silenced else letter_texts(connection, view, files),
                "released": set() if campaign.is_silenced else released(connection, lines),
                "due": due_day(connection, view, lines),
                "log_size": counts(connection, campaign.id).log_size,
            }
        return render_template("letters/letter.html", **context)


def _add_files(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/<lang:lang>/c/<ref>/letters/<letter>.pdf")
    def pdf(lang: str, ref: str, letter: str) -> Response:
        """Answer the letter's PDF; 404 unless its documents are public, 410 if the persons concerned do not wish it."""
        with database.read() as connection:
            campaign = campaign_by_ref(connection, ref)
            refuse_silenced(campaign)
            view = letter_of(connection, campaign.id, letter)
            name, content = letter_pdf(connection, view)
        response = Response(content, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @blueprint.get("/verify/<code>")
    def verify(code: str) -> str:
        """Say whether the letter with this code is genuine, what it claims, what became of it; compare a hash."""
        with database.read() as connection:
            found = letter_by_code(connection, code)
            campaign = campaign_by_id(connection, found.letter.campaign)
            lines = letter_lines(connection, found.letter.id)
            pasted = request.args.get("sha256", "")[:PASTED_MAX]
            context = {
                "code": code,
                "pasted": pasted,
                "compared": compare_hash(connection, found, pasted) if pasted else None,
                "letter": found.letter,
                "composed": found.composed,
                "is_latest": found.is_latest,
                "ref": campaign.ref,
                "lines": lines,
                "released": set() if campaign.is_silenced else released(connection, lines),
                "due": due_day(connection, found.letter, lines),
                "log_size": counts(connection, found.letter.campaign).log_size,
            }
        return render_template("letters/verify.html", **context)


def _add_package(blueprint: Blueprint, database: Database, proof_since: ProofSince) -> None:
    @blueprint.get("/<lang:lang>/c/<ref>/letters/<letter>.zip")
    def package(lang: str, ref: str, letter: str) -> Response:
        """Answer the letter's public package, without names; 404 and 410 as the PDF."""
        with database.read() as connection:
            campaign = campaign_by_ref(connection, ref)
            refuse_silenced(campaign)
            view = letter_of(connection, campaign.id, letter)
            content = public_package(connection, view, proof_since)
        response = Response(content, content_type="application/zip")
        response.headers["Content-Disposition"] = f'attachment; filename="{view.reference.replace("/", "-")}.zip"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
