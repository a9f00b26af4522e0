// Python in a worker: one Pyodide, started once, that runs blocks one after the other.
//
// In:  {id, start: {pyodide, files, lang, interrupts}}   the first message
//      {id, open: page, lang}                            another page: fresh variables
//      {id, run: code, file}                             a block
//      {id, run: code, chapter, lang}                    an exercise: its tests
// Out: {id, kind, text}: "out", "err", "value", "html", "png", "error", "progress", "cut";
//      at the end "done", with whether all went well.

let python;   // the Pyodide, once it has started
let cells;    // the Python module docs/live/page/cells.py
let page;     // its Page
let files;    // {name: URL} of what the site itself serves
let current;  // the id of the message being answered

// ---- messages ----

let answered = Promise.resolve();
self.onmessage = ({ data }) => { answered = answered.then(() => answer(data)); };

async function answer(message) {
  current = message.id;
  try {
    const ok = await (message.start ? start(message.start)
      : message.open ? open(message.lang) : run(message));
    say("done", ok);
  } catch (error) {
    say("error", JSON.stringify({ headline: String(error.message ?? error), broken: !page }));
    say("done", false);
  }
}

// What is printed goes out at once: a loop may be silent for a long time afterwards. But it
// ends somewhere, or a loop without end would stop the browser.
const MOST = 200_000; // characters that a block may print
let printed = 0;
function say(kind, text) {
  if (kind === "out" || kind === "err") {
    if (printed > MOST) return;
    printed += text.length;
    if (printed > MOST) kind = "cut";
  }
  self.postMessage({ id: current, kind, text });
}

// ---- the start ----

async function start({ pyodide, files: served, lang, interrupts }) {
  files = served;
  const stop = countBytes();
  const { loadPyodide } = await import(pyodide + "pyodide.mjs");
  python = await loadPyodide({ indexURL: pyodide, env: { MPLBACKEND: "module://tlpage.figures", HOME: "/home/pyodide" } });
  python.setStdin({ error: true });
  if (interrupts) python.setInterruptBuffer(interrupts);
  await Promise.all([
    python.loadPackage("numpy", quiet),
    ...["page", "tensorlearn"].map(unpack),
  ]);
  stop();
  say("progress", JSON.stringify({ stage: "import" }));
  cells = python.pyimport("tlpage.cells");
  await open(lang);
  return true;
}

function open(lang) {
  page?.destroy();
  page = cells.Page(say).open();
  const tensorlearn = python.pyimport("tensorlearn");
  tensorlearn.set_language(lang);
  tensorlearn.destroy();
  return true;
}

// Tells how much has been downloaded, by whatever part of Pyodide; returns how to end that.
function countBytes() {
  const plain = self.fetch;
  let bytes = 0, told = 0;
  const tell = () => say("progress", JSON.stringify({ stage: "download", bytes }));
  self.fetch = async (...request) => {
    const answer = await plain(...request);
    if (!answer.body) return answer;
    const counter = new TransformStream({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes - told > 2e5) { told = bytes; tell(); }
        controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = answer;
    return new Response(answer.body.pipeThrough(counter), { status, statusText, headers });
  };
  return () => { self.fetch = plain; };
}

// ---- packages ----

const quiet = { messageCallback() {}, errorCallback() {} };

// What tensorlearn itself imports only when it is asked for it. A package that Pyodide's
// folder lacks stays away, and the block that needs it says so.
const WHEN_USED = {
  h5py: /\.h5\b|\.hdf5\b|\.save(_weights)?\(|load_(model|weights)\(/,
  pyyaml: /yaml/,
  matplotlib: /\bplot|pyplot|\.visual\b/,
};

async function unpack(name) {
  const answer = await self.fetch(files[name]);
  if (!answer.ok) throw new Error(`${files[name]}: ${answer.status} ${answer.statusText}`);
  python.unpackArchive(await answer.arrayBuffer(), "zip", { extractDir: sitePackages() });
}

const sitePackages = () => python.runPython("import site; site.getsitepackages()[0]");

async function bring(code) {
  const used = Object.keys(WHEN_USED).filter((name) => WHEN_USED[name].test(code));
  const here = new Set(Object.keys(python.loadedPackages));
  const tell = { ...quiet, messageCallback: () => say("progress", JSON.stringify({ stage: "packages" })) };
  const missing = used.filter((name) => !here.has(name) && !failed.has(name));
  for (const name of missing) {
    try { await python.loadPackage(name, tell); } catch { /* the block will say */ }
    if (!python.loadedPackages[name]) failed.add(name);
  }
  try { await python.loadPackagesFromImports(code, tell); } catch { /* the block will say */ }
}
const failed = new Set();

// What the tests of exercises need: pytest and a pure-Python yaml, from the site.
let exercise;
async function bringTools() {
  if (exercise) return;
  say("progress", JSON.stringify({ stage: "packages" }));
  await python.loadPackage(["packaging", "pygments"], quiet);
  await unpack("tools");
  exercise = python.pyimport("tlpage.exercise");
}

// ---- running ----

async function run({ run: code, file, chapter, lang }) {
  printed = 0;
  await bring(code);
  if (chapter) await bringTools();
  say("progress", JSON.stringify({ stage: "run" }));
  return await (chapter ? exercise.check(page, code, chapter, lang) : page.run(code, file));
}
