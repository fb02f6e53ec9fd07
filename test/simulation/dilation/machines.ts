/** The machines of a dilation, which simulations count and plant bugs in. */
import { connector } from "../../../packages/wormhole/src/dilation/connection/connector.ts";
import { keepalive } from "../../../packages/wormhole/src/dilation/connection/keepalive.ts";
import { manager } from "../../../packages/wormhole/src/dilation/manager.ts";
import { subchannel } from "../../../packages/wormhole/src/dilation/streams/subchannel.ts";
import { dilationHandshake } from "../../../packages/wormhole/src/dilation/wire/handshake.ts";

export const machines = { manager, connector, handshake: dilationHandshake, keepalive, subchannel } as const;
