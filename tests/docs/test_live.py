"""Code that runs in the page: the Python of it as it is, the page in headless Chromium."""

import asyncio
import json
import re
import sys
import time
import zipfile
from io import BytesIO
from types import SimpleNamespace

import pytest

from docs.live.page import cells
from tensorlearn.utils import GeneratorEnqueuer
from tests.docs import site

# ---- the Python of a page, without a page ----


@pytest.fixture
def ran(monkeypatch):
    """Runs blocks of one page; each call gives all of [(kind, text)] that it posted."""
    posted = []
    page = cells.Page(lambda kind, text: posted.append((kind, text)))

    def run(code):
        posted.clear()
        with monkeypatch.context() as patch:
            for name in ("stdout", "stderr"):
                patch.setattr(sys, name, getattr(sys, name))
            patch.setattr("warnings.formatwarning", None)
            patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
            ok = asyncio.run(page.open().run(code, "block-1.py"))
        assert ok == (not any(kind == "error" for kind, _ in posted))
        return list(posted)

    return run


def test_a_block_shows_its_last_expression(ran):
    assert ran("a = 2\na + 1") == [("value", "3\n")]
    assert ran("_ * a") == [("value", "6\n")]


@pytest.mark.parametrize("code", ["1;", "None", "a = 1", "", "# nothing"])
def test_a_block_shows_nothing_else(ran, code):
    assert ran(code) == []


def test_what_is_printed_comes_in_order(ran):
    code = "import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3, end='')\n4"
    kinds = [(kind, text.strip()) for kind, text in ran(code) if text.strip()]
    assert kinds == [("out", "1"), ("err", "2"), ("out", "3"), ("value", "4")]


def test_await_stands_at_the_top_of_a_block(ran):
    assert ran("import asyncio\nawait asyncio.sleep(0, 5)") == [("value", "5\n")]


RICH = """
class Rich:
    def _repr_{form}_(self):
        return {value!r}
display(Rich(), 1)
Rich
"""


@pytest.mark.parametrize(
    ("form", "value", "kind", "text"),
    [
        ("html", "<b>x</b>", "html", "<b>x</b>"),
        ("svg", "<svg/>", "html", "<svg/>"),
        ("png", b"\x89P", "png", "iVA="),
    ],
)
def test_an_object_draws_itself(ran, form, value, kind, text):
    shown = ran(RICH.format(form=form, value=value))
    assert shown[:2] == [(kind, text), ("value", "1\n")]
    assert "class" in shown[2][1], "a class is no drawing of its own"


def test_an_error_names_the_line_and_hides_our_frames(ran):
    ((kind, text),) = ran("def f():\n    return 1 / 0\n\nf()")
    said = json.loads(text)
    assert kind == "error"
    assert said["headline"] == "ZeroDivisionError: division by zero"
    assert said["line"] == 2
    assert "cells.py" not in said["traceback"]
    assert "return 1 / 0" in said["traceback"], "the source of the block is known"


def test_an_error_in_the_grammar_names_the_line(ran):
    ((_, text),) = ran("x = 1\ny = (")
    said = json.loads(text)
    assert said["headline"].endswith("SyntaxError: '(' was never closed")
    assert said["line"] == 2


def test_an_error_of_the_library_is_named_shortly(ran):
    ((_, text),) = ran("import json\njson.loads('x')")
    assert json.loads(text)["headline"].startswith("JSONDecodeError: Expecting value")


@pytest.mark.parametrize("code", ["raise SystemExit", "raise KeyboardInterrupt"])
def test_leaving_is_an_error_like_others(ran, code):
    ((_, text),) = ran(code)
    assert json.loads(text)["stopped"] == ("Keyboard" in code)


def test_warnings_are_short(ran):
    code = "import warnings\nwarnings.formatwarning('so', UserWarning, 'file.py', 3)"
    assert ran(code) == [("value", "'UserWarning: so\\n'\n")]


def test_figures_are_pictures(ran, monkeypatch):
    pytest.importorskip("matplotlib")
    from matplotlib import pyplot

    from docs.live.page import figures

    monkeypatch.setattr(pyplot, "show", figures.show)
    code = "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
    shown = ran(code + "plt.plot([1, 2])\nplt.show()\nprint('after')\nplt.figure();")
    assert [kind for kind, text in shown if text.strip()] == ["png", "out", "png"]
    assert not pyplot.get_fignums()


