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
