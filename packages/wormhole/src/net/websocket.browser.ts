/** Message sockets by the WebSocket of the runtime, for browsers. Node has `websocket.node.ts`. */
import { messageOf } from "../base/caught.ts";
import type { MessageSocket, MessageSocketEvents, OpenMessageSocket, SocketEnd } from "./message-socket.ts";

const NO_WEBSOCKET = "this runtime has no WebSocket: give `platform.openMessageSocket`";

/** A socket that never opens. Its end follows after the caller has it. */
function failed(events: MessageSocketEvents, end: SocketEnd): MessageSocket {
  queueMicrotask(() => events.closed(end));
  return { send() {}, close() {} };
}

/**
 * Opens a WebSocket. Browsers hide from a page why a connection failed, so most failures are `other`.
 */
export const openWebSocket: OpenMessageSocket = (url, events) => {
  if (typeof WebSocket !== "function") return failed(events, { failure: "other", detail: NO_WEBSOCKET });
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch (error) {
    const detail = messageOf(error);
    return failed(events, { failure: "bad-url", detail, cause: error });
  }
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") events.received(data);
  };
  socket.onclose = ({ code, reason }) =>
    events.closed({ failure: "other", detail: reason || `the connection closed with code ${code}` });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
};
