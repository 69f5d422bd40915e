import type { components } from "@holdfast/client";
import { useQuery } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";

export type Inspection = components["schemas"]["TurnInspection"];
export type Stage = components["schemas"]["StageView"];
export type Call = components["schemas"]["CallView"];
export type UsageLine = components["schemas"]["UsageLineView"];
export type Step = components["schemas"]["StepView"];

const WATCH_EVERY = 2_000;
const watching = ({ state }: { state: { data?: Inspection } }) =>
  state.data?.turn.outcome === null ? WATCH_EVERY : false;

export function useTurn(conversation: string, turn: string) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["turn", space, conversation, turn],
    queryFn: () => {
      const path = { conversation_id: conversation, turn_id: turn };
      const address = "/v1/conversations/{conversation_id}/turns/{turn_id}";
      return got(api.GET(address, { params: { path } }));
    },
    refetchInterval: watching,
  });
}

export function useRunTurn(run: string) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["turn", space, "run", run],
    queryFn: () => got(api.GET("/v1/runs/{run_id}/turn", { params: { path: { run_id: run } } })),
    refetchInterval: watching,
  });
}

/** Asked for again when the run has ended: its answer comes last. */
export function useRunView(run: string, ended: boolean) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["run", space, run, ended],
    queryFn: () => got(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: run } } })),
  });
}
