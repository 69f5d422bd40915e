import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";

export function useSlack() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["slack", space],
    queryFn: () => got(api.GET("/v1/slack")),
    // A deployment without Slack says so with 503: it will not have it in a moment.
    retry: false,
  });
}

/** Whom a token is for: to look at before it is confirmed. */
export function useOffered(token: string) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["slack", space, "offered", token],
    queryFn: () => got(api.GET("/v1/slack/link", { params: { query: { token } } })),
    enabled: token !== "",
    retry: false,
    refetchOnWindowFocus: false,
  });
}

function useStale() {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: ["slack"], exact: false });
}

/** A token works once: what was offered by it must not be asked for again. */
export function useLink() {
  return useMutation({
    mutationFn: (token: string) => got(api.POST("/v1/slack/link", { body: { token } })),
  });
}

export function useUnlink() {
  const stale = useStale();
  return useMutation({
    mutationFn: async () => {
      await got(api.DELETE("/v1/slack/link"));
    },
    onSuccess: stale,
  });
}

export function useInstall() {
  return useMutation({ mutationFn: () => got(api.POST("/v1/slack/install")) });
}

export function useChooseChannel() {
  const stale = useStale();
  return useMutation({
    mutationFn: (channel: string) => got(api.PUT("/v1/slack/channel", { body: { channel } })),
    onSuccess: stale,
  });
}
