/**
 * How the laws of the kit say that they are broken. They have no assertion library of their own, so that fast-check is
 * all that a stranger needs to run them.
 *
 * @module
 */

/**
 * True if `holds`, so that it can end a predicate; throws otherwise.
 *
 * @throws {Error} With what `why` says, and only then is it asked.
 */
export function demand(holds: boolean, why: () => string): true {
  if (!holds) throw new Error(why());
  return true;
}

/** Demands that two lists, sets or texts that print alike are equal. `what` names them. */
export function demandEqual(got: unknown, wanted: unknown, what: () => string): true {
  const [one, other] = [JSON.stringify(got), JSON.stringify(wanted)];
  return demand(one === other, () => `${what()}: ${other} wanted, got ${one}`);
}

/** Runs `check`; what it throws then says the case too. For laws that walk through all of a small scope. */
export function inCase(check: () => unknown, shown: () => string): void {
  try {
    check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; smallest case: ${shown()}`, { cause: error });
  }
}

/** Demands that `act` throws. `what` names it. */
export function demandThrow(act: () => unknown, what: () => string): true {
  let threw = false;
  try {
    act();
  } catch {
    threw = true;
  }
  return demand(threw, () => `${what()}: an exception wanted, got none`);
}
