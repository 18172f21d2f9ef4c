// A form's key lives in the history: who goes back and sends again, sends the same thing.
const remember = () => {
  const keys = { ...(history.state?.keys ?? {}) };
  for (const form of document.querySelectorAll("form[id]")) {
    const field = form.querySelector('[name="idempotency_key"]');
    if (!field) continue;
    if (keys[form.id]) field.value = keys[form.id];
    else keys[form.id] = field.value;
  }
  history.replaceState({ ...history.state, keys }, "");
};

// Also of those that came with a part of the page.
document.addEventListener("plimsoll:swapped", remember);
remember();
