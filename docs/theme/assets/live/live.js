// Gives every code block of class "live" a Run button. Nothing is loaded before the first
// press; then one worker (worker.js) runs the blocks of the page in order.

import { editor } from "./editor.js";
import { output } from "./output.js";

const SAYS = {
  zh: {
    run: "运行", check: "检查", stop: "停止", reset: "还原", keys: "Ctrl+Enter 运行",
    title: "在浏览器里运行（第一次要下载约 20 MB 的 Python）",
    resetTitle: "恢复原来的代码和输出", edited: "已修改",
    code: (n) => `第 ${n} 段代码，可编辑`,
    hint: "可编辑；Ctrl+Enter 运行；先按 Esc 再按 Tab 离开",
    output: (n) => `第 ${n} 段代码的输出`, figure: "图",
    download: (mb) => `正在下载 Python：${mb} MB`, start: "正在启动 Python…",
    import: "正在导入 tensorlearn…", packages: "正在装入软件包…",
    above: (n) => `先运行上面 ${n} 段代码…`, waiting: "排队中…",
    running: "运行中…", seconds: (s) => `运行中，${s} 秒`,
    time: (s) => s < 0.9995 ? `${Math.max(s * 1000, 1).toFixed(0)} 毫秒` : `${s.toFixed(1)} 秒`,
    done: (time) => `完成，用时 ${time}`, wrong: (time) => `出错，用时 ${time}`,
    solved: (time) => `全部通过，用时 ${time}`, unsolved: (time) => `还没有全部通过，用时 ${time}`,
    stopped: "已停止；变量已清空，再次运行会从头开始", interrupted: "已停止",
    where: (line) => `出错位置：第 ${line} 行`, traceback: "查看完整的回溯",
    cut: "……（输出太长，后面的省略了）",
    broken: "Python 没能启动。请检查网络后再试。",
  },
  en: {
    run: "Run", check: "Check", stop: "Stop", reset: "Reset", keys: "Ctrl+Enter runs",
    title: "Run in the browser (the first time downloads about 20 MB of Python)",
    resetTitle: "Bring back the original code and output", edited: "edited",
    code: (n) => `Code block ${n}, editable`,
    hint: "Editable; Ctrl+Enter runs; Escape, then Tab leaves",
    output: (n) => `Output of code block ${n}`, figure: "Figure",
    download: (mb) => `Downloading Python: ${mb} MB`, start: "Starting Python…",
    import: "Importing tensorlearn…", packages: "Loading packages…",
    above: (n) => n === 1 ? "Running the block above first…" : `Running the ${n} blocks above first…`,
    waiting: "Waiting…",
    running: "Running…", seconds: (s) => `Running, ${s} s`,
    time: (s) => s < 0.9995 ? `${Math.max(s * 1000, 1).toFixed(0)} ms` : `${s.toFixed(1)} s`,
    done: (time) => `Done in ${time}`, wrong: (time) => `Error after ${time}`,
    solved: (time) => `All passed, in ${time}`, unsolved: (time) => `Not all passed yet, in ${time}`,
    stopped: "Stopped; all variables are gone, the next run starts afresh", interrupted: "Stopped",
    where: (line) => `in line ${line}`, traceback: "Show the full traceback",
    cut: "… (too much output: the rest is left out)",
    broken: "Python could not be started. Check the connection and try again.",
  },
};

const setup = JSON.parse(document.getElementById("tl-live").textContent);
const absolute = (url) => new URL(url, document.baseURI).href; // now: the page may change
setup.pyodide = absolute(setup.pyodide);
for (const name in setup.files) setup.files[name] = absolute(setup.files[name]);

const language = () => document.documentElement.lang.startsWith("zh") ? "zh" : "en";

// ---- Python ----

