/** The machines of a dilation: what simulations count and spoil. */
import { connector } from "../../../packages/wormhole/src/dilation/connector.ts";
import { dilationHandshake } from "../../../packages/wormhole/src/dilation/handshake.ts";
import { keepalive } from "../../../packages/wormhole/src/dilation/keepalive.ts";
import { manager } from "../../../packages/wormhole/src/dilation/manager.ts";
import { subchannel } from "../../../packages/wormhole/src/dilation/subchannel.ts";

export const machines = { manager, connector, handshake: dilationHandshake, keepalive, subchannel } as const;