def test_batches_need_no_thread_in_a_page(monkeypatch):
    monkeypatch.setattr(
        "tensorlearn.prefetch.sys", SimpleNamespace(platform="emscripten")
    )
    monkeypatch.setattr("threading.Thread.start", None)
    with GeneratorEnqueuer(iter([1, 2, 3])) as enqueuer:
        assert list(enqueuer.get()) == [1, 2, 3]
    with GeneratorEnqueuer(1 / n for n in (1, 0)) as enqueuer:
        batches = enqueuer.get()
        assert next(batches) == 1
        with pytest.raises(ZeroDivisionError):
            next(batches)


# ---- what the site serves ----


def test_the_site_serves_the_package_and_the_python_of_a_page():
    hook = pytest.importorskip("docs.live.hook", reason="mkdocs is missing")
    archives = {name: (path, data) for name, path, _, data in hook.served()}
    path, data = archives["tensorlearn"]
    assert re.fullmatch(r"assets/wheels/tensorlearn-[\d.]+-py3-none-any\.whl", path)
    assert "tensorlearn/layers/core.py" in zipfile.ZipFile(BytesIO(data)).namelist()
    names = zipfile.ZipFile(BytesIO(archives["page"][1])).namelist()
    assert {"tlpage/__init__.py", "tlpage/cells.py", "tlpage/figures.py"} <= set(names)


@pytest.mark.parametrize(
    ("url", "root", "found"),
    [
        ("https://x.org/p", "../", "https://x.org/p/"),
        ("/p/", "../", "/p/"),
        ("assets/pyodide", "../", "../assets/pyodide/"),
        ("assets/pyodide/", "", "assets/pyodide/"),
    ],
)
def test_pyodide_is_elsewhere_or_in_the_site(url, root, found):
    hook = pytest.importorskip("docs.live.hook", reason="mkdocs is missing")
    assert hook.placed(url, root) == found


# ---- in the browser ----

SECONDS = 100  # within which anything happens, on the busiest of machines

