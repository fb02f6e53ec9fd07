/** Loads native packages that may be missing. */

/**
 * Returns the default export of a native package.
 *
 * The import is one that bundlers leave alone: they cannot put native code into a bundle, and some of them stop at a package
 * that is not installed, or replace it with an empty module. So a bundled program finds the package at run time, if it is
 * installed beside it.
 * @throws {Error} if the package is not installed, or has no build for this machine
 */
export async function loadOptional(name: string): Promise<unknown> {
  const loaded: { readonly default: unknown } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  return loaded.default;
}
