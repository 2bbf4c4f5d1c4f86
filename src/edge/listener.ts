/**
 * The one socket that a node listens on, for clients and for peers.
 *
 * It is opened before the store is touched, so that a port which is in use changes nothing, and so that a port which the
 * system chooses is known before the node says where it is. Until somebody is there to answer, it says 503.
 *
 * @module
 */
import { failure } from "../protocol/error.ts";
import { toResponse } from "./http/answer.ts";
import { problem } from "./http/problem.ts";
import { type Address, showAddress } from "./settings_fields.ts";
import { StartError } from "./start_error.ts";

/** Nobody can be reached on the wanted address. */
export class ListenError extends StartError {
  override name = "ListenError";
}

/** Answers a request. Never rejects. */
export type Handler = (request: Request) => Promise<Response>;

/** What everybody is told until the node serves. */
export const starting: Handler = (request) => {
  const why = failure("not_ready", "Cannot take the request: the node is starting");
  return Promise.resolve(toResponse(problem(why), request.method));
};

/** A socket that is open. */
export class Listener {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Who answers. */
  handler: Handler = starting;

  /** @throws {ListenError} If nobody can listen there. */
  constructor(listen: Address) {
    const { host: hostname, port } = listen;
    try {
      this.#server = Deno.serve(
        { hostname, port, onListen: () => {} }, // whoever starts the node says where it listens
        (request) => this.handler(request),
      );
    } catch (cause) {
      const why = cause instanceof Deno.errors.AddrInUse
        ? "the port is in use"
        : (cause as Error).message;
      throw new ListenError(`Cannot listen on ${showAddress(listen)}: ${why}`, { cause });
    }
  }

  /** Where it listens; the port is the real one. */
  get address(): Address {
    const { hostname, port } = this.#server.addr;
    return { host: hostname, port };
  }

  /**
   * Takes no more connections, lets requests end that run, and closes the rest. Resolves when that is done, or after
   * `withinMs`: whoever has sent half a request by then is left to the end of the process.
   */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const { promise: timeIsUp, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    await Promise.race([this.#server.shutdown(), timeIsUp]);
    clearTimeout(timer);
  }
}
