/**
 * What a transcript can ask for: one table of commands, which is also the table that docs/transcripts.md shows.
 *
 * @module
 */
import { type NodeId, nodeId } from "../../src/id.ts";
import { SETTABLE } from "../../src/protocol/bucket_props.ts";
import { DEFAULTS, validate } from "../../src/protocol/config.ts";
import type { PropsPatch } from "../../src/protocol/event.ts";
import type { Disaster } from "../disasters.ts";
import type { Pending } from "../pending.ts";
import { Stage, type Wishes } from "./stage.ts";
import { Unplayable, type Words } from "./words.ts";

/** Where a transcript is played: nowhere, until it has named its cluster. */
export interface House {
  stage: Stage | null;
}

/** A command. */
export interface Command {
  /** What follows its name. */
  readonly usage: string;
  /** What it does, as one clause. */
  readonly does: string;
  /** Does it. */
  readonly play: (words: Words, house: House) => void;
}

/** Who asks, where nobody is named. */
const CLIENT = "client";
const PUT_OPTIONS = ["w", "dw", "pw", "nVal", "timeoutMs"];
const GET_OPTIONS = ["r", "pr", "nVal", "timeoutMs", "notfoundOk", "basicQuorum"];

/** Every command, by its name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  cluster: {
    usage: "NODE... [n=3] [r=2] [w=2]",
    does: "nodes of these names are up; any setting of a node's rules may follow",
    play: (words, house) => {
      if (house.stage) throw new Unplayable("one cluster wanted, got a second");
      const config = words.options(Object.keys(DEFAULTS));
      const nodes = words.rest().map(nodeId);
      if (nodes.length === 0) throw new Unplayable("the names of nodes wanted, got nothing");
      if (new Set(nodes).size < nodes.length) {
        throw new Unplayable("each node once wanted, got two");
      }
      validate({ ...DEFAULTS, ...config });
      house.stage = new Stage(nodes, config);
      const { n, r, w } = house.stage.world.config;
      house.stage.say(nodes.join(" "), `up, with n=${n} r=${r} w=${w}`);
    },
  },
  bucket: {
    usage: "BUCKET NAME=VALUE...",
    does: "sets properties of a bucket, everywhere",
    play: on((stage, words) => {
      const bucket = words.next("a bucket");
      const patch = words.options(Object.keys(SETTABLE));
      stage.setProps(stage.world.ids[0]!, bucket, patch as PropsPatch);
    }),
  },
  owners: {
    usage: "KEY",
    does: "shows who serves a key, by seat, and who does not",
    play: on((stage, words) => {
      const key = words.next("a key");
      stage.say(key, stage.owners(key));
    }),
  },
  put: {
    usage: "NODE KEY=VALUE [as CLIENT] [blind] [again] [returnbody] [w=2]",
    does: `a client puts a value; blind: without its context; again: as its last put, under the same
    write id; returnbody: and is shown what is there now`,
    play: on((stage, words) => {
      const node = upNodeOf(stage, words);
      const [key, text] = words.pair("KEY=VALUE");
      stage.put(node, { key, text, ...wishesOf(words, PUT_OPTIONS) });
    }),
  },
  delete: {
    usage: "NODE KEY [as CLIENT] [blind] [w=2]",
    does: "a client deletes a key",
    play: on((stage, words) => {
      const node = upNodeOf(stage, words);
      const key = words.next("a key");
      stage.put(node, { key, text: null, ...wishesOf(words, PUT_OPTIONS) });
    }),
  },
  get: {
    usage: "NODE KEY [as CLIENT] [session] [r=2]",
    does: "a client reads; session: the answer must descend what it has seen",
    play: on((stage, words) => {
      const node = upNodeOf(stage, words);
      const key = words.next("a key");
      stage.get(node, { key, ...wishesOf(words, GET_OPTIONS) });
    }),
  },
  run: {
    usage: "[NODE...]",
    does:
      "all that waits happens, oldest first, and what follows; or what concerns these nodes alone",
    play: on((stage, words) => {
      const nodes: NodeId[] = [];
      for (const word of words.rest()) nodes.push(known(stage, word));
      stage.run(nodes);
    }),
  },
  deliver: {
    usage: "FROM->TO [KIND]",
    does: "the oldest message that waits there (of this kind) arrives",
    play: on((stage, words) => stage.happen(messageOf(stage, words))),
  },
  drop: {
    usage: "FROM->TO [KIND]",
    does: "it never arrives, and nobody is told",
    play: on((stage, words) => stage.drop(messageOf(stage, words))),
  },
  refuse: {
    usage: "FROM->TO [KIND]",
    does: "it never leaves, and its sender is told",
    play: on((stage, words) => {
      if (!stage.refuse(messageOf(stage, words))) {
        throw new Unplayable("a message of which no copy has arrived wanted, got another");
      }
    }),
  },
  duplicate: {
    usage: "FROM->TO [KIND]",
    does: "it will come once more",
    play: on((stage, words) => stage.duplicate(messageOf(stage, words))),
  },
  store: {
    usage: "NODE",
    does: "the node's oldest store lands on its disk",
    play: on((stage, words) => stage.happen(storeOf(stage, words))),
  },
  fail: {
    usage: "NODE [landed]",
    does: "the store fails; landed: it is on the disk nevertheless",
    play: on((stage, words) => {
      const landed = words.flag("landed");
      const store = storeOf(stage, words);
      if (landed) stage.landStore(store, "failed");
      else stage.failStore(store);
    }),
  },
  crash: {
    usage: "NODE [landed]",
    does: "the process dies; landed: just after its oldest store",
    play: on((stage, words) => {
      if (words.flag("landed")) stage.landStore(storeOf(stage, words), "crash");
      else stage.crash(upNodeOf(stage, words));
    }),
  },
  restart: {
    usage: "NODE",
    does: "it starts again, with what is on its disk",
    play: on((stage, words) => {
      const node = nodeOf(stage, words);
      if (stage.isUp(node)) throw new Unplayable(`a node that is down wanted, got ${node}`);
      stage.restart(node);
    }),
  },
  wipe: disaster("wipe", "NODE", "its disk is empty, and it starts again under its old id"),
  vanish: disaster("vanish", "NODE KEY", "its record of the key is gone, and it runs on"),
  backup: disaster("backup", "NODE", "its disk is copied"),
  restore: disaster("restore", "NODE", "that copy is its disk, and it starts again"),
  damage: {
    usage: "NODE KEY",
    does: "its record of the key goes bad",
    play: on((stage, words) => {
      const node = nodeOf(stage, words);
      const key = words.next("a key");
      if (!stage.damage(node, key)) throw new Unplayable(`a record of ${key} wanted, got none`);
    }),
  },
  clock: {
    usage: "NODE AHEAD",
    does: "its wall clock is ahead by so much: 1h, -10s",
    play: on((stage, words) => {
      const node = nodeOf(stage, words);
      const ahead = words.next("a time such as 10s");
      stage.world.aheadMs.set(node, msOf(ahead));
      stage.say(`${node} clock`, ahead.startsWith("-") ? `${ahead} behind` : `${ahead} ahead`);
    }),
  },
  wait: {
    usage: "TIME",
    does: "time goes by: 500ms, 10s, 1h",
    play: on((stage, words) => {
      const time = words.next("a time such as 10s");
      const ms = msOf(time);
      if (ms < 0) throw new Unplayable(`a time to come wanted, got ${time}`);
      stage.say(`${time} later`, "");
      stage.wait(ms);
    }),
  },
  disk: {
    usage: "KEY [NODE...]",
    does: "shows what is on the disks; mine is the node's own last dot there",
    play: on((stage, words) => {
      const key = words.next("a key");
      const nodes = words.rest().map((word) => known(stage, word));
      for (const node of nodes.length > 0 ? nodes : stage.world.ids) {
        stage.say(node, stage.onDisk(node, key));
      }
    }),
  },
  pending: {
    usage: "",
    does: "shows all that waits",
    play: on((stage) => stage.sayPending()),
  },
};

/** What can be asked for, for people: two lines a command. */
export function commandList(): string {
  return Object.entries(COMMANDS)
    .map(([name, { usage, does }]) => `${name} ${usage}`.trimEnd() + `\n    ${does}`).join("\n");
}

