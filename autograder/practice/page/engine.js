// The page's side of Python: starts the worker, waits for it with a deadline, ends it. Knows nothing about what is shown.

/** What can go wrong, as the page tells it apart: "network", "silence", "memory", "wasm", "worker", "start", "stopped", "late", "run". */
export class EngineError extends Error {
  constructor(kind, detail = "") {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
  }
}

const MEMORY = /out of memory|memory access|allocation failed|cannot enlarge memory|MemoryError|WebAssembly\.Memory/i;

export class Engine {
  /**
   * makeWorker: () => Worker; settings: { runtime, courseFiles } with absolute addresses; progress(message) is called while it loads;
   * deadlines in milliseconds: { silence: without a word from the worker while it loads, answer: for one answer }.
   */
  constructor(makeWorker, settings, progress, deadlines) {
    Object.assign(this, { makeWorker, settings, progress, deadlines });
    this.worker = null;
    this.started = null;
    this.waiting = new Map();
    this.count = 0;
  }

  get running() {
    return this.worker !== null;
  }

  /** Load Python, once; the promise of the first call is that of all later ones until it fails or is stopped. */
  start() {
    this.started ??= this.load().catch((error) => {
      this.end(error);
      throw error;
    });
    return this.started;
  }

  load() {
    if (typeof WebAssembly !== "object") return Promise.reject(new EngineError("wasm"));
    return new Promise((resolve, reject) => {
      let timer;
      const listen = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new EngineError("silence")), this.deadlines.silence);
      };
      const fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      try {
        this.worker = this.makeWorker();
      } catch (error) {
        fail(new EngineError("worker", error.message));
        return;
      }
      this.refuse = fail;
      this.worker.onerror = (event) => {
        event.preventDefault?.();
        const error = new EngineError(MEMORY.test(event.message) ? "memory" : "worker", event.message);
        fail(error);
        this.end(error);
      };
      this.worker.onmessage = ({ data }) => {
        if (data.kind === "progress") {
          listen();
          this.progress(data);
        } else if (data.kind === "ready") {
          clearTimeout(timer);
          resolve();
        } else if (data.kind === "failed") {
          fail(new EngineError(MEMORY.test(data.detail) ? "memory" : data.stage === "fetch" ? "network" : "start", data.detail));
        } else {
          this.settle(data);
        }
      };
      listen();
      this.worker.postMessage({ kind: "start", ...this.settings });
    });
  }

  settle({ id, answer, failed }) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    if (failed === undefined) {
      waiting.resolve(answer);
      return;
    }
    const error = new EngineError(MEMORY.test(failed) ? "memory" : "run", failed);
    waiting.reject(error);
    // After a fatal error Pyodide answers nothing more; a new one costs a second.
    this.end(error);
  }

  /** Ask Python; loads it first. */
  async ask(request) {
    await this.start();
    this.progress({ says: "running" });
    return new Promise((resolve, reject) => {
      const id = ++this.count;
      const timer = setTimeout(() => this.end(new EngineError("late")), this.deadlines.answer);
      this.waiting.set(id, { resolve, reject, timer });
      this.worker.postMessage({ kind: "ask", id, request });
    });
  }

  /** End the worker, whatever it does; all that waits fails with the error. The next question starts a new one. */
  end(error = new EngineError("stopped")) {
    this.worker?.terminate();
    this.worker = null;
    this.started = null;
    this.refuse?.(error);
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.waiting.clear();
  }
}
