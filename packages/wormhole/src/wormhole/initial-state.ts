/** The state with which a new wormhole begins. */
import { platform as ownPlatform } from "#platform";
import type { WormholeOptions } from "../api.ts";
import { isObject, type JsonObject, parseObject } from "../base/json.ts";
import type { Saved } from "../session/saved/saved-shape.ts";
import { newSession } from "../session/session.ts";
import { VERSION } from "../version.ts";

/** The state of a new wormhole. */
export function initialState(
  { appId, relayUrl, versions = {}, tor, platform }: WormholeOptions,
  dilation = false,
): Saved {
  const random = platform?.random ?? ownPlatform.random;
  const client: [string, string] = ["wormhole-ts", VERSION];
  const session = newSession({ appId, versions: copied(versions), client, dilation }, random);
  return { relayUrl: String(relayUrl), session, untold: [], tor: tor && true };
}

/** Whether a wormhole announces that it can dilate. It needs a platform with sockets. */
export function canDilate({ dilation = true, tor, platform }: WormholeOptions): boolean {
  return dilation && (tor ?? { ...ownPlatform, ...platform }.network) !== undefined;
}

/** A copy of the versions, as the peer will read them. Later changes of the application's object have no effect. */
function copied(versions: JsonObject): JsonObject {
  const copy = parseObject(JSON.stringify({ versions }))?.versions;
  if (!isObject(copy)) throw new TypeError("versions must be a JSON object, nested at most 31 levels deep");
  return copy;
}
