import type { components } from "@holdfast/client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";

export type ApiKey = components["schemas"]["ApiKeyView"];
export type MadeKey = components["schemas"]["MadeApiKey"];
export type NewKey = components["schemas"]["NewApiKey"];

export function useKeys() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["api-keys", space],
    queryFn: async () => (await got(api.GET("/v1/api-keys"))).items,
  });
}

export function useMakeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewKey) => got(api.POST("/v1/api-keys", { body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["api-keys"] }),
    // The secret is in the answer: nothing keeps it longer than the dialog does.
    gcTime: 0,
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await got(api.DELETE("/v1/api-keys/{key_id}", { params: { path: { key_id: id } } }));
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
}

export function useOrigins() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["origins", space],
    queryFn: async () => (await got(api.GET("/v1/origins"))).origins,
  });
}

export function useSetOrigins() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (origins: string[]) => got(api.PUT("/v1/origins", { body: { origins } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["origins"] }),
  });
}

export function useProfile() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["profile", space],
    queryFn: async () => (await got(api.GET("/v1/space/profile"))).text,
  });
}

export function useSetProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => got(api.PUT("/v1/space/profile", { body: { text } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["profile"] }),
  });
}
