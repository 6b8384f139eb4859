"""The words of the pages: every language has them all, and every page's words exist."""

from __future__ import annotations

import re

import pytest

from backend.config import PROJECT_ROOT

FRONTEND = PROJECT_ROOT / "frontend"
SCRIPTS = [path for path in (FRONTEND / "js").rglob("*.js") if "strings" not in path.parts]


def words(language: str) -> dict[str, str]:
    text = "".join(path.read_text("utf-8") for path in sorted((FRONTEND / "js" / "strings" / language).glob("*.js")))
    found = re.findall(r"^  '?([\w.]+)'?: '((?:[^'\\]|\\.)*)',$", text, re.MULTILINE)
    assert len(found) == len(dict(found)), "a key stands twice"
    return dict(found)


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_language_is_complete_and_fills_in_the_same(language: str) -> None:
    english, other = words("en"), words(language)
    assert set(english) <= set(other), "words are missing"
    extra = set(other) - set(english)
    assert all(key.startswith("error.") for key in extra), extra
    for key, text in english.items():
        assert fields(text) == fields(other[key]), key


def test_whatever_is_asked_for_exists() -> None:
    english = words("en")
    asked: set[str] = set()
    for path in SCRIPTS:
        asked |= set(re.findall(r"\bt\('([\w.]+)'", path.read_text("utf-8")))
    for path in FRONTEND.glob("*.html"):
        asked |= set(re.findall(r'data-t(?:-[a-z-]+)?="([\w.]+)"', path.read_text("utf-8")))
    missing = {key for key in asked if key not in english and f"{key}_other" not in english}
    assert missing == set()


def test_every_reason_of_vision_has_words() -> None:
    from backend.vision.results import Reason

    english = words("en")
    for reason in Reason:
        assert f"reason.{reason}" in english
        if reason not in (Reason.MATCHED, Reason.GATHERING):
            assert f"kiosk.why.{reason}" in english


def test_every_flag_of_a_session_has_words() -> None:
    source = (PROJECT_ROOT / "backend" / "attendance" / "derive.py").read_text("utf-8")
    flags = set(re.findall(r'"(\w+)"', " ".join(re.findall(r"(?:flags=|frozenset\()\{?[^)]*", source))))
    assert "missing_check_out" in flags
    assert {flag for flag in flags if f"flag.{flag}" not in words("en")} == set()


def test_pages_hold_no_inline_script_or_style_and_fetch_from_nowhere_else() -> None:
    for path in FRONTEND.rglob("*"):
        if path.suffix not in (".html", ".css", ".js"):
            continue
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=\"", text), path
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//|@import|url\(\s*['\"]?https?:", text), path
        assert "innerHTML" not in text, path
        assert "insertAdjacentHTML" not in text, path


def test_everything_that_enrolment_may_say_has_words() -> None:
    from backend.desks.enrolling import ADVICE
    from backend.desks.faces import WARNINGS
    from backend.vision.posing import Hint, Pose

    english = words("en")
    wanted = {f"hint.{hint}" for hint in Hint if hint is not Hint.GOOD}
    wanted |= {f"pose.{pose}{more}" for pose in Pose for more in ("", ".do")}
    wanted |= {f"{kind}.{code}" for kind in ("verdict", "mend") for code in ADVICE}
    wanted |= {f"warning.{code}" for code in WARNINGS}
    assert wanted - set(english) == set()
