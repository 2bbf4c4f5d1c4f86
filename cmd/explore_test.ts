import { assertEquals, assertMatch } from "@std/assert";
import { SCOPES } from "../src/explorer/scopes.ts";
import { mutate } from "../props/mutants/mutant.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { BugWorkshop } from "./explore_bugs.ts";
import { copyCode } from "./mutant_workshop.ts";
import { denoRun } from "./testing_tasks.ts";

function rotor(...args: string[]) {
  return denoRun("cmd/main.ts", ["explore", ...args], { permissions: ["-A"] });
}

Deno.test("rotor explore lists its scopes, with what each contains", () => {
  const { code, out } = rotor();
  assertEquals(code, 0);
  for (const { scope } of SCOPES) assertMatch(out, new RegExp(`^${scope.name} `, "m"));
  assertMatch(out, /^ +2 nodes, n 2, r 2, w 2, clients 2, puts 3, crashes 1, wipes 1$/m);
  assertEquals(JSON.parse(rotor("--json").out).length, SCOPES.length);
});

Deno.test("rotor explore SCOPE says how much there was, and that nothing is broken", () => {
  const { code, out, err } = rotor("one-put");
  assertEquals([code, err], [0, ""]);
  assertMatch(out, /^one-put: no law is broken\n {2}9 states, 11 transitions, depth 5$/m);
  assertMatch(out, /^ {2}[0-9.]+ s, [0-9]+ states\/s$/m);
  const { states, violation } = JSON.parse(rotor("one-put", "--puts", "2", "--json").out);
  assertEquals([states, violation], [41, null]);
});

Deno.test("what cannot be explored is refused, and the bound is named", () => {
  const refusals: readonly (readonly [string[], RegExp])[] = [
    [["pair", "--puts", "9"], /^Cannot use --puts: a whole number from 1 to 5 wanted, got "9"$/m],
    [["pair", "--puts", "-1"], /^Cannot use --puts: a whole number from 1 to 5 wanted, got "-1"$/m],
    [
      ["pair", "--clients", "0"],
      /^Cannot use --clients: a whole number from 1 to 3 wanted, got "0"/m,
    ],
    [
      ["pair", "--most", "0"],
      /^Cannot use --most: a whole number from 1 to 999999999 wanted, got "0"/m,
    ],
    [["--puts", "2"], /^Cannot use --puts: a scope wanted, which it is to change$/m],
    [["--slow-reads"], /^Cannot use --slow-reads: a scope wanted, which it is to change$/m],
    [["pair", "--w", "3"], /^Cannot explore 3 copies that a put waits for: at most the replicas/m],
    [
      ["pair", "--puts", "many"],
      /^Cannot use --puts: a whole number from 1 to 5 wanted, got "many"$/m,
    ],
    [
      ["trio-loss", "--refusals", "1"],
      /^Cannot explore 1 doubled messages with 1 known to be lost/m,
    ],
    [["pare"], /^Cannot explore pare: there is no such scope; near ones: pair, /m],
  ];
  for (const [args, wanted] of refusals) {
    const { code, err } = rotor(...args);
    assertEquals(code, 2, args.join(" "));
    assertMatch(err, wanted);
  }
});

Deno.test("more states than are allowed is a failure, and not a success", () => {
  const { code, err } = rotor("pair", "--most", "100");
  assertEquals(code, 1);
  assertMatch(err, /^Cannot explore more than 100 states: say --most for more$/m);
});

Deno.test("a broken law is a transcript that can be read", () => {
  const workshop = new BugWorkshop();
  try {
    const { transcript } = workshop.find({
      ...{ bug: "", broken: "", states: 0, moves: 0 },
      mutants: ["acknowledged-before-stored"],
      explore: ["pair"],
    });
    assertEquals(transcript, [
      "  1. a client asks n1: put v1, having seen nothing",
      "       it begins to store {n1.1.0:1}|v1@n1.1.0:1",
      "  2. n1's disk does it: {n1.1.0:1}|v1@n1.1.0:1",
      "  3. n1 -> n2: write {n1.1.0:1}|v1@n1.1.0:1, delivered",
      "       it begins to store {n1.1.0:1}|v1@n1.1.0:1",
      "  4. n2 -> n1: write_reply stored, delivered",
      "       the client of v1 hears: acknowledged",
      "  5. n1 crashes",
      "  6. n1's disk is wiped; its id stays",
      "     n1 holds nothing, and is down",
      "     n2 holds nothing",
      "Broken: S1: v1 was acknowledged and is lost: the disks hold nothing",
    ]);
  } finally {
    workshop.clear();
  }
});

Deno.test("a put that is acknowledged is told as acknowledged, also where that breaks a law", () => {
  const dir = Deno.makeTempDirSync({ prefix: "rotor-explore-test-" });
  try {
    copyCode(new URL("..", import.meta.url).pathname, dir);
    const known = mutants.find(({ name }) => name === "answer-forgets-its-write")!;
    const mutant = { ...known, to: "container: { clock: new Map(), siblings: [] }," };
    const path = `${dir}/${mutant.file}`;
    Deno.writeTextFileSync(path, mutate(Deno.readTextFileSync(path), mutant));
    const args = ["explore", "one-put", "--no-symmetry", "--puts", "1"];
    const { code, out } = denoRun("cmd/main.ts", args, { permissions: ["-A"], cwd: dir });
    assertEquals(code, 1);
    assertMatch(
      out,
      /\n {7}the client of v1 hears: acknowledged\n[\s\S]*\nBroken: Q10: v1 was acknowledged, and the/,
    );
    assertMatch(out, /^play it again: deno task rotor explore one-put --no-symmetry --puts 1$/m);
    const moves = [...out.matchAll(/^ *(\d+)\. /gm)].length;
    assertMatch(out, new RegExp(`transitions, depth ${moves}$`, "m"));
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
