/**
 * How background work waits its turn, for `/admin/status` and for `/stats`.
 *
 * @module
 */
import type { GateOverview } from "../admission/gate.ts";
import { PERIOD_MS } from "../admission/pace.ts";

/** Part of `/admin/status`. Work and times of the last requests are by the gate's own names. */
export interface AdmissionStatus
  extends Pick<GateOverview, "targetMs" | "size" | "most" | "running" | "kinds"> {
  /** False: nothing ever waits. */
  readonly on: boolean;
  /** Whether a client is there, or was within the last second. */
  readonly busy: boolean;
  /** As many slices may begin in so long, while a client is there. */
  readonly periodMs: number;
  readonly requests: GateOverview["requests"];
  readonly disk: GateOverview["disk"];
}

/** The same, as a page of JSON has it. */
export function admissionStatus(
  { isOn: on, isBusy: busy, ...gate }: GateOverview,
): AdmissionStatus {
  return { on, busy, periodMs: PERIOD_MS, ...gate };
}

/** The same, as `/stats` names things: `p99_us` for `p99Us`. */
export function admissionStats(gate: GateOverview): unknown {
  return snakeCased(admissionStatus(gate));
}

function snakeCased(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(of),
    ]),
  );
}
