// `node client.cjs EXTENSION FOLDER SETTINGS FILE TEXT` starts the extension without an editor, opens a text, and writes what
// it is told: the first diagnostics or the first message, what a restart brings, and whether the server ends with it.

const Module = require("node:module");
const { join } = require("node:path");
const { makeVscode } = require("./vscode.cjs");

const [extension, folder, settings, file, text] = process.argv.slice(2);
const { vscode, told, open } = makeVscode(folder, JSON.parse(settings));
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
const { spawn } = require("node:child_process");
const started = [];
require("node:child_process").spawn = (...call) => {
  const one = spawn(...call);
  started.push({ command: call[0], options: call[1], process: one });
  return one;
};

const { activate, deactivate } = require(join(extension, "dist", "extension.js"));
const heard = (isThere) => new Promise((resolve) => {
  const look = () => { if (isThere()) resolve(); };
  told.changed.event(look);
  look();
});
const diagnostics = () => (told.diagnostics.get(file) ?? []).map(({ range, message, severity, code }) => ({
  message, severity, code: code?.value ?? code, line: range.start.line, begin: range.start.character, end: range.end.character,
}));
const has = () => told.messages.length > 0 || diagnostics().length > 0;

(async () => {
  const context = { subscriptions: [] };
  await activate(context);
  open(join(folder, file), text);
  await heard(has);
  const first = { diagnostics: diagnostics(), messages: [...told.messages] };
  told.messages.length = 0;
  told.diagnostics.clear();
  await told.commands.get("altac.restart")();
  await heard(has);
  const second = { diagnostics: diagnostics(), messages: [...told.messages] };
  const last = started.at(-1).process;
  const ended = last.pid === undefined || last.exitCode !== null ? undefined : new Promise((done) => last.on("exit", done));
  await deactivate();
  const exit = ended === undefined ? last.exitCode : await ended;
  const calls = started.map(({ command, options }) => [command, ...options]);
  process.stdout.write(JSON.stringify({ first, second, calls, exit, commands: [...told.commands.keys()] }), () => process.exit(0));
})();
