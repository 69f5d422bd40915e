import type { components } from "@holdfast/client";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";
import { sinceDays } from "./sums";

export type Group = components["schemas"]["UsageGroup"];
export type Budgets = components["schemas"]["BudgetsView"];
export type Budget = Budgets["budgets"][number];
export type BudgetChange = components["schemas"]["BudgetChange"];
export type Key = "day" | "agent" | "model" | "user";
export type Measure = "cost" | "tokens" | "turns";
export const MEASURES: Measure[] = ["cost", "tokens", "turns"];

export function useUsage(by: Key, days: number) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["usage", space, by, days],
    queryFn: () => got(api.GET("/v1/usage", { params: { query: { by, since: sinceDays(days) } } })),
    // Figures of another time stay while those that were asked for are on their way.
    placeholderData: keepPreviousData,
  });
}

export function useBudgets() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["budgets", space],
    queryFn: () => got(api.GET("/v1/budgets")),
  });
}

export function useSetBudget() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: BudgetChange) => got(api.PUT("/v1/budgets", { body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["budgets"] }),
  });
}
