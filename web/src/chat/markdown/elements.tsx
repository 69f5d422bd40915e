import { ExternalLink, ImageOff, Square, SquareCheck } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { namesTarget, safeAddress, shownTarget } from "./links";

/** A link of an answer: a model or a document wrote it, so its target is shown. */
export function SafeLink({ href, children, ...more }: ComponentProps<"a">) {
  const { t } = useTranslation("chat");
  // From a footnote back to its mark: nothing here is a target, so it would be a sign alone.
  if ("data-footnote-backref" in more) return null;
  const url = safeAddress(href);
  if (!url) return <span title={href}>{children}</span>;
  const said = typeof children === "string" ? children : "";
  return (
    <a
      href={url.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      title={url.href}
      className="break-words text-primary underline underline-offset-2"
    >
      {children}
      {!namesTarget(said, url) && (
        <span className="text-muted-foreground text-xs"> {`(${shownTarget(url)})`}</span>
      )}
      <ExternalLink aria-hidden className="ml-0.5 inline size-3" />
      <span className="sr-only">{t("link.newTab")}</span>
    </a>
  );
}

/** Pictures are never fetched: asking for one tells its host what was read, and when. */
export function NoImage({ src, alt }: ComponentProps<"img">) {
  const { t } = useTranslation("chat");
  const name = alt || t("link.picture");
  return (
    <span className="inline-flex items-center gap-1.5 rounded border bg-muted px-2 py-0.5 text-sm">
      <ImageOff aria-hidden className="size-3.5 text-muted-foreground" />
      <SafeLink href={typeof src === "string" ? src : undefined}>{name}</SafeLink>
    </span>
  );
}

/** The box of a task in a list: it tells how things stand, and is nothing to fill in. */
export function TaskBox({ checked }: ComponentProps<"input">) {
  const { t } = useTranslation("chat");
  const Icon = checked ? SquareCheck : Square;
  const label = t(checked ? "task.done" : "task.open");
  return (
    <Icon role="img" aria-label={label} className="mr-1.5 inline size-4 text-muted-foreground" />
  );
}

export function PlainTable({ children }: { children?: ReactNode }) {
  const { t } = useTranslation("chat");
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      aria-label={t("table")}
      className="my-4 overflow-x-auto rounded-lg border"
    >
      <table className="w-max min-w-full border-collapse text-sm [&_td]:max-w-80 [&_td]:border-t [&_td]:break-words [&_td]:px-3 [&_td]:py-2 [&_th]:max-w-80 [&_th]:bg-muted [&_th]:px-3 [&_th]:py-2 [&_th]:text-left [&_th]:font-medium">
        {children}
      </table>
    </section>
  );
}
