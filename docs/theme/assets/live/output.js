// What a block prints, shows and raises, drawn below it.

/** The output of one block: {add(kind, text), settle(), clear()}. */
export function output(box, text) {
  let line = null, cursor = 0, waiting = null, timer = 0;

  // A loop that prints sends many small pieces: they are drawn together.
  function later(kind, chunk) {
    if (waiting?.kind !== kind) settle();
    waiting ??= { kind, chunk: "" };
    waiting.chunk += chunk;
    timer ||= setTimeout(settle, 30);
  }

  function settle() {
    clearTimeout(timer);
    timer = 0;
    const { kind, chunk } = waiting ?? {};
    waiting = null;
    if (kind) write(kind, chunk);
  }

  // Text goes into the last element of its kind; a carriage return goes back to the start
  // of the line, and what follows overwrites it: that is how progress bars move.
  function write(kind, chunk) {
    if (line?.dataset.kind !== kind) {
      line = box.appendChild(document.createElement("pre"));
      line.className = `tl-${kind}`;
      line.dataset.kind = kind;
      cursor = 0;
    }
    let whole = line.textContent;
    for (const part of chunk.split(/(\r?\n|\r)/)) {
      if (part === "\r") cursor = whole.lastIndexOf("\n") + 1;
      else if (part.endsWith("\n")) { whole += "\n"; cursor = whole.length; }
      else {
        whole = whole.slice(0, cursor) + part + whole.slice(cursor + part.length);
        cursor += part.length;
      }
    }
    line.textContent = whole;
  }

  function place(element) {
    settle();
    line = null;
    box.append(element);
    return element;
  }

  const draw = {
    out: (chunk) => later("out", chunk),
    err: (chunk) => later("err", chunk),
    cut: () => later("out", `\n${text.cut}\n`),
    value(chunk) { settle(); line = null; write("value", chunk); line = null; },
    html(markup) {
      place(Object.assign(document.createElement("div"), { className: "tl-html md-typeset", innerHTML: markup }));
    },
    png(data) {
      const image = place(new Image());
      image.className = "tl-figure";
      image.alt = text.figure;
      image.addEventListener("load", () => { image.width = image.naturalWidth / 2; });
      image.src = `data:image/png;base64,${data}`;
    },
    error(json) { place(failure(JSON.parse(json), text)); },
  };

  return {
    add(kind, chunk) { box.hidden = false; draw[kind]?.(chunk); },
    clear() { settle(); box.replaceChildren(); box.hidden = true; line = null; },
    settle,
  };
}

/** An error: its last line and where in the block; how it came about, folded away. */
function failure({ headline, line, traceback }, text) {
  const box = document.createElement("div");
  box.className = "tl-error";
  const [first, ...rest] = [headline.split("\n").at(-1), ...headline.split("\n").slice(0, -1)];
  const isSyntax = /^\w*(SyntaxError|IndentationError|TabError)\b/.test(first);
  const said = document.createElement("pre");
  said.textContent = isSyntax ? rest.slice(1).concat(first).join("\n") : headline;
  box.append(said);
  if (line) {
    const where = box.appendChild(document.createElement("p"));
    where.textContent = text.where(line);
  }
  if (traceback && !isSyntax) {
    const details = box.appendChild(document.createElement("details"));
    const summary = details.appendChild(document.createElement("summary"));
    summary.textContent = text.traceback;
    details.appendChild(document.createElement("pre")).textContent = traceback;
  }
  return box;
}
