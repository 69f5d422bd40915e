import { Link } from "@tanstack/react-router";
import { Play, Square } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { MOD } from "@/shell/shortcuts";
import { type Run, useRun } from "./run";
import { RunView } from "./run-view";

const told = (error: unknown) => toast.error(reasonOf(error));

/** Ask it something without a conversation, and watch what it does. */
export function TryOut({ name }: { name: string }) {
  const { t } = useTranslation("agents");
  const [input, setInput] = useState("");
  const { run, start, stop } = useRun(name);
  const begin = () => {
    if (input.trim() && !run.running) void start(input);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin();
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) begin();
  };
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,24rem)_minmax(0,1fr)]">
      <form onSubmit={submit} className="grid content-start gap-3">
        <p className="text-muted-foreground text-sm">{t("try.text")}</p>
        <Field label={t("try.input")} hint={t("try.keys", { key: MOD })}>
          {(wiring) => (
            <Textarea
              {...wiring}
              rows={5}
              value={input}
              onKeyDown={keyed}
              onChange={({ target }) => setInput(target.value)}
            />
          )}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" disabled={!input.trim() || run.running}>
            {run.running ? <Spinner /> : <Play aria-hidden />}
            {t(run.running ? "try.running" : run.id ? "try.again" : "try.action")}
          </Button>
          {run.running && run.id && (
            <Button variant="outline" onClick={() => run.id && stop(run.id).catch(told)}>
              <Square aria-hidden />
              {t("try.stop")}
            </Button>
          )}
        </div>
      </form>
      <Shown run={run} />
    </div>
  );
}

function Shown({ run }: { run: Run }) {
  const { t } = useTranslation("agents");
  const failure = run.error ? <Failure error={run.error} /> : null;
  if (!run.id) return failure;
  return (
    <div className="min-w-0">
      {run.lost && (
        <p role="status" className="mb-3 text-sm text-warning">
          {t("try.lost")}
        </p>
      )}
      {failure && <div className="mb-4">{failure}</div>}
      <RunView run={run} />
      <p className="mt-4 text-sm">
        <Link to="/runs/$id" params={{ id: run.id }} className="text-primary underline">
          {t("try.timeline")}
        </Link>
      </p>
    </div>
  );
}
