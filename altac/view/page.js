// The page around them.

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
update();
intoView();
addEventListener("resize", later);
