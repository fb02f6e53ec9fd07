/**
 * SPAKE2 with remembered results, which replaces the real one in simulations.
 *
 * Only the first byte of the entropy is used, and simulations draw it from a small pool. So twenty thousand sessions need
 * only a few hundred exchanges.
 */
import * as real from "../../packages/wormhole/src/crypto/spake2.ts";

export * from "../../packages/wormhole/src/crypto/spake2.ts";

const started = new Map<string, real.Spake2>();
const finished = new Map<string, Uint8Array | undefined>();

/** Starts an exchange, or returns the remembered one. */
export function start(password: Uint8Array, entropy: Uint8Array): real.Spake2 {
  const [index = 0] = entropy;
  return remember(started, `${password} ${index}`, () =>
    real.start(password, new Uint8Array(real.SPAKE2_ENTROPY).fill(index + 1)),
  );
}

/** Finishes an exchange, or returns the remembered key. */
export function finish(ours: real.Spake2, message: Uint8Array, identity: Uint8Array): Uint8Array | undefined {
  return remember(finished, `${ours.password} ${ours.message} ${message}`, () => real.finish(ours, message, identity));
}

function remember<T>(memory: Map<string, T>, name: string, make: () => T): T {
  if (!memory.has(name)) memory.set(name, make());
  return memory.get(name) as T;
}
