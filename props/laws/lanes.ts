/**
 * One copy under random orders of writes, puts, acknowledgements and answers of its disk, beside a model that is sets of
 * events and lists of who waits: at each step both say and do the same.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { example, type Law, random } from "../law.ts";
import {
  type Asked,
  type DiskAnswer,
  MOST_WAITING,
  OneLane,
  PUT_MS,
  said,
  SELF,
} from "./one_lane.ts";
import { Sometimes } from "./sometimes.ts";

/** One thing that happens. */
type Happening =
  | Exclude<Asked, { kind: "delivered" }>
  /** What was on the disk once is at its owner. Numbers are taken modulo what there is. */
  | { readonly kind: "home"; readonly which: number }
  | { readonly kind: "disk"; readonly answer: DiskAnswer }
  | { readonly kind: "time"; readonly ms: number };

const events = fc.subarray(["a", "b", "c"], { minLength: 1 });
const w = fc.integer({ min: 1, max: 3 });
const answers: readonly DiskAnswer[] = [
  "done",
  "done",
  "done",
  "done",
  "done",
  "done",
  "fails",
  "lands",
];

/** Whose copy it is, and whether one event fills all the room that there is for others' copies. */
type LaneOptions = ConstructorParameters<typeof OneLane>[0];

/** What happens to any copy. */
const common: fc.WeightedArbitrary<Happening>[] = [
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), events, w }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("put" as const), w }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.nat(90) }) },
];
const ofAnOwner = fc.oneof(
  ...common,
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("home" as const), which: fc.nat(2) }) },
  { weight: 9, arbitrary: ofDisk(answers) },
);
const ofItsOwn = fc.oneof(
  ...common,
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("repair" as const), events }) },
  { weight: 2, arbitrary: fc.constant<Happening>({ kind: "read" }) },
  { weight: 9, arbitrary: ofDisk([...answers, "damaged"]) },
);

/** H1, H2, H5, H8, H12, H14, RR4, S21. */
export const laws: readonly Law[] = [
  random(
    "H1 H2 H5 H12 H14",
    "a hint, step by step, in any order of writes, puts, acknowledgements and answers of the disk: what came since it was taken home stays, and whoever brought it is answered once",
    (run) => {
      const seen = new Sometimes();
      const happenings = fc.array(ofAnOwner, { maxLength: 32, size: "max" });
      run.forAll(happenings, fc.nat(3).map((n) => n === 0), (happenings, isNarrow) => {
        seen.begin();
        live({ isKept: true, isNarrow }, happenings, seen);
        return true;
      });
      seen.demand(1000, {
        ...{
          goes: 150,
          full: 50,
          stays: 50,
          "stays for what waits": 200,
          "goes while it is read": 80,
        },
        ...{ "store failed": 50, "landed after all": 50, "fetch failed": 50, "too late": 5 },
      });
    },
    { runs: 1000 },
  ),
  random(
    "RR4 S21",
    "a copy of the node's own, step by step, in any order of writes, puts, repairs, reads and answers of the disk",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.array(ofItsOwn, { maxLength: 32, size: "max" }), (happenings) => {
        seen.begin();
        live({ isKept: false, isNarrow: true }, happenings, seen);
        return true;
      });
      seen.demand(500, { "store failed": 30, "fetch failed": 30, damaged: 30, "too late": 3 });
    },
    { runs: 500 },
  ),
  example("H8", "a node keeps nothing for itself where it does not serve", () => {
    const lane = new OneLane({ isKept: true, isNarrow: false });
    assertEquals(lane.isToKeepFor(SELF), ["not_serving 1"]);
    assertEquals(lane.isToKeepFor(nodeId("owner")), ["reads the disk"]);
  }),
];

function ofDisk(answers: readonly DiskAnswer[]): fc.Arbitrary<Happening> {
  return fc.record({ kind: fc.constant("disk" as const), answer: fc.constantFrom(...answers) });
}

