/** Numbers of bytes for people. */

const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** A number of bytes in decimal units: `3 bytes`, `1.5 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let value = bytes / 1000;
  let unit = 0;
  // From 999.95 on, rounding would give "1000.0".
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}
