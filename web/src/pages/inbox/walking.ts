import { useNavigate } from "@tanstack/react-router";
import { useKeys } from "@/lib/keys";
import type { Approval, StateFilter } from "./model";

/** j and k: the next one, the one before. */
export function useWalking(approvals: Approval[], chosen: string | undefined, state: StateFilter) {
  const navigate = useNavigate();
  const walk = (by: 1 | -1) => {
    const at = approvals.findIndex(({ id }) => id === chosen);
    const next = at < 0 ? approvals[0] : approvals[at + by];
    if (next) void navigate({ to: "/inbox", search: { state, approval: next.id }, replace: true });
  };
  useKeys({ j: () => walk(1), k: () => walk(-1) });
}
