/** Message sockets by the WebSocket of the runtime, for browsers. Node has `websocket.node.ts`. */
import type { OpenMessageSocket } from "./message-socket.ts";

/**
 * Opens a WebSocket. Browsers hide from a page why a connection failed, so most failures are `other`.
 */
export const openWebSocket: OpenMessageSocket = (url, events) => {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    queueMicrotask(() => events.closed({ failure: "bad-url", detail }));
    return { send() {}, close() {} };
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
