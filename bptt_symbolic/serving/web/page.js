// The page: sends the text a moment after it changed, and shows what comes back. Nothing is asked of any other machine.
"use strict";

const PAUSE = 350;
const at = (id) => document.getElementById(id);
const text = at("text"), kind = at("kind"), note = at("note"), status = at("status"), gallery = at("gallery");
let timer = 0, asking = null, readAs = "markdown", derived = null;

function asked() {
  return { text: text.value, kind: kind.value };
}

async function post(path, body, signal) {
  const answer = await fetch(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal,
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

function changed() {
  clearTimeout(timer);
  note.classList.add("stale");
  timer = setTimeout(check, PAUSE);
}

async function check() {
  asking?.abort();
  const mine = asking = new AbortController();
  if (!text.value.trim()) {
    for (const id of ["note", "questions", "faults", "networks"]) at(id).replaceChildren();
    status.textContent = "Paste a note, drop a file, or choose one.";
    return;
  }
  status.textContent = "Checking …";
  try {
    const answer = await post("/check", asked(), mine.signal);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      const lines = (rest + (value ?? "")).split("\n");
      rest = lines.pop();
      for (const line of lines) if (mine === asking) show(JSON.parse(line));
      if (done) return;
    }
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = `Nothing was settled: ${error.message}`;
  }
}

function show(found) {
  if (found.ended) {
    if (!found.unwanted) status.textContent = `Nothing more was settled: ${found.ended}. Make the note smaller.`;
    return;
  }
  const open = new Set([...note.querySelectorAll("details.box[open]")].map((box) => box.dataset.place));
  note.innerHTML = found.note; // escaped by the server, which lets no text of a note be a tag or an attribute
  for (const box of note.querySelectorAll("details.box")) box.open = open.has(box.dataset.place);
  note.classList.remove("stale");
  at("networks").innerHTML = found.networks ?? "";
  readAs = found.kind ?? readAs;
  status.textContent = found.summary + (found.mended ? "." : "; looking for repairs …");
  at("faults").replaceChildren(...(found.faults ?? []).map((said) => element("p", said)));
  at("questions").replaceChildren(...(found.questions ?? []).map(question));
}

function element(name, content) {
  const made = document.createElement(name);
  made.textContent = content;
  return made;
}

function question(one) {
  const form = document.createElement("form");
  form.append(element("p", `${one.text} (${one.reason}; ${one.waiting} open)`));
  if (one.declare === null) return form;
  const field = document.createElement("textarea");
  field.value = one.declare;
  field.rows = Math.max(1, one.declare.split("\n").length);
  field.setAttribute("aria-label", "What to declare");
  form.append(field, element("button", "Answer in the note"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    text.value = comment(field.value.trim()) + text.value;
    check();
  });
  return form;
}

function comment(said) {
  if (readAs === "latex") return said.split("\n").map((line) => `%! ${line}\n`).join("");
  if (readAs === "rst") return `.. ! ${said.split("\n").join("\n   ")}\n\n`;
  return `<!--! ${said} -->\n\n`;
}

async function act(button) {
  const place = Number(button.dataset.place);
  button.disabled = true;
  try {
    if (button.dataset.act === "repair") {
      const answer = await post("/repaired", { ...asked(), place, which: Number(button.dataset.which) });
      const found = await answer.json();
      if (found.text) {
        text.value = found.text;
        check();
      }
    } else {
      const answer = await post("/program", { ...asked(), place });
      const shown = button.parentElement.querySelector(".program");
      shown.textContent = (await answer.json()).program;
      shown.hidden = false;
    }
  } catch (error) {
    status.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

async function derive(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  at("derived-status").textContent = "Deriving …";
  try {
    const network = form.get("network") || text.value;
    const answer = await post("/derive", { network, by: form.get("by"), style: form.get("style") });
    const found = await answer.json();
    derived = found.text ?? null;
    at("derived").innerHTML = found.note ?? ""; // escaped by the server
    at("derived-status").textContent = [found.ended ?? found.summary, ...(found.left_out ?? [])].join("; ");
    at("derived-open").hidden = derived === null;
  } catch (error) {
    at("derived-status").textContent = error.message;
  }
}

async function take(file) {
  text.value = await file.text();
  const suffix = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase();
  kind.value = { md: "markdown", tex: "latex", rst: "rst", html: "html", ipynb: "notebook" }[suffix] ?? "";
  check();
}

text.addEventListener("input", changed);
kind.addEventListener("change", check);
at("file").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0]));
at("derive").addEventListener("submit", derive);
at("derived-open").addEventListener("click", () => {
  text.value = derived;
  kind.value = "markdown";
  check();
  text.focus();
});
note.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) act(button);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", name === "dragover");
    if (name === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}
gallery.addEventListener("change", async () => {
  if (!gallery.value) return;
  const found = await (await fetch(`/notes/${gallery.value}`)).json();
  await take(new File([found.text], found.name + found.suffix));
});
fetch("/notes").then((answer) => answer.json()).then((found) => {
  found.notes.forEach((name, place) => gallery.append(new Option(name, place)));
  const networks = at("derive").elements.network;
  found.cells.forEach((name) => networks.append(new Option(name, name)));
  if (found.first !== null) {
    text.value = found.first;
    check();
  }
});
