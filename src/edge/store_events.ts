/**
 * What becomes of the effects that are for the store: each is begun at once, and comes back as one event.
 *
 * @module
 */
import type { Effect } from "../protocol/effect.ts";
import type { Event } from "../protocol/event.ts";
import type { DriverOptions, StoreOutcome } from "./driver_options.ts";

/** An effect for the store. */
export type StoreEffect = Extract<
  Effect,
  {
    readonly kind:
      | "fetch"
      | "store"
      | "scan_hints"
      | "scan_records"
      | "find_records"
      | "store_meta";
  }
>;

/**
 * Does one of them. Never rejects: a store says what goes wrong as a result, so an exception is a fault of rotor. It is
 * said aloud and fails this one thing only, for else one record that cannot be encoded would end the node again and
 * again.
 */
export async function storeEvent(
  effect: StoreEffect,
  { store, log }: Pick<DriverOptions, "store" | "log">,
): Promise<Event> {
  try {
    switch (effect.kind) {
      case "fetch": {
        const { result, hints } = await store.fetch(effect.name, effect.owners);
        return { kind: "fetched", fetch: effect.fetch, result, hints };
      }
      case "store": {
        return stored(effect.store, await store.store(effect, effect.record));
      }
      case "scan_hints": {
        const result = await store.scanHints(effect.owner, effect);
        return { kind: "scanned", scan: effect.scan, result };
      }
      case "scan_records": {
        const result = await store.scanRecords(effect);
        return { kind: "scanned", scan: effect.scan, result };
      }
      case "find_records": {
        const result = await store.findRecords(effect.keys);
        return { kind: "scanned", scan: effect.scan, result };
      }
      case "store_meta": {
        return stored(effect.store, await store.storeMeta(effect.value));
      }
    }
  } catch (error) {
    log("Cannot use the store: a fault in rotor", error);
    return failed(effect);
  }
}

function stored(store: number, outcome: StoreOutcome): Event {
  if (outcome !== "full") return { kind: "stored", store, outcome };
  return { kind: "stored", store, outcome: "failed", isFull: true };
}

function failed(effect: StoreEffect): Event {
  const result = { kind: "failed", reason: "a fault in rotor" } as const;
  switch (effect.kind) {
    case "fetch":
      return { kind: "fetched", fetch: effect.fetch, result, hints: [] };
    case "scan_hints":
    case "scan_records":
    case "find_records":
      return { kind: "scanned", scan: effect.scan, result };
    case "store":
    case "store_meta":
      return { kind: "stored", store: effect.store, outcome: "failed" };
  }
}
