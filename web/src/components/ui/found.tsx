import type { ReactNode } from "react";
import { isMissing } from "@/lib/reason";
import { Failure } from "./failure";
import { Stale } from "./stale";

export type Query<T> = { data: T | undefined; error: Error | null; refetch: () => unknown };
type Props<T> = {
  found: Query<T>;
  /** While it is not known yet. */
  waiting: ReactNode;
  /** Where it is gone, also when it was there a moment ago. */
  missing?: ReactNode;
  children: (data: T) => ReactNode;
};

/** What was asked for: on its way, here, gone, or why not. */
export function Found<T>({
  found: { data, error, refetch },
  waiting,
  missing,
  children,
}: Props<T>) {
  const retry = () => void refetch();
  if (missing && isMissing(error)) return missing;
  if (data === undefined) {
    return error ? <Failure error={error} onRetry={retry} /> : waiting;
  }
  return (
    <>
      {error && <Stale error={error} onRetry={retry} />}
      {children(data)}
    </>
  );
}

/** Why something is not known without which the rest can be used: it would look as if it were none. */
export function Unknown({ found: { data, error, refetch } }: { found: Query<unknown> }) {
  if (data !== undefined || !error) return null;
  return <Failure error={error} onRetry={() => void refetch()} />;
}
