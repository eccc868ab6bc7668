"""The token that a form carries: it says when the form was made, and for which campaign and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsdangerous import BadData, URLSafeSerializer

if TYPE_CHECKING:
    from datetime import datetime


class FormTokens:
    """Makes and checks form tokens; it keeps nothing, so any process can check what another one made.

    A token is no protection against forged requests and need not be one: there is no session to abuse.
    """

    def __init__(self, secret: bytes, min_s: int, max_s: int) -> None:
        self._serializer = URLSafeSerializer(secret, salt="form-token/1")
        self._min_s = min_s
        self._max_s = max_s

    def issue(self, campaign: str, text: str, now: datetime) -> str:
        """Return a token for a form of this campaign that shows this text, made at `now`."""
        return str(self._serializer.dumps([campaign, text, int(now.timestamp())]))

    def problem(self, token: str, campaign: str, text: str, now: datetime) -> str | None:
        """Return why the token does not do: `form-invalid`, `form-too-fast`, `form-too-old`, or None if it does."""
        age_s = self._age_s(token, campaign, text, now)
        if age_s is None:
            return "form-invalid"
        if age_s < self._min_s:
            return "form-too-fast"
        return "form-too-old" if age_s > self._max_s else None

    def for_form_again(self, token: str, campaign: str, text: str, now: datetime) -> str:
        """Return the token for a form that is shown again: the same one, or a new one if that is too old or wrong."""
        keeps = self.problem(token, campaign, text, now) in (None, "form-too-fast")
        return token if keeps else self.issue(campaign, text, now)

    def _age_s(self, token: str, campaign: str, text: str, now: datetime) -> int | None:
        try:
            made_for = self._serializer.loads(token)
        except BadData:
            return None
        if not isinstance(made_for, list) or made_for[:2] != [campaign, text]:
            return None
        return int(now.timestamp()) - int(made_for[2])
