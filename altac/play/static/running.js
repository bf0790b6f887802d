// The run beside the text: its result, and the page of the run in a frame that can reach nothing of this page.

import { ask } from "./asking.js";
import { make, problem } from "./making.js";

export const runnerIn = ({ form, result, wrong, frame, start, stop, task, onplace }) => {
  let running = null, asked = null, page = null, selected = null, said = "";

  const say = (text) => { said = text; result.textContent = text; };
  const show = (answer) => {
    wrong.replaceChildren(...(answer.problems ?? []).map((one) => problem(one)));
    onplace(null);
    page = null;
    frame.replaceChildren();
    if (answer.page === undefined) return say("It did not run.");
    say(answer.output === null ? `It failed in layer ${answer.layers}.` : `Output: ${answer.output}`);
    page = make("iframe", { title: "the run: every value, and why", sandbox: "allow-scripts", srcdoc: answer.page });
    const wanted = selected;
    page.addEventListener("load", () => { if (wanted) page?.contentWindow.postMessage({ select: wanted }, "*"); });
    frame.append(page);
  };
  addEventListener("message", (event) => {
    if (page === null || event.source !== page.contentWindow || !event.data?.selected) return;
    selected = event.data.selected;
    onplace(frame.classList.contains("old") ? null : event.data.place);
  });

  const run = async () => {
    running?.abort();
    const mine = running = new AbortController();
    asked = task();
    const before = JSON.stringify(asked);
    stop.hidden = false;
    say("Running\u2026");
    try {
      const answer = await ask("run", asked, mine.signal);
      if (running !== mine) return;
      show(answer);
    } catch {
      if (running !== mine) return;
      show({});
      say("It was stopped.");
    }
    asked = before;
    running = null;
    if (document.activeElement === stop) start.focus();
    stop.hidden = true;
    check();
  };
  // Whether what is shown is the run of what stands here now.
  const check = () => {
    if (running || page === null) return;
    const old = JSON.stringify(task()) !== asked;
    if (old && !frame.classList.contains("old")) onplace(null);
    frame.classList.toggle("old", old);
    start.textContent = old ? "Run again" : "Run";
    const text = old ? `${said} \u2013 before your changes` : said;
    if (result.textContent !== text) result.textContent = text;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  form.addEventListener("input", check);
  stop.addEventListener("click", () => running?.abort());
  return { run, check, forget: () => { selected = null; } };
};
