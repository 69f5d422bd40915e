import { Link } from "@tanstack/react-router";
import { Bot, CircleAlert, CircleCheck, CircleStop } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components/ui/badge";
import { Spinner } from "@/components/ui/spinner";
import { AnswerText } from "../markdown/answer-text";
import type { ChildPart } from "../state/message";
import { Disclosure } from "./disclosure";

type Props = { child: ChildPart; all: ChildPart[]; over: boolean };
type Standing = "running" | "done" | "failed" | "stopped";

const TONES: Record<Standing, Tone> = {
  running: "info",
  done: "neutral",
  failed: "danger",
  stopped: "warning",
};

function standingOf({ outcome }: ChildPart, over: boolean): Standing {
  // A turn that has ended runs nothing.
  if (outcome === null) return over ? "stopped" : "running";
  if (outcome === "completed") return "done";
  return outcome === "failed" ? "failed" : "stopped";
}

/** An agent that this turn's agent called, and those that it called in turn. */
export function Child({ child, all, over }: Props) {
  const { t } = useTranslation("chat");
  const standing = standingOf(child, over);
  const running = standing === "running";
  const below = all.filter((one) => one.parent_run_id === child.run_id);
  return (
    <Disclosure
      icon={<Bot />}
      testId="child-run"
      label={t(running ? "child.works" : "child.worked", { agent: child.agent })}
      aside={
        <Badge tone={TONES[standing]}>
          <Sign standing={standing} />
          {t(`child.${standing}`)}
        </Badge>
      }
    >
      {child.task && (
        <p className="mb-3 whitespace-pre-wrap break-words text-muted-foreground">
          {t("child.task", { task: child.task })}
        </p>
      )}
      <Calls calls={child.calls} over={!running} />
      {child.text && <AnswerText text={child.text} streaming={running} />}
      {below.map((one) => (
        <Child key={one.run_id} child={one} all={all} over={over} />
      ))}
      <p className="mt-3 flex flex-wrap items-center gap-x-3 text-muted-foreground text-xs">
        {child.input_tokens + child.output_tokens > 0 && (
          <span>{t("usage.tokens", { in: child.input_tokens, out: child.output_tokens })}</span>
        )}
        <Link
          to="/runs/$id"
          params={{ id: child.run_id }}
          className="text-primary underline underline-offset-2"
        >
          {t("child.open")}
        </Link>
      </p>
    </Disclosure>
  );
}

function Sign({ standing }: { standing: Standing }) {
  if (standing === "running") return <Spinner className="size-3" />;
  const Icon = { done: CircleCheck, failed: CircleAlert, stopped: CircleStop }[standing];
  return <Icon aria-hidden />;
}

/** The tools that it called; how each went is said, not only coloured. */
function Calls({ calls, over }: { calls: ChildPart["calls"]; over: boolean }) {
  const { t } = useTranslation("chat");
  if (calls.length === 0) return null;
  return (
    <ul aria-label={t("child.calls")} className="mb-3 flex flex-wrap gap-1.5">
      {calls.map(({ call_id, name, state }) => {
        const standing = state === "requested" ? "running" : state === "failed" ? "failed" : "done";
        const told = over && standing === "running" ? "stopped" : standing;
        return (
          <li key={call_id}>
            <Badge tone={told === "failed" ? "danger" : "neutral"}>
              <Sign standing={told} />
              <span className="font-mono">{name}</span>
              <span className="sr-only">{t(`child.${told}`)}</span>
            </Badge>
          </li>
        );
      })}
    </ul>
  );
}
