// A part of the page by a link or a form: the address is asked as ever, and of the answer only the
// element with the id in `data-swap` takes its place. Everything works without this, too.
const main = () => document.getElementById("main");
const say = (text) => (document.getElementById("announce").textContent = text);

// Where the focus was: by id or name, else by where a link leads, else as the n-th of as many.
const focused = (part) => {
  const now = document.activeElement;
  const alike = [...part.querySelectorAll(now.localName)];
  const at = { kind: now.localName, at: alike.indexOf(now), of: alike.length };
  return part.contains(now) ? { id: now.id, name: now.getAttribute("name"), href: now.getAttribute("href"), ...at } : null;
};

const refocus = (was, part) => {
  if (!was || document.activeElement !== document.body) return;
  const alike = part.querySelectorAll(was.kind);
  const found =
    (was.id && document.getElementById(was.id)) ||
    (was.name && part.querySelector(`[name="${CSS.escape(was.name)}"]`)) ||
    (was.href && part.querySelector(`a[href="${CSS.escape(was.href)}"]`)) ||
    (alike.length === was.of && alike[was.at]) ||
    document.querySelector("h1");
  if (/^h\d$/.test(found.localName)) found.tabIndex = -1;
  found.focus({ preventScroll: true });
  if (document.activeElement === document.body) part.focus({ preventScroll: true });
};

const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

const place = (id, page, keep) => {
  const now = document.getElementById(id) ?? main();
  const next = page.getElementById(now.id);
  if (!next || page.body.dataset.page !== document.body.dataset.page) return null;
  const was = focused(now);
  const told = page.getElementById("announce")?.textContent || next.querySelector(".sum")?.textContent || "";
  now.replaceWith(next);
  if (!keep) say(told.replace(/\s+/g, " ").trim());
  next.tabIndex = -1;
  refocus(was, next);
  return next;
};

const where = () => location.pathname + location.search;
let here = where();

const [SLOWEST, TRIES] = [15_000, 10];
// What a page asks for by itself and does not get, it asks for again: servers restart.
const again = (address, id, turn, tries, live) => {
  const wait = Math.min(1_000 * 2 ** tries, SLOWEST);
  if (tries < TRIES) setTimeout(() => turn === latest && load(address, id, true, tries + 1, live), wait);
};

let latest = 0;
// `keep`: the address stays as it is, as for what is only loaded anew. `live`: nobody asked for it,
// so it does not take the place of what somebody has begun to fill in meanwhile.
const load = async (address, id, keep = false, tries = 0, live = false) => {
  const turn = keep ? latest : ++latest;
  const part = document.getElementById(id) ?? main();
  const y = scrollY;
  part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: keep ? { "X-Plimsoll-Live": "1" } : {}, credentials: "same-origin" });
    if (keep && answer.status >= 500) return again(address, id, turn, tries, live);
    const page = await parsed(answer);
    if (turn !== latest) return; // a later one was asked for meanwhile
    if (live && !document.dispatchEvent(new CustomEvent("plimsoll:placing", { detail: id, cancelable: true }))) return;
    // Another page came than was asked for (a log-in, say): the browser shows it whole.
    const placed = answer.redirected ? null : place(id, page, keep);
    if (!placed) return void (keep || location.assign(address));
    if (keep && placed.dataset.state === "away") again(address, id, turn, tries, live);
    if (!keep) {
      document.title = page.title;
      history.replaceState({ ...history.state, y }, "");
      history.pushState({ swap: id }, "", address);
      if (id === "main") scrollTo(0, 0);
    }
    here = where();
    document.dispatchEvent(new CustomEvent("plimsoll:swapped", { detail: document.getElementById(part.id) }));
  } catch {
    if (keep) again(address, id, turn, tries, live);
    else location.assign(address);
  } finally {
    part.removeAttribute("aria-busy");
  }
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.defaultPrevented) return;
  event.preventDefault();
  load(link.href, link.dataset.swap);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "get" || !form.dataset.swap || event.defaultPrevented) return;
  event.preventDefault();
  const filled = [...new FormData(form)].filter(([, value]) => value !== "");
  load(`${form.action.split("?")[0]}?${new URLSearchParams(filled)}`, form.dataset.swap);
});

// A place on the same page (`#f-text`) is none to load: what was typed would be lost.
addEventListener("popstate", async (event) => {
  if (where() === here) return;
  await load(location.href, "main", true);
  if (event.state?.y) scrollTo(0, event.state.y);
});

document.addEventListener("plimsoll:reload", (event) => load(location.href, event.detail, true, 0, true));

// What takes long comes after the page, each part by an address of its own.
const later = (root) => {
  for (const part of root.querySelectorAll("[data-later]")) load(part.dataset.later, part.id, true);
};
document.addEventListener("plimsoll:swapped", (event) => later(event.detail));

later(document);