function on(play: (stage: Stage, words: Words) => void): Command["play"] {
  return (words, { stage }) => {
    if (stage === null) throw new Unplayable("a cluster wanted before all else, got none");
    play(stage, words);
  };
}

function disaster(kind: Disaster, usage: string, does: string): Command {
  return {
    usage,
    does,
    play: on((stage, words) => {
      const node = nodeOf(stage, words);
      const key = usage.includes("KEY") ? words.next("a key") : "";
      if (!stage.befall(node, kind, key)) {
        throw new Unplayable(`something to ${kind} at ${node} wanted, got nothing`);
      }
    }),
  };
}

function wishesOf(words: Words, known: readonly string[]): Wishes & { client: string } {
  return {
    client: words.after("as") ?? CLIENT,
    blind: words.flag("blind"),
    again: words.flag("again"),
    returnBody: words.flag("returnbody"),
    session: words.flag("session"),
    options: words.options(known),
  };
}

function nodeOf({ world }: Stage, words: Words): NodeId {
  return words.oneOf("a node", world.ids);
}

function known({ world }: Stage, word: string): NodeId {
  const node = world.ids.find((id) => id === word);
  if (node === undefined) throw new Unplayable(`nodes of the cluster wanted, got ${word}`);
  return node;
}

function upNodeOf(stage: Stage, words: Words): NodeId {
  const node = nodeOf(stage, words);
  if (!stage.isUp(node)) throw new Unplayable(`a node that is up wanted, got ${node}`);
  return node;
}

function messageOf(stage: Stage, words: Words): number {
  const way = words.next("FROM->TO");
  const [from, to, ...more] = way.split("->");
  if (!from || !to || more.length > 0) throw new Unplayable(`FROM->TO wanted, got ${way}`);
  known(stage, from);
  known(stage, to);
  const kind = words.rest().join(" ");
  return waiting(
    stage,
    `a message ${way} ${kind}`.trimEnd(),
    (one) =>
      one.kind === "message" && one.from === from && one.to === to &&
      (kind === "" || one.message.kind === kind),
  );
}

function storeOf(stage: Stage, words: Words): number {
  const node = nodeOf(stage, words);
  return waiting(stage, `a store of ${node}`, (one) => one.kind === "io" && one.node === node);
}

function waiting(stage: Stage, what: string, matches: (one: Pending) => boolean): number {
  const { pending } = stage.world;
  const index = pending.findIndex(matches);
  if (index >= 0) return index;
  const there = pending.map((one) => `\n  ${stage.describe(one)}`).join("") || " nothing";
  throw new Unplayable(`${what} wanted, got only:${there}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function msOf(text: string): number {
  const [, count, unit] = /^(-?\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (count === undefined) throw new Unplayable(`a time such as 500ms or 10s wanted, got ${text}`);
  return Number(count) * UNITS[unit!]!;
}
