/**
 * Runs a bench: `npm run bench -- NAME [options]`. Each prints a ratio to a floor, or to another program, measured in
 * the same run, because absolute figures depend on the machine and on the minute.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { FOUND, install, type PeerName } from "../test/support/peers.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The programs that each bench compares with ours. */
const compared: Readonly<Record<string, readonly PeerName[]>> = {
  transfer: ["python"],
  dilation: ["python"],
  text: ["python", "go"],
};

/** A folder in memory, if there is one: the benches measure programs, not disks. */
function memoryFolder(): string {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

function main([name, ...args]: readonly string[]): number {
  const names = readdirSync(folder).flatMap((file) => /^(.*)\.ts$/.exec(file)?.[1] ?? []);
  const benches = names.filter((each) => each !== "run");
  if (name === undefined || !existsSync(`${folder}${name}.ts`)) {
    console.error(`npm run bench -- NAME [options]\n\nNAME is one of: ${benches.join(", ")}`);
    return 2;
  }
  const peers = compared[name];
  const env = {
    ...process.env,
    TMPDIR: memoryFolder(),
    ...(peers && { [FOUND]: JSON.stringify([...install(peers)]) }),
  };
  return spawnSync(process.execPath, [`${folder}${name}.ts`, ...args], { stdio: "inherit", env }).status ?? 1;
}

process.exitCode = main(process.argv.slice(2));