const python = {
  worker: null, interrupts: null, listeners: new Map(), last: 0, visit: 0, opened: 0,

  /** Sends a message; resolves to whether all went well. `listen(kind, text)` hears all. */
  ask(message, listen) {
    const id = ++this.last;
    return new Promise((resolve) => {
      this.listeners.set(id, (kind, text) => {
        if (kind !== "done") return listen(kind, text);
        this.listeners.delete(id);
        resolve(text);
      });
      this.worker.postMessage({ id, ...message });
    });
  },

  /** Started, and with the variables of this page and no other. */
  async ready(listen) {
    const lang = language();
    if (!this.worker) {
      this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
      this.worker.onmessage = ({ data }) => this.listeners.get(data.id)?.(data.kind, data.text);
      this.worker.onerror = (event) => this.fail(event);
      this.interrupts = self.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
      this.started = this.ask({ start: { ...setup, lang, interrupts: this.interrupts } }, (...said) => this.hear(...said));
      this.opened = this.visit;
    } else if (this.opened !== this.visit) {
      this.opened = this.visit;
      this.started = this.ask({ open: true, lang }, (...said) => this.hear(...said));
    }
    this.hear = listen;
    return await this.started;
  },

  fail(event) {
    for (const listen of [...this.listeners.values()]) {
      listen("error", JSON.stringify({ headline: event.message || String(event.type) }));
      listen("done", false);
    }
  },

  /** Ends the worker, and with it all variables. */
  end() {
    this.worker?.terminate();
    this.worker = null;
    for (const listen of [...this.listeners.values()]) listen("done", false);
    this.listeners.clear();
  },
};

// ---- blocks ----

let blocks = [];
let queue = [];     // blocks that are to run; the first one is running
let epoch = 0;      // goes up whenever all variables are lost

class Block {
  constructor(box, number) {
    const text = this.text = SAYS[language()];
    this.number = number;
    this.chapter = box.dataset.chapter; // of exercises: its tests run on the code
    this.ranCode = null;
    this.ranEpoch = -1;
    this.asBuilt = builtOutput(box);
    this.bar = element("div", "tl-bar");
    this.button = this.bar.appendChild(element("button", "tl-run"));
    this.resetButton = this.bar.appendChild(element("button", "tl-reset", text.reset));
    this.status = this.bar.appendChild(element("span", "tl-status"));
    this.clock = this.bar.appendChild(element("span", "tl-clock"));
    this.keys = this.bar.appendChild(element("span", "tl-keys", text.keys));
    this.button.type = this.resetButton.type = "button";
    this.resetButton.title = text.resetTitle;
    this.status.setAttribute("role", "status");
    this.clock.ariaHidden = "true";
    this.keys.ariaHidden = "true";
    const shown = element("div", "tl-output");
    shown.setAttribute("role", "region");
    shown.ariaLabel = text.output(number);
    shown.hidden = true;
    this.output = output(shown, text);
    box.after(this.bar, shown);
    this.editor = editor(box.querySelector("code"), {
      label: text.code(number), hint: text.hint,
      onrun: () => this.press(), onchange: () => this.changed(),
    });
    if (this.chapter) this.keep();
    this.button.addEventListener("click", () => this.press());
    this.resetButton.addEventListener("click", () => this.reset());
    this.show("idle");
    this.changed();
  }

  get isRunning() { return queue.includes(this); }

  /** Whether it has run, as it now stands, in this Python. */
  get isDone() { return this.ranEpoch === epoch && this.ranCode === this.editor.text; }

  /** Keeps the answers to an exercise in the browser, as far as it lets us. */
  keep() {
    const name = `tensorlearn:${this.chapter}:${language()}`;
    try {
      const kept = localStorage.getItem(name);
      if (kept) this.editor.write(kept);
      this.store = () => this.editor.changed ? localStorage.setItem(name, this.editor.text) : localStorage.removeItem(name);
    } catch { /* forbidden: then not */ }
  }

  press() { this.isRunning ? stop() : request(this); }

  changed() {
    try { this.store?.(); } catch { /* full or forbidden */ }
    this.resetButton.hidden = !this.editor?.changed && this.ranCode === null;
    this.bar.classList.toggle("tl-edited", Boolean(this.editor?.changed));
  }

  reset() {
    if (this.isRunning) stop();
    this.editor.reset();
    this.output.clear();
    this.ranCode = null;
    for (const part of this.asBuilt) part.hidden = false;
    this.show("idle");
    this.changed();
    this.button.focus();
  }

