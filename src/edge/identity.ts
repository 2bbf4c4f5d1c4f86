/**
 * Who a node is: the id that lies in its data directory, or the one that it was given (protocol.md, Part 3).
 *
 * An id is for life, not an address: peers know a node by it wherever it listens. So a directory that belongs to one
 * node is never used by another, whoever asks for it.
 *
 * @module
 */
import { byteString, hex, type NodeId, nodeId } from "../id.ts";
import { StartError } from "./start_error.ts";

/** Where the id is kept: `RecordStore`, or a double. */
export interface IdentityStore {
  /** The node whose data this is; null in a new store. */
  identity(): Promise<NodeId | null>;
  /** From now on this is the data of `node`. */
  adopt(node: NodeId): Promise<"durable" | "failed">;
}

/**
 * Decides who the node is: whom the store belongs to, else `wanted`, else a new name of 16 random hex digits. What is
 * decided is durable when this resolves.
 *
 * @throws {StartError} If the store belongs to another than `wanted`, or cannot keep the name.
 */
export async function identify(store: IdentityStore, wanted: string | undefined): Promise<NodeId> {
  const kept = await store.identity();
  if (kept !== null && wanted !== undefined && kept !== wanted) {
    throw new StartError(`Cannot start as ${wanted}: the data directory belongs to ${kept}`);
  }
  if (kept !== null) return kept;
  const node = nodeId(wanted ?? hex(byteString(crypto.getRandomValues(new Uint8Array(8)))));
  if (await store.adopt(node) === "durable") return node;
  throw new StartError(`Cannot start ${node}: the store did not take its name`);
}
