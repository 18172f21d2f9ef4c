// Line numbers beside the text, and its faults at their lines 400 ms after the last key. Without
// this, *Check* shows the same.
const editor = document.querySelector("[data-editor]");
const text = editor.querySelector("textarea");
const gutter = editor.querySelector(".gutter");
const form = text.form;
const WAIT = 400;
let timer = 0;
let turn = 0;
let composing = false;

const marks = () => {
  const found = new Map();
  for (const one of document.querySelectorAll("#part-check [data-mark]")) {
    const line = Number(one.dataset.line);
    if (found.get(line) !== "fault") found.set(line, one.dataset.mark);
  }
  return found;
};

const number = () => {
  const marked = marks();
  const count = text.value.split("\n").length;
  gutter.replaceChildren();
  for (let line = 1; line <= count; line++) {
    const kind = marked.get(line);
    const row = document.createElement("span");
    row.textContent = `${kind ? { fault: "■", warning: "▲" }[kind] : " "}${line}\n`;
    if (kind) row.className = kind;
    if (kind) row.dataset.marked = String(line);
    gutter.append(row);
  }
  gutter.scrollTop = text.scrollTop;
};

const check = async () => {
  const mine = ++turn;
  const fields = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  fields.set("act", "check");
  const part = document.getElementById("part-check");
  part.setAttribute("aria-busy", "true");
  try {
    const headers = { "X-Plimsoll-Part": part.id };
    const answer = await fetch(form.action, { method: "POST", body: fields, headers, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById("part-check");
    if (mine !== turn || !next) return;
    document.getElementById("part-check").replaceWith(next);
    const said = next.querySelector("[data-said]");
    document.getElementById("announce").textContent = said ? said.textContent.trim() : "";
    number();
  } finally {
    part.removeAttribute("aria-busy");
  }
};

const later = () => {
  clearTimeout(timer);
  if (!composing) timer = setTimeout(check, WAIT);
};

text.addEventListener("compositionstart", () => (composing = true));
text.addEventListener("compositionend", () => {
  composing = false;
  later();
});
text.addEventListener("input", () => {
  number();
  later();
});
text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-goto]");
  if (!link) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Number(link.dataset.goto);
  const begin = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(begin, begin + (lines[line - 1] ?? "").length);
  text.scrollTop = (line - 5) * (text.scrollHeight / lines.length);
});

document.getElementById("question")?.focus();
number();
