"""The reference of survey.toml in the page on own surveys is what the code asks for, and every key
of it is read.
"""

from pathlib import Path

from catalogs.survey_toml.reference import put_into, reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "own-survey.md"


def test_the_page_holds_the_reference_of_today():
    page = PAGE.read_text(encoding="utf-8")
    assert put_into(page) == page, (
        "run: python -m catalogs.survey_toml.reference docs/how-to/own-survey.md"
    )


def test_the_reference_has_the_keys_that_tables_need():
    text = reference()
    for key in ("where", "id", "missing", "blank_below", "within_arcsec", "layout", "mode"):
        assert f"| `{key}` |" in text
