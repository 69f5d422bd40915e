import { useTranslation } from "react-i18next";
import type { Block } from "./stitch";

/** The text that was read, as plain text: what a file says is data, and never markup of ours. */
export function TextView({ blocks }: { blocks: Block[] }) {
  const { t } = useTranslation("documents");
  return (
    <article className="max-w-prose text-[0.9375rem] leading-relaxed">
      {blocks.map(({ id, page, text }, index) => (
        <section key={id}>
          {page !== null && page !== blocks[index - 1]?.page && (
            <p className="my-3 border-t pt-1 text-right text-muted-foreground text-xs">
              {t("reading.page", { page })}
            </p>
          )}
          <p className="whitespace-pre-wrap break-words">{text}</p>
        </section>
      ))}
    </article>
  );
}
