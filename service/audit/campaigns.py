"""The rules for campaigns, their texts and their windows (docs/log_format.md section 7.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from service.audit import leaves
from service.audit.counts import Counts, Status
from service.audit.days import days_between, monday_of
from service.audit.leaves import Rules
from service.audit.log import Log
from service.audit.problems import Refused

OPEN, CLOSED, WITHDRAWN, SEALED = "open", "closed", "withdrawn", "sealed"
AT_RISK_BATCH_MIN = 8  # signatures; docs/log_format.md section 7.2
AT_RISK_PERIODS = (3_600, 86_400, 604_800)  # seconds; the same
WEEK_S = 604_800  # seconds: with this period a signature's day is the Monday of its week
SMALLEST_TALLY_MIN = 5  # signatures; the same
SEALING_DUE_DAYS = 37  # after closing; the same


class Signing(NamedTuple):
    """When, and for which text, a signature was recorded or renewed; millions share one of these."""

    day: str
    text: str


# An entry of a signature: its index, the token, and what it signed; or whether it is active from there on.
Step = tuple[int, str, Signing | bool]


class Texts:
    """The texts of a campaign, in order, and which of them lead to the current one by corrections alone."""

    def __init__(self, index: int, text: str) -> None:
        self.current = text
        self.stands = frozenset([text])
        self._history = [(index, text, self.stands)]
        self._corrected_from: dict[str, set[str]] = {}

    def correct(self, index: int, text: str) -> None:
        """Makes a text current to which signatures carry over."""
        self._corrected_from.setdefault(text, set()).add(self.current)
        self.replace(index, text)

    def replace(self, index: int, text: str) -> None:
        """Makes a text current; only texts that lead to it by corrections stand for it."""
        self.current = text
        reached, new = {text}, [text]
        while new:
            earlier = {text for later in new for text in self._corrected_from.get(later, ())}
            new = list(earlier - reached)
            reached |= earlier
        self.stands = frozenset(reached)
        self._history.append((index, text, self.stands))

    def at(self, size: int) -> str:
        """Gives the text that was current after the first `size` entries, or nothing."""
        return next((text for index, text, _ in reversed(self._history) if index < size), "")

    def stands_at(self, size: int) -> frozenset[str]:
        """Gives the texts whose signers stood for the current one after the first `size` entries."""
        return next((stands for index, _, stands in reversed(self._history) if index < size), frozenset())


@dataclass
class Campaign:
    """A campaign as the entries replayed so far left it."""

    rules: Rules
    opens: str
    closes: str
    texts: Texts
    counts: Counts
    wordings: set[str]
    signatures: dict[str, Status]  # of the whole log: a token is one stream, in one campaign
    state: str = OPEN
    is_withdrawn: bool = False  # and stays so when sealed
    closed: tuple[int, str] = (0, "")  # index and day of the entry that closed or withdrew it
    statuses: dict[Status, Status] = field(default_factory=dict)
    tallies: list[tuple[int, leaves.TallyPublished]] = field(default_factory=list)
    trail: list[Step] = field(default_factory=list)  # kept for annexes

    def __post_init__(self) -> None:
        self.is_weekly = self.rules.batch_max_s == WEEK_S
        self.is_at_risk = self.rules.risk == "at-risk"
        self.first_day = monday_of(self.opens) if self.is_weekly else self.opens

    def move(self, index: int, signature: str, after: Status) -> None:
        """Gives a signature its new status and counts the step."""
        # Millions of signatures share a handful of statuses: each is held once.
        after = self.statuses.setdefault(after, after)
        before = self.signatures.get(signature)
        if before is None:
            self.counts.record((index,), after.text)
        else:
            self.counts.move(index, before, after)
        self.signatures[signature] = after

    def tally_below(self, size: int) -> tuple[int, leaves.TallyPublished] | None:
        """Gives the last tally among the first `size` entries, with its index."""
        return next((entry for entry in reversed(self.tallies) if entry[0] < size), None)


def opened(log: Log, index: int, event: leaves.CampaignOpened) -> None:
    """Applies `campaign.opened`. :raises Refused: if there is a campaign of this id."""
    if event.campaign in log.campaigns:
        raise Refused("campaign", event.campaign, "not opened before", "a campaign is opened once (section 7.2)")
    if event.opens > event.closes:
        log.problems.error("closes", event.closes, f"{event.opens} or later", "opens <= closes (section 7.2)")
    for slug in event.addressees:
        if slug not in log.addressees:
            log.problems.error("addressees", slug, "a registered addressee", "addressees are registered (section 7.2)")
    _check_rules(log, event.rules)
    texts = Texts(index, event.text)
    log.campaigns[event.campaign] = Campaign(
        event.rules, event.opens, event.closes, texts, Counts(texts.stands), {event.wording}, log.signatures
    )


def _check_rules(log: Log, rules: Rules) -> None:
    message = "rules keep to the values of section 7.2"
    if rules.risk == "ordinary":
        log.problems.compare("rules.batch_min", rules.batch_min, 1, message)
        log.problems.compare("rules.batch_max_s", rules.batch_max_s, 0, message)
    else:
        if rules.batch_min < AT_RISK_BATCH_MIN:
            log.problems.error("rules.batch_min", rules.batch_min, f"at least {AT_RISK_BATCH_MIN}", message)
        if rules.batch_max_s not in AT_RISK_PERIODS:
            log.problems.error("rules.batch_max_s", rules.batch_max_s, list(AT_RISK_PERIODS), message)
    if rules.retention == "forget":
        log.problems.compare("rules.tally_min", rules.tally_min, 0, message)
    elif 0 < rules.tally_min < SMALLEST_TALLY_MIN:
        log.problems.error("rules.tally_min", rules.tally_min, f"0 or at least {SMALLEST_TALLY_MIN}", message)


def text_corrected(log: Log, index: int, event: leaves.CampaignTextCorrected) -> None:
    """Applies `campaign.text_corrected`: signatures carry over. :raises Refused: if it replaces another text."""
    campaign = _for_new_text(log, event)
    campaign.texts.correct(index, event.text)
    campaign.counts.change_text(index, campaign.texts.stands)


def text_replaced(log: Log, index: int, event: leaves.CampaignTextReplaced) -> None:
    """Applies `campaign.text_replaced`: signatures must be renewed. :raises Refused: if it replaces another text."""
    campaign = _for_new_text(log, event)
    campaign.texts.replace(index, event.text)
    campaign.counts.change_text(index, campaign.texts.stands)


def _for_new_text(log: Log, event: leaves.CampaignTextCorrected | leaves.CampaignTextReplaced) -> Campaign:
    campaign = log.campaign(event.campaign)
    current = campaign.texts.current
    if event.replaces != current:
        raise Refused("replaces", event.replaces, current, "it replaces the current text (section 7.2)")
    if event.text == current:
        raise Refused("text", event.text, "a new text", "a corrected or replaced text is new (section 7.2)")
    return campaign


def translation_published(log: Log, index: int, event: leaves.CampaignTranslationPublished) -> None:
    """Checks `campaign.translation_published`. :raises Refused: if it translates another text than the current one."""
    current = log.campaign(event.campaign).texts.current
    if event.text != current:
        raise Refused("text", event.text, current, "a translation is of the current text (section 7.2)")


def wording_published(log: Log, index: int, event: leaves.CampaignWordingPublished) -> None:
    """Applies `campaign.wording_published`: signatures may name it from here on."""
    log.campaign(event.campaign).wordings.add(event.wording)


def extended(log: Log, index: int, event: leaves.CampaignExtended) -> None:
    """Applies `campaign.extended`. :raises Refused: unless the campaign is open and the day later than before."""
    campaign = _in_state(log, event.campaign, OPEN)
    if event.closes <= campaign.closes:
        raise Refused("closes", event.closes, f"later than {campaign.closes}", "later than before (section 7.2)")
    campaign.closes = event.closes


def closed(log: Log, index: int, event: leaves.CampaignClosed) -> None:
    """Applies `campaign.closed`. :raises Refused: unless the campaign is open."""
    campaign = _in_state(log, event.campaign, OPEN)
    campaign.state, campaign.closed = CLOSED, (index, event.day)


def reopened(log: Log, index: int, event: leaves.CampaignReopened) -> None:
    """Applies `campaign.reopened`. :raises Refused: unless the campaign is closed, not withdrawn, not sealed."""
    campaign = _in_state(log, event.campaign, CLOSED)
    campaign.state, campaign.closes = OPEN, event.closes


def withdrawn(log: Log, index: int, event: leaves.CampaignWithdrawn) -> None:
    """Applies `campaign.withdrawn`. :raises Refused: unless the campaign is open or closed."""
    campaign = _in_state(log, event.campaign, OPEN, CLOSED)
    if campaign.state == OPEN:
        campaign.closed = (index, event.day)
    campaign.state, campaign.is_withdrawn = WITHDRAWN, True


def sealed(log: Log, index: int, event: leaves.CampaignSealed) -> None:
    """Applies `campaign.sealed`. :raises Refused: unless the campaign is closed or withdrawn."""
    campaign = _in_state(log, event.campaign, CLOSED, WITHDRAWN)
    campaign.state = SEALED
    _check_sealing(log, campaign, event.day)


def check_unsealed(log: Log) -> None:
    """Finds campaigns whose sealing is overdue at the end of the log (docs/log_format.md section 8)."""
    for campaign in log.campaigns.values():
        if campaign.state in (CLOSED, WITHDRAWN):
            log.problems.begin(campaign.closed[0], "campaign")
            _check_sealing(log, campaign, log.newest_day)


def _check_sealing(log: Log, campaign: Campaign, day: str) -> None:
    late = days_between(campaign.closed[1], day)
    if late > SEALING_DUE_DAYS:
        message = "sealing overdue: it is due within 37 days of closing (section 7.2)"
        log.problems.finding("day", f"{late} days after closing", f"at most {SEALING_DUE_DAYS} days", message)


def outcome_recorded(log: Log, index: int, event: leaves.CampaignOutcomeRecorded) -> None:
    """Checks `campaign.outcome_recorded`. :raises Refused: if there is no such campaign."""
    log.campaign(event.campaign)


def update_posted(log: Log, index: int, event: leaves.CampaignUpdatePosted) -> None:
    """Checks `campaign.update_posted`. :raises Refused: if there is no such campaign."""
    log.campaign(event.campaign)


def _in_state(log: Log, name: str, *states: str) -> Campaign:
    campaign = log.campaign(name)
    if campaign.state not in states:
        raise Refused("campaign", campaign.state, " or ".join(states), "it goes from state to state (section 7.2)")
    return campaign
