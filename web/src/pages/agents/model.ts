import type { components } from "@holdfast/client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";

export type AgentSummary = components["schemas"]["AgentView"];
export type AgentVersion = components["schemas"]["AgentVersionView"];
export type Agent = AgentVersion["agent"];
export type AgentChange = Partial<components["schemas"]["AgentChange"]>;
export type NewAgent = Partial<components["schemas"]["NewAgent"]> & { name: string };

/** Stands for whoever fits: nobody edits it. */
export const AUTO = "auto";

export function useAgents() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["agents", space],
    queryFn: async () => (await got(api.GET("/v1/agents"))).items,
  });
}

export function useAgent(name: string, version?: number) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["agent", space, name, version ?? "current"],
    queryFn: () =>
      got(api.GET("/v1/agents/{name}", { params: { path: { name }, query: { version } } })),
    // What a version says never changes.
    staleTime: version === undefined ? 10_000 : Number.POSITIVE_INFINITY,
  });
}

export function useVersions(name: string) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["agent", space, name, "versions"],
    queryFn: () => got(api.GET("/v1/agents/{name}/versions", { params: { path: { name } } })),
  });
}

/** What a plain turn is told today: the template filled in. */
export function useTold(name: string) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["agent", space, name, "told"],
    queryFn: () => got(api.GET("/v1/agents/{name}/instructions", { params: { path: { name } } })),
  });
}

/** Not waited for: once the page follows a change, whoever asked for it may be gone from it. */
function useStale() {
  const client = useQueryClient();
  return () => {
    for (const key of ["agents", "agent"]) void client.invalidateQueries({ queryKey: [key] });
  };
}

export function useChangeAgent(name: string) {
  const stale = useStale();
  return useMutation({
    mutationFn: (change: AgentChange) => {
      // What is left out stays; the type has every default as required.
      const body = change as components["schemas"]["AgentChange"];
      return got(api.PATCH("/v1/agents/{name}", { params: { path: { name } }, body }));
    },
    // Also after a refusal: somebody else may have saved another version.
    onSettled: stale,
  });
}

export function useCreateAgent() {
  const stale = useStale();
  return useMutation({
    mutationFn: (agent: NewAgent) =>
      got(api.POST("/v1/agents", { body: agent as components["schemas"]["NewAgent"] })),
    onSuccess: stale,
  });
}

export function useRollback(name: string) {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: { version: number; note: string }) =>
      got(api.POST("/v1/agents/{name}/rollback", { params: { path: { name } }, body })),
    onSuccess: stale,
  });
}

export function useArchiveAgent(name: string) {
  const stale = useStale();
  return useMutation({
    mutationFn: async () => {
      await got(api.DELETE("/v1/agents/{name}", { params: { path: { name } } }));
    },
    onSuccess: stale,
  });
}
