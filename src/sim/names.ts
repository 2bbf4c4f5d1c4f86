/**
 * Short names for a trace. An actor has 64 random bits in its name, which tell a reader nothing. {@linkcode Names} gives it a
 * short one: `n1` for the first actor of the first boot of n1, `n1.2` for the first one of its second boot, `n1.2b` for the
 * second one of that.
 *
 * @module
 */
import {
  type Actor,
  type Boot,
  bootOf,
  compare,
  type Dot,
  hex,
  type NodeId,
  nodeOf,
  type ObjectName,
} from "../id.ts";
import type { VersionVector } from "../version/version_vector.ts";

/** Short names for what has long ones. Boots are numbered by node, in the order in which they are first heard of. */
export class Names {
  readonly #boots = new Map<NodeId, Boot[]>();
  readonly #bucket: string | null;

  /** Names for one trace. Keys of `bucket` are shown without it. */
  constructor({ bucket = null }: { readonly bucket?: string | null } = {}) {
    this.#bucket = bucket;
  }

  /** A node has started: which of its boots this is, from 1. */
  boot(node: NodeId, boot: Boot): number {
    const boots = this.#boots.get(node) ?? [];
    this.#boots.set(node, boots);
    if (!boots.includes(boot)) boots.push(boot);
    return boots.indexOf(boot) + 1;
  }
  /** `n1`, `n1.2`, `n1.2b`. */
  actor(actor: Actor): string {
    const node = nodeOf(actor);
    const boot = this.boot(node, bootOf(actor));
    const seq = seqOf(actor);
    if (seq === 0) return boot === 1 ? node : `${node}.${boot}`;
    return `${node}.${boot}${seq < 26 ? String.fromCharCode(0x61 + seq) : `(${seq + 1})`}`;
  }
  /** `n1:2`. */
  dot({ actor, counter }: Dot): string {
    return `${this.actor(actor)}:${counter}`;
  }
  /** `{n1:2,n2:1}`, by node, boot and seq. */
  clock(clock: VersionVector): string {
    const entries = [...clock].sort(([a], [b]) =>
      compare(nodeOf(a), nodeOf(b)) ||
      this.boot(nodeOf(a), bootOf(a)) - this.boot(nodeOf(b), bootOf(b)) || seqOf(a) - seqOf(b)
    );
    return `{${entries.map(([actor, counter]) => this.dot({ actor, counter })).join()}}`;
  }
  /** `key`, or `bucket/key`. */
  key({ bucket, key }: ObjectName): string {
    return bucket === this.#bucket ? shown(key) : shown(`${bucket}/${key}`);
  }
}

/** The bytes as text if that cannot be mistaken for something of the notation; else in quotes, and what is no ASCII in hex. */
export function shown(bytes: string): string {
  if (/^[\w./:;+*!?$%&=<>^~#'-]+$/.test(bytes)) return bytes;
  const escaped = bytes.replaceAll(
    /[^ -~]|["\\]/g,
    (byte) => /["\\]/.test(byte) ? `\\${byte}` : `\\x${hex(byte)}`,
  );
  return `"${escaped}"`;
}

function seqOf(actor: Actor): number {
  let seq = 0;
  for (const char of actor.slice(-4)) seq = seq * 256 + char.charCodeAt(0);
  return seq;
}
