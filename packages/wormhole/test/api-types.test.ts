/** The types that the package exports, checked by the compiler. */
import { describe, expectTypeOf, it } from "vitest";
import {
  type CodeInput,
  createWormhole,
  type DelegatedWormhole,
  type Journal,
  type JsonObject,
  LonelyError,
  type RecordPipe,
  type RestoreOptions,
  restoreWormhole,
  type SerializedWormhole,
  ServerConnectionError,
  type TransitReceiver,
  type TransitSender,
  type Welcome,
  type Wormhole,
  type WormholeDelegate,
  WormholeError,
  type WormholeOptions,
} from "../src/index.ts";
import { inputWithCompletion, receive, sendPath, sendText } from "../src/node.ts";

type Bytes = ReturnType<typeof Uint8Array.of>;

describe("the exported types", () => {
  // proves: api/delegate-chooses
  it("have a deferred wormhole without a delegate, and a delegated one with a delegate", () => {
    const options: WormholeOptions = { appId: "a", relayUrl: "u" };
    const made = () => [createWormhole(options), createWormhole({ ...options, delegate: {} })] as const;
    expectTypeOf(made).returns.toEqualTypeOf<readonly [Wormhole, DelegatedWormhole]>();
    expectTypeOf(restoreWormhole).parameter(0).toEqualTypeOf<SerializedWormhole>();
    expectTypeOf(restoreWormhole).parameter(1).toEqualTypeOf<RestoreOptions>();
    expectTypeOf(restoreWormhole).returns.toEqualTypeOf<DelegatedWormhole>();
  });

  it("have a delegated wormhole for a class that is its own delegate", () => {
    class Listener implements WormholeDelegate {
      make() {
        const options = { delegate: this, appId: "a" };
        return createWormhole({ ...options, relayUrl: "u" });
      }
      wormholeGotCode(): void {}
    }
    expectTypeOf<Listener["make"]>().returns.toEqualTypeOf<DelegatedWormhole>();
  });

  // proves: api/same-controls
  it("have identical controls in both flavours", () => {
    type Controls = "allocateCode" | "setCode" | "inputCode" | "deriveKey" | "sendMessage";
    expectTypeOf<Pick<Wormhole, Controls>>().toEqualTypeOf<Pick<DelegatedWormhole, Controls>>();
    expectTypeOf<Wormhole["allocateCode"]>().toEqualTypeOf<(words?: number) => void>();
    expectTypeOf<Wormhole["deriveKey"]>().toEqualTypeOf<(purpose: string, length: number) => Bytes>();
    expectTypeOf<Wormhole["sendMessage"]>().toEqualTypeOf<(message: Uint8Array) => void>();
    expectTypeOf<Wormhole["inputCode"]>().toEqualTypeOf<() => CodeInput>();
  });

  // proves: api/deferred-mode
  it("have a promise for each event of the deferred flavour", () => {
    expectTypeOf<Wormhole["getWelcome"]>().returns.toEqualTypeOf<Promise<Welcome>>();
    expectTypeOf<Wormhole["getCode"]>().returns.toEqualTypeOf<Promise<string>>();
    expectTypeOf<Wormhole["getUnverifiedKey"]>().returns.toEqualTypeOf<Promise<Bytes>>();
    expectTypeOf<Wormhole["getVerifier"]>().returns.toEqualTypeOf<Promise<Bytes>>();
    expectTypeOf<Wormhole["getVersions"]>().returns.toEqualTypeOf<Promise<JsonObject>>();
    expectTypeOf<Wormhole["getMessage"]>().returns.toEqualTypeOf<Promise<Bytes>>();
    expectTypeOf<Wormhole["messages"]>().returns.toEqualTypeOf<AsyncIterableIterator<Bytes>>();
    expectTypeOf<Wormhole["closed"]>().toEqualTypeOf<Promise<"happy">>();
    expectTypeOf<Wormhole["close"]>().returns.toEqualTypeOf<Promise<"happy">>();
    expectTypeOf<Wormhole>().toExtend<AsyncDisposable>();
  });

  // proves: api/delegated-mode
  it("have an optional call for each event of the delegated flavour", () => {
    expectTypeOf<Record<never, never>>().toExtend<WormholeDelegate>();
    expectTypeOf<Required<WormholeDelegate>["wormholeGotMessage"]>().toEqualTypeOf<(message: Bytes) => void>();
    expectTypeOf<Required<WormholeDelegate>["wormholeClosed"]>().parameter(0).toEqualTypeOf<"happy" | WormholeError>();
    expectTypeOf<DelegatedWormhole["serialize"]>().returns.toEqualTypeOf<SerializedWormhole>();
    expectTypeOf<DelegatedWormhole["close"]>().returns.toBeVoid();
    expectTypeOf<Journal["queueOutbound"]>().toEqualTypeOf<(effect: () => void) => void>();
  });

  // proves: api/bytes
  it("never mention Buffer, and errors have their data", () => {
    expectTypeOf<Bytes>().not.toEqualTypeOf<Buffer>();
    expectTypeOf<LonelyError>().toExtend<WormholeError>();
    expectTypeOf<WormholeError["code"]>().toBeString();
    expectTypeOf<ServerConnectionError["url"]>().toBeString();
    expectTypeOf(LonelyError).toBeConstructibleWith();
    expectTypeOf(ServerConnectionError).toBeConstructibleWith("ws://x", "refused", "why");
    expectTypeOf(WormholeError).toBeConstructibleWith("transit", "why", { cause: new Error() });
  });

  it("have pipes for transit, and transfers for files", () => {
    expectTypeOf<InstanceType<typeof TransitSender>["connect"]>().returns.toEqualTypeOf<Promise<RecordPipe>>();
    expectTypeOf<InstanceType<typeof TransitReceiver>["connect"]>().returns.toEqualTypeOf<Promise<RecordPipe>>();
    expectTypeOf(sendText).returns.toHaveProperty("done").resolves.toHaveProperty("kind");
    expectTypeOf(sendPath).returns.toHaveProperty("code").toEqualTypeOf<Promise<string>>();
    expectTypeOf(receive).returns.toExtend<AsyncIterable<{ type: string }>>();
    expectTypeOf(inputWithCompletion).parameter(1).toEqualTypeOf<CodeInput>();
    expectTypeOf(inputWithCompletion).returns.toEqualTypeOf<Promise<void>>();
  });
});