  show(state, said = "") {
    this.bar.dataset.state = state;
    const busy = state === "busy";
    this.button.replaceChildren(element("span", "tl-icon"), 
      busy ? this.text.stop : this.chapter ? this.text.check : this.text.run);
    this.button.title = busy ? "" : this.text.title;
    if (this.status.textContent !== said) this.status.textContent = said;
    this.clock.textContent = "";
  }

  async run() {
    const { text } = this;
    const code = this.editor.text;
    this.begun = 0;
    const seconds = () => (performance.now() - this.begun) / 1000;
    const clock = setInterval(() => {
      if (this.begun && seconds() > 1) this.clock.textContent = text.seconds(seconds().toFixed(0));
      this.bar.classList.toggle("tl-clocked", Boolean(this.clock.textContent));
    }, 500);
    this.output.clear();
    for (const part of this.asBuilt) part.hidden = true;
    this.ranCode = code;
    this.changed();
    this.show("busy", text.start);
    let interrupted = false, broken = false;
    const listen = (kind, said) => {
      if (kind === "progress") {
        const { stage, bytes } = JSON.parse(said);
        if (stage === "run") this.begun = performance.now();
        this.show("busy", stage === "download" ? text.download((bytes / 1e6).toFixed(0))
          : stage === "run" ? text.running : text[stage]);
      } else {
        if (kind === "error") interrupted = JSON.parse(said).stopped;
        this.output.add(kind, said);
      }
    };
    const started = epoch;
    let ok = await python.ready(listen);
    if (!ok) broken = epoch === started;
    else ok = await python.ask({ run: code, file: `block-${this.number}.py`, chapter: this.chapter, lang: language() }, listen);
    clearInterval(clock);
    this.output.settle();
    this.bar.classList.remove("tl-clocked");
    if (epoch !== started) return this.show("wrong", text.stopped);
    if (broken) { forget(); return this.show("wrong", text.broken); }
    this.ranEpoch = epoch;
    const took = text.time(seconds());
    if (interrupted) this.show("wrong", text.interrupted);
    else if (this.chapter) this.show(ok ? "done" : "open", ok ? text.solved(took) : text.unsolved(took));
    else this.show(ok ? "done" : "wrong", ok ? text.done(took) : text.wrong(took));
    this.changed();
  }
}

/** Run a block, and before it those above that have not run as they now stand. */
async function request(block) {
  const idle = queue.length === 0;
  const before = block.chapter ? [] : blocks.slice(0, blocks.indexOf(block));
  const above = before.filter((b) => !b.chapter && !b.isDone && !b.isRunning);
  queue.push(...above, block);
  for (const b of above) b.show("busy", b.text.waiting);
  block.show("busy", above.length ? block.text.above(above.length) : block.text.waiting);
  if (!idle) return;
  const started = epoch;
  while (queue.length) {
    await queue[0].run();
    if (epoch !== started) return;
    queue.shift();
  }
}

/** Interrupts what runs if the browser can, and else ends Python. */
function stop() {
  if (!python.interrupts || !queue[0]?.begun) return forget();
  for (const block of queue.splice(1)) block.show("idle");
  python.interrupts[0] = 2; // SIGINT
}

/** Ends Python: no block has run any more. */
function forget() {
  for (const block of queue.splice(0)) block.show("idle");
  epoch += 1;
  python.end();
}

// ---- the page ----

/** The output that the page was built with: what follows the block in its cell. */
function builtOutput(box) {
  if (!box.parentElement.matches(".cell")) return [];
  const parts = [...box.parentElement.children];
  return parts.slice(parts.indexOf(box) + 1);
}

function element(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

function equip() {
  if (queue.length) forget();
  python.visit += 1;
  blocks = [];
  for (const box of document.querySelectorAll(".live:not(.tl-live)")) {
    if (!box.querySelector("pre > code")) continue;
    box.classList.add("tl-live");
    blocks.push(new Block(box, blocks.length + 1));
  }
}

// With Material's instant navigation a new page arrives without a new document.
if (self.document$) self.document$.subscribe(equip);
else equip();
