import { useTranslation } from "react-i18next";
import { Tip } from "@/components/ui/tooltip";
import { dollars, span } from "@/lib/format";
import type { Message } from "./state/message";

/** What an answer took: its cost, and on a closer look its tokens. */
export function TurnUsage({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  const usage = message.metadata?.usage;
  if (!usage) return null;
  const tokens = t("usage.tokens", { in: usage.input_tokens ?? 0, out: usage.output_tokens ?? 0 });
  const cached = usage.cached_tokens ? t("usage.cached", { count: usage.cached_tokens }) : "";
  const first =
    usage.first_token_ms === undefined
      ? ""
      : t("usage.first", { time: span(usage.first_token_ms) });
  const cost = usage.cost_usd === undefined ? "" : dollars(usage.cost_usd);
  const agent = message.metadata?.agent ?? "";
  return (
    <Tip text={[tokens, cached, first].filter(Boolean).join(" · ")}>
      <button type="button" className="ml-1.5 rounded px-1 py-1 text-xs tabular-nums">
        {[agent, cost || tokens].filter(Boolean).join(" · ")}
      </button>
    </Tip>
  );
}
