/**
 * The laws of registers, as far as one node's values keep them: they only grow, and at genesis they cover every seat.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Boot, nodeId } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { fold, History } from "../../src/membership/history.ts";
import {
  firstRegister,
  newerRegister,
  nextGeneration,
  roleAt,
} from "../../src/membership/register.ts";
import type { Register } from "../../src/protocol/change.ts";
import { type Law, random } from "../law.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G11",
    "(generation, seq) only grows: a start raises it, and joining registers keeps the greatest",
    (run) => {
      const genesis = found({ partitions: 4, replicas: 2, members: MEMBERS });
      const process = { nonce: boot("1"), addresses: ["h:1"], history: genesis.id, wallMs: 1 };
      const first = firstRegister(NODES[0]!, { ...process, genesis });
      const someRegister: fc.Arbitrary<Register> = fc.record({
        starts: fc.nat(4),
        seq: fc.integer({ min: 1, max: 3 }),
        nonce: fc.constantFrom(boot("x"), boot("y")),
      }).map(({ starts, seq, nonce }) => {
        let register = first;
        for (let i = 0; i < starts; i++) {
          const next = nextGeneration(register, process);
          assertEquals(newerRegister(register, next), next);
          assertEquals(next.roles, first.roles);
          register = { ...next, seq: seq + i };
        }
        return { ...register, seq, nonce };
      });
      run.forAll(someRegister, someRegister, someRegister, (a, b, c) => {
        const joined = newerRegister(a, b);
        assertEquals(joined, newerRegister(b, a));
        assertEquals(newerRegister(joined, c), newerRegister(a, newerRegister(b, c)));
        assertEquals(newerRegister(a, a), a);
        for (const one of [a, b]) {
          assert(
            one.generation < joined.generation ||
              (one.generation === joined.generation && one.seq <= joined.seq),
          );
        }
        return true;
      });
    },
  ),
  random(
    "G20",
    "at genesis every seat of every range is served by exactly one node, its owner",
    (run) => {
      run.forAll(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), (q, n) => {
        const genesis = found({ partitions: q, replicas: n, members: MEMBERS });
        const view = fold(History.of(genesis));
        const registers = NODES.map((node) =>
          firstRegister(node, {
            ...{ genesis, nonce: boot("1"), addresses: [], history: genesis.id, wallMs: 1 },
          })
        );
        for (const rangeEnd of view.ring.ends) {
          const roles = registers.map((register) => roleAt(register, rangeEnd, n));
          const dumb = registers.map(({ roles }) =>
            roles.find((role) => role.rangeEnd === rangeEnd && role.n === n) ?? null
          );
          assertEquals(roles, dumb);
          const seats = registers.flatMap(({ node }, i) => roles[i] ? [[roles[i].seat, node]] : []);
          assertEquals(
            seats.sort(),
            view.ring.owners(rangeEnd, n).map((node, seat) => [seat, node]),
          );
          for (const other of [n - 1, n + 1]) {
            for (const one of registers) assertEquals(roleAt(one, rangeEnd, other), null);
          }
        }
        return true;
      });
    },
  ),
];

const NODES = ["a", "b", "c", "d"].map(nodeId);
const MEMBERS = NODES.map((node) => ({ node, zone: "", weight: 1 }));

const boot = (text: string) => text.padEnd(8, ".") as Boot;
