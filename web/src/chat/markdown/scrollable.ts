import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

/** What is wider than a line: Streamdown's code, KaTeX's formulas. */
const WIDE = { code: "[data-streamdown=code-block-body]", formula: ".katex-display" } as const;

/** What scrolls is reached by keyboard, and says what it is. Both libraries draw it by themselves
 * and later than their parents, so it is found where it is drawn. */
export function useScrollable() {
  const { t } = useTranslation("chat");
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const around = place.current;
    if (!around) return;
    const name = () => {
      for (const kind of ["code", "formula"] as const) {
        for (const one of around.querySelectorAll(`${WIDE[kind]}:not([tabindex])`)) {
          one.setAttribute("tabindex", "0");
          one.setAttribute("role", "group");
          one.setAttribute("aria-label", t(`wide.${kind}`));
        }
      }
    };
    name();
    const observer = new MutationObserver(name);
    observer.observe(around, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [t]);
  return place;
}
