// "This changed": one tab reads the stream and tells the others; whoever shows such a thing asks for
// its part anew. With a stream in each, the seventh tab would not load any more.
const stream = document.body.dataset.stream;
const channel = new BroadcastChannel("plimsoll");
const OFTEN = 1_000;
const SLOWEST = 15_000;
const MINUTE = 60_000;
const RECENT = 3_000;
const waiting = new Map();

const editing = (part) => {
  const now = document.activeElement;
  return part.contains(now) && now.matches("input:not([type=checkbox]), textarea, select");
};
// What was typed and refused is the text the form came with.
const refused = (part) => document.getElementById("problems") && part.querySelector("form[method=post]");
const chosen = (part) =>
  refused(part) ||
  part.querySelector("input[type=checkbox]:checked, :popover-open, section[data-open]") ||
  [...part.querySelectorAll("form[method=post] :is(input, textarea)")].some((one) => one.value !== one.defaultValue);

// What is replaced between pressing and letting go is never clicked.
let pressed = false;
const busy = (part) => pressed || editing(part) || chosen(part);

// What somebody is working on stays as it is until they are done.
const reload = (part) => {
  if (busy(part)) waiting.set(part.id, Date.now());
  else document.dispatchEvent(new CustomEvent("plimsoll:reload", { detail: part.id }));
};

// They may have begun while it was on its way.
document.addEventListener("plimsoll:placing", (event) => {
  const part = document.getElementById(event.detail);
  if (!part || !busy(part)) return;
  waiting.set(part.id, Date.now());
  event.preventDefault();
});

const heard = (word) => {
  const [kind] = word.split(" ");
  for (const part of document.querySelectorAll("[data-live]")) {
    if (kind === "*" || part.dataset.live.split(" ").includes(kind)) reload(part);
  }
};

const resume = () => {
  for (const id of [...waiting.keys()]) {
    const part = document.getElementById(id);
    if (part && busy(part)) continue;
    waiting.delete(id);
    if (part) reload(part);
  }
};

document.addEventListener("focusout", () => setTimeout(resume, 100));
const release = () => {
  pressed = false;
  resume();
};

addEventListener("pointerdown", (event) => (pressed = event.button === 0), true);
for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => setTimeout(release), true); // after the click

// Whoever comes later asks for what was told while their page was on its way.
const recent = [];
channel.onmessage = (event) => {
  if (event.data !== "?") return heard(event.data);
  const now = Date.now();
  for (const [at, word] of recent) if (now - at < RECENT) channel.postMessage(word);
};
channel.postMessage("?");

const lead = () =>
  new Promise(() => {
    let opened = false;
    let lost = 0;
    const open = () => {
      const source = new EventSource(opened ? stream.split("?")[0] : stream);
      source.onopen = () => {
        lost = 0;
        if (opened) tell("*"); // what changed meanwhile was not heard
        opened = true;
      };
      source.onmessage = (event) => tell(event.data);
      source.onerror = () => {
        source.close();
        // A server that restarts is there again within seconds, and everybody wants to see it.
        lost ||= Date.now();
        setTimeout(open, Date.now() - lost < MINUTE ? OFTEN : SLOWEST);
      };
    };
    const tell = (word) => {
      heard(word);
      channel.postMessage(word);
      recent.push([Date.now(), word]);
      if (recent.length > 100) recent.shift();
    };
    open();
  });

if (stream && navigator.locks) navigator.locks.request("plimsoll-stream", lead);

// Usage moves with every event: nobody is told of each, so an open page asks now and then.
for (const part of document.querySelectorAll("[data-every]")) {
  setInterval(() => {
    const now = document.getElementById(part.id);
    if (now && !document.hidden) reload(now);
  }, Number(part.dataset.every) * 1_000);
}
