// What is too small for a module of its own: counting what is selected, copying, printing, offline.
const count = () => {
  const place = document.querySelector("[data-chosen]");
  const n = document.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
  if (place) place.textContent = place.textContent.replace(/\d+/, String(n));
};

document.addEventListener("change", (event) => event.target.matches("[data-row] input[type=checkbox]") && count());
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  document.getElementById("announce").textContent = button.dataset.copied;
});
addEventListener("offline", () => (document.getElementById("offline").hidden = false));
addEventListener("online", () => (document.getElementById("offline").hidden = true));
document.addEventListener("click", (event) => event.target.closest("[data-print]") && print());
document.addEventListener("plimsoll:swapped", count);
count();
// Whoever comes back finds the focus on the link by which they left.
document.addEventListener("click", (event) => {
  const link = event.target.closest("main a[href]");
  if (link) history.replaceState({ ...history.state, left: link.getAttribute("href") }, "");
});
const left = performance.getEntriesByType("navigation")[0]?.type === "back_forward" && history.state?.left;
if (left) document.querySelector(`main a[href="${CSS.escape(left)}"]`)?.focus({ preventScroll: true });
// Figures are reckoned while they are typed: the address has them, and the part shows what comes of it.
let waiting;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.reckon) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const typed = [...new FormData(form)].filter(([name, one]) => one && !/^(csrf|form|revision|idempotency_key)$/.test(name));
    history.replaceState(history.state, "", `${form.action.split("?")[0]}?${new URLSearchParams(typed)}`);
    document.dispatchEvent(new CustomEvent("plimsoll:reload", { detail: form.dataset.reckon }));
  }, 150);
});
