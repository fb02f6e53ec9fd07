/** The command line that both servers have in common: help, version, addresses and durations. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { field, isObject, type JsonValue } from "./json.ts";
import type { ListenAddress } from "./listen.ts";

/** The parts of a server's command line that are its own. */
export interface ServerCommand {
  readonly name: string;
  /** One sentence at the top of the help. */
  readonly description: string;
  /** Examples and more, at the end of the help. */
  readonly epilogue: string;
  /** The `package.json` with the version. */
  readonly manifest: URL;
}

/**
 * A command without options of its own.
 *
 * Its `parse` throws a CommanderError: after `--help` and `--version` with exit code 0, after wrong usage with another.
 */
export function serverCommand({ name, description, epilogue, manifest }: ServerCommand): Command {
  return new Command(name)
    .description(description)
    .version(versionIn(manifest))
    .addHelpText("after", `\n${epilogue}`)
    .allowExcessArguments(false)
    .exitOverride();
}

function versionIn(manifest: URL): string {
  const content: JsonValue = JSON.parse(readFileSync(manifest, "utf8"));
  const version = isObject(content) ? field(content, "version") : undefined;
  return typeof version === "string" ? version : "unknown";
}

/**
 * Parses `HOST:PORT`, where an IPv6 address stands in brackets.
 *
 * @throws InvalidArgumentError if the text has another form
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]/\s]+)\]|([^:[\]/\s]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65535) {
    throw new InvalidArgumentError("Expected HOST:PORT, such as 127.0.0.1:4000 or [::1]:4000.");
  }
  return { host, port };
}

/** Seconds in each unit of a duration. */
const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A letter that names a unit of a duration. */
export type DurationUnit = keyof typeof UNITS;

/**
 * Makes a parser of durations, such as `90s`, `11m`, `2h` and `7d`, that returns seconds.
 *
 * @param bare the unit of a number without a letter
 * @param maxSeconds the longest duration that is accepted
 */
export function durationParser(bare: DurationUnit, maxSeconds = Number.MAX_VALUE): (text: string) => number {
  return (text) => {
    const [, digits = "", letter] = /^(\S*?)([smhd])?$/.exec(text) ?? [];
    const seconds = Number(digits) * UNITS[isUnit(letter) ? letter : bare];
    if (seconds > 0 && seconds <= maxSeconds) return seconds;
    const most = maxSeconds < Number.MAX_VALUE ? `, and at most ${maxSeconds / UNITS.d}d` : "";
    throw new InvalidArgumentError(`Expected a duration above 0, such as 90s, 11m, 2h or 7d${most}.`);
  };
}

function isUnit(letter: string | undefined): letter is DurationUnit {
  return letter !== undefined && letter in UNITS;
}
