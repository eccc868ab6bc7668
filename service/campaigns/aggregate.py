"""What may become of a campaign: decides, and never refuses what already happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from service.campaigns.end_days import sealed_from
from service.campaigns.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignExtended,
    CampaignOpened,
    CampaignReopened,
    CampaignSealed,
    CampaignWithdrawn,
    OutcomeRecorded,
    Rules,
    TallyPublished,
    TextCorrected,
    TextReplaced,
    TranslationPublished,
    UpdatePosted,
    WordingPublished,
)
from service.campaigns.tally import Cells, Figures, next_cells
from service.errors import Busy, Refused
from service.eventlog.base import Recorded

AT_RISK_BATCH_MIN = 8  # signatures; docs/log_format.md section 7.2
AT_RISK_PERIODS_S = (3_600, 86_400, 604_800)  # the same: an hour is the smallest allowed
TALLY_MIN = 5  # the smallest cell that a tally may show; the same


@dataclass(frozen=True)
class Campaign:
    """A campaign as its stream tells it."""

    id: str
    state: str = "none"  # none open closed withdrawn sealed
    text: str = ""
    corrections: frozenset[tuple[str, str]] = frozenset()  # which text was corrected into which
    replaced: int = 0  # version of the last replacement
    wordings: tuple[str, ...] = ()
    opens: str = ""
    closes: str = ""
    ended: str = ""  # the day on which it closed or was withdrawn, whichever was first
    end_reason: str = ""  # of the newest closing or withdrawal
    rules: Rules | None = None
    tallies: tuple[TallyPublished, ...] = ()
    has_final_tally: bool = False  # one was published since it closed
    version: int = 0

    @property
    def tally(self) -> TallyPublished | None:
        """Return the last tally."""
        return self.tallies[-1] if self.tallies else None

    @staticmethod
    def load(campaign_id: str, recorded: Iterable[Recorded]) -> Campaign:
        """Return the campaign that a stream of events makes."""
        state = Campaign(campaign_id)
        for one in recorded:
            state = apply(state, one.event)  # type: ignore[arg-type]
        return state

    def open(self, opened: CampaignOpened) -> CampaignOpened:
        """Return the event of opening.

        :raises Refused: if it was opened before, its days are wrong, or its rules do not fit together.
        """
        if self.state != "none":
            raise Refused("This appeal was opened before.")
        if not opened.opens <= opened.closes or opened.closes <= opened.day:
            raise Refused(f"The closing day {opened.closes} is not in the future: choose a later one.")
        if (problem := rules_problem(opened.rules)) is not None:
            raise Refused("rules.{} {}".format(*problem))
        return opened

    def close(self, reason: Any, day: str) -> CampaignClosed:
        """Return the event of closing.

        :raises Refused: if it is not open, or the reason is `date` before its last day is over.
        """
        self._must_be("open", "closed")
        if reason == "date" and day <= self.closes:
            raise Refused(f"The appeal is open until {self.closes}: its last day is not over.")
        return CampaignClosed(day=day, campaign=self.id, reason=reason)

    def extend(self, closes: str, day: str) -> CampaignExtended:
        """Return the event of a later closing day. :raises Refused: if it is not open, or the day is not later."""
        self._must_be("open", "extended")
        if closes <= self.closes:
            raise Refused(f"The appeal closes on {self.closes} already: choose a later day.")
        if closes < day:
            raise Refused(f"{closes} is past: choose a later day.")
        return CampaignExtended(day=day, campaign=self.id, closes=closes)

    def correct(self, text: str, day: str) -> TextCorrected:
        """Return the event of a corrected text, to which signatures carry over. :raises Refused: see `replace`."""
        self._refuse_text(text, "corrected")
        return TextCorrected(day=day, campaign=self.id, text=text, replaces=self.text)

    def replace(self, text: str, day: str) -> TextReplaced:
        """Return the event of a new text that has to be signed anew.

        :raises Refused: if the appeal is not open, or this is its text already.
        """
        self._refuse_text(text, "replaced")
        return TextReplaced(day=day, campaign=self.id, text=text, replaces=self.text)

    def translate(self, language: str, document: str, reviewed: int, day: str) -> TranslationPublished:
        """Return the event of a translation of the current text.

        :raises Refused: if the appeal is neither open nor closed, or nobody but the translator has read it.
        """
        if self.state not in ("open", "closed"):
            raise Refused(f"This appeal is {_said(self.state)}: only one that is open or closed is translated.")
        if reviewed < 1:
            raise Refused("Nobody but the translator has read this translation: only one that was read is published.")
        return TranslationPublished(
            day=day, campaign=self.id, text=self.text, language=language, document=document, reviewed=reviewed
        )

    def publish_wording(self, wording: str, reviewed: int, day: str) -> WordingPublished:
        """Return the event of another consent text. :raises Refused: if it is not open, or this one is in use."""
        self._must_be("open", "given another consent text")
        if wording == self.wordings[-1]:
            raise Refused("This consent text is in use already.")
        return WordingPublished(day=day, campaign=self.id, wording=wording, reviewed=reviewed)

    def withdraw(self, reason: Any, day: str) -> CampaignWithdrawn:
        """Return the event of taking the appeal back. :raises Refused: unless it is open or closed."""
        if self.state not in ("open", "closed"):
            raise Refused(f"This appeal is {_said(self.state)}: only one that is open or closed can be withdrawn.")
        return CampaignWithdrawn(day=day, campaign=self.id, reason=reason)

    def reopen(self, closes: str, day: str) -> CampaignReopened:
        """Return the event of taking signatures again until a day.

        :raises Refused: unless it is closed, the day is past, or what tells who signed may be destroyed already.
        """
        self._must_be("closed", "reopened")
        if day >= (due := sealed_from(self.ended)):
            raise Refused(f"This appeal ended on {self.ended} and is sealed from {due} on: open a new one.")
        if closes < day:
            raise Refused(f"{closes} is past: choose a later day.")
        return CampaignReopened(day=day, campaign=self.id, closes=closes)

    def record_outcome(self, outcome: Any, document: str, day: str) -> OutcomeRecorded:
        """Return the event of what became of the matter; a later one takes its place. :raises Refused: see `tell`."""
        self._may_tell()
        return OutcomeRecorded(day=day, campaign=self.id, document=document, outcome=outcome)

    def tell(self, document: str, day: str) -> UpdatePosted:
        """Return the event of published news.

        :raises Refused: if it was never opened, or was withdrawn at the request of the persons concerned.
        """
        self._may_tell()
        return UpdatePosted(day=day, campaign=self.id, document=document)

    def seal(self, day: str) -> CampaignSealed:
        """Return the event after which nobody can be named any more.

        :raises Refused: unless it is closed or withdrawn, and has been for 30 days: until then people can withdraw.
        """
        if self.state not in ("closed", "withdrawn"):
            raise Refused(f"This appeal is {_said(self.state)}: only one that is closed or withdrawn can be sealed.")
        if day < (due := sealed_from(self.ended)):
            raise Refused(f"This appeal ended on {self.ended}: it is sealed from {due} on, not before.")
        return CampaignSealed(day=day, campaign=self.id)

    def refuse_tally(self, day: str) -> None:
        """Refuse a tally on this day, whatever the figures are.

        :raises Refused: unless it is open, or closed and had none since; at risk, if it had one on that day.
        """
        if self.state != "open" and (self.state != "closed" or self.has_final_tally):
            raise Refused(f"This appeal is {_said(self.state)}: a tally is of an open one, and once after it closed.")
        if self.tally is not None and self._rules().risk == "at-risk" and self.tally.day >= day:
            raise Refused(f"This appeal is at risk and had its tally of {self.tally.day}: one a day is published.")

    def publish_tally(self, true: Figures, day: str) -> TallyPublished | None:
        """Return the event of the next tally, or none while nothing new may be shown (docs/log_format.md section 7.4).

        :raises Refused: as `refuse_tally` does.
        :raises Busy: if the figures are of an earlier text or state, or older than the last tally: count again.
        """
        self.refuse_tally(day)
        if (true.text, true.state) != (self.text, self.state) or (self.tally and true.at_size <= self.tally.at_size):
            raise Busy("the appeal changed while its signatures were counted: count again")
        is_new_text = self.tally is not None and self.tally.text != self.text
        earlier = [Cells(one.by_country, one.merged, one.erased) for one in self.tallies]
        cells = next_cells(self._rules().tally_min, earlier, true.people, true.active, is_new_text=is_new_text)
        if cells is None:
            return None
        counted = {name: getattr(true, name) for name in ("text", "active", "outdated", "withdrawn", "invalidated")}
        shown = counted | {"by_country": dict(cells.by_country), "merged": cells.merged, "erased": cells.erased}
        if self._was_told(shown):
            return None
        return TallyPublished(day=day, campaign=self.id, at_size=true.at_size, **shown)

    def _rules(self) -> Rules:
        if self.rules is None:
            raise Refused("This appeal is not open yet.")
        return self.rules

    def _was_told(self, shown: dict[str, Any]) -> bool:
        """Return whether a tally would say nothing new: what the last one said, or that there is nobody yet."""
        if self.tally is None:
            return not any(shown[name] for name in shown if name != "text")
        return all(getattr(self.tally, name) == value for name, value in shown.items())

    def _refuse_text(self, text: str, verb: str) -> None:
        self._must_be("open", verb)
        if text == self.text:
            raise Refused("This is the appeal's text already: nothing would change.")

    def _may_tell(self) -> None:
        if self.state == "none":
            raise Refused("This appeal is not open yet: there is nothing to tell of it.")
        if self.end_reason == "persons-request":
            raise Refused("The persons concerned had this appeal withdrawn: nothing more is told of it.")

    def _must_be(self, state: str, verb: str) -> None:
        if self.state != state:
            raise Refused(f"This appeal is {_said(self.state)}: only one that is {state} can be {verb}.")


def rules_problem(rules: Rules) -> tuple[str, str] | None:
    """Return which of a campaign's rules does not fit, and what to do, or nothing (docs/log_format.md section 7.2)."""
    if rules.risk == "at-risk" and rules.batch_min < AT_RISK_BATCH_MIN:
        return "batch_min", f"is {rules.batch_min}: an appeal at risk needs {AT_RISK_BATCH_MIN} or more"
    if rules.risk == "at-risk" and rules.batch_max_s not in AT_RISK_PERIODS_S:
        return "batch_max_s", f"is {rules.batch_max_s}: an appeal at risk needs 3600, 86400 or 604800"
    if rules.risk == "ordinary" and rules.batch_min != 1:
        return "batch_min", f"is {rules.batch_min}: an ordinary appeal has 1"
    if rules.risk == "ordinary" and rules.batch_max_s != 0:
        return "batch_max_s", f"is {rules.batch_max_s}: an ordinary appeal has 0"
    if rules.retention == "forget" and rules.tally_min != 0:
        return "tally_min", "must be 0 with retention = forget: nothing is left to count countries from"
    if 0 < rules.tally_min < TALLY_MIN:
        return "tally_min", f"is {rules.tally_min}: write 0 for no countries, or {TALLY_MIN} or more"
    return None


