import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Message, textOf } from "./state/message";
import type { Activity } from "./state/use-conversation";

/** Characters of an answer that are read out by themselves; the rest is there to be read. */
const READ_OUT = 400;

/** Tells who listens that an answer begins and what it said: not every word as it comes. */
export function Announcer({ activity, last }: { activity: Activity; last: Message | undefined }) {
  const { t } = useTranslation("chat");
  const [said, setSaid] = useState("");
  const before = useRef<Activity>("idle");
  useEffect(() => {
    if (before.current === activity) return;
    const ended = before.current !== "idle" && activity === "idle";
    before.current = activity;
    if (activity === "sending") setSaid(t("announce.writing"));
    else if (activity === "asking") setSaid(t("announce.asking"));
    else if (ended && last?.role === "assistant") {
      const text = textOf(last).slice(0, READ_OUT);
      setSaid(t("announce.answered", { text }));
    }
  }, [activity, last, t]);
  return (
    <p role="status" aria-live="polite" className="sr-only" data-testid="announcer">
      {said}
    </p>
  );
}
