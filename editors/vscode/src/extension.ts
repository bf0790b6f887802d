// Starts `altac lsp` for programs in alta, and says what mends it where it does not start.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { isAbsolute, join } from "node:path";
import { commands, type ExtensionContext, window, workspace } from "vscode";
import { CloseAction, LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";

const INSTALL = '`pip install ".[lsp]"` in a checkout of altac';
const SETTINGS = "Open settings";
const AGAIN = "Try again";
const MISSING_EXTRA = "error[E0608]";
const MOST_HEARD = 10_000; // characters of what a server says of itself

/** What keeps a server from starting, and the edit that mends it. */
class NotStarted extends Error {}

interface Launched {
  readonly process: ChildProcess;
  /** What it has written to its standard error so far. */
  readonly heard: () => string;
}

/** A client that leaves it to `start` to tell why there is no server. */
class Client extends LanguageClient {
  isReady = false;

  override error(message: string, data?: unknown, notify: boolean | "force" = true): void {
    super.error(message, data, this.isReady ? notify : false);
  }
}

let client: LanguageClient | undefined;
let turn: Promise<void> = Promise.resolve(); // starts and stops, one after the other

export function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand("altac.restart", restart),
    workspace.onDidChangeConfiguration((change) => {
      if (["altac.command", "altac.importsFrom"].some((one) => change.affectsConfiguration(one))) void restart();
    }),
  );
  return restart();
}

export function deactivate(): Promise<void> {
  turn = turn.then(stop);
  return turn;
}

/** A new server in place of the one there is; it reads the settings anew. */
function restart(): Promise<void> {
  turn = turn.then(stop).then(start);
  return turn;
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  await old?.dispose().catch(() => undefined); // it may have ended on its own
}

async function start(): Promise<void> {
  const command = resolved(workspace.getConfiguration("altac").get("command", "altac"));
  try {
    await connect(command);
  } catch (error) {
    void tell(error instanceof NotStarted ? error.message : `altac: ${String(error)}`);
  }
}

async function tell(message: string): Promise<void> {
  const chosen = await window.showErrorMessage(message, SETTINGS, AGAIN);
  if (chosen === SETTINGS) await commands.executeCommand("workbench.action.openSettings", "altac.command");
  if (chosen === AGAIN) await restart();
}

/** A path with a slash that does not begin with one begins in the first folder of the workspace. */
function resolved(path: string): string {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  return folder === undefined || isAbsolute(path) || !/[/\\]/.test(path) ? path : join(folder, path);
}

/** Starts a server and shakes hands with it. */
async function connect(command: string): Promise<void> {
  let launched: Launched | undefined = await launch(command);
  const { heard } = launched;
  const options: LanguageClientOptions = {
    documentSelector: ["file", "untitled"].map((scheme) => ({ language: "alta", scheme })),
    initializationFailedHandler: () => false, // `start` tells of it
    errorHandler: {
      error: (error, message, count) => byDefault.error(error, message, count),
      closed: () => (made.isReady ? byDefault.closed() : { action: CloseAction.DoNotRestart, handled: true }),
    },
  };
  const server = async (): Promise<ChildProcess> => {
    const { process } = launched ?? (await launch(command));
    launched = undefined; // the next one is to replace one that broke down
    return process;
  };
  const made = new Client("altac", "altac", server, options);
  const byDefault = made.createDefaultErrorHandler();
  try {
    await made.start();
  } catch (error) {
    throw new NotStarted(refusal(command, heard() || (error as Error).message));
  }
  made.isReady = true;
  client = made;
}

async function launch(command: string): Promise<Launched> {
  const configured = workspace.getConfiguration("altac").get("importsFrom", "");
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const from = configured === "" || folder === undefined || isAbsolute(configured) ? configured : join(folder, configured);
  const process = spawn(command, ["lsp", ...(from === "" ? [] : ["--imports-from", from])], { cwd: folder });
  let text = "";
  process.stderr.on("data", (bytes: Buffer) => {
    text = (text + bytes.toString()).slice(-MOST_HEARD);
  });
  try {
    await once(process, "spawn");
  } catch (error) {
    throw new NotStarted(
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? `\`${command}\` is not found. Install it with ${INSTALL}; or let the setting altac.command name it, ` +
          "as in `.venv/bin/altac`."
        : `\`${command}\` cannot be started: ${(error as Error).message}. Let the setting altac.command name another program.`,
    );
  }
  return { process, heard: () => text };
}

/** Why a server that was started did not answer, from its own words. */
function refusal(command: string, heard: string): string {
  if (heard.includes(MISSING_EXTRA)) {
    return `\`${command}\` has no language server: its extra \`lsp\` is not installed. Install it with ${INSTALL}.`;
  }
  const line = heard.trim().split("\n").at(-1) ?? "";
  return `\`${command} lsp\` ended without an answer${line === "" ? "" : `: ${line}`}. Let the setting altac.command name altac.`;
}