PAGE = """
# Dense

<div class="cell" markdown="1">

```{ .python .live }
import numpy as np
import tensorlearn as tl
from tensorlearn.layers import Dense

tl.set_seed(0)
x = np.ones((1, 3), dtype="float32")
layer = Dense(2)
layer(x).shape
```

```{ .text .output }
as built
```

</div>

Words.

<div class="cell" markdown="1">

```{ .python .live }
print("kernel", layer.kernel.shape)  # and a comment that is so long that it does not fit
for i in range(3):
    print(f"\\r{i}", end="")
```

</div>

```{ .python .live }
Dense("3")
```

```{ .python }
print("no button")
```
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("mkdocs", reason="no mkdocs here")
    pages = {
        "index.md": PAGE,
        "other.md": PAGE.replace("tl.set_seed(0)", "tl.set_seed(1)"),
    }
    return site.build(tmp_path_factory.mktemp("cdn"), pages)


@pytest.fixture(scope="module")
def address(folder):
    with site.served(folder) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with site.chromium() as browser:
        yield browser


class Reader:
    """A page as somebody reads it: what it asks for, what it complains of, its blocks."""

    def __init__(self, context, url):
        self.asked, self.complaints = [], []
        context.route(f"{site.CDN}**", site.answer_for_the_cdn)
        context.on("request", lambda r: self.asked.append(r.url))
        self.page = context.new_page()
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("console", self.hear)
        self.url = url
        self.page.goto(url)
        self.page.set_default_timeout(SECONDS * 1000)
        self.page.wait_for_selector(".tl-run")

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    @property
    def outside(self):
        home = "/".join(self.url.split("/")[:3])
        return [u for u in self.asked if not u.startswith((home, "data:", "blob:"))]

    def write(self, n, code):
        self.page.locator(".tl-edit").nth(n).fill(code)

    def press(self, n):
        self.page.locator(".tl-run").nth(n).click()

    def state(self, n):
        return self.page.locator(".tl-bar").nth(n).get_attribute("data-state")

    def status(self, n):
        return self.page.locator(".tl-status").nth(n).inner_text()

    def shown(self, n):
        return self.page.locator(".tl-output").nth(n).inner_text().strip()

    def wait(self, n, *states, seconds=SECONDS):
        self.page.wait_for_function(
            "([n, s]) => s.includes(document.querySelectorAll('.tl-bar')[n].dataset.state)",
            arg=[n, list(states)],
            timeout=seconds * 1000,
        )

    def run(self, n, code=None, seconds=SECONDS):
        """Run a block, and with it what is above; its output."""
        if code is not None:
            self.write(n, code)
        self.press(n)
        self.wait(n, "done", "wrong", seconds=seconds)
        return self.shown(n)

    def check(self):
        """The rows of the score of an exercise: mark, number, title, points."""
        self.press(0)
        self.wait(0, "done", "open")
        rows = self.page.locator(".tl-score tbody tr").all()
        return [row.locator("td").all_inner_texts() for row in rows]


@pytest.fixture
def read(browser, address):
    """Opens a page; at the end nothing may have been complained of."""
    site.need_carrier()
    opened = []

    def read(path="", url=address, **options):
        context = browser.new_context(**options)
        reader = Reader(context, url + path)
        opened.append((context, reader))
        return reader

    yield read
    for context, reader in opened:
        context.close()
        assert not reader.complaints


@pytest.fixture(scope="module")
def shared(browser, address):
    """One English page for many tests: Python starts once."""
    site.need_carrier()
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield Reader(context, f"{address}en/")
    context.close()


@pytest.fixture
def reader(shared):
    """The shared page as it was when it was opened, though its Python may be running."""
    shared.page.evaluate("document.activeElement.blur()")
    resets = shared.page.locator(".tl-reset:visible")
    while resets.count():
        resets.first.click()
    shared.complaints.clear()
    yield shared
    assert not shared.complaints


@pytest.mark.browser
def test_nothing_is_asked_of_others_before_run_is_pressed(read):
    reader = read()
    reader.page.mouse.wheel(0, 2000)
    reader.page.locator(".tl-edit").nth(0).click()
    reader.page.wait_for_timeout(500)
    assert reader.outside == []
    assert reader.page.locator(".tl-run").count() == 3
    assert "(1, 2)" in reader.run(0)
    assert reader.outside
    assert all(url.startswith(site.CDN) for url in reader.outside)


@pytest.mark.browser
def test_a_block_runs_those_above_first_and_state_is_kept(reader):
    assert "kernel (3, 2)" in reader.run(1)
    assert reader.state(0) == "done"
    assert reader.shown(1).rstrip().endswith("\n2"), "the carriage return goes back"
    reader.run(0)
    assert reader.run(1, "id(layer)") == reader.run(1, "id(layer)")
    reader.write(0, "layer = 5")
    assert reader.run(1, "layer") == "5", "a block that was changed runs again"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "said", "where"),
    [("", "必须是正整数", "第 1 行"), ("en/", "must be a positive integer", "line 1")],
)
def test_an_error_is_plain_in_the_language_of_the_page(read, path, said, where):
    reader = read(path)
    reader.run(2)
    box = reader.page.locator(".tl-error")
    assert said in box.locator("pre").first.inner_text()
    assert where in box.locator("p").inner_text()
    assert not box.locator("details pre").is_visible()
    box.locator("summary").click()
    assert "block-3.py" in box.locator("details pre").inner_text()
    assert reader.state(2) == "wrong"


@pytest.mark.browser
def test_figures_and_drawings_are_shown(reader):
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\nprint(5)"
    assert reader.run(0, code) == "5"
    image = reader.page.locator(".tl-output .tl-figure")
    assert image.count() == 1
    assert image.evaluate("i => i.complete && i.naturalWidth") > 400
    reader.run(
        0, "class R:\n    def _repr_html_(self):\n        return '<i>rich</i>'\nR()"
    )
    assert reader.page.locator(".tl-html i").inner_text() == "rich"


@pytest.mark.browser
def test_reset_brings_back_code_and_output(reader):
    page = reader.page
    built, reset = page.get_by_text("as built"), page.locator(".tl-reset").nth(0)
    code = page.locator(".live code").nth(0)
    before = code.inner_html()
    assert built.is_visible()
    assert not reset.is_visible()
    reader.run(0, "1 + 1")
    assert not built.is_visible()
    assert code.locator(".mi").count() == 2, "coloured as it is typed"
    reset.click()
    assert built.is_visible()
    assert not page.locator(".tl-output").nth(0).is_visible()
    assert code.inner_html() == before
    assert not reset.is_visible()


@pytest.mark.browser
def test_the_editor_indents_and_lets_go(reader):
    area = reader.page.locator(".tl-edit").nth(0)
    area.fill("")
    area.type("for i in 'ab':\nprint(i)")
    assert area.input_value() == "for i in 'ab':\n    print(i)"
    area.press("Control+a")
    area.press("Tab")
    assert area.input_value() == "    for i in 'ab':\n        print(i)"
    area.press("Shift+Tab")
    area.press("End")
    area.press("Control+Enter")
    reader.wait(0, "done")
    assert reader.shown(0) == "a\nb"
    area.press("Escape")
    area.press("Tab")
    assert reader.page.evaluate("document.activeElement.tagName") == "BUTTON"
    area.click()
    area.press("Control+z")
    assert area.input_value() != "for i in 'ab':\n    print(i)", "undo works"


@pytest.mark.browser
def test_the_copy_button_copies_what_was_typed(reader):
    reader.write(0, "typed = 1")
    reader.page.locator(
        ".live .md-clipboard, .live [data-clipboard-target]"
    ).first.click()
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == "typed = 1"


@pytest.mark.browser
def test_an_endless_loop_is_seen_stopped_and_the_page_goes_on(reader):
    reader.write(1, "print('begun')\nwhile True:\n    pass")
    reader.press(1)
    reader.page.wait_for_function(
        "document.querySelectorAll('.tl-output')[1].innerText.includes('begun')",
        timeout=SECONDS * 1000,
    )
    reader.press(1)
    reader.wait(1, "wrong", seconds=5)
    assert "afresh" in reader.status(1)
    assert "kernel" in reader.run(1, "print('kernel', layer.kernel.shape)")


@pytest.mark.browser
def test_endless_output_does_not_stop_the_page(reader):
    shown = reader.run(0, "for i in range(200_000):\n    print(i)")
    assert "left out" in shown
    assert len(shown) < 400_000


@pytest.mark.browser
def test_a_page_can_be_used_without_seeing_it(reader):
    page = reader.page
    area = page.get_by_role("textbox", name="Code block 1, editable")
    area.focus()
    assert area.get_attribute("aria-description").startswith("Editable")
    page.get_by_role("button", name="Run").first.focus()
    page.keyboard.press("Enter")
    reader.wait(0, "done")
    assert page.get_by_role("status").first.inner_text().startswith("Done in")
    assert (
        "(1, 2)"
        in page.get_by_role("region", name="Output of code block 1").inner_text()
    )
    focused = page.evaluate("document.activeElement.classList[0]")
    assert focused == "tl-run", "focus stays"


SAVING = """
import tensorlearn as tl
model = tl.models.Sequential([tl.layers.Dense(2, input_shape=(3,))])
for way in (lambda: model.save("m.h5"), model.to_yaml):
    try:
        way()
    except ImportError as error:
        print(error)
