// Dragging a card to another stage sends the same form as "Move to …": an extra, never the only way.
let dragged = null;

const column = (event) => event.target.closest?.("[data-stage]");
const button = (stage) => dragged?.querySelector(`button[name="move"][value^="${CSS.escape(stage)} "]`);

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-opportunity][draggable]");
  if (dragged) event.dataTransfer.setData("text/plain", dragged.dataset.opportunity);
});
document.addEventListener("dragover", (event) => {
  const over = column(event);
  for (const each of document.querySelectorAll("[data-stage]")) each.toggleAttribute("data-over", each === over && !!button(over.dataset.stage));
  if (over && button(over.dataset.stage)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const over = column(event);
  const chosen = over && button(over.dataset.stage);
  if (!chosen) return;
  event.preventDefault();
  chosen.form.requestSubmit(chosen);
});
document.addEventListener("dragend", () => {
  dragged = null;
  for (const each of document.querySelectorAll("[data-over]")) each.removeAttribute("data-over");
});
