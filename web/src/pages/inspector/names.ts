import { useTranslation } from "react-i18next";
import type { Bar } from "./timeline";

/** What a bar is called. */
export function useBarName(): (bar: Bar) => string {
  const { t } = useTranslation("inspector");
  return ({ lane, name, step }) => t(`lanes.${lane}`, { name, step: step ?? 0 });
}
