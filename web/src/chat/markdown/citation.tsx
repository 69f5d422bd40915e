import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import { Tip } from "@/components/ui/tooltip";
import type { Source } from "../state/message";

export interface Citing {
  sources: Map<number, Source>;
  open: (mark: number) => void;
}

/** The sources of the answer that stands around it. */
export const Sources = createContext<Citing>({ sources: new Map(), open: () => undefined });

/** `[n]`: opens what it cites. A mark without a source is only text. */
export function Citation({ mark }: { mark: number }) {
  const { t } = useTranslation("chat");
  const { sources, open } = useContext(Sources);
  const source = sources.get(Number(mark));
  if (!source) return <span>{`[${mark}]`}</span>;
  const where = source.page ? t("source.page", { page: source.page }) : "";
  const named = [source.title, where].filter(Boolean).join(", ");
  return (
    <Tip text={named}>
      <button
        type="button"
        onClick={() => open(source.mark)}
        aria-label={t("source.open", { mark, title: named })}
        data-testid="citation"
        className="mx-0.5 inline-flex h-5 min-w-5 translate-y-[-1px] items-center justify-center rounded bg-info-soft px-1 font-medium text-primary text-xs tabular-nums hover:bg-primary hover:text-primary-foreground"
      >
        {mark}
      </button>
    </Tip>
  );
}
