import { type Channel, channel } from "node:diagnostics_channel";

const channels = new Map<string, Channel>();

/**
 * Publishes an event of any server in the process at the diagnostics channel `parley.server.` and its name
 * (https://nodejs.org/api/diagnostics_channel.html), for tools that know no server. Costs a look-up while nobody listens. What a
 * subscriber there throws is an uncaught exception, as Node has it for all its channels.
 */
export function publish(event: string, payload: object): void {
  const found = channelOf(event);
  if (found.hasSubscribers) found.publish(payload);
}

/** Whether anybody listens there. */
export function isPublished(event: string): boolean {
  return channelOf(event).hasSubscribers;
}

function channelOf(event: string): Channel {
  let found = channels.get(event);
  if (found === undefined) {
    found = channel(`parley.server.${event}`);
    channels.set(event, found);
  }
  return found;
}
