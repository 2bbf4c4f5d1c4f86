/**
 * The laws of admission control (paper, section 6.5): the gate by itself under any clients, its judge beside one that sorts,
 * and real nodes whose clients never fare well.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LIMIT_MS, TRICKLE_MS } from "../../src/admission/gate.ts";
import { Meter } from "../../src/admission/meter.ts";
import { JUDGE_MS, MOST, Pace, PERIOD_MS } from "../../src/admission/pace.ts";
import type { NodeId, WriteId } from "../../src/id.ts";
import { BACKGROUND_KINDS } from "../../src/protocol/background.ts";
import { failure } from "../../src/protocol/error.ts";
import { ask, nameOf } from "../asks.ts";
import { example, exhaustive, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { hang } from "./driving.ts";
import { GateRoom, TARGET_MS } from "./gate_room.ts";
import { NAME } from "./one_read.ts";
import { Sometimes } from "./sometimes.ts";

/** While anybody waits, two slices never begin further apart: one is taken back, and a period goes by. */
const APART_MS = LIMIT_MS + 2 * PERIOD_MS;

const happenings = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("ask"),
      of: fc.nat(4),
      lastsMs: fc.nat(3_000),
      ends: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("requests"), count: fc.nat(60), tookMs: fc.nat(120) }),
    fc.record({ kind: fc.constant("disk"), count: fc.nat(60), tookMs: fc.nat(120) }),
    fc.record({ kind: fc.constant("hang"), count: fc.nat(3) }),
    fc.record({ kind: fc.constant("wait"), ms: fc.nat(1_500) }),
  ),
  { maxLength: 60, size: "max" },
);
type Happening = (typeof happenings extends fc.Arbitrary<infer All> ? All : never)[number];