/** All of it happens, and then all that is under way is done. */
function live(of: LaneOptions, happenings: readonly Happening[], seen: Sometimes): void {
  const lane = new OneLane(of);
  const model = new Model(of, seen);
  const taken: (readonly string[])[] = [];
  let nowMs = 0;
  for (const [at, happening] of happenings.entries()) {
    if (happening.kind === "time") nowMs += happening.ms;
    else if (happening.kind === "disk") {
      if (!model.isAsking) continue;
      // What is being written is not read.
      const answer = happening.answer === "damaged" && model.isStoring ? "done" : happening.answer;
      assertEquals(
        lane.answer(answer, nowMs),
        model.answer(answer, nowMs),
        `step ${at}`,
      );
    } else {
      const which = happening.kind === "home" ? taken.at(happening.which % taken.length) : [];
      if (which === undefined) continue;
      const asked: Asked = happening.kind === "home"
        ? { kind: "delivered", events: which }
        : happening;
      assertEquals(lane.ask(at, asked, nowMs), model.ask(at, asked, nowMs), `step ${at}`);
    }
    const { disk } = model;
    if (disk !== null && said(disk) !== said(taken[0] ?? [])) taken.unshift([...disk]);
  }
  while (model.isAsking) assertEquals(lane.answer("done", nowMs), model.answer("done", nowMs));
  assertEquals(lane.laneCount, 0);
}

type Events = readonly string[] | null;

/** What waits. */
interface Waiting {
  readonly request: number;
  readonly asked: Asked | { readonly kind: "look" };
  readonly sinceMs: number;
}

/** A copy, as one would wish it to be. */
class Model {
  readonly #isKept: boolean;
  readonly #isNarrow: boolean;
  readonly #seen: Sometimes;
  /** Whether anything takes room, as far as it is known: of a store that failed nothing is. */
  #takesRoom = false;
  /** What is on the disk; null: nothing. */
  disk: Events = null;
  #isDamaged = false;
  /** What all that was applied has come to, and the greatest W of it. */
  #memory: Events = null;
  #w = 0;
  #diskW = 0;
  #asking: "nothing" | "read" | "store" = "nothing";
  /** What comes once the disk has been read. */
  #queue: Waiting[] = [];
  /** What the store holds that is under way, and who is answered then. */
  #storing:
    | { readonly events: Events; readonly w: number; readonly who: readonly number[] }
    | null = null;
  /** Who is answered after the next one; null: none is needed. */
  #next: number[] | null = null;
  #said = new Set<string>();

  constructor({ isKept, isNarrow }: LaneOptions, seen: Sometimes) {
    this.#isKept = isKept;
    this.#isNarrow = isNarrow;
    this.#seen = seen;
  }

  /** Whether the disk owes an answer. */
  get isAsking(): boolean {
    return this.#asking !== "nothing";
  }

  /** Whether it is asked to store something. */
  get isStoring(): boolean {
    return this.#asking === "store";
  }

