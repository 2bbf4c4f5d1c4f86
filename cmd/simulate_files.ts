/**
 * The files of `rotor simulate`: plans and traces that it reads and writes. Whatever a file system refuses is one sentence.
 *
 * @module
 */
import { FormatError, type Plan } from "../src/sim/plan.ts";
import { readPlan } from "../src/sim/plan_schema.ts";
import { EXIT, Refusal } from "./outcome.ts";
import { print, writeAll } from "./print.ts";

/** A trace is written in pieces of about so many chars. */
const PIECE = 1 << 16;

/** The plan that a file holds. */
export function readPlanFile(path: string): Plan {
  return refusingFormats(path, () => {
    try {
      return readPlan(JSON.parse(read(path)));
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new FormatError("Cannot read the plan: it is not JSON");
      }
      throw error;
    }
  });
}

/** The text of a file. */
export function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Refusal(`Cannot read ${path}: ${(error as Error).message}`, EXIT.usage);
  }
}

/** Says of a plan or trace that cannot be read which file it is in. */
export function refusingFormats<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) throw new Refusal(`${error.message} (${path})`, EXIT.usage);
    throw error;
  }
}

/**
 * Writes a plan to a file that is new: what stands in an older one may be what somebody is looking into.
 *
 * @returns The file's name.
 */
export function writePlan(plan: Plan): string {
  const text = JSON.stringify(plan, null, 2) + "\n";
  for (let count = 1;; count++) {
    const path = `rotor-plan-${plan.seed}${count === 1 ? "" : `-${count}`}.json`;
    try {
      Deno.writeTextFileSync(path, text, { createNew: true });
      return path;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      throw new Refusal(`Cannot write the plan to ${path}: ${(error as Error).message}`);
    }
  }
}

/** Where the lines of a trace go: a file, or standard output. */
export interface TraceSink {
  readonly write: (line: string) => void;
  /** All lines are there. */
  readonly close: () => void;
}

/** Opens a file for the lines of a trace; `-` is standard output. */
export function openTrace(path: string): TraceSink {
  if (path === "-") return { write: print, close: () => {} };
  const refusing = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw new Refusal(`Cannot write the trace to ${path}: ${(error as Error).message}`);
    }
  };
  const file = refusing(() => Deno.openSync(path, { write: true, create: true, truncate: true }));
  let waiting = "";
  const flush = () => {
    refusing(() => writeAll(file, waiting));
    waiting = "";
  };
  return {
    write(line) {
      waiting += `${line}\n`;
      if (waiting.length > PIECE) flush();
    },
    close() {
      flush();
      file.close();
    },
  };
}
