import { assertEquals } from "@std/assert";
import { type Digest, nodeId } from "../id.ts";
import { decodeVerdict, encodeEnvelope } from "../protocol/codec.ts";
import type { Envelope } from "../protocol/envelope.ts";
import { PEER_PATH } from "./peers.ts";
import { serve } from "./server.ts";
import { resolve } from "./settings.ts";
import { BOOT_B } from "./testing.ts";

const HELLO: Envelope = {
  cluster: "0123456789abcdef" as Digest,
  from: nodeId("newer"),
  fromBoot: BOOT_B,
  to: nodeId("n1"),
  toBoot: null,
  toStampMs: 0,
  messages: [],
};

Deno.test("a running node that a newer rotor speaks to refuses it, says so once, and serves on", async () => {
  const lines: string[] = [];
  const flags = { engine: "memory", listen: "127.0.0.1:0", id: "n1" };
  const settings = resolve({ flags, environment: {}, file: null });
  const node = await serve({ ...settings, log: (line) => lines.push(line) });
  try {
    const body = encodeEnvelope(HELLO);
    body[0]!++;
    for (let i = 0; i < 2; i++) {
      const response = await fetch(`${node.url}${PEER_PATH}`, { method: "POST", body });
      const verdict = decodeVerdict(new Uint8Array(await response.arrayBuffer()));
      assertEquals([response.status, verdict.refused], [200, "unknown_version"]);
    }
    const why = "Cannot decode an envelope: it is of a newer format, 1 wanted, got 2";
    assertEquals(lines, [`n1: A newer rotor speaks to this one: ${why}`]);
    const { newer } = await (await fetch(`${node.url}/admin/status`)).json();
    assertEquals(newer, [{ node: null, why }]);
    const put = await fetch(`${node.url}/buckets/b/keys/k`, { method: "PUT", body: "v" });
    assertEquals(put.status, 204);
  } finally {
    await node.stop();
  }
});
