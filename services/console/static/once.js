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
