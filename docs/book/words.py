"""The few words that the builder itself puts on pages, in both languages."""

REPOSITORY = "https://github.com/tensorlearn/tensorlearn"
KERAS = "https://github.com/keras-team/keras/blob/2.2.4/keras/layers"

WORDS = {
    "zh": {
        "download": "下载笔记本",
        "lite": "在 JupyterLite 中打开",
        "source": "源代码",
        "further": "继续",
        "reference": "接口文档",
        "exercise": "练习",
        "exercise_text": "动手做：`tensorlearn exercises new {name}`",
        "keras1": "让 Keras 1 的代码重新运行",
        "keras": "Keras 2.2.4 的同名文件",
        "credits": "参考",
        "picture": "图 {n}：{title}",
        "sections": "本章各节",
        "start": "开始",
        "home": "首页",
        "book": "教程",
        "projects": "项目",
        "api": "接口",
        "about": "更多",
        "numbering": "编号对照",
        "numbering_intro": (
            "这套教程覆盖原文档的每一节。原文档里有些编号重复或缺失，"
            "这里重新编号；左边是原来的编号，右边是现在的页面。"
        ),
        "numbering_new": "原文档里没有、这里补充的各节：",
        "before": "原编号",
        "now": "现编号",
        "section": "章节",
        "note": "说明",
        "renumbered": "重新编号",
        "empty": "原文档此处只有标题",
        "colon": "：",
        "stop": "。",
        "backend": "backend：K 的函数",
        "changes": "变更记录",
        "changes_intro": "变更记录只有英文。",
    },
    "en": {
        "download": "Download the notebook",
        "lite": "Open in JupyterLite",
        "source": "Source code",
        "further": "Further",
        "reference": "Reference",
        "exercise": "Exercise",
        "exercise_text": "try it yourself: `tensorlearn exercises new {name}`",
        "keras1": "Keras 1 code, running again",
        "keras": "the file of that name in Keras 2.2.4",
        "credits": "Sources",
        "picture": "Figure {n}: {title}",
        "sections": "Sections of this chapter",
        "start": "Start",
        "home": "Home",
        "book": "Book",
        "projects": "Projects",
        "api": "Reference",
        "about": "More",
        "numbering": "Numbers, old and new",
        "numbering_intro": (
            "This book covers every section of the original document. Some numbers "
            "there occur twice or are missing, so sections are numbered anew: on the "
            "left the number there, on the right the page here."
        ),
        "numbering_new": "Sections that the original document does not have:",
        "before": "there",
        "now": "here",
        "section": "section",
        "note": "note",
        "renumbered": "renumbered",
        "empty": "only a heading there",
        "colon": ": ",
        "stop": ".",
        "backend": "backend: the functions of K",
        "changes": "Changes",
        "changes_intro": "What changed, newest first.",
    },
}
