// An editor for a block: a transparent text area above the coloured code. The colours are
// those the page was built with, until somebody types.

const KEYWORDS = "and as assert async await break class continue def del elif else except finally for "
  + "from global if import in is lambda nonlocal not or pass raise return try while with yield";
const CONSTANTS = "True False None";
const BUILTINS = "abs all any bool bytes callable dict dir display divmod enumerate filter float getattr "
  + "hasattr help hash id input int isinstance issubclass iter len list map max min next object open "
  + "print property range repr reversed round set setattr slice sorted str sum super tuple type vars "
  + "zip Exception ValueError TypeError KeyError IndexError RuntimeError ImportError";

const words = (text, kind) => text.split(" ").map((word) => [word, kind]);
const KINDS = new Map([...words(KEYWORDS, "k"), ...words(CONSTANTS, "kc"), ...words(BUILTINS, "nb"), ["self", "bp"]]);

// The alternatives in order, each with the class that Pygments gives it.
const TOKEN = new RegExp([
  /(?<c1>#[^\n]*)/,
  /(?<s>[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
  /(?<mi>\b(?:0[xbo][\da-f_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:e[+-]?\d+)?j?)\b\.?)/,
  /(?<nd>(?<=^[ \t]*)@[\w.]+)/,
  /(?<nn>(?<=^[ \t]*(?:from|import)[ \t]+)[\w.]+)/,
  /(?<n>[\p{L}_][\p{L}\p{N}_]*)/,
  /(?<o>[-+*/%@=<>!&|^~:]+)/,
  /(?<p>[()[\]{},.;]+)/,
].map((part) => part.source).join("|"), "gmu");

/** `code` as nodes with the classes of Pygments. */
export function coloured(code) {
  const nodes = new DocumentFragment();
  let done = 0, before = "";
  for (const found of code.matchAll(TOKEN)) {
    if (found.index > done) nodes.append(code.slice(done, found.index));
    const text = found[0];
    let [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    if (kind === "n") {
      kind = before === "def" ? "nf" : before === "class" ? "nc" : KINDS.get(text) ?? "n";
    }
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    nodes.append(span);
    before = text;
    done = found.index + text.length;
  }
  nodes.append(code.slice(done) + "\n");
  return nodes;
}

const METRICS = ["fontFamily", "fontSize", "lineHeight", "letterSpacing", "padding", "tabSize", "fontFeatureSettings"];

/** Makes `code`, an element in a `pre`, editable: {text, changed, write(text), reset()}. */
export function editor(code, { label, hint, onrun, onchange }) {
  const area = document.createElement("textarea");
  const original = code.textContent.replace(/\n+$/, "");
  const asBuilt = [...code.childNodes].map((node) => node.cloneNode(true));
  Object.assign(area, { className: "tl-edit", value: original, spellcheck: false, title: hint, rows: 1 });
  for (const [name, value] of Object.entries({
    autocapitalize: "off", autocomplete: "off", autocorrect: "off", translate: "no",
    "aria-label": label, "aria-description": hint, wrap: "off",
  })) area.setAttribute(name, value);
  code.after(area);

  // Letters of the same size in the same places, whatever the theme makes of code.
  const fit = () => {
    const style = getComputedStyle(code);
    for (const name of METRICS) area.style[name] = style[name];
  };
  fit();
  addEventListener("resize", fit);
  area.addEventListener("focus", fit);

  const paint = () => {
    if (area.value === original) code.replaceChildren(...asBuilt.map((node) => node.cloneNode(true)));
    else code.replaceChildren(coloured(area.value));
    scroll();
    onchange();
  };
  const scroll = () => { code.scrollLeft = area.scrollLeft; };
  area.addEventListener("input", paint);
  area.addEventListener("scroll", scroll);

  let leaving = false; // after Escape, Tab moves on as it does everywhere else
  area.addEventListener("focus", () => { leaving = false; });
  area.addEventListener("keydown", (event) => {
    const alone = !event.altKey && !event.isComposing;
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && alone && !event.ctrlKey && !event.metaKey && !leaving) {
      event.preventDefault();
      indent(area, event.shiftKey);
    } else if (event.key === "Enter" && alone && (event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      onrun();
    } else if (event.key === "Enter" && alone) {
      event.preventDefault();
      newline(area);
    }
  });
  return {
    get text() { return area.value; },
    get changed() { return area.value !== original; },
    write(text) { area.value = text; paint(); },
    reset() { area.value = original; paint(); },
  };
}

// Typing by the browser's own means keeps undo working.
function type(area, text) {
  if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  }
}

function newline(area) {
  const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
  const opens = /:\s*(#.*)?$/.test(line) ? "    " : "";
  type(area, "\n" + line.match(/^ */)[0] + opens);
}

/** Four spaces at the cursor; with a selection of lines, or backwards, all those lines. */
function indent(area, back) {
  const { value, selectionStart, selectionEnd } = area;
  if (!back && !value.slice(selectionStart, selectionEnd).includes("\n")) {
    return type(area, " ".repeat(4 - (selectionStart - value.lastIndexOf("\n", selectionStart - 1) - 1) % 4));
  }
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = value.indexOf("\n", Math.max(selectionEnd - 1, from));
  const to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).replace(back ? /^ {1,4}/gm : /^(?=.)/gm, back ? "" : "    ");
  area.setSelectionRange(from, to);
  type(area, lines);
  area.setSelectionRange(from, from + lines.length);
}