/** A1 to A5, H10. */
export const laws: readonly Law[] = [
  random(
    "A1 A3 A4 H10",
    "whoever asks begins once, in turn, soon enough, and never too many at a time",
    (run) => {
      const seen = new Sometimes();
      run.forAll(happenings, (happenings) => {
        seen.begin();
        const room = live(happenings);
        const settleMs = (room.waiting.length + 1) * APART_MS;
        // Whatever has happened: nobody ends any more, and clients hang for ever.
        room.request(Infinity);
        room.request(Infinity);
        room.wait(settleMs);
        assertEquals(room.waiting.length, 0, "A1: somebody still waits");
        for (const { begins } of room.askers) assertEquals(begins, 1, "H10: begun once");
        judgeGaps(room);
        judgeTurns(room);
        for (const { running, size, isBusy, inPeriod, sinceMs } of room.begun) {
          const limit = isBusy ? Math.max(1, size) : MOST;
          assert(running <= limit, `A3: ${running} under way, ${limit} allowed`);
          const isAllowed = !isBusy || inPeriod <= size || sinceMs >= TRICKLE_MS;
          assert(isAllowed, `A3: ${inPeriod} in a period of ${size}`);
        }
        for (const mark of room.marks) seen.saw(mark);
        if (room.begun.some(({ isBusy, size }) => isBusy && size === 0)) seen.saw("trickle");
        if (room.begun.some(({ running }) => running === MOST)) seen.saw("full");
        return true;
      });
      const often = { "gate.waited": 100, "gate.narrowed": 30, "gate.taken_back": 30 };
      seen.demand(300, { ...often, trickle: 5 });
    },
  ),
  random("A3", "the same events give the same slices, and leave the same behind", (run) => {
    run.forAll(happenings, (happenings) => {
      const [one, two] = [live(happenings), live(happenings)];
      assertEquals(one.begun, two.begun);
      assertEquals(one.snapshot(), two.snapshot());
      return true;
    });
  }, { runs: 100 }),
  random("A2", "the judge says what the 99th percentile of all that was seen says", (run) => {
    const seen = new Sometimes();
    const some = fc.array(fc.nat(2 * TARGET_MS), { minLength: 100, maxLength: 400, size: "max" });
    // Few are slow, or every case would be bad.
    const durations = fc.tuple(some, fc.integer({ min: 1, max: 200 })).map(([all, share]) =>
      all.map((ms, i) => i % share === 0 ? ms : ms % TARGET_MS)
    );
    run.forAll(durations, fc.boolean(), (durations, isDisk) => {
      seen.begin();
      const sorted = durations.toSorted((a, b) => a - b);
      const p99 = sorted[Math.ceil(sorted.length * 99 / 100) - 1]!;
      const meter = new Meter(TARGET_MS);
      let nowMs = 0;
      meter.onStep({ kind: "get", ticket: 0, ask: { name: NAME } }, [], nowMs);
      durations.forEach((ms, i) => {
        const id = i + 1;
        const reply = failure("not_found", "");
        if (isDisk) {
          meter.onStep(TIMER, [{ kind: "fetch", fetch: id, name: NAME, owners: [] }], nowMs);
        } else meter.onStep({ kind: "get", ticket: id, ask: { name: NAME } }, [], nowMs);
        nowMs += ms;
        if (isDisk) {
          meter.onStep({ kind: "fetched", fetch: id, result: { kind: "absent" } }, [], nowMs);
        } else meter.onStep(TIMER, [{ kind: "reply", ticket: id, reply }], nowMs);
      });
      // The one that has hung all the time is not what this is about.
      meter.onStep(TIMER, [{ kind: "reply", ticket: 0, reply: failure("not_found", "") }], nowMs);
      const { requests, disk } = meter.evidence(nowMs);
      const part = isDisk ? { requests: { all: 0, slow: 0 }, disk } : {
        requests: { all: requests.all - 1, slow: requests.slow - (nowMs > TARGET_MS ? 1 : 0) },
        disk,
      };
      const { judgement } = new Pace().judge(part, 0);
      assertEquals(
        judgement,
        p99 > TARGET_MS ? "less" : "more",
        `p99 ${p99} of ${durations.length}`,
      );
      seen.saw(judgement);
      return true;
    });
    seen.demand(300, { less: 30, more: 30 });
  }),
  exhaustive(
    "A2",
    "while clients or disks are too slow, one slice begins in a while, and no more",
    () => {
      const slow = [
        ["each request is slow", (room: GateRoom) => room.request(TARGET_MS + 1)],
        ["two in a hundred are", (room: GateRoom) => {
          for (let i = 0; i < 100; i++) room.request(i < 2 ? TARGET_MS + 1 : 1);
        }],
        ["the disk is slow", (room: GateRoom) => {
          for (let i = 0; i < 20; i++) room.request(1);
          room.disk(TARGET_MS + 1);
        }],
        ["requests never end", (room: GateRoom) => room.request(Infinity)],
        ["requests are refused", (room: GateRoom) => room.request(0, "overloaded")],
      ] as const;
      for (const [how, happens] of slow) {
        for (const lastsMs of [0, 30]) {
          const room = new GateRoom();
          const goBy = (ms: number) => {
            for (let passedMs = 0; passedMs < ms; passedMs += 50) {
              happens(room);
              room.wantAlways(BACKGROUND_KINDS, lastsMs);
              room.wait(50);
            }
          };
          goBy(7 * JUDGE_MS);
          const before = room.begun.length;
          const LONG_MS = 20 * TRICKLE_MS;
          goBy(LONG_MS);
          const count = room.begun.length - before;
          assert(count <= LONG_MS / TRICKLE_MS + 1, `${how}: ${count} began in ${LONG_MS} ms`);
          assert(count >= LONG_MS / (TRICKLE_MS + PERIOD_MS) - 1, `${how}: only ${count} began`);
        }
      }
    },
  ),
  example(
    "A5",
    "where no client is there, all that is asked for begins at once, up to the limit",
    () => {
      const room = new GateRoom();
      // Clients were here, and fared badly.
      for (let i = 0; i < 20; i++) {
        room.request(10 * TARGET_MS);
        room.ask("repair", 0);
        room.wait(JUDGE_MS);
      }
      assertEquals(room.overview.size, 0);
      room.wait(5_000);
      const before = room.begun.length;
      for (let i = 0; i < MOST; i++) room.ask("handoff");
      assertEquals(room.begun.length - before, MOST);
      const one = room.ask("exchange");
      assertEquals(one.beganMs, null, "there is a limit");
      room.end(room.begun[before]!.asker);
      assertEquals(one.beganMs, room.nowMs);
    },
  ),
  example("A5", "where clients fare well again it becomes more again, one by one", () => {
    const room = new GateRoom();
    const goBy = (tookMs: number, ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 50) {
        for (let i = 0; i < 10; i++) room.request(tookMs);
        room.wantAlways(BACKGROUND_KINDS, 1);
        room.wait(50);
      }
    };
    goBy(2 * TARGET_MS, 7 * JUDGE_MS);
    assertEquals(room.overview.size, 0);
    goBy(1, 1_000); // the slow ones end
    const sizes = Array.from({ length: MOST + 4 }, () => {
      goBy(1, JUDGE_MS);
      return room.overview.size;
    });
    sizes.reduce((last, size) => {
      assert(size - last <= 2, `from ${last} to ${size} at once`);
      return size;
    }, sizes[0]!);
    assertEquals(sizes.at(-1), MOST);
  }),
  example(
    "A1 H3",
    "nodes whose clients never fare well take hints home and become equal all the same",
    () => {
      for (const backgroundTargetMs of [1, 50]) {
        const config = { exchangeMs: 1_000, backgroundTargetMs };
        const world = new World({ nodes: 4, config });
        const paths = Array.from({ length: 60 }, (_, i) => `b/k${i}`);
        const gone = world.ids[3]!;
        world.crash(gone);
        paths.forEach((path, i) => {
          const writeId = String(i).padStart(16, "0") as WriteId;
          world.put(world.ids[i % 3]!, { ...ask(path, "v", writeId), w: 3 });
          for (let next = world.pending[0]; next; next = world.pending[0]) {
            if (next.kind === "message" && next.to === gone) world.undelivered(0);
            else world.happen();
          }
        });
        const kept = () => world.ids.reduce((sum, id) => sum + hintsAt(world, id), 0);
        assert(kept() > 20, `${kept()} hints`);
        const goBy = (ms: number) => {
          for (const id of world.ids) if (world.machines.get(id)!.up) hang(world, id);
          world.wait(ms);
          world.run();
        };
        // Clients fare badly before it is back, so nothing is done quickly.
        for (let round = 0; round < 10; round++) goBy(1_000);
        world.restart(gone);
        world.run();
        for (let round = 0; round < 120 && kept() > 0; round++) goBy(1_000);
        assertEquals(kept(), 0, "H3: hints are left");
        assert(world.marks.get("gate.waited")! > 0, "nothing had to wait");
        for (const path of paths) {
          const holders = world.ids.filter((id) => world.onDisk(id, nameOf(path)));
          assertEquals(holders.length, 3, `M10: ${path}`);
        }
      }
    },
  ),
];

