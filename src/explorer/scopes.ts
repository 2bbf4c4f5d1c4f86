/**
 * The scopes that have a name. Their numbers of states are pinned in `props/explorer/pins.ts`: another number means that
 * the core, or what is explored of it, has changed, and somebody should know why.
 *
 * @module
 */
import { type Scope, scopeOf } from "./scope.ts";

const TRIO = { nodes: 3, n: 3 };
/** n3 does not hold the key: a put that it is asked for it hands over. */
const ENTRY = { nodes: 3, n: 2 };

/** n3 does not hold the key: it stands in, and takes home what it keeps. */
const STAND_IN = { nodes: 3, n: 2, clients: 1, sloppy: true };

/** All of them. The tests run those that take seconds; `deno task explore` runs the `long` ones, too. */
export const SCOPES: readonly { readonly scope: Scope; readonly long: boolean }[] = [
  quick("one-put", "One client puts once; two replicas", { clients: 1, puts: 1 }),
  quick(
    "pair",
    "Two replicas, two clients, three puts; a process crashes and its disk may be lost",
    { puts: 3, crashes: 1, wipes: 1 },
  ),
  quick("pair-fails", "Two replicas, three puts; a store fails, and what it held may have landed", {
    ...{ puts: 3, failures: 1 },
  }),
  quick("pair-disks", "Three puts; a crash, a lost disk, and a store that fails", {
    ...{ puts: 3, crashes: 1, wipes: 1, failures: 1 },
  }),
  quick("pair-deletes", "Three puts, of which one may be a delete; a crash, a lost disk", {
    ...{ puts: 3, deletes: 1, crashes: 1, wipes: 1 },
  }),
  quick("pair-reads", "Two puts and a get, which may stop gathering; a crash, a lost disk", {
    ...{ puts: 2, gets: 1, crashes: 1, wipes: 1, timers: 1 },
  }),
  quick("pair-damage", "Two puts and a get; a record goes bad while its node is down", {
    ...{ puts: 2, gets: 1, crashes: 1, damages: 1 },
  }),
  quick("pair-slow-reads", "Two puts; reading a record takes time, and may fail; a timer", {
    ...{ puts: 2, crashes: 1, failures: 1, timers: 1, slowReads: true },
  }),
  quick("pair-w1", "Two puts that wait for one copy, and a get of one; a crash", {
    ...{ puts: 2, gets: 1, w: 1, r: 1, crashes: 1, timers: 1 },
  }),
  quick("pair-session", "Two puts and two gets of one copy each, in sessions or not", {
    ...{ puts: 2, gets: 2, w: 1, r: 1, sessions: true },
  }),
  quick("pair-lost-session", "A put and two gets in sessions; what they have seen may be lost", {
    ...{ puts: 1, gets: 2, w: 1, r: 1, crashes: 1, wipes: 1, sessions: true },
  }),
  quick("trio-loss", "Three replicas, two puts; two messages are lost and one comes twice", {
    ...{ ...TRIO, puts: 2, losses: 2, doubles: 1 },
  }),
  quick("trio-amnesia", "Three replicas, two puts; a process crashes and its disk may be lost", {
    ...{ ...TRIO, puts: 2, crashes: 1, wipes: 1 },
  }),
  quick("entry", "Two replicas and an entry node, two puts; a crash, of the coordinator too", {
    ...{ ...ENTRY, puts: 2, crashes: 1, timers: 1 },
  }),
  quick(
    "entry-twice",
    "A put through an entry node; a message comes twice, silence is asked about",
    {
      ...{ ...ENTRY, clients: 1, puts: 1, crashes: 1, doubles: 1, timers: 2 },
    },
  ),
  quick("entry-refused", "A put through an entry node; a message is known to be lost", {
    ...{ ...ENTRY, clients: 1, puts: 1, crashes: 1, refusals: 1, timers: 2 },
  }),
  quick("hints", "A put whose replica is out of reach: what is kept for it, taken home, or lost", {
    ...{ ...STAND_IN, puts: 1, crashes: 1, wipes: 1, refusals: 1, timers: 2 },
  }),
  quick("hints-two", "Two puts at a replica; the second may meet what is kept of the first", {
    ...{ ...STAND_IN, puts: 2, entries: 1, crashes: 1, wipes: 1, refusals: 2, timers: 1 },
  }),
  quick(
    "hints-reads",
    "A put of two copies and a get of one, of replicas that may be out of reach",
    {
      ...{ ...STAND_IN, puts: 1, gets: 1, r: 1, refusals: 1, timers: 1 },
    },
  ),
  quick("hints-full", "Two puts at a replica; who keeps one of them has no room for the other", {
    ...{ ...STAND_IN, puts: 2, entries: 1, crashes: 1, wipes: 1, refusals: 2, cramped: true },
  }),
  long("pair-all", "Two replicas, three puts; two crashes, a lost disk, a failed store", {
    ...{ puts: 3, crashes: 2, wipes: 1, failures: 1 },
  }),
  long("pair-reads-all", "Two puts and a get; a crash, a lost disk, a failed store, a timer", {
    ...{ puts: 2, gets: 1, crashes: 1, wipes: 1, failures: 1, timers: 1 },
  }),
  long("trio-all", "Three replicas, two puts; loss, doubling, a crash and a lost disk", {
    ...{ ...TRIO, puts: 2, losses: 1, doubles: 1, crashes: 1, wipes: 1 },
  }),
  long("trio-three", "Three replicas, three puts; a process crashes and its disk may be lost", {
    ...{ ...TRIO, puts: 3, crashes: 1, wipes: 1 },
  }),
  long("trio-reads", "Three replicas, two puts and a get", { ...TRIO, puts: 2, gets: 1 }),
  long(
    "hints-all",
    "Two puts through any node; one is out of reach; a crash; hints are taken home",
    {
      ...{ ...STAND_IN, puts: 2, crashes: 1, refusals: 1, timers: 1 },
    },
  ),
  long("entry-all", "Two puts of one client through any of three nodes; a crash, a message twice", {
    ...{ ...ENTRY, clients: 1, puts: 2, crashes: 1, doubles: 1, timers: 1 },
  }),
];

function quick(name: string, what: string, counts: Partial<Scope>) {
  return { scope: scopeOf({ name, what, ...counts }), long: false };
}

function long(name: string, what: string, counts: Partial<Scope>) {
  return { scope: scopeOf({ name, what, ...counts }), long: true };
}
