// The page: a program, what is wrong with it, and its run.

import { ask, config, program } from "./asking.js";
import { editorIn } from "./editor.js";
import { fragmentOf, recordOf } from "./link.js";
import { counted, make, problem } from "./making.js";
import { runnerIn } from "./running.js";

const PAUSE = 150; // milliseconds without a key after which the text is checked
const $ = (id) => document.getElementById(id);
const [programs, input, count, problems, told] = ["programs", "input", "count", "problems", "told"].map($);
let name = "", origin = "", files = {}; // of the program: its file, which of those offered it is, what it imports
let waiting = 0, checking = null, checked = "", opened = "";

const tell = (text) => { told.textContent = text; };
const document_ = () => ({ name, origin, text: editor.text(), files: origin ? {} : files });
const engine = () => document.querySelector("[name=engine]:checked").value;

// The text ----------------------------------------------------------------------------------------------------

const changed = () => {
  clearTimeout(waiting);
  waiting = setTimeout(check, PAUSE);
  runner.check();
};
const editor = editorIn($("editor"), {
  words: config.words, nonce: config.nonce, onchange: changed, onrun: () => runner.run(),
  say: (text) => { $("said").textContent = text; },
  complete: (place) => ask("complete", { ...document_(), place }),
  hover: (place) => ask("hover", { ...document_(), place }),
});
// Asks until the answer is about the text that stands here, one question at a time.
const check = () => (checking ??= (async () => {
  let asked, answer;
  do {
    clearTimeout(waiting);
    asked = document_();
    answer = await ask("check", asked);
  } while (JSON.stringify(document_()) !== JSON.stringify(asked));
  checking = null;
  checked = JSON.stringify(asked);
  const found = answer.diagnostics ?? answer.problems;
  if (answer.diagnostics) {
    const lines = editor.show(found, answer.pieces);
    problems.replaceChildren(...found.map((one, number) =>
      problem(one, { line: lines[number], go: editor.go, mend: editor.apply })));
  } else problems.replaceChildren(...found.map((one) => problem(one)));
  editor.follow();
  const errors = found.filter((one) => one.severity === "error").length, warnings = found.length - errors;
  const parts = [errors ? counted(errors, "error") : "", warnings ? counted(warnings, "warning") : ""].filter(Boolean);
  const text = parts.length ? parts.join(", ") : "No errors";
  if (count.textContent !== text) count.textContent = text;
  if (answer.files) files = answer.files;
  if (answer.examples) $("examples").replaceChildren(...answer.examples.map((one) => make("option", { value: one })));
})());

// The run -----------------------------------------------------------------------------------------------------

const runner = runnerIn({
  form: $("form"), result: $("result"), wrong: $("wrong"), frame: $("frame"), start: $("start"), stop: $("stop"),
  task: () => ({ ...document_(), input: input.value, engine: engine() }),
  onplace: (place) => editor.mark(place && place.file === name ? place : null),
});

// Where programs come from ----------------------------------------------------------------------------------------

const show = async (record, from) => {
  name = record.name;
  origin = from;
  files = record.files ?? {};
  input.value = record.input;
  $("about").hidden = !record.about;
  $("task").textContent = record.about ?? "";
  if (record.engine) document.querySelector(`[name=engine][value=${record.engine}]`).checked = true;
  editor.set(record.text);
  opened = record.text;
  document.title = `${name} \u2013 altac play`;
  runner.forget();
  await check();
  await runner.run();
};
const open = async (chosen) => {
  const found = await program(chosen);
  if (found.problems) return tell(found.problems.map((one) => one.message).join("; "));
  programs.value = chosen;
  return show({ ...found, name: found.file }, chosen);
};
const openLink = async () => {
  const record = await recordOf(location.hash);
  if (record === null) return false;
  if (record === undefined) tell("This link is damaged: part of its address is missing or changed.");
  else {
    programs.value = "";
    await show(record, "");
  }
  return record !== undefined;
};
const mayLeave = () => editor.text() === opened;

programs.append(make("option", { value: "" }, "from a link"),
  ...config.programs.map((group) => make("optgroup", { label: group.title },
    ...group.programs.map((one) => make("option", { value: one.name }, one.title)))));
programs.options[0].hidden = true;
programs.addEventListener("change", () => {
  if (mayLeave() || confirm("Your changes to this program will be lost. Open another one?")) {
    history.replaceState(null, "", location.pathname);
    tell("");
    open(programs.value);
  } else programs.value = origin;
});
$("share").addEventListener("click", async () => {
  if (JSON.stringify(document_()) !== checked) await check(); // it says what the program imports
  const record = { name, text: editor.text(), input: input.value, engine: engine(), files };
  history.replaceState(null, "", await fragmentOf(record));
  opened = record.text;
  try {
    await navigator.clipboard.writeText(location.href);
    tell("The link is copied. It holds the program and its input.");
  } catch {
    tell("The address of this page is now a link that holds the program and its input.");
  }
});
$("download").addEventListener("click", () => {
  const place = URL.createObjectURL(new Blob([editor.text()], { type: "text/plain" }));
  make("a", { href: place, download: name }).click();
  URL.revokeObjectURL(place);
  opened = editor.text();
});
addEventListener("hashchange", openLink);
addEventListener("beforeunload", (event) => { if (!mayLeave()) event.preventDefault(); });
if (!(await openLink())) await open(config.first);
