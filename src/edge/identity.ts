/**
 * Who a node is: the id that lies in its data directory, or the one that it was given (protocol.md, Part 3).
 *
 * An id is for life, not an address: peers know a node by it wherever it listens. So a directory that belongs to one
 * node is never used by another, whoever asks for it.
 *
 * @module
 */
import { byteString, hex, type NodeId, nodeId } from "../id.ts";
import { type NodeSettings, SettingsError } from "./settings.ts";
import { StartError } from "./start_error.ts";

/** Where the id is kept: `RecordStore`, or a double. */
export interface IdentityStore {
  /** The node whose data this is; null in a new store. */
  identity(): Promise<NodeId | null>;
  /** From now on this is the data of `node`. */
  adopt(node: NodeId): Promise<"durable" | "failed" | "full">;
}

/**
 * Decides who the node is: whom the store belongs to, else the id that it is given, else a new name of 16 random hex
 * digits. What is decided is durable when this resolves.
 *
 * @throws {StartError} If the store belongs to another than it is given, or cannot keep the name.
 * @throws {SettingsError} If members are given, but neither they nor the store say which of them this node is.
 */
export async function identify(
  store: IdentityStore,
  { id, members }: Pick<NodeSettings, "id" | "members">,
): Promise<NodeId> {
  const kept = await store.identity();
  if (kept !== null && id !== undefined && kept !== id) {
    throw new StartError(`Cannot start as ${id}: the data directory belongs to ${kept}`);
  }
  if (kept !== null) return kept;
  if (id === undefined && members !== undefined) {
    // A name that is made up here would be none of theirs, and the directory would keep it.
    throw new SettingsError(
      "Cannot tell which member this node is: the data directory is new, " +
        `--id as one of ${members.map((member) => member.id).join(", ")} wanted`,
    );
  }
  const node = nodeId(id ?? hex(byteString(crypto.getRandomValues(new Uint8Array(8)))));
  if (await store.adopt(node) === "durable") return node;
  throw new StartError(`Cannot start ${node}: the store did not take its name`);
}
