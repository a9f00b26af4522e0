// Draw the formulas. The scripts before this one, also deferred, have run.
for (const box of document.querySelectorAll(".arithmatex"))
  renderMathInElement(box, {
    delimiters: [
      { left: "\\[", right: "\\]", display: true },
      { left: "\\(", right: "\\)", display: false },
    ],
    throwOnError: false,
  });
