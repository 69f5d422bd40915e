import { isToolUIPart } from "ai";
import { CircleAlert, CircleStop } from "lucide-react";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "@/components/ui/spinner";
import { AnswerActions } from "./answer-actions";
import { AnswerText } from "./markdown/answer-text";
import { type Citing, Sources } from "./markdown/citation";
import { marksOf } from "./markdown/citations";
import { ApprovalCard } from "./parts/approval";
import { Child } from "./parts/child";
import { AgentChoice, Notice, Retrieval } from "./parts/notice";
import { Reasoning } from "./parts/reasoning";
import { SourceList } from "./parts/sources";
import { Tool } from "./parts/tool";
import {
  type ChildPart,
  type Message,
  type Part,
  type Source,
  sourcesOf,
  textOf,
} from "./state/message";
import { withThoughts } from "./thoughts";

type Props = {
  message: Message;
  /** Text is arriving. */
  streaming: boolean;
  onSource: (source: Source) => void;
};

/** What answers a question: text, and the work that led to it. */
export const Answer = memo(function Answer({ message, streaming, onSource }: Props) {
  const { t } = useTranslation("chat");
  const citing = useMemo<Citing>(() => {
    const sources = sourcesOf(message);
    const open = (mark: number) => {
      const source = sources.get(mark);
      if (source) onSource(source);
    };
    return { sources, open };
  }, [message, onSource]);
  const parts = withThoughts(message);
  const over = message.metadata?.outcome !== undefined;
  const said = message.parts.some((part) => part.type === "text" && part.text !== "");
  return (
    <Sources value={citing}>
      <article
        aria-label={t("answer.label", { agent: message.metadata?.agent ?? "" })}
        data-testid="answer"
        data-turn={message.id}
        data-outcome={message.metadata?.outcome}
        className="group/message min-w-0"
      >
        {parts.map((part, index) => (
          <Shown key={keyOf(part, index)} part={part} message={message} streaming={streaming} />
        ))}
        {streaming && !said && !thinks(parts.at(-1)) && (
          <p className="flex items-center gap-2 py-1 text-muted-foreground text-sm">
            <Spinner />
            {t("answer.thinking")}
          </p>
        )}
        {over && <End message={message} said={said} />}
        {over && (
          <SourceList
            sources={[...citing.sources.values()]}
            cited={marksOf(textOf(message))}
            open={citing.open}
          />
        )}
        {over && <AnswerActions message={message} />}
      </article>
    </Sources>
  );
});

/** Parts stand in order and none is taken out from between: their place names them. */
function keyOf(part: Part, index: number): string {
  if ("id" in part && part.id) return `${part.type} ${part.id}`;
  return "toolCallId" in part ? `call ${part.toolCallId}` : `${part.type} ${index}`;
}

type ShownProps = { part: Part; message: Message; streaming: boolean };

function Shown({ part, message, streaming }: ShownProps) {
  const over = message.metadata?.outcome !== undefined;
  if (isToolUIPart(part)) {
    // A call of another agent is shown by what that agent does.
    if (childrenOf(message).some(({ call_id }) => call_id === part.toolCallId)) return null;
    return <Tool part={part} turnId={message.id} over={over} />;
  }
  switch (part.type) {
    case "text":
      return part.text ? (
        <AnswerText text={part.text} streaming={streaming && part.state === "streaming"} />
      ) : null;
    case "reasoning":
      return <Reasoning text={part.text} streaming={streaming && part.state === "streaming"} />;
    case "data-approval":
      return <ApprovalCard approval={part.data} over={over} />;
    case "data-child": {
      if (part.data.parent_run_id !== null) return null;
      return <Child child={part.data} all={childrenOf(message)} over={over} />;
    }
    case "data-notice":
      return <Notice notice={part.data} />;
    case "data-retrieval":
      return <Retrieval found={part.data} />;
    case "data-agent":
      return <AgentChoice chosen={part.data} />;
    default:
      return null;
  }
}

/** It says so itself. */
function thinks(part: Part | undefined): boolean {
  return part?.type === "reasoning" && part.state === "streaming";
}

function childrenOf(message: Message): ChildPart[] {
  return message.parts.flatMap((part) => (part.type === "data-child" ? [part.data] : []));
}

const TOLD = [
  "stopped",
  "interrupted",
  "withdrawn",
  "iteration_limit",
  "budget_exhausted",
  "deadline_exceeded",
  "contaminated",
  "denied",
  "expired",
  "failed",
] as const;

/** It ended well, and yet not with a whole answer. */
function Cut({ finish, said }: { finish: string | undefined; said: boolean }) {
  const { t } = useTranslation("chat");
  const known = (["length", "content_filter"] as const).find((one) => one === finish);
  if (!known && said) return null;
  return (
    <p className="my-2 flex items-start gap-2 text-muted-foreground text-sm">
      <CircleStop aria-hidden className="mt-0.5 size-4 shrink-0" />
      {t(`finish.${known ?? "empty"}`)}
    </p>
  );
}

/** How it ended, where that was not well. */
function End({ message, said }: { message: Message; said: boolean }) {
  const { t } = useTranslation("chat");
  const outcome = message.metadata?.outcome ?? "completed";
  if (outcome === "completed") return <Cut finish={message.metadata?.finish} said={said} />;
  const known = TOLD.find((one) => one === outcome);
  const Icon = outcome === "failed" ? CircleAlert : CircleStop;
  const detail = message.metadata?.detail;
  const text = known ? t(`outcome.${known}`) : outcome;
  return (
    <p
      role={outcome === "failed" ? "alert" : undefined}
      className="my-2 flex items-start gap-2 text-muted-foreground text-sm"
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>
        {text}
        {detail && <span className="block break-words">{detail}</span>}
      </span>
    </p>
  );
}
