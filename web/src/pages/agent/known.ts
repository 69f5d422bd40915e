import { useQuery } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";
import { AUTO, useAgents } from "@/pages/agents/model";
import { useCollections } from "@/pages/documents/model";
import type { Field } from "./form";

/** Names that a list may have, as far as the API tells them; others are written by hand. */
export function useKnown(field: Field, agent: string | undefined): string[] {
  const agents = useAgents().data ?? [];
  const collections = useCollections().data ?? [];
  const ofServers = useServerTools();
  const names = {
    tools: () => [...agents.flatMap(({ tools }) => tools), ...ofServers],
    members: () => agents.map(({ name }) => name).filter((one) => one !== AUTO && one !== agent),
    collections: () => collections.map(({ name }) => name),
  };
  const found = field in names ? names[field as keyof typeof names]() : [];
  return [...new Set(found)].sort();
}

/** Those that an admin has allowed. */
function useServerTools(): string[] {
  const space = useSpace()?.id;
  const servers = useQuery({
    queryKey: ["mcp-servers", space],
    queryFn: async () => (await got(api.GET("/v1/mcp-servers"))).items,
    staleTime: 60_000,
  });
  return (servers.data ?? []).flatMap(({ name, tools }) =>
    tools.filter(({ state }) => state === "allowed").map((tool) => `${name}__${tool.name}`),
  );
}
