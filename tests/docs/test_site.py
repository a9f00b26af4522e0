"""The finished site in a browser: every page in both languages, and what readers do.

`DOCS_SITE` names a site that is built already; otherwise it is built here, which takes a
minute or two. `DOCS_SCREENSHOTS` names a folder for pictures of representative pages.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import pytest
import yaml

from tests.docs.site import ROOT, chromium, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

REPRESENTATIVE = (
    *("", "install/", "core/dense/", "autograd/engine/", "convolutional/conv2d/"),
    *("projects/digits_mlp/", "numbering/", "backend/", "api/", "api/layers-core/"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A built site."""
    pytest.importorskip("mkdocs", reason="needs the extra: pip install '.[docs]'")
    if ready := os.environ.get("DOCS_SITE"):
        return Path(ready)
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "-d", made]
    subprocess.run(command, cwd=ROOT, check=True)
    return made


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(folder):
    with served(folder) as found:
        yield found


@pytest.fixture
def page(browser, address):
    """A page that keeps a list of what went wrong in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)  # on the busiest of machines
    made = watched(context, address)
    yield made
    context.close()
    assert made.wrong == []


def watched(context, address):
    page = context.new_page()
    page.wrong = []
    note = page.wrong.append
    page.on("console", lambda m: m.type == "error" and note(f"{page.url}: {m.text}"))
    page.on("pageerror", lambda error: note(f"{page.url}: {error}"))
    page.on("request", lambda request: foreign(request.url, address, note))
    page.on("response", lambda r: r.status >= 400 and note(f"{r.status}: {r.url}"))
    return page


def foreign(url, address, note):
    if not url.startswith((address, "data:", "blob:")):
        note(f"asks another host: {url}")


def paths(folder):
    """Every page of both languages, from the sitemaps."""
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    root = re.search(r"^site_url: (\S+)$", config, re.M)[1]
    found = []
    for sitemap in ("sitemap.xml", "en/sitemap.xml"):
        text = (folder / sitemap).read_text("utf-8")
        found += re.findall(rf"<loc>{re.escape(root)}([^<]*)</loc>", text)
    return found


# ---- all pages ----


def test_languages_have_the_same_pages(folder):
    every = paths(folder)
    english = {path.removeprefix("en/") for path in every if path.startswith("en/")}
    assert english == {path for path in every if not path.startswith("en/")}
    assert len(english) > 30


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_works_by_itself_and_fits_a_phone(page, folder, address, lang):
    wide = []
    for path in paths(folder):
        if path.startswith("en/") != (lang == "en"):
            continue
        page.goto(urljoin(address, path), wait_until="load")
        if page.locator(".arithmatex").count():
            page.wait_for_selector(".katex", state="attached")
            assert page.locator(".katex-error").count() == 0, path
            assert page.locator(".arithmatex:not(:has(.katex))").count() == 0, path
        if page.locator(".mermaid").count():
            page.wait_for_selector("div.mermaid", state="attached")
            high = page.eval_on_selector_all(
                "div.mermaid", "all => all.map(e => e.offsetHeight)"
            )
            assert min(high) > 40, path
        page.set_viewport_size({"width": 375, "height": 800})
        width = page.evaluate("document.scrollingElement.scrollWidth")
        if width > 375:
            wide.append(f"{path}: {width}")
        page.set_viewport_size({"width": 1280, "height": 900})
    assert wide == []


# ---- what readers do ----

SEARCHES = {
    "": ("units", "Dense", "全连接", "梯度"),
    "en/": ("units", "Dense", "gradient"),
}


@pytest.mark.parametrize(
    ("lang", "words"), [(lang, w) for lang, every in SEARCHES.items() for w in every]
)
def test_search_finds(page, address, lang, words):
    page.goto(urljoin(address, lang))
    page.click(".md-search__input")
    page.fill(".md-search__input", words)
    # the search listens to keys, and `fill` presses none
    page.press(".md-search__input", "End")
    first = page.wait_for_selector(".md-search-result__item a")
    assert f"/{lang}" in first.get_attribute("href")
    text = page.inner_text(".md-search-result__list")
    assert words.lower() in text.lower()
    assert page.locator(".md-search-result__item").count() >= 1


@pytest.mark.parametrize("path", ["", "core/dense/", "api/layers-core/", "numbering/"])
def test_language_switch_stays_on_the_page(page, address, path):
    page.goto(urljoin(address, path))
    assert page.get_attribute("html", "lang") == "zh"
    page.click(".book-language")
    page.wait_for_url(urljoin(address, f"en/{path}"))
    assert page.get_attribute("html", "lang") == "en"
    page.click(".book-language")
    page.wait_for_url(urljoin(address, path))


def test_dark_mode_is_dark_and_figures_lie_on_white(browser, address):
    context = browser.new_context(color_scheme="dark")
    page = watched(context, address)
    page.goto(urljoin(address, "core/dense/"))
    colour = "e => getComputedStyle(e).backgroundColor"
    dark = page.eval_on_selector("body", colour)
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 200
    assert (
        page.eval_on_selector(".cell > p:has(.figure)", colour) == "rgb(255, 255, 255)"
    )
    context.close()
    assert page.wrong == []


def test_the_palette_can_be_chosen(page, address):
    page.goto(address)
    page.locator("label[for^=__palette]:visible").first.click()
    page.locator("label[for^=__palette]:visible").first.click()
    page.wait_for_selector("body[data-md-color-scheme=slate]")


def test_paper_has_no_navigation(page, address):
    page.goto(urljoin(address, "core/dense/"))
    page.emulate_media(media="print")
    for part in (".md-header", ".md-sidebar--primary", ".md-footer", ".book-actions"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator(".cell").first.is_visible()


def test_outputs_stand_with_their_code(page, address):
    page.goto(urljoin(address, "core/dense/"))
    assert page.locator(".cell .output").count() >= 5
    assert page.locator(".cell .error").count() >= 2
    assert "ValueError" in page.locator(".cell .error").first.inner_text()
    assert page.locator(".cell .figure").count() >= 1


def test_head_tells_other_sites_what_the_page_is(page, address):
    page.goto(urljoin(address, "en/core/dense/"))
    about = page.get_attribute("meta[property='og:description']", "content")
    assert len(about) > 40
    assert page.get_attribute("meta[property='og:title']", "content").startswith("1.1")
    tongues = page.eval_on_selector_all(
        "link[hreflang]", "all => all.map(e => e.hreflang)"
    )
    assert sorted(tongues) == ["en", "x-default", "zh"]


def test_notebooks_can_be_downloaded(page, address):
    page.goto(urljoin(address, "core/dense/"))
    target = page.get_attribute(".book-actions a[download]", "href")
    response = page.request.get(urljoin(page.url, target))
    assert response.json()["nbformat"] == 4


def test_reference_shows_signature_arguments_and_source(page, address):
    page.goto(urljoin(address, "api/layers-core/#tensorlearn.layers.Dense"))
    entry = page.locator(
        "div.doc-class", has=page.locator("[id='tensorlearn.layers.Dense']")
    )
    text = entry.first.inner_text()
    assert "units" in text
    assert "kernel_initializer" in text
    assert entry.first.locator("table tr").count() > 5
    assert entry.first.locator("details").count() >= 1


def test_missing_page_says_so_in_both_languages(folder):
    text = (folder / "404.html").read_text("utf-8")
    assert "找不到" in text
    assert "may have moved" in text


def test_pictures_for_the_eye(browser, address):
    """Not a check: pictures of representative pages, when a folder is named."""
    target = os.environ.get("DOCS_SCREENSHOTS")
    if not target:
        pytest.skip("DOCS_SCREENSHOTS names no folder")
    for name, options in {
        "light": {},
        "dark": {"color_scheme": "dark"},
        "phone": {"viewport": {"width": 375, "height": 800}},
    }.items():
        context = browser.new_context(
            **({"viewport": {"width": 1280, "height": 900}} | options)
        )
        page = context.new_page()
        for path in REPRESENTATIVE:
            for lang in ("", "en/"):
                page.goto(urljoin(address, lang + path))
                page.wait_for_timeout(500)
                file = (lang + path).strip("/").replace("/", "_") or "home"
                page.screenshot(path=Path(target) / f"{name}-{file}.png")
        context.close()


def test_configuration_names_the_same_things_in_both_languages():
    config, english = (
        yaml.load((ROOT / name).read_text("utf-8"), Loader)
        for name in ("mkdocs.yml", "docs/mkdocs.en.yml")
    )
    assert english["site_url"] == config["site_url"] + "en/"
    assert len(english["theme"]["palette"]) == len(config["theme"]["palette"])
    assert english["extra"]["root"] == "../"


class Loader(yaml.SafeLoader):
    """Passes over the tags that MkDocs adds to YAML."""


Loader.add_multi_constructor("", lambda *_: None)
