import { type CloseReason, type Connection, StreamConnection } from "@parley/core";

/** Closes a connection for a reason of its own: what was sent still leaves, with a FIN behind it. */
export function turnAway<In, Out, Data>(connection: Connection<In, Out, Data>, reason: CloseReason): void {
  if (connection instanceof StreamConnection) connection.leave(reason);
  else void connection.close();
}

/** Whether nothing can be handled or sent any more. */
export function isLeaving({ state }: { readonly state: Connection<never>["state"] }): boolean {
  return state === "closing" || state === "closed";
}