def apply(state: Campaign, event: CampaignEvent) -> Campaign:
    """Return the campaign after an event, whatever the rules of today are."""
    changes: dict[str, Any] = {"version": state.version + 1}
    match event:
        case CampaignOpened():
            changes |= {"state": "open", "text": event.text, "wordings": (event.wording,)}
            changes |= {"opens": event.opens, "closes": event.closes, "rules": event.rules}
        case TextCorrected():
            changes |= {"text": event.text, "corrections": state.corrections | {(event.replaces, event.text)}}
        case TextReplaced():
            changes |= {"text": event.text, "replaced": state.version + 1}
        case WordingPublished():
            changes |= {"wordings": (*state.wordings, event.wording)}
        case CampaignExtended():
            changes |= {"closes": event.closes}
        case CampaignReopened():
            changes |= {"state": "open", "closes": event.closes, "ended": "", "end_reason": ""}
            changes |= {"has_final_tally": False}
        case CampaignClosed():
            changes |= {"state": "closed", "ended": event.day, "end_reason": event.reason}
        case CampaignWithdrawn():
            changes |= {"state": "withdrawn", "ended": state.ended or event.day, "end_reason": event.reason}
        case CampaignSealed():
            changes |= {"state": "sealed"}
        case TallyPublished():
            changes |= {"tallies": (*state.tallies, event), "has_final_tally": state.state == "closed"}
        case TranslationPublished() | OutcomeRecorded() | UpdatePosted():
            pass  # told to readers; no decision rests on it
    return replace(state, **changes)


def _said(state: str) -> str:
    return "not open yet" if state == "none" else state
