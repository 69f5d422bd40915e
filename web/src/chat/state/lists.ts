import { queryClient } from "@/lib/query";

/** Titles and order of the lists may have changed. */
export function relist(): void {
  void queryClient.invalidateQueries({ queryKey: ["conversations"] });
}
