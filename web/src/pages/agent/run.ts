import { follow } from "@holdfast/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, got } from "@/lib/api";
import { credentials } from "@/lib/credentials";
import type { WireEvent } from "@/pages/inspector/timeline";
import { folded, NOTHING_YET, type Trial } from "./trial";

export interface Run {
  id: string | null;
  trial: Trial;
  running: boolean;
  lost: boolean;
  error: unknown;
}

const IDLE: Run = { id: null, trial: NOTHING_YET, running: false, lost: false, error: null };

/** One run of an agent, followed to its end over any number of connections. */
export function useRun(agent: string) {
  const [run, setRun] = useState<Run>(IDLE);
  const reading = useRef<AbortController | null>(null);
  useEffect(() => () => reading.current?.abort(), []);
  const start = useCallback(
    async (input: string) => {
      reading.current?.abort();
      const abort = new AbortController();
      reading.current = abort;
      const set = (part: Partial<Run>) => {
        if (!abort.signal.aborted) setRun((now) => ({ ...now, ...part }));
      };
      setRun({ ...IDLE, running: true });
      try {
        const { conversation_id: id } = await started(agent, input);
        set({ id });
        await followed(id, abort.signal, set, setRun);
      } catch (error) {
        set({ error });
      }
      set({ running: false, lost: false });
    },
    [agent],
  );
  const stop = useCallback(async (id: string) => {
    await got(api.POST("/v1/runs/{run_id}/stop", { params: { path: { run_id: id } } }));
  }, []);
  return { run, start, stop };
}

async function started(agent: string, input: string): Promise<{ conversation_id: string }> {
  const body = { id: crypto.randomUUID(), agent, input };
  return (await got(api.POST("/v1/runs", { body }))) as { conversation_id: string };
}

type Change = (by: (run: Run) => Run) => void;

async function followed(
  id: string,
  signal: AbortSignal,
  set: (part: Partial<Run>) => void,
  change: Change,
): Promise<void> {
  const events = follow({
    url: `/v1/runs/${id}/events`,
    untilIdle: true,
    headers: () => credentials("GET"),
    credentials: "same-origin",
    signal,
    onConnection: (state) => set({ lost: state === "lost" }),
  });
  for await (const event of events) {
    if (signal.aborted) return;
    change((now) => ({ ...now, trial: folded(now.trial, event as unknown as WireEvent) }));
  }
}
