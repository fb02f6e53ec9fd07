/** Numbers of bytes, and counts with their nouns, as people read them. */

const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** A number of bytes in decimal units, as the Python program writes them: `3 Bytes`, `1.5 MB`. */
export function size(bytes: number): string {
  if (bytes === 1) return "1 Byte";
  if (bytes < 1000) return `${bytes} Bytes`;
  let value = bytes / 1000;
  let unit = 0;
  // From 999.95 on, rounding would give "1000.0".
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** A number with its noun: `1 file`, `3 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
