"""The catalogue: all sets and values in two pages, always the same bytes, fit for a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import run
from own_factors import intensity

from carbonledger.factors import load_factors, shipped_root

EVERYTHING = frozenset({"recalled", "uncertain"})
CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    own = intensity(folder / "own", ("C30", "CN", 1, 2023, "2024-06-30", "2.0", "SEEN"),
                    title={"zh": "</script>自有", "en": "</script><b>own"})  # fmt: skip
    assert run("factors", "catalogue", "-o", folder / "a", "--factors", own).exit_code == 0
    assert run("factors", "catalogue", "-o", folder / "b", "--factors", own).exit_code == 0
    return folder


def text(pages: Path, lang: str) -> str:
    return (pages / "a" / f"factors.{lang}.html").read_text("utf-8")


def data(pages: Path, lang: str) -> dict[str, Any]:
    block = r'<script type="application/json" id="data">(.*?)</script>'
    found = re.search(block, text(pages, lang))
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_bytes_repeat(pages: Path, lang: str) -> None:
    first, second = ((pages / at / f"factors.{lang}.html").read_bytes() for at in "ab")
    assert first == second


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_set_and_value_is_there_with_its_source(pages: Path, lang: str) -> None:
    factors, _ = load_factors([shipped_root(), pages / "own"], known_on=date.max, allow=EVERYTHING)
    sets = {one["id"]: one for one in data(pages, lang)["sets"]}
    assert sets.keys() == factors.sets.keys()
    listed = {}
    for one in sets.values():
        assert all(s["said"] and s["licence"] for s in one["sources"])
        for row in one["rows"]:
            codes = "|".join(one["codes"][c][0] for c in row[0])
            listed[one["id"], codes, row[1], row[4]] = (
                row[2], one["units"][row[3]], one["confidences"][row[6]],
                one["sources"][row[7]]["id"], "" if row[9] < 0 else one["caveats"][row[9]][0],
            )  # fmt: skip
    assert len(listed) == len(factors.rows)
    values = sorted(listed.values())
    assert values == sorted((r.value, r.unit, r.confidence, r.source.id, r.caveat)
                            for r in factors.rows)  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_fetched_and_the_policy_names_the_one_script(pages: Path, lang: str) -> None:
    page = text(pages, lang)
    tags = _Tags()
    tags.feed(page)
    assert not {tag for tag, _ in tags.found} & {"img", "link", "iframe", "object", "form"}
    assert not any("src" in attributes or name.startswith("on")
                   for _, attributes in tags.found for name in attributes)  # fmt: skip
    hrefs = {a["href"] for tag, a in tags.found if tag == "a" and a.get("href")}
    assert {h for h in hrefs if not str(h).startswith("#")} == {
        f"factors.{ {'zh': 'en', 'en': 'zh'}[lang] }.html"
    }  # fmt: skip
    policy = next(a["content"] for t, a in tags.found if a.get("http-equiv"))
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in str(policy)
    assert str(policy).startswith("default-src 'none'")
    assert "unsafe" not in str(policy)
    for word in ("innerHTML", "eval(", "document.write", "fetch("):
        assert word not in scripts[0]


def test_only_what_was_known_on_a_day(tmp_path: Path) -> None:
    assert run("factors", "catalogue", "-o", tmp_path, "--known-on", "2024-12-31").exit_code == 0
    page = (tmp_path / "factors.en.html").read_text("utf-8")
    assert "2024-12-26" in page
    assert "2025-12-31" not in page


# in a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1280,1000"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def opened(browser: Any, pages: Path, lang: str, width: int = 1280, place: str = "") -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    browser.get("about:blank")
    browser.get((pages / "a" / f"factors.{lang}.html").as_uri() + place)


def searched(browser: Any, words: str) -> list[str]:
    """The first cell of every row that a search leaves."""
    box = browser.find_element("id", "search")
    box.clear()
    box.send_keys(words)
    return [c.text for c in browser.find_elements("css selector", "#found td:first-child")]


def visible(browser: Any, css: str) -> bool:
    asked = f"const e = document.querySelector({css!r}); return !!e && e.offsetHeight > 0"
    return bool(browser.execute_script(asked))


@pytest.mark.parametrize(
    ("lang", "words", "codes"),
    [
        ("zh", "水泥", {"C301", "C302"}),
        ("en", "cement cn-sector", {"C301", "C302"}),  # and no announcement
        ("zh", "cement cn-sector", {"C301", "C302"}),  # the other language's names are found too
        ("en", "C301", {"C301"}),
        ("en", "chongqing 2023 electricity_residual", set()),
    ],
)
def test_a_search_filters(
    browser: Any, pages: Path, lang: str, words: str, codes: set[str]
) -> None:
    opened(browser, pages, lang)
    assert visible(browser, "#index")
    found = searched(browser, words)
    assert {row.split()[0] for row in found if re.match("[A-Z][0-9]", row)} == codes
    assert not visible(browser, "#index")
    count = browser.find_element("id", "count").text
    assert count == (f"{len(found)} 行" if lang == "zh" else f"{len(found)} rows")
    assert browser.get_log("browser") == []


def test_nothing_found_and_back_again(browser: Any, pages: Path) -> None:
    opened(browser, pages, "en")
    assert searched(browser, "phlogiston") == []
    assert "Nothing found" in browser.find_element("id", "found").text
    searched(browser, " ")
    assert visible(browser, "#index")


def test_a_set_is_chosen_by_its_link_with_all_that_is_said_of_it(
    browser: Any, pages: Path
) -> None:
    opened(browser, pages, "zh", place="#cn-electricity-average")
    said = browser.find_element("id", "found").text
    for words in ("生态环境部、国家统计局", "2025年第47号公告", "公告",
                  "500000 重庆市", "0.5581", "2025-12-31", "SEEN"):  # fmt: skip
        assert words in said
    assert "热力" not in browser.find_element("css selector", "#found h2").text
    searched(browser, "重庆 2023")
    assert "0.5581" in browser.find_element("id", "found").text


def test_a_long_set_is_shown_in_parts(browser: Any, pages: Path) -> None:
    opened(browser, pages, "en", place="#cn-sector-intensity-2018")
    rows = "return document.querySelectorAll('#found tbody tr').length"
    assert browser.execute_script(rows) == 200
    browser.find_element("css selector", "#found button").click()
    assert browser.execute_script(rows) == 400


def test_markup_in_a_title_is_only_text(browser: Any, pages: Path) -> None:
    opened(browser, pages, "en", place="#own-intensity")
    assert browser.find_element("css selector", "#found h2").text == "</script><b>own"
    assert browser.execute_script("return document.querySelectorAll('b').length") == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_shows_it_without_scrolling_sideways(
    browser: Any, pages: Path, lang: str
) -> None:
    opened(browser, pages, lang, width=420)
    for words in ("", "水泥", "electricity"):
        searched(browser, words or " ")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 420, words
    assert visible(browser, "#found td")
    assert not visible(browser, "#found thead")


def test_print_leaves_the_controls_out(browser: Any, pages: Path) -> None:
    opened(browser, pages, "en")
    searched(browser, "cement")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not visible(browser, ".bar")
        assert visible(browser, "#found table")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
