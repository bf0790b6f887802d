// The page around them.

// In a frame: the page around it is told what is selected, and says what is to be selected. ----------------------

const framed = document.documentElement.hasAttribute("data-framed");
const report = () => {
  if (!framed) return;
  const one = fact(), cause = causeOf(one), at = cause?.place ?? run.names[one.name].place;
  const selected = { name: run.names[one.name].name, layer: one.layer, position: one.position, tab };
  parent.postMessage({ selected, place: at && { file: run.sources[at.source].name, line: at.line, last: at.last } }, "*");
};
const follow = ({ name, layer, position, tab: wanted }) => {
  if (wanted in TABS) choose(wanted);
  const number = run.names.findIndex((one) => one.name === name);
  const found = rows.findLastIndex((one) => one.name === number && one.layer <= layer);
  if (found >= 0 && Number.isInteger(position)) select(found, position, false);
};
if (framed) {
  addEventListener("message", (event) => {
    if (event.source === parent && event.data?.select) follow(event.data.select);
  });
}

// The page ----------------------------------------------------------------------------------------------------

const slider = make("input", { type: "range", id: "layer", min: 0, max: last, step: 1 });
const sliderText = make("output", { for: "layer" });
const backButton = make("button", { class: "plain", onclick: back }, "Back");
const said = make("p", { class: "soft", role: "status", "aria-live": "polite" });
const tell = (text) => { said.textContent = text; };
slider.addEventListener("input", () => {
  const layer = Number(slider.value), name = rows[active.row].name;
  const row = rowOf.get(`${layer} ${name}`) ?? rows.findIndex((one) => one.layer === layer);
  if (row >= 0) select(row, active.position);
});

const update = () => {
  const { layer } = fact();
  slider.value = String(layer);
  const text = layer ? `Layer ${layer} of ${last}${run.layers[layer].name ? `: ${run.layers[layer].name}` : ""}` : `The start, of ${last} layers`;
  sliderText.textContent = text;
  slider.setAttribute("aria-valuetext", text);
  backButton.disabled = past.length === 0;
  tell("");
  render();
  mark();
  drawArcs();
  fill();
  report();
};

const result = run.error === null ? `output: ${run.output}` : run.error;
const header = make("header", {},
  make("h1", {}, run.program),
  make("p", { class: "doc" }, run.doc.split("\n")[0]),
  make("p", {}, make("code", {}, run.input || "(empty input)"), " \u2192 ",
    make("span", { class: run.error === null ? "" : "bad" }, result),
    make("span", { class: "soft" }, ` \u00b7 ${run.engine === "weights" ? "from the weights" : "from the interpreter"}`)),
  make("div", { class: "bar" }, make("label", { for: "layer" }, "Layer"), slider, sliderText, backButton),
  make("p", { class: "soft", id: "keys" }, "Arrow keys move, Enter opens the explanation, Backspace goes back."), said);
if (!rows.length || !width) {
  document.body.append(header, make("main", {}, make("p", {}, "The run has no positions.")));
  return;
}
document.body.append(header, make("main", {}, grid, make("aside", { "aria-label": "explanation" }, tabs, panel)));
if (run.names[rows[active.row].name].kind === "head") head = rows[active.row].name;
measure();
update();
intoView();
new ResizeObserver(() => { // also when the page gets its room only after this script has run, as a frame may
  measure();
  intoView();
  render();
  drawArcs();
}).observe(grid);
