"""What is made of the figures: tables, the comparison with an earlier run, the pages."""

from __future__ import annotations

from pathlib import Path

from workloads import LENGTHS, WORKLOADS

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = (
    "<!-- figures: written by bench/run.py --page -->",
    "<!-- end of figures -->",
)
TOLERANCE = 1.25  # a ratio that grew by more than this is a regression

# Time of tensorlearn divided by the peer's: what we want to stay below.
GOALS = {
    "keras2": {
        **{"W1": 0.1, "W2": 0.8, "W3": 1.1, "W4": 1.3},
        **{"W5": 0.8, "W6": 0.9, "W7": 1.1, "W8": 0.8},
    },
    "torch": {
        **{"W1": 1.5, "W2": 1.0, "W3": 0.9, "W4": 1.3, "W5": 1.5, "W6": 1.0},
        **{"W7": 0.9, "W8": 1.2, "W10a": 0.9, "W12a": 1 / 0.9, "W12b": 1 / 0.9},
    },
}
PEERS = {"torch": "PyTorch", "keras2": "tf.keras"}


def frameworks(rows: dict) -> dict[str, dict]:
    """The rows that are measurements."""
    return {f: r for f, r in rows.items() if isinstance(r, dict)}


def ratio(rows: dict, peer: str) -> float | None:
    """Our time divided by the peer's."""
    ours, theirs = rows.get("tensorlearn", {}), rows.get(peer, {})
    return ours["ms"] / theirs["ms"] if "ms" in ours and "ms" in theirs else None


