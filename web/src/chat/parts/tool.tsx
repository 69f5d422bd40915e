import { useQuery } from "@tanstack/react-query";
import { type DynamicToolUIPart, getToolName, type ToolUIPart } from "ai";
import { Ban, CircleAlert, CircleCheck, Hand, Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ArgumentTable } from "@/approvals/arguments";
import { Badge, type Tone } from "@/components/ui/badge";
import { Spinner } from "@/components/ui/spinner";
import { api, got } from "@/lib/api";
import { span } from "@/lib/format";
import { useHere } from "../context";
import { Disclosure } from "./disclosure";

type ToolPart = ToolUIPart | DynamicToolUIPart;
type Standing = "running" | "asking" | "done" | "failed" | "denied";

const STANDING: Record<ToolPart["state"], Standing> = {
  "input-streaming": "running",
  "input-available": "running",
  "approval-requested": "asking",
  "approval-responded": "running",
  "output-available": "done",
  "output-error": "failed",
  "output-denied": "denied",
};
const TONES: Record<Standing, Tone> = {
  running: "info",
  asking: "warning",
  done: "neutral",
  failed: "danger",
  denied: "danger",
};

function Sign({ standing }: { standing: Standing }) {
  if (standing === "running") return <Spinner className="size-3" />;
  const Icon = { asking: Hand, done: CircleCheck, failed: CircleAlert, denied: Ban }[standing];
  return <Icon aria-hidden />;
}

/** How long a call ran, once somebody wants to know: the turn's report has it. */
function useTook(part: ToolPart, asked: boolean, turnId: string): number | null {
  const { conversation } = useHere();
  const path = { conversation_id: conversation.id, turn_id: turnId };
  const report = useQuery({
    queryKey: ["turns", conversation.id, turnId, "calls"],
    enabled: asked,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      got(api.GET("/v1/conversations/{conversation_id}/turns/{turn_id}", { params: { path } })),
  });
  const call = report.data?.calls.find(({ call_id }) => call_id === part.toolCallId);
  if (!call?.started_at || !call.ended_at) return null;
  return Date.parse(call.ended_at) - Date.parse(call.started_at);
}

type Props = { part: ToolPart; turnId: string; over: boolean };

export function Tool({ part, turnId, over }: Props) {
  const { t } = useTranslation("chat");
  const [opened, setOpened] = useState(false);
  const told = STANDING[part.state];
  // A turn that has ended runs nothing.
  const standing = over && (told === "running" || told === "asking") ? "denied" : told;
  const time = useTook(part, opened && over, turnId);
  const input = part.input;
  return (
    <Disclosure
      icon={<Wrench />}
      onOpen={() => setOpened(true)}
      testId="tool-call"
      label={<span className="font-mono text-xs">{getToolName(part)}</span>}
      aside={
        <>
          {time !== null && (
            <span className="text-muted-foreground text-xs tabular-nums">{span(time)}</span>
          )}
          <Badge tone={TONES[standing]}>
            <Sign standing={standing} />
            {t(`tool.${standing}`)}
          </Badge>
        </>
      }
    >
      <p className="mb-1.5 font-medium text-muted-foreground text-xs">{t("tool.arguments")}</p>
      <ArgumentTable
        values={input && typeof input === "object" ? (input as Record<string, unknown>) : {}}
      />
      {part.state === "output-available" && <Result output={part.output} />}
      {part.state === "output-error" && (
        <p className="mt-3 break-words text-destructive">{part.errorText}</p>
      )}
    </Disclosure>
  );
}

function Result({ output }: { output: unknown }) {
  const { t } = useTranslation("chat");
  const text = typeof output === "string" ? output : JSON.stringify(output, null, 2);
  return (
    <>
      <p className="mt-3 mb-1.5 font-medium text-muted-foreground text-xs">{t("tool.result")}</p>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        className="max-h-72 overflow-auto whitespace-pre-wrap break-words rounded-md bg-muted p-3 font-mono text-xs"
      >
        {text}
      </pre>
    </>
  );
}
