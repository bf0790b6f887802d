// The page of a run in a frame of its own, and a field for another input. What comes from programs stays in the frame,
// which cannot reach the notebook; the message is a text node.

const render = ({ model, el }) => {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const bar = make("div", { style: "display:flex;gap:.5rem;align-items:center;margin:0 0 .3rem" });
  const label = make("label", { textContent: "Input", style: "display:flex;gap:.5rem;flex:1" });
  const field = make("input", { type: "text", spellcheck: false, style: "flex:1;font-family:monospace" });
  const button = make("button", { type: "button", textContent: "Run" });
  const message = make("pre", { style: "margin:0 0 .3rem;white-space:pre-wrap;color:#b00020" });
  message.setAttribute("role", "status");
  const frame = make("iframe", { title: "the run", style: "width:100%;border:1px solid #d5dbe1" });
  frame.setAttribute("sandbox", "allow-scripts");
  bar.dataset.lmSuppressShortcuts = "true"; // what is typed here is no shortcut of JupyterLab
  label.append(field);
  bar.append(label, button);
  el.replaceChildren(bar, message, frame);

  const showPage = () => { frame.srcdoc = model.get("page"); };
  const showMessage = () => { message.textContent = model.get("message"); };
  const showInput = () => { field.value = model.get("input"); };
  const showHeight = () => { frame.style.height = `${model.get("height")}px`; };
  const send = () => {
    model.set("input", field.value);
    model.save_changes();
  };
  button.addEventListener("click", send);
  field.addEventListener("keydown", (event) => { // JupyterLab keeps forms from being sent by this key
    if (event.key === "Enter" && !event.isComposing) send();
  });
  const shown = { page: showPage, message: showMessage, input: showInput, height: showHeight };
  for (const [name, show] of Object.entries(shown)) {
    show();
    model.on(`change:${name}`, show);
  }
  return () => {
    for (const [name, show] of Object.entries(shown)) model.off(`change:${name}`, show);
  };
};

export default { render };