def table(rows: dict) -> str:
    """One workload, the fastest first."""
    lines = [
        "| framework | ms | best | CPU ms | ratio | × bound | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    measured = frameworks(rows)
    ours = measured.get("tensorlearn", {}).get("ms")
    for name, r in sorted(measured.items(), key=lambda item: item[1].get("ms", 1e9)):
        if "ms" not in r:
            lines.append(f"| {name} | {r.get('error', '')[:80]} |")
            continue
        times = f"{r['ms'] / rows['bound']:.1f}" if rows.get("bound") else ""
        relative = f"{ours / r['ms']:.2f}" if ours else ""
        memory = f"{r['rss']:.0f}" if r.get("rss") else ""
        cells = [name, *(f"{r[k]:.4g}" for k in ("ms", "best", "cpu"))]
        lines.append(f"| {' | '.join([*cells, relative, times, memory])} |")
    if rows.get("others", 0) > 0.1:
        lines.append(f"others used {rows['others']:.0%} of the machine")
    return "\n".join(lines)


def share_row(name: str, found: dict, rest: str = "rest") -> str:
    """Which operations take how much of a step, and the rate within its products."""
    if "error" in found:
        return f"| {name} | {found['error'][:80]} | – |"
    parts = {kind: ms / found["ms"] for kind, ms in found["operations"].items()}
    large = {kind: part for kind, part in parts.items() if part >= 0.03}
    told = [f"{kind} {part:.0%}" for kind, part in large.items()]
    told.append(f"{rest} {1 - sum(large.values()):.0%}")
    return f"| {name} | {', '.join(told)} | {found['gflops']:.3g} |"


# ---- comparing ----


def compare(now: dict, before: dict) -> int:
    """Print what got slower; 1 if anything did, else 0.

    Ratios to a peer are compared if both runs have one, since milliseconds depend on the
    machine and the hour; else multiples of the bound; else milliseconds.
    """
    slower = []
    for name, rows in now["workloads"].items():
        for what, new, old in _common(rows, before["workloads"].get(name, {})):
            if new > TOLERANCE * old:
                slower.append(f"{name}: {new:.3g} {what}, it was {old:.3g}")
            break
    print(
        "\n".join(
            ["", "### Slower than before", *slower]
            if slower
            else ["", "Nothing is slower."]
        )
    )
    return int(bool(slower))


def _common(rows: dict, old: dict):
    for peer in PEERS:
        pair = ratio(rows, peer), ratio(old, peer)
        if all(pair):
            yield f"× {peer}", *pair
    ours = [r.get("tensorlearn", {}).get("ms") for r in (rows, old)]
    if all(ours):
        bounds = rows.get("bound"), old.get("bound")
        if all(bounds):
            yield "× bound", ours[0] / bounds[0], ours[1] / bounds[1]
        yield "ms", *ours


# ---- pages ----

WORDS = {
    "en": {
        "head": "| | workload | ms | tf.keras | goal | PyTorch | goal | × bound | MB "
        "| PyTorch MB |",
        "machine": "Measured on {processor} ({cores} cores, {threads} threads; {system}): "
        "{sgemm_gflops:.0f} GFLOP/s in products, {memory_gbs:.0f} GB/s from memory, "
        "{cache_gbs:.0f} GB/s from the cache.",
        "peers": "Beside: {peers}.",
        "imports": "Import: {s:.2f} s (NumPy included); to install: {mb:.2f} MB.",
        "slopes": "W13: time grows like T^{ms:.2f}, memory like T^{mb:.2f}.",
        "shares": "Which operations take how much of a training step, forward and "
        "backward together; *rest* is small ones and what is between them. The rate is "
        "that of the products, with all that is done around them: unfolding, activations "
        "of gates, sums.",
        "share head": "| | part of the step | GFLOP/s |",
        "rest": "rest",
    },
    "zh": {
        "head": "| | 任务 | 毫秒 | tf.keras | 目标 | PyTorch | 目标 | 下限的倍数 | MB "
        "| PyTorch MB |",
        "machine": "测量所用的机器：{processor}（{cores} 核，{threads} 线程；{system}）。"
        "矩阵乘法 {sgemm_gflops:.0f} GFLOP/s，内存带宽 {memory_gbs:.0f} GB/s，"
        "缓存带宽 {cache_gbs:.0f} GB/s。",
        "peers": "对照：{peers}。",
        "imports": "导入耗时 {s:.2f} 秒（含 NumPy）；安装包 {mb:.2f} MB。",
        "slopes": "W13：时间按 T 的 {ms:.2f} 次方增长，内存按 {mb:.2f} 次方增长。",
        "shares": "一个训练步中，各种运算（前向与反向合计）各占多少时间；“其余”是零碎的运算"
        "以及运算之间的开销。速率指矩阵乘法连同其周边工作（展开窗口、门的激活、求和）的速率。",
        "share head": "| | 占一步的比例 | GFLOP/s |",
        "rest": "其余",
    },
}
TASKS_ZH = {
    "W1": "多层感知机 4-16-16-3，批量 16，SGD",
    "W2": "多层感知机 784-512-512-10 加 Dropout，批量 128，RMSprop",
    "W3": "MNIST 卷积网络 32c3-64c3-池化-128，批量 128，Adam",
    "W4": "ResNet-8 加批归一化，32×32×3，批量 32，Adam",
    "W5": "Embedding(20000, 128) + LSTM(128)，T=80，批量 32，Adam",
    "W6": "字符级 GRU(128)，T=40，批量 64，Adam",
    "W7": "文本卷积 Conv1D(250)，T=400，批量 32，Adam",
    "W8": "Transformer 块，d=64，4 头，T=64，批量 32，Adam",
    "W9a": "2 层 SeparableConv2D(32, 3)，32×32×32，批量 32",
    "W9b": "2 层 DepthwiseConv2D(3)，32×32×32，批量 32",
    "W9c": "2 层 Conv2DTranspose(16, 3, 步幅 2)，8×8×32，批量 32",
    "W9d": "2 层 LocallyConnected2D(8, 3)，16×16×8，批量 32",
    "W9e": "2 层 Conv3D(16, 3)，8×16×16×8，批量 8",
    "W10a": "(32, 32) 上 1000 个运算的长链，前向加反向",
    "W10b": "10 万个节点的计算图，前向加反向",
    "W12a": "用 W2 的网络预测 10,000 张图片",
    "W12b": "用 W3 的网络预测 10,000 张图片",
    **{f"W13-{t}": f"LSTM(64)，T={t}，批量 32，Adam" for t in LENGTHS},
}


def write_pages(results: dict) -> None:
    """Put the figures between the marks of docs/*/speed.md."""
    for language, words in WORDS.items():
        path = DOCS / language / "speed.md"
        text = path.read_text("utf-8")
        head, _, rest = text.partition(BEGIN)
        _, found, tail = rest.partition(END)
        if not found:
            raise ValueError(f"{path}: the marks {BEGIN} and {END} are missing")
        figures = _figures(results, words, language)
        path.write_text(f"{head}{BEGIN}\n\n{figures}\n\n{END}{tail}", "utf-8")


def _figures(results: dict, words: dict, language: str) -> str:
    lines = [words["head"], "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    versions = {}
    for name, rows in results["workloads"].items():
        measured = frameworks(rows)
        for peer, title in PEERS.items():
            if measured.get(peer, {}).get("version"):
                versions[title] = f"{title} {measured[peer]['version']}"
        lines.append(_row(name, rows, measured, language))
    text = [words["machine"].format(**results["machine"])]
    if versions:
        text.append(words["peers"].format(peers=", ".join(versions.values())))
    text += ["", *lines, ""]
    if "imports" in results:
        ours = results["imports"]["tensorlearn"]["s"]
        text.append(words["imports"].format(s=ours, mb=results["wheel_mb"]))
    if "slope_ms" in results and "slope_mb" in results:
        both = {"ms": results["slope_ms"], "mb": results["slope_mb"]}
        text.append(words["slopes"].format(**both))
    if shares := results.get("shares"):
        rows = [share_row(*item, words["rest"]) for item in shares.items()]
        text += ["", words["shares"], "", words["share head"], "|---|---|--:|", *rows]
    return "\n".join(text).strip()


def _milliseconds(ms: float) -> str:
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"


def _row(name: str, rows: dict, measured: dict, language: str) -> str:
    title = TASKS_ZH.get(name, WORKLOADS[name]) if language == "zh" else WORKLOADS[name]
    ours = measured.get("tensorlearn", {})
    cells = [name, title, _milliseconds(ours["ms"]) if "ms" in ours else "–"]
    for peer in ("keras2", "torch"):
        value, goal = ratio(rows, peer), GOALS[peer].get(name)
        cells += [f"{value:.2f}" if value else "–", f"{goal:.2g}" if goal else ""]
    bounded = rows.get("bound") and "ms" in ours
    cells.append(f"{ours['ms'] / rows['bound']:.1f}" if bounded else "–")
    for framework in ("tensorlearn", "torch"):
        memory = measured.get(framework, {}).get("rss")
        cells.append(f"{memory:.0f}" if memory else "–")
    return f"| {' | '.join(cells)} |"