model.save_weights("m.npz")
model.load_weights("m.npz")
tl.models.model_from_json(model.to_json()).count_params()
"""


@pytest.mark.browser
def test_without_h5py_and_yaml_only_those_formats_fail(reader):
    shown = reader.run(0, SAVING)
    assert "HDF5 files need the package h5py" in shown
    assert "YAML needs the package pyyaml" in shown
    assert shown.endswith("\n8")


FIT = """
import time
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense
from tensorlearn.models import Sequential
import tensorlearn as tl
tl.set_seed(0)
(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (images.reshape(len(images), -1) for images in (x, x_test))
model = Sequential([Dense(64, activation="relu"), Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
begun = time.perf_counter()
model.fit(x, y, epochs=20, verbose=1)
print(f"{time.perf_counter() - begun:.2f} s for 20 epochs")
batches = ((x[i::9], y[i::9]) for i in range(9))
model.fit_generator(batches, steps_per_epoch=9, verbose=0)
model.evaluate(x_test, y_test, verbose=0)[1] > 0.9
"""


@pytest.mark.browser
def test_digits_are_learnt_in_the_page(read, capsys):
    reader = read("en/")
    begun = time.perf_counter()
    reader.run(0)
    boot = time.perf_counter() - begun
    shown = reader.run(0, FIT)
    assert shown.endswith("True")
    assert shown.count("\nEpoch ") == 19
    assert "Epoch 20/20\n" in shown
    fit = re.search(r"[\d.]+ s for 20 epochs", shown).group()
    with capsys.disabled():
        print(f"\n    first run {boot:.1f} s with the start; digits: {fit}")


@pytest.mark.browser
def test_without_a_connection_the_page_says_so_and_tries_again(read):
    reader = read("en/")
    reader.page.context.route(f"{site.CDN}**", lambda route: route.abort())
    reader.run(0)
    assert "could not be started" in reader.status(0)
    reader.complaints.clear()  # the browser itself complains of what it cannot fetch
    reader.page.context.unroute(f"{site.CDN}**")
    reader.page.context.route(f"{site.CDN}**", site.answer_for_the_cdn)
    assert "(1, 2)" in reader.run(0)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all(read, scheme):
    viewport = {"width": 390, "height": 844}
    reader = read(viewport=viewport, color_scheme=scheme, has_touch=True)
    reader.run(2)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    tall = reader.page.locator(".tl-run").first.bounding_box()["height"]
    assert tall >= 24, "large enough for a finger"


@pytest.mark.browser
def test_letters_of_the_editor_stand_on_those_of_the_page(reader):
    same = """() => [...document.querySelectorAll('.tl-live')].map((box) => {
        const [a, b] = ['code', 'textarea'].map((n) => box.querySelector(n));
        const names = ['fontFamily', 'fontSize', 'lineHeight', 'padding', 'letterSpacing'];
        const style = (e) => names.map((name) => getComputedStyle(e)[name]).join();
        const place = (e) => Object.values(e.getBoundingClientRect().toJSON()).join();
        return style(a) === style(b) && place(a) === place(b);
    })"""
    assert reader.page.evaluate(same) == [True] * 3


# ---- exercises ----


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_exercise_is_checked_in_the_page(read, tmp_path_factory, lang):
    site.need_carrier()
    hook = pytest.importorskip("docs.live.exercises", reason="mkdocs is missing")
    chapter = hook.course.find("derivatives")
    pages = {"index.md": hook.page(chapter, lang)}
    folder = site.build(tmp_path_factory.mktemp("exercise"), pages)
    with site.served(folder) as url:
        reader = read("en/" if lang == "en" else "", url=url)
        page = reader.page
        first = reader.check()
        assert [row[0] for row in first] == ["○"] * len(chapter.tasks)
        reader.write(0, chapter.solution(lang))
        page.reload()
        page.wait_for_selector(".tl-run")
        kept = page.locator(".tl-edit").input_value()
        assert kept == chapter.solution(lang), "answers are kept in the browser"
        assert [row[0] for row in reader.check()] == ["✓"] * len(chapter.tasks)
        assert reader.state(0) == "done"
        bug = chapter.zoo()[0]
        reader.write(0, hook.course.in_language(chapter.mutant(bug), lang))
        wrong = [row for row in reader.check() if row[0] == "✗"]
        assert bug.task in [row[1] for row in wrong]
        assert reader.state(0) == "open"
        page.locator(".tl-reset").click()
        assert "NotImplementedError" in page.locator(".tl-edit").input_value()


# ---- other ways to serve it ----


@pytest.mark.browser
def test_pyodide_may_be_part_of_the_site_and_stop_keep_the_variables(
    read, tmp_path_factory
):
    site.need_carrier()
    folder = site.build(
        tmp_path_factory.mktemp("own"), {"index.md": PAGE}, pyodide="assets/pyodide"
    )
    (folder / "assets/pyodide").symlink_to(site.CARRIER.resolve())
    with site.served(folder, site.Isolated) as url:
        reader = read("en/", url=url)
        reader.write(1, "kept = 7\nprint('begun')\nwhile True:\n    pass")
        reader.press(1)
        reader.page.wait_for_function(
            "document.querySelectorAll('.tl-output')[1].innerText.includes('begun')",
            timeout=SECONDS * 1000,
        )
        reader.press(1)
        reader.wait(1, "wrong", seconds=10)
        assert reader.status(1) == "Stopped"
        assert reader.run(1, "kept, layer.units") == "(7, 2)"
        assert reader.outside == []


@pytest.mark.browser
def test_instant_navigation_brings_buttons_and_fresh_variables(read, tmp_path_factory):
    site.need_carrier()
    pages = {
        "index.md": PAGE,
        "other.md": "# Other\n\n```{ .python .live }\nlayer\n```\n",
    }
    folder = site.build(
        tmp_path_factory.mktemp("instant"), pages, feature="navigation.instant"
    )
    with site.served(folder) as url:
        text = (folder / "sitemap.xml").read_text()
        (folder / "sitemap.xml").write_text(text.replace("https://example.org/", url))
        reader = read("", url=url)
        reader.run(0)
        reader.page.evaluate("window.still = true")
        reader.page.get_by_role("link", name="Other").first.click()
        reader.page.wait_for_function(
            "document.querySelectorAll('.tl-run').length === 1"
        )
        assert reader.page.evaluate("window.still"), "this was no new document"
        assert "NameError: name 'layer' is not defined" in reader.run(0)
        assert reader.asked.count(f"{site.CDN}pyodide.asm.wasm") == 1
