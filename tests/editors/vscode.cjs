// As much of the interface `vscode` as the extension and its client library need, without an editor behind it: documents
// are texts, messages and diagnostics are kept, and what is registered is only counted as registered.

const { EventEmitter: Emitter } = require("node:events");
const { basename } = require("node:path");
const { fileURLToPath, pathToFileURL } = require("node:url");

class Disposable {
  constructor(dispose) { this.dispose = dispose ?? (() => undefined); }
}

class EventEmitter {
  constructor() {
    this.emitter = new Emitter();
    this.event = (listen, self, disposables) => {
      const bound = self === undefined ? listen : listen.bind(self);
      this.emitter.on("fire", bound);
      const one = new Disposable(() => this.emitter.off("fire", bound));
      disposables?.push(one);
      return one;
    };
  }
  fire(what) { this.emitter.emit("fire", what); }
  dispose() { this.emitter.removeAllListeners(); }
}

class CancellationTokenSource {
  constructor() { this.token = { isCancellationRequested: false, onCancellationRequested: new EventEmitter().event }; }
  cancel() {}
  dispose() {}
}

class Position {
  constructor(line, character) { Object.assign(this, { line, character }); }
}

class Range {
  constructor(...ends) {
    const [start, end] = ends.length === 2 ? ends : [new Position(ends[0], ends[1]), new Position(ends[2], ends[3])];
    Object.assign(this, { start, end });
  }
}

class Diagnostic {
  constructor(range, message, severity) { Object.assign(this, { range, message, severity }); }
}

class Location {
  constructor(uri, range) { Object.assign(this, { uri, range }); }
}

class DiagnosticRelatedInformation {
  constructor(location, message) { Object.assign(this, { location, message }); }
}

class Uri {
  constructor(text) { Object.assign(this, { text, scheme: text.split(":")[0] }); }
  static parse(text) { return new Uri(text); }
  static file(path) { return new Uri(pathToFileURL(path).href); }
  get fsPath() { return fileURLToPath(this.text); }
  get path() { return new URL(this.text).pathname; }
  with() { return this; }
  toString() { return this.text; }
}

class CodeActionKind {
  constructor(value) { this.value = value; }
  append(part) { return new CodeActionKind(this.value === "" ? part : `${this.value}.${part}`); }
  static Empty = new CodeActionKind("");
}

/** An interface of which the rest, events and registrations, does nothing. */
const partly = (known) => new Proxy(known, {
  get: (target, name) => (name in target ? target[name] : () => new Disposable()),
});

function makeVscode(folder, settings) {
  const told = { messages: [], diagnostics: new Map(), commands: new Map(), changed: new EventEmitter() };
  const tell = (message) => { told.messages.push(message); told.changed.fire(); return Promise.resolve(undefined); };
  const opened = new EventEmitter();
  const documents = [];
  const vscode = {
    Disposable, EventEmitter, CancellationTokenSource, Position, Range, Diagnostic, Location, Uri, CodeActionKind,
    DiagnosticRelatedInformation,
    version: "1.91.0",
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    DiagnosticTag: { Unnecessary: 1, Deprecated: 2 },
    FileType: { File: 1, Directory: 2 },
    LogLevel: { Off: 0, Trace: 1, Debug: 2, Info: 3, Warning: 4, Error: 5 },
    env: partly({ appName: "test", language: "en", appHost: "test", isTelemetryEnabled: false, logLevel: 3 }),
    commands: partly({
      registerCommand: (name, run) => { told.commands.set(name, run); return new Disposable(() => told.commands.delete(name)); },
    }),
    window: partly({
      createOutputChannel: (name) => partly({ name, logLevel: 3, appendLine: () => undefined, append: () => undefined }),
      showErrorMessage: tell, showWarningMessage: tell, showInformationMessage: tell,
      visibleTextEditors: [],
      tabGroups: partly({ all: [] }),
    }),
    languages: partly({
      match: (selector, document) => ([selector].flat().some((one) => one.language === document.languageId) ? 10 : 0),
      createDiagnosticCollection: () => ({
        set: (uri, found) => { told.diagnostics.set(basename(uri.path), found ?? []); told.changed.fire(); },
        delete: (uri) => told.diagnostics.delete(basename(uri.path)),
        clear: () => undefined, dispose: () => undefined, has: () => false, forEach: () => undefined,
      }),
    }),
    workspace: partly({
      workspaceFolders: [{ uri: Uri.file(folder), name: basename(folder), index: 0 }],
      textDocuments: documents, notebookDocuments: [],
      getConfiguration: (section) => ({ get: (name, otherwise) => settings[`${section}.${name}`] ?? otherwise }),
      onDidOpenTextDocument: opened.event,
    }),
  };
  const open = (path, text) => {
    const uri = Uri.file(path);
    const document = { uri, languageId: "alta", version: 1, isClosed: false, isDirty: false, fileName: path, getText: () => text };
    documents.push(document);
    opened.fire(document);
  };
  // What the client library only inherits from or tests for, such as `CompletionItem`, is a class without a body.
  const all = new Proxy(vscode, {
    get: (target, name) => {
      if (!(name in target) && typeof name === "string") target[name] = class {};
      return target[name];
    },
  });
  return { vscode: all, told, open };
}

module.exports = { makeVscode };
