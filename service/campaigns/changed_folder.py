"""What of an appeal folder cannot change once the appeal is open, and reading a single translation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.campaigns.appeal_folder import APPEAL_FILE
from service.campaigns.appeal_rules import rules_of
from service.campaigns.letter_wording import text_problems
from service.campaigns.problems import Problem
from service.campaigns.schemas import TextHead
from service.campaigns.text_file import TextFile, read_text_file
from service.campaigns.toml_lines import TomlLines
from service.campaigns.views import CampaignView


def change_problems(data: dict[str, Any], campaign: CampaignView, at: TomlLines) -> Iterator[Problem]:
    """Yield what in a folder differs from what an open appeal has for its life (docs/log_format.md section 7.2)."""
    fixed = {"ref": campaign.ref, "original": campaign.settings["original"], "letters": campaign.settings["letters"]}
    for key, meant in fixed.items():
        if data[key] != meant:
            shown = f" {meant}" if isinstance(meant, str) else ""
            yield Problem(APPEAL_FILE, at.line((key,)), f"{key} cannot change once an appeal is open: keep it{shown}")
    is_demonstration = campaign.settings["demonstration"]
    known = [rules_of(data), *([rules_of(data["demonstration"])] if is_demonstration else [])]
    if campaign.rules not in known:
        yield Problem(APPEAL_FILE, at.line(("rules",)), "risk and rules are fixed for the appeal's life: keep them")
    if is_demonstration:
        return
    for place, text in enumerate(data["texts"]):
        if text["language"] == data["original"] and text["state"] == "machine":
            said = "state is machine: the original is signed as it stands, have it read first"
            yield Problem(APPEAL_FILE, at.line(("texts", place, "state")), said)
    if data.get("persons") and data["consent_of_persons"] != "recorded":
        said = "the persons concerned have not consented: their text is not changed before they have"
        yield Problem(APPEAL_FILE, at.line(("consent_of_persons",)), said)


def read_translation(path: Path, language: str) -> tuple[TextFile | None, list[Problem]]:
    """Return a translation of the text from one file, and everything that is wrong with it."""
    found, problems = read_text_file(path, path.name, TextHead())
    if found is None:
        return None, problems
    problems += text_problems(found)
    if (said := found.fields.get("language", language)) != language:
        problems.append(Problem(path.name, found.at.line(("language",)), f"language is {said}, not {language}"))
    if "translates" not in found.fields:
        problems.append(Problem(path.name, 1, "translates is missing: name the original's file"))
    return found, problems