const TIMER = { kind: "timer", timer: { kind: "probe" } } as const;

/** Everything happens, in order. */
function live(happenings: readonly Happening[]): GateRoom {
  const room = new GateRoom();
  for (const happening of happenings) {
    switch (happening.kind) {
      case "ask":
        room.ask(BACKGROUND_KINDS[happening.of]!, happening.ends ? happening.lastsMs : Infinity);
        break;
      case "requests":
        for (let i = 0; i < happening.count; i++) room.request(happening.tookMs);
        break;
      case "disk":
        for (let i = 0; i < happening.count; i++) room.disk(happening.tookMs);
        break;
      case "hang":
        for (let i = 0; i < happening.count; i++) room.request(Infinity);
        break;
      case "wait":
        room.wait(happening.ms);
    }
  }
  return room;
}

/** While anybody waits, something begins. */
function judgeGaps({ askers, begun }: GateRoom): void {
  for (const { askedMs, beganMs } of askers) {
    const marks = [askedMs, ...begun.map(({ atMs }) => atMs), beganMs!]
      .filter((ms) => ms >= askedMs && ms <= beganMs!).sort((a, b) => a - b);
    marks.forEach((ms, i) => {
      const apartMs = ms - (marks[i - 1] ?? ms);
      assert(apartMs <= APART_MS, `A1: nothing began for ${apartMs} ms`);
    });
  }
}

/** While one of a kind waits, no other kind begins twice; and nobody of its own kind who came later. */
function judgeTurns({ askers, begun }: GateRoom): void {
  for (const asker of askers) {
    const order = (one: typeof asker) => begun.findIndex((entry) => entry.asker === one);
    const own = order(asker);
    for (const other of BACKGROUND_KINDS) {
      const between = begun.slice(0, own).filter((entry, i) =>
        entry.asker.kind === other && entry.atMs > asker.askedMs && i < own
      );
      if (other === asker.kind) {
        for (const { asker: before } of between) {
          assert(before.askedMs <= asker.askedMs, "A4: who came later began earlier");
        }
        continue;
      }
      const queue = askers.filter(({ kind, askedMs, beganMs }) =>
        kind === asker.kind && askedMs <= asker.askedMs && beganMs! > asker.askedMs
      ).length;
      assert(
        between.length <= queue,
        `A4: ${other} began ${between.length} times before ${asker.kind}`,
      );
    }
  }
}

function hintsAt(world: World, id: NodeId): number {
  return world.machines.get(id)!.disk.hints.all.length;
}