  ask(request: number, asked: Waiting["asked"], nowMs: number): string[] {
    this.#said = new Set();
    this.#take({ request, asked, sinceMs: nowMs }, nowMs);
    if (this.#asking === "nothing") this.#store();
    return [...this.#said].sort();
  }

  answer(how: DiskAnswer, nowMs: number): string[] {
    this.#said = new Set();
    const asking = this.#asking;
    this.#asking = "nothing";
    if (asking === "read") this.#read(how, nowMs);
    else this.#stored(how, nowMs);
    return [...this.#said].sort();
  }

  #take(waiting: Waiting, nowMs: number): void {
    const { request, asked } = waiting;
    if (this.#asking === "store") return this.#apply(waiting, nowMs);
    if (this.#asking === "nothing") {
      this.#asking = "read";
      this.#said.add("reads the disk");
    }
    if (this.#queue.length < MOST_WAITING) this.#queue.push(waiting);
    else {
      if (this.#isKept) this.#said.add("keeps");
      if (asked.kind === "put") this.#said.add(`refuses ${request}`);
      if (asked.kind === "write" || asked.kind === "read") this.#said.add(`failed ${request}`);
    }
  }

  #read(how: DiskAnswer, nowMs: number): void {
    const queue = this.#queue;
    this.#queue = [];
    if (how === "fails") {
      this.#seen.saw("fetch failed");
      if (this.#isKept) this.#said.add("keeps");
      for (const { request, asked: { kind } } of queue) {
        if (kind === "put") this.#said.add(`refuses ${request}`);
        if (kind === "write" || kind === "read") this.#said.add(`failed ${request}`);
      }
      return;
    }
    if (how === "damaged") {
      this.#seen.saw("damaged");
      this.disk = null;
      this.#isDamaged = true;
    }
    this.#memory = this.disk;
    this.#w = this.#diskW;
    this.#takesRoom = this.disk !== null;
    if (!this.#isKept) this.#said.add(`counts on ${textOf(this.disk)}`);
    for (const waiting of queue) this.#apply(waiting, nowMs);
    this.#store();
  }

  #stored(how: DiskAnswer, nowMs: number): void {
    const { events, w, who } = this.#storing!;
    this.#storing = null;
    if (how === "done" || how === "lands") {
      [this.disk, this.#diskW, this.#isDamaged] = [events, w, false];
    }
    if (how === "done") {
      this.#takesRoom = events !== null;
      for (const request of who) this.#said.add(`has stored ${request}`);
      if (this.#isKept && events !== null) this.#said.add("keeps");
      if (!this.#isKept) this.#said.add(`counts on ${textOf(events)}`);
      return this.#store();
    }
    this.#seen.saw(how === "lands" ? "landed after all" : "store failed");
    this.#said.add(this.#isKept ? "keeps" : "doubts");
    for (const request of [...who, ...this.#next ?? []]) this.#said.add(`failed ${request}`);
    this.#next = null;
    this.#take({ request: 0, asked: { kind: "look" }, sinceMs: nowMs }, nowMs);
  }

  #apply({ request, asked, sinceMs }: Waiting, nowMs: number): void {
    switch (asked.kind) {
      case "look":
        return;
      case "read":
        return void this.#said.add(
          this.disk !== null
            ? `found ${request} ${textOf(this.disk)}`
            : `${this.#isDamaged ? "damaged" : "absent"} ${request}`,
        );
      case "delivered": {
        const isUnstored = this.#storing !== null || this.#next !== null;
        if (isUnstored) this.#seen.saw("stays for what waits");
        if (this.disk === null || isUnstored) return;
        if (said(this.disk) !== said(asked.events)) {
          this.#seen.saw("stays");
          return void this.#said.add("keeps");
        }
        this.#seen.saw("goes");
        [this.#memory, this.#w, this.#next] = [null, 0, []];
        return;
      }
      case "put":
        if (nowMs >= sinceMs + PUT_MS) return this.#seen.saw("too late");
        if (this.#isFull) return void this.#said.add(`refuses ${request}`);
        this.#merge([`put ${request}`], asked.w);
        this.#said.add(`issues ${request}: ${textOf(this.#memory)}`);
        return void this.#next!.push(request);
      case "write":
      case "repair": {
        const held = this.#memory;
        const isNews = held === null || asked.events.some((event) => !held.includes(event));
        if (isNews && this.#isFull) return void this.#said.add(`failed ${request}`);
        const wants = asked.kind === "write" ? asked.w : 0;
        if (isNews || (this.#isKept && wants > this.#w)) this.#merge(asked.events, wants);
        if (asked.kind === "repair") return;
        if (this.#next !== null) this.#next.push(request);
        else if (this.#storing === null) this.#said.add(`has stored ${request}`);
        else this.#storing = { ...this.#storing, who: [...this.#storing.who, request] };
      }
    }
  }

  get #isFull(): boolean {
    const isFull = this.#isKept && this.#isNarrow && this.#takesRoom;
    if (isFull) this.#seen.saw("full");
    return isFull;
  }

  #merge(events: readonly string[], w: number): void {
    this.#memory = [...new Set([...this.#memory ?? [], ...events])];
    this.#w = Math.max(this.#w, w);
    this.#next ??= [];
  }

  /** What has been applied goes to the disk, if anything has. */
  #store(): void {
    if (this.#next === null || this.#asking !== "nothing") return;
    if (this.#memory === null) this.#seen.saw("goes while it is read");
    this.#storing = { events: this.#memory, w: this.#w, who: this.#next };
    this.#next = null;
    this.#asking = "store";
    const terms = this.#isKept && this.#memory !== null ? ` for W ${this.#w}` : "";
    this.#said.add(`stores ${textOf(this.#memory)}${terms}`);
  }
}

function textOf(events: Events): string {
  return events === null ? "nothing" : said(events);
}
