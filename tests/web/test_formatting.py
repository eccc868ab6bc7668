"""Numbers, days, countries and the chart, as each language writes them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask

from service.web.chart import country_bars, growth_chart
from service.web.countries import CODES, OTHER, countries
from service.web.formatting import country_name, day, local, number
from service.web.messages import field_message, notice_words, reason_words, state_words


@pytest.mark.parametrize(
    ("language", "written"), [("en", "1,234,567"), ("tr", "1.234.567"), ("ug", "1,234,567"), ("ar", "1,234,567")]
)
def test_numbers(app: Flask, language: str, written: str) -> None:
    with app.test_request_context(f"/{language}/"):
        assert number(1234567) == written


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        ("en", "2025-03-13", "March 13, 2025"),
        ("tr", "2025-03-13", "13 Mart 2025"),
        ("ug", "2025-03-13", "13-مارت، 2025"),
        ("ar", "2025-03-13", "13 مارس 2025"),
        ("en", "2025-02", "February 2025"),
        ("tr", "2025-02", "Şubat 2025"),
        ("en", "2025", "2025"),
    ],
)
def test_days_are_as_exact_as_they_were_given(app: Flask, language: str, value: str, written: str) -> None:
    with app.test_request_context(f"/{language}/"):
        assert day(value) == written


def test_a_constant_in_a_template_is_written_in_each_readers_language(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ '2025-03-13' | day }} {{ 1234567 | number }} {{ 'goal' | reason_words }}")
    said = []
    for language in ("en", "tr", "ug", "ar"):
        with app.test_request_context(f"/{language}/"):
            said.append(template.render())
    assert len(set(said)) == 4


def test_values_by_language_fall_back_to_the_first(app: Flask) -> None:
    with app.test_request_context("/tr/"):
        assert local({"en": "Court", "tr": "Mahkeme"}) == "Mahkeme"
        assert local({"en": "Court"}) == "Court"
        assert local("Court") == "Court"
        assert local(None) == ""


def test_countries_have_a_name_in_every_language_and_its_order() -> None:
    assert len(set(CODES)) == 249
    assert OTHER not in CODES
    for language in ("en", "tr", "ug", "ar"):
        assert sorted(code for code, _ in countries(language)) == sorted(CODES)
        assert all(name for _, name in countries(language))
    english, turkish = ([name for _, name in countries(language)] for language in ("en", "tr"))
    assert english.index("Åland Islands") < english.index("Albania")
    assert turkish.index("Çin") < turkish.index("Danimarka")
    assert turkish.index("İran") > turkish.index("Irak")


def test_what_was_not_said_stays_unsaid(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert [country_name(code) for code in (None, OTHER, "TR")] == ["Not said", "Other", "Türkiye"]


def test_codes_have_words_and_words_stay(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert field_message("name-empty") == "Enter your full name"
        assert field_message("Say it otherwise") == "Say it otherwise"
        assert reason_words("court-order") == "a court ordered its removal"
        assert "“new-reason”" in reason_words("new-reason")
        assert state_words("letter.composed") == state_words("composed") == "composed"
        assert notice_words("withdrawn").startswith("Your signature is withdrawn")


def after(day: str, active: int) -> SimpleNamespace:
    return SimpleNamespace(day=day, active=active)


def test_the_chart_holds_every_day_and_a_round_scale() -> None:
    chart = growth_chart([after("2026-03-02", 3), after("2026-03-04", 12)], mirrored=False)
    assert chart is not None
    assert chart.line == "M0.0 180.0L0.0 144.0L400.0 144.0L400.0 36.0L600.0 36.0"
    assert [value for value, _ in chart.ticks] == [0, 5, 10, 15]
    assert (chart.first_day, chart.last_day, chart.last) == ("2026-03-02", "2026-03-04", 12)


def test_the_chart_is_mirrored_where_one_reads_from_the_right() -> None:
    chart = growth_chart([after("2026-03-02", 3)], mirrored=True)
    assert chart is not None
    assert chart.line == "M600.0 180.0L600.0 0.0L0.0 0.0"


def test_there_is_no_chart_before_somebody_signs_and_one_after_all_withdrew() -> None:
    assert growth_chart([], mirrored=False) is None
    assert growth_chart([after("2026-03-02", 0)], mirrored=False) is None
    chart = growth_chart([after("2026-03-02", 1), after("2026-03-03", 0)], mirrored=False)
    assert chart is not None
    assert chart.line.endswith("600.0 180.0")


def test_bars_are_as_long_as_their_share_of_the_longest_and_grow_from_the_side_where_reading_begins() -> None:
    bars = country_bars({"CZ": 5, "TR": 20}, 10, mirrored=False)
    assert [(bar.code, bar.count) for bar in bars] == [("TR", 20), ("CZ", 5), ("", 10)]
    assert [bar.path for bar in bars] == ["M0.0 0H100.0V8H0.0Z", "M0.0 0H25.0V8H0.0Z", "M0.0 0H50.0V8H0.0Z"]
    assert country_bars({"CZ": 5}, 10, mirrored=True)[0].path == "M50.0 0H100.0V8H50.0Z"
    assert [bar.code for bar in country_bars({"CZ": 5}, 0, mirrored=False)] == ["CZ"]
