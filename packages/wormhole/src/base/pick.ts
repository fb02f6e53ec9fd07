/** Passes options on from one layer to the next. */

/** The name of every option in `T`. If a name is missing or unknown, the list does not compile. */
export type OptionNames<T> = { readonly [K in keyof T]-?: true };

/**
 * Picks the options of `T` from `options`, which may have more. Undefined options are left out.
 *
 * @example
 * const TRANSIT_OPTIONS: OptionNames<TransitOptions> = { relays: true, listen: true, … };
 * new TransitSender(pick(transferOptions, TRANSIT_OPTIONS));
 */
export function pick<T extends object>(options: T, names: OptionNames<T>): T {
  const entries = Object.entries(options).filter(([name, value]) => value !== undefined && Object.hasOwn(names, name));
  return Object.fromEntries(entries) as T;
}
