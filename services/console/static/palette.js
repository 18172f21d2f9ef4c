// Ctrl+K: go to an account, a task, a page. The search's own page has the same, without this.
const dialog = document.getElementById("palette");
const field = document.getElementById("palette-q");
const list = document.getElementById("palette-hits");
const WAIT = 150;
let timer = 0;
let asked = 0;
let chosen = -1;

const options = () => [...list.children];

const choose = (index) => {
  chosen = Math.max(-1, Math.min(options().length - 1, index));
  options().forEach((one, at) => one.setAttribute("aria-selected", String(at === chosen)));
  field.setAttribute("aria-activedescendant", chosen < 0 ? "" : options()[chosen].id);
  options()[chosen]?.scrollIntoView({ block: "nearest" });
};

const show = (page) => {
  const links = page.querySelectorAll("[data-hit] a[href]");
  list.replaceChildren(
    ...[...links].slice(0, 12).map((link, at) => {
      const item = document.createElement("li");
      item.id = `palette-hit-${at}`;
      item.setAttribute("role", "option");
      item.dataset.href = link.getAttribute("href");
      item.textContent = link.closest("[data-hit]").dataset.hit;
      return item;
    }),
  );
  field.setAttribute("aria-expanded", String(list.children.length > 0));
  choose(list.children.length ? 0 : -1);
};

const search = async () => {
  const turn = ++asked;
  const words = field.value.trim();
  if (!words) return show(document.implementation.createHTMLDocument());
  const answer = await fetch(`/console/search?q=${encodeURIComponent(words)}`, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (turn === asked) show(page); // an answer that is late is not shown
};

field?.addEventListener("input", (event) => {
  clearTimeout(timer);
  if (!event.isComposing) timer = setTimeout(search, WAIT);
});
field?.addEventListener("compositionend", () => {
  clearTimeout(timer);
  timer = setTimeout(search, WAIT);
});
field?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter" && chosen >= 0) location.assign(options()[chosen].dataset.href);
  else return;
  event.preventDefault();
});
list?.addEventListener("click", (event) => {
  const hit = event.target.closest("[data-href]");
  if (hit) location.assign(hit.dataset.href);
});
dialog?.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
});
addEventListener("keydown", (event) => {
  if (!dialog || event.isComposing || event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (!dialog.open) dialog.showModal();
  field.focus();
  field.select();
});
