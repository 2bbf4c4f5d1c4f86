/**
 * What can happen next in a world whose laws tell a story (`world.ts`).
 *
 * @module
 */
import type { Boot, NodeId } from "../src/id.ts";
import type { Effect } from "../src/protocol/effect.ts";
import type { Message } from "../src/protocol/message.ts";

/** Ways to read many copies at a time. */
export type Scan = "scan_hints" | "scan_records" | "find_records";

/** Something that can happen next. */
export type Pending =
  | {
    readonly kind: "message";
    readonly from: NodeId;
    readonly fromBoot: Boot;
    readonly to: NodeId;
    readonly toBoot: Boot;
    readonly stampMs: number;
    readonly message: Message;
  }
  | {
    readonly kind: "io";
    readonly node: NodeId;
    readonly boot: Boot;
    readonly effect: Extract<Effect, { kind: "fetch" | Scan | "store" | "store_meta" }>;
  };

/** Whether it reads many copies. */
export function isScan(effect: Effect): effect is Extract<Effect, { kind: Scan }> {
  return ["scan_hints", "scan_records", "find_records"].includes(effect.kind);
}
