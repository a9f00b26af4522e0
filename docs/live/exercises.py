"""MkDocs hook: a page for each chapter of exercises, whose tests run in the page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.book.words import REPOSITORY  # noqa: E402
from tensorlearn.exercises import course  # noqa: E402

CHAPTERS = "tensorlearn/exercises/chapters"

WORDS = {
    "zh": {
        "title": "练习",
        "intro": "每章都有几道小题：填上空缺，按“检查”，网页会当场给出分数，"
        "并指出梯度错在哪里。代码只保存在你的浏览器里。",
        "code": "你的代码",
        "todo": "在下面的编辑器里把每个 `raise NotImplementedError` 换成你的代码，"
        "然后按“检查”。第一次检查要下载约 25 MB 的 Python 和 pytest。",
        "chapter": "第 {number} 章　{title}",
        "minutes": "约 {minutes} 分钟",
    },
    "en": {
        "title": "Exercises",
        "intro": "Every chapter has a few small tasks: fill the holes, press “Check”, and "
        "the page gives the score at once and says what is wrong with a gradient. Your "
        "code is kept in your browser only.",
        "code": "Your code",
        "todo": "In the editor below, replace every `raise NotImplementedError` by your "
        "code, then press “Check”. The first time downloads about 25 MB of Python and "
        "pytest.",
        "chapter": "Chapter {number}: {title}",
        "minutes": "about {minutes} minutes",
    },
}


def on_config(config: Any) -> Any:
    """A section of the navigation."""
    if config.nav:
        words = WORDS[config.theme["language"]]
        names = ["index", *course.chapters(), "teaching"]
        pages = [f"exercises/{name}.md" for name in names]
        config.nav.insert(-1, {words["title"]: pages})
    return config


def on_files(files: Any, config: Any) -> Any:
    """The pages themselves."""
    for path, text in made(config.theme["language"]).items():
        files.append(File.generated(config, path, content=text))
    return files


def on_pre_page(page: Any, config: Any, files: Any) -> Any:
    """The edit link of a chapter leads to its text."""
    folder, _, name = page.file.src_uri.removesuffix(".md").rpartition("/")
    if folder == "exercises" and name in course.chapters():
        text = f"{CHAPTERS}/{name}/README.{config.theme['language']}.md"
        page.edit_url = f"{REPOSITORY}/edit/main/{text}"
    return page


def made(lang: str) -> dict[str, str]:
    """{path: Markdown} of all pages."""
    chapters = course.chapters().values()
    found = {f"exercises/{c.name}.md": page(c, lang) for c in chapters}
    return found | {"exercises/index.md": index(lang)}


def index(lang: str) -> str:
    """The list of chapters."""
    words = WORDS[lang]
    lines = [f"# {words['title']}", "", words["intro"], ""]
    for chapter in course.chapters().values():
        title = words["chapter"].format(
            number=chapter.number, title=chapter.title[lang]
        )
        minutes = words["minutes"].format(minutes=chapter.minutes)
        about = f"{chapter.about[lang]} ({minutes})"
        lines += [f"- [{title}]({chapter.name}.md)  ", f"  {about}"]
    return "\n".join(lines) + "\n"


def page(chapter: course.Chapter, lang: str) -> str:
    """What the student reads, and the editor."""
    words = WORDS[lang]
    head = f'{{ .python .live .exercise data-chapter="{chapter.name}" }}'
    return "\n".join(
        (
            chapter.readme(lang).rstrip(),
            "",
            f"## {words['code']} {{ #code }}",
            "",
            words["todo"],
            "",
            f"````{head}",
            chapter.template(lang).rstrip(),
            "````",
            "",
        )
    )
