/** Transfers through Tor that cannot start, or wait for Tor. A transfer through Tor is in test/program/tor.test.ts. */
import { expect, it, onTestFinished } from "vitest";
import { ControlServer } from "../../../wormhole/test/tor/control-server.ts";
import { errorLine, World } from "../world.ts";

it("nothing is sent if there is no Tor", async () => {
  const world = new World();
  const sender = await world.wormhole(["send", "--tor-control-port", "tcp:127.0.0.1:1", "--text", "secret"]);
  const { status, stdout, stderr } = await sender.outcome;
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(errorLine(/Tor at tcp:127\.0\.0\.1:1 [^\n]*nothing listens there/));
  expect(stderr).not.toContain("Wormhole code is");
  expect(world.mailbox.received).toEqual([]);
});

it("the progress of a Tor that starts is shown, and Ctrl-C ends the wait", async () => {
  const bootstrap = ['NOTICE BOOTSTRAP PROGRESS=45 TAG=x SUMMARY="Loading\u001b[31m"'];
  const stuck = await ControlServer.start({ bootstrap });
  onTestFinished(() => stuck.close());
  const receiver = await new World().wormhole(["receive", "--tor-control-port", stuck.place, "7-a-b"]);
  await receiver.says(/^Tor: 45 % Loading[^\u001b]*\n/m);
  receiver.kill("SIGINT");
  expect((await receiver.outcome).status).toBe(130);
});
