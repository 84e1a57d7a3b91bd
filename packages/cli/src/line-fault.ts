import { type Fault, FrameTooLongError, ParleyError } from "@parley/core";

/** What is to be told of a line of stdin that cannot be read as one. */
export function lineFault(fault: Fault): ParleyError {
  return fault.kind === "too-long"
    ? new FrameTooLongError(fault.limit, fault.actual, "local")
    : new ParleyError("malformed", fault.why);
}
