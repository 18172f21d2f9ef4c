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
let latest = 0;
// `keep`: the address stays as it is, as for what is only loaded anew.
const load = async (address, id, keep = false) => {
  const turn = keep ? latest : ++latest;
  const part = document.getElementById(id) ?? main();
  const y = scrollY;
  part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: keep ? { "X-Plimsoll-Live": "1" } : {}, credentials: "same-origin" });
    const page = await parsed(answer);
    if (turn !== latest) return; // a later one was asked for meanwhile
    // Another page came than was asked for (a log-in, say): the browser shows it whole.
    if (answer.redirected || !place(id, page, keep)) return void (keep || location.assign(address));
    if (!keep) {
      document.title = page.title;
      history.replaceState({ ...history.state, y }, "");
      history.pushState({ swap: id }, "", address);
      if (id === "main") scrollTo(0, 0);
    }
    here = where();
    document.dispatchEvent(new CustomEvent("plimsoll:swapped", { detail: document.getElementById(part.id) }));
  } catch {
    if (!keep) location.assign(address);
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

document.addEventListener("plimsoll:reload", (event) => load(location.href, event.detail, true));

// What takes long comes after the page, each part by an address of its own.
const later = (root) => {
  for (const part of root.querySelectorAll("[data-later]")) load(part.dataset.later, part.id, true);
};
document.addEventListener("plimsoll:swapped", (event) => later(event.detail));

// What a form has done is announced once: reloading says nothing of it, and the heading has focus.
const arrive = () => {
  const address = new URL(location.href);
  if (document.getElementById("problems")) document.getElementById("problems").focus();
  else if (address.searchParams.has("said")) {
    address.searchParams.delete("said");
    history.replaceState(history.state, "", address);
    document.querySelector("h1").tabIndex = -1;
    document.querySelector("h1").focus({ preventScroll: true });
  }
};

arrive();
here = where();
later(document);
