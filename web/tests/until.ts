import { vi } from "vitest";

/** Milliseconds. A machine may be busy with much else: what is late by less is no failure. */
const PATIENCE = 20_000;

/** Ask until it holds. */
export const until = <T>(holds: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(holds, { timeout: PATIENCE });
