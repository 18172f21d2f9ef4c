// Single keys, for those who keep their hands on the keyboard. Silent in fields, while an input
// method composes, and where the preferences say so.
const PLACES = { t: "today", a: "accounts", p: "pipeline", r: "reports", c: "catalogue", o: "operations" };
const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
let going = 0;
let composing = false;

addEventListener("compositionstart", () => (composing = true), true);
addEventListener("compositionend", () => (composing = false), true);

const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.activeElement?.closest("[data-row]");
const linkOf = (row) => row?.querySelector("a[href]");

const step = (by) => {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  linkOf(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))])?.focus();
};

const open = (act) => {
  const found = document.querySelector(`.act[data-act="${act}"]`);
  if (found) {
    if (found.popover && !found.matches(":popover-open")) found.showPopover();
    found.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
    return;
  }
  const link = linkOf(current());
  if (link) location.assign(link.href);
};

const ACTS = {
  "/": () => document.getElementById("find")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => current()?.querySelector("input[type=checkbox]")?.click(),
  e: () => open("close"),
  h: () => open("snooze"),
  "?": () => location.assign("/console/help"),
};

addEventListener("keydown", (event) => {
  if (document.body.dataset.keys !== "on" || composing || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.matches?.(FIELDS) || document.querySelector("dialog[open], :popover-open")) return;
  if (Date.now() - going < 1_500 && PLACES[event.key]) {
    going = 0;
    location.assign(`/console/${PLACES[event.key]}`);
  } else if (event.key === "g") {
    going = Date.now();
    return;
  } else if (ACTS[event.key]) ACTS[event.key]();
  else return;
  event.preventDefault();
});
