/**
 * Our program against the Rust program, which has no texts and packs directories itself. Run by `npm run interop:rust`.
 */
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { tail } from "../support/processes.ts";
import { ours, python, rust } from "../support/programs.ts";
import { ourServers, pythonServers } from "../support/servers.ts";
import { type Listing, tree } from "./materials.ts";
import { onServers, type Stage } from "./stage.ts";
import { interop } from "./suite.ts";

interop(
  [pythonServers, ourServers],
  [
    [ours, rust],
    [rust, ours],
  ],
  false,
);

onServers(ourServers, (stage) => {
  it("ours to Rust: a directory arrives as a zip file, which the receiver does not unpack", async (context) => {
    const content = { path: stage.make(tree) };
    const { sender, receiver } = await stage.transfer(context, { sender: ours, receiver: rust, content });
    expect([sender.code, receiver.code], tail(sender)).toEqual([0, 0]);
    expect(Object.keys(stage.arrived())).toEqual([`${tree.name}.zip`]);
    unpack(stage, `${tree.name}.zip`, tree.name);
    expect(contents(stage.arrived())).toEqual(contents(stage.sent()));
  });

  it("Rust to ours: a directory arrives as a tar file, which the sender packs before it offers it", async (context) => {
    const content = { path: stage.make(tree) };
    const { sender, receiver } = await stage.transfer(context, { sender: rust, receiver: ours, content });
    expect([sender.code, receiver.code], tail(receiver)).toEqual([0, 0]);
    expect(Object.keys(stage.arrived())).toEqual([`${tree.name}.tar`]);
    unpack(stage, `${tree.name}.tar`, ".");
    expect(contents(stage.arrived())).toEqual(contents(stage.sent()));
  });

  it("ours to Rust: a text is refused, and both sides end", async (context) => {
    const content = { text: "hello" };
    const { sender, receiver } = await stage.transfer(context, { sender: ours, receiver: rust, content });
    expect([sender.code, receiver.code], tail(sender)).toEqual([1, 1]);
  });
});

/** Unpacks an archive that has arrived into a folder beside it, and removes the archive. */
function unpack(stage: Stage, archive: string, folder: string): void {
  const script = "import os, shutil, sys; shutil.unpack_archive(sys.argv[1], sys.argv[2]); os.unlink(sys.argv[1])";
  const program = "program" in python.found ? join(dirname(python.found.program), "python") : "python3";
  execFileSync(program, ["-c", script, join(stage.into, archive), join(stage.into, folder)]);
}

/** A listing without the executable bit, which is lost in the Rust program's tar and when Python unpacks a zip. */
function contents(entries: Listing): Listing {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, entry.replace(" executable", "")]));
}
