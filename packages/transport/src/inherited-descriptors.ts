import { ParleyError } from "@parley/core";

/** Where the passed descriptors begin: `SD_LISTEN_FDS_START`. */
const firstDescriptor = 3;

const maxDescriptors = 1_024;

/** The part of an environment that socket activation uses. */
export interface ActivationEnvironment {
  LISTEN_FDS?: string | undefined;
  LISTEN_PID?: string | undefined;
  LISTEN_FDNAMES?: string | undefined;
}

/**
 * The descriptors that a launcher such as systemd passed to this process, by sd_listen_fds(3): `LISTEN_FDS` of them from 3
 * on, meant for the process `LISTEN_PID`. They are given out once, and the variables removed, lest a child take them for its own.
 * @throws ParleyError `listen-failed`.
 */
export function takeInherited(environment: ActivationEnvironment, pid: number): number[] {
  const { LISTEN_FDS, LISTEN_PID } = environment;
  if (LISTEN_FDS === undefined || LISTEN_PID === undefined) {
    throw refused("LISTEN_FDS and LISTEN_PID are not set; start it by socket activation, or give fd://3");
  }
  if (LISTEN_PID !== String(pid)) {
    throw refused(
      `LISTEN_PID is ${JSON.stringify(LISTEN_PID)} and this process is ${pid}; have the launcher start node itself, without npx or a script between`,
    );
  }
  const count = /^[1-9]\d{0,3}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0;
  if (count === 0 || count > maxDescriptors)
    throw refused(`LISTEN_FDS is ${JSON.stringify(LISTEN_FDS)}; it has to be from 1 to ${maxDescriptors}`);
  delete environment.LISTEN_FDS;
  delete environment.LISTEN_PID;
  delete environment.LISTEN_FDNAMES;
  return Array.from({ length: count }, (_, at) => firstDescriptor + at);
}

function refused(why: string): ParleyError {
  return new ParleyError("listen-failed", `No descriptor was passed to listen at: ${why}.`);
}
