import { lazy, Suspense } from "react";

const load = () => import("./rendered").then(({ Rendered }) => ({ default: Rendered }));
const Rendered = lazy(load);

/** Markdown is large: it comes while the first question is being written. */
export function preloadMarkdown(): void {
  const begin = () => void load().catch(() => undefined);
  if ("requestIdleCallback" in window) requestIdleCallback(begin, { timeout: 3_000 });
  else setTimeout(begin, 500);
}

type Props = { text: string; streaming: boolean };

/** An answer's Markdown; for a moment, while what draws it comes, its text. */
export function AnswerText(props: Props) {
  return (
    <Suspense fallback={<p className="whitespace-pre-wrap">{props.text}</p>}>
      <Rendered {...props} />
    </Suspense>
  );
}
