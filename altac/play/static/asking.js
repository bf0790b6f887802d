// What the server is asked for. Nothing else is asked of any network.

export const config = JSON.parse(document.querySelector("meta[name=config]").content);

const GONE = { severity: "error", code: "", message: "altac play has ended, so nothing can be run or checked",
  help: "start it again in the terminal: `altac play`; the text here stays as long as this page is open" };
const broken = (text) => ({ severity: "error", code: "", message: `internal error: ${text}`,
  help: "this is a bug in altac: please report this line together with the program" });

const answerOf = async (asked) => {
  let response;
  try {
    response = await asked;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { problems: [GONE] };
  }
  return response.status === 500 ? { problems: [broken(await response.text())] } : response.json();
};
export const ask = (task, body, signal) => answerOf(fetch(`/do/${task}`, {
  method: "POST", headers: { "content-type": "application/json", [config.header]: config.token },
  body: JSON.stringify(body), signal,
}));
export const program = (name) => answerOf(fetch(`/programs/${name}`));
