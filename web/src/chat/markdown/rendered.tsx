import { memo } from "react";
import { useTranslation } from "react-i18next";
import { type Components, Streamdown } from "streamdown";
import { cn } from "@/lib/cn";
import { Citation } from "./citation";
import { citations } from "./citations";
import { withDollars } from "./delimiters";
import { NoImage, PlainTable, SafeLink, TaskBox } from "./elements";
import { usePlugins } from "./plugins";
import { useScrollable } from "./scrollable";
import { THEMES } from "./themes";

const COMPONENTS = {
  a: SafeLink,
  img: NoImage,
  input: TaskBox,
  table: PlainTable,
  citation: Citation,
} as unknown as Components; // `citation` is no element of HTML: its type knows none such
/** No raw HTML: without rehype-raw, Streamdown shows it as the text that it is. */
const REHYPE = [citations];
const CONTROLS = { code: { copy: true, download: false }, table: false, mermaid: false };
const PLAIN_LINKS = { enabled: false };
/** SafeLink judges addresses; an image is never loaded at all. */
const asWritten = (address: string) => address;

/** Words that no line holds are broken; formulas that none holds are scrolled. */
const LOOK = cn(
  "min-w-0 break-words [&_.task-list-item]:list-none",
  "[&_.katex-display]:overflow-x-auto [&_.katex-display]:overflow-y-hidden [&_.katex-display]:py-1",
);

type Props = { text: string; streaming: boolean };

/** Markdown as it comes. */
export const Rendered = memo(function Rendered({ text, streaming }: Props) {
  const { t } = useTranslation("chat");
  const place = useScrollable();
  return (
    <div ref={place}>
      <Streamdown
        mode={streaming ? "streaming" : "static"}
        isAnimating={streaming}
        components={COMPONENTS}
        rehypePlugins={REHYPE}
        urlTransform={asWritten}
        plugins={usePlugins(text)}
        controls={CONTROLS}
        linkSafety={PLAIN_LINKS}
        lineNumbers={false}
        translations={{ copied: t("code.copied"), copyCode: t("code.copy") }}
        shikiTheme={THEMES}
        className={LOOK}
      >
        {withDollars(text)}
      </Streamdown>
    </div>
  );
});
