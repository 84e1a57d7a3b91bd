import { ConnectionLostError, UnavailableError } from "@parley/rpc";

/** What is known of a call that has just failed. */
export interface FailedAttempt {
  /** Whether it does no harm if the call is carried out twice, or a key sees to it that it is not. */
  readonly repeatable: boolean;
  /** How often it was sent, this time included. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** What is left of its deadline. */
  readonly remainingMs: number;
  /** Whether the connection that it was made on is still the one for new calls. */
  readonly linkIsCurrent: boolean;
  /** What is added to a delay. */
  readonly jitterMs: number;
}

/**
 * How long to wait before a call is tried again, or null if it is not.
 *
 * - Never sent: again as soon as there is a connection.
 * - Sent, and the connection lost: only what is repeatable.
 * - Answered as unavailable, so not started: any call; after what the server asks for, or at once where another server takes the calls now.
 *
 * All within the deadline, and but for the first no more than `maxAttempts` times in all.
 */
export function retryDelayMs(error: unknown, attempt: FailedAttempt): number | null {
  if (error instanceof ConnectionLostError) {
    if (!error.sent) return 0;
    return attempt.repeatable && attempt.attempts < attempt.maxAttempts && attempt.remainingMs > 0 ? 0 : null;
  }
  if (!(error instanceof UnavailableError) || attempt.attempts >= attempt.maxAttempts) return null;
  const delayMs = (attempt.linkIsCurrent ? error.retryAfterMs : 0) + attempt.jitterMs;
  return delayMs < attempt.remainingMs ? delayMs : null;
}
